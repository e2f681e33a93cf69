"""What the last cell did with the GPU: two looks at the kernel at rest and the driver's readings between; pure.

A cell is said to have computed on the GPU only with evidence: TensorFlow took memory there, the driver saw the kernel
compute, or TensorFlow was followed. TensorFlow is said to have computed on the CPU only where it has no GPU, or has
never taken any memory on it, and Keras computes with it. All else is not known, for a reason that is told.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..models.execution import Execution, GpuTime
from ..models.live import LiveReport, LiveTensorFlow
from ..models.process import GpuUse, KernelBinding

PERIOD_S = 1.0
"""The time that one of the driver's readings covers is this long at most (nvml.h: 1/6 s to 1 s)."""
NONE_TAKEN = "TensorFlow has a GPU in this kernel and has put nothing on it: what it computed was on the CPU."
RUNNING = "The cell still runs."
UNSEEN = "Nobody watched this kernel before the cell began."
SHORT = "The cell was too short: a reading of the driver's covers up to a second."
NO_WORK = "The driver has noticed no work of this kernel on a GPU during the cell."
UNMATCHED = "The driver's list does not name this kernel's processes."
NO_MORE = "TensorFlow took no more GPU memory than it had: this cell may have computed there, as one before, or not."
NO_GPU_IN_TENSORFLOW = "TensorFlow has no GPU in this kernel."


class Ran(NamedTuple):
    """Which cells, and when."""

    execution_count: int | None
    cells: int
    began_s: float | None
    ended_s: float | None


class Look(NamedTuple):
    """The kernel at one moment."""

    live: LiveReport | None
    live_absent: str | None
    binding: KernelBinding


class Times(NamedTuple):
    """The driver's readings of a kernel's processes: uuid of the GPU to readings; why there are none, or nothing."""

    of: Mapping[str, Sequence[GpuTime]]
    absent: str | None


def told(ran: Ran, before: Look | None, after: Look, times: Times) -> Execution:
    """Return what can be said of cells. `before` is the last look at rest before them, `after` the newest."""
    absent: dict[str, str] = {}
    readings = _readings(ran, times)
    busy = _busy(readings)
    if not busy:
        absent["gpu_time_percent"] = _no_share(ran, times)
    at_s = [one.at_s for its in readings.values() for one in its]
    grown = _grown(before, after) if ran.ended_s is not None else {}
    devices, reason = _evidence(ran, after, busy, grown)
    spared = _spared(ran, before, after) if not reason else ""
    at_rest = after if ran.ended_s is not None else None
    return Execution(
        execution_count=ran.execution_count,
        cells=ran.cells,
        began_s=ran.began_s,
        ended_s=ran.ended_s,
        computed_on="gpu" if reason else "cpu" if spared else "unknown",
        devices=devices,
        reason=reason or spared or _why_not(ran, before, after, times),
        gpu_memory_before_bytes=_memory("gpu_memory_before_bytes", before, UNSEEN, absent),
        gpu_memory_after_bytes=_memory("gpu_memory_after_bytes", at_rest, RUNNING, absent),
        tensorflow_peak_before_bytes=_peak("tensorflow_peak_before_bytes", before, UNSEEN, absent),
        tensorflow_peak_after_bytes=_peak("tensorflow_peak_after_bytes", at_rest, RUNNING, absent),
        gpu_time_percent=max(busy.values()) if busy else None,
        gpu_time_span_s=max(at_s) - min(at_s) if at_s else None,
        absent=absent,
    )


def _evidence(ran: Ran, after: Look, busy: Mapping[str, float], grown: Mapping[str, int]) -> tuple[list[str], str]:
    """Return the GPUs that have computed, and how that is known; nothing when it is not."""
    working = {uuid: percent for uuid, percent in busy.items() if percent > 0}
    if working:
        names = {_name(use): percent for use in after.binding.gpus if (percent := working.get(use.uuid))}
        # What held the GPU during the cell may have ended with it, and its name with that.
        named = names or {"a GPU": max(working.values())}
        shares = ", ".join(f"{percent:.0f} % of the time on {name}" for name, percent in sorted(named.items()))
        return sorted(names), f"In the driver's readings this kernel computed: {shares}."
    if grown:
        amounts = " and ".join(f"{_size(number)} on {name}" for name, number in sorted(grown.items()))
        return sorted(grown), f"TensorFlow took more memory for its tensors than before: {amounts}."
    followed = after.live.followed if after.live else None
    if followed and followed.on_gpu and ran.cells == 1 and followed.execution_count == ran.execution_count is not None:
        gpus = _gpus(_tensorflow(after))
        return (gpus if len(gpus) == 1 else []), f"TensorFlow placed {followed.on_gpu} operations of it on a GPU."
    return [], ""


def _spared(ran: Ran, before: Look | None, after: Look) -> str:
    """Return why no GPU can have computed, one sentence; nothing when one may have."""
    tensorflow = _tensorflow(after)
    if tensorflow is None or tensorflow.context != "initialized" or _elsewhere(after):
        return ""
    if not _gpus(tensorflow):
        return "" if after.binding.gpus else NO_GPU_IN_TENSORFLOW
    first, second = _counts(before), _counts(after)
    if ran.ended_s is None or first is None or not second:
        return ""
    taken = any(peak for _, peak in [*first.values(), *second.values()])
    return "" if taken else NONE_TAKEN


def _why_not(ran: Ran, before: Look | None, after: Look, times: Times) -> str:
    """Return why there is no evidence of a GPU, one or two sentences."""
    if after.live is None:
        return after.live_absent or "The kernel did not answer."
    tensorflow = _tensorflow(after)
    if tensorflow is None:
        return "TensorFlow is not imported: nothing was computed with it."
    if tensorflow.context != "initialized":
        return "TensorFlow has not computed anything in this kernel yet."
    if elsewhere := _elsewhere(after):
        return elsewhere
    if not _gpus(tensorflow):
        return f"{NO_GPU_IN_TENSORFLOW} Something else in it holds one."
    if ran.ended_s is None:
        return f"{RUNNING} {times.absent or 'The driver has noticed no work of it on a GPU so far.'}"
    why = _uncounted(before) or _uncounted(after) or NO_MORE
    return f"{why} {times.absent or NO_WORK}"


def _grown(before: Look | None, after: Look) -> dict[str, int]:
    """Return TensorFlow's GPUs on which it has taken memory that it had not before, and how much, in bytes.

    What is freed in between is no sign, nor is a peak that the user has reset.
    """
    first, second = _counts(before), _counts(after)
    if first is None or second is None:
        return {}
    nothing = (0, 0)  # before TensorFlow was initialised
    grown = {}
    for name, now in second.items():
        was = first.get(name, nothing)
        grown[name] = max(now[0] - was[0], now[1] - was[1])
    return {name: number for name, number in grown.items() if number > 0}


def _counts(look: Look | None) -> dict[str, tuple[int, int]] | None:
    """Return TensorFlow's GPUs with what its tensors need and needed at most; empty where it has not begun."""
    if look is None or look.live is None:
        return None
    tensorflow = look.live.tensorflow
    if tensorflow is None or tensorflow.context != "initialized" or not _gpus(tensorflow):
        return {}
    if tensorflow.allocators is None:
        return None
    return {_short(one.device): (one.current_bytes, one.peak_bytes) for one in tensorflow.allocators}


def _uncounted(look: Look | None) -> str:
    """Return why TensorFlow's count of its GPUs' memory is not known; nothing when it is."""
    if look is None:
        return UNSEEN
    if _counts(look) is not None:
        return ""
    tensorflow = _tensorflow(look)
    if tensorflow is None:
        return look.live_absent or "The kernel did not answer."
    return tensorflow.allocators_unread or "TensorFlow does not tell how much memory it uses."


def _readings(ran: Ran, times: Times) -> dict[str, list[GpuTime]]:
    """Return the readings that cover these cells and nothing before: uuid of the GPU to at least one."""
    if ran.began_s is None:
        return {}
    begins_s, ends_s = ran.began_s + PERIOD_S, ran.ended_s if ran.ended_s is not None else float("inf")
    within = {uuid: [one for one in its if begins_s <= one.at_s <= ends_s] for uuid, its in times.of.items()}
    return {uuid: its for uuid, its in within.items() if its}


def _busy(readings: Mapping[str, Sequence[GpuTime]]) -> dict[str, float]:
    """Return the share of time, 0 to 100, of each GPU."""
    found: dict[str, float] = {}
    for uuid, its in readings.items():
        at: dict[float, float] = {}  # several processes of a kernel compute side by side
        for one in its:
            at[one.at_s] = at.get(one.at_s, 0.0) + one.percent
        found[uuid] = min(100.0, sum(at.values()) / len(at))
    return found


def _no_share(ran: Ran, times: Times) -> str:
    """Return why there are no readings."""
    if ran.began_s is None:
        return UNSEEN
    is_short = ran.ended_s is not None and ran.ended_s - ran.began_s < PERIOD_S
    return SHORT if is_short else times.absent or NO_WORK


def _memory(field: str, look: Look | None, why: str, absent: dict[str, str]) -> int | None:
    if look is None:
        absent[field] = why
        return None
    if look.binding.memory_used_bytes is None:
        absent[field] = next((use.note for use in look.binding.gpus if use.note), None) or look.binding.reason
    return look.binding.memory_used_bytes


def _peak(field: str, look: Look | None, why: str, absent: dict[str, str]) -> int | None:
    counts = _counts(look)
    tensorflow = _tensorflow(look) if look else None
    if look is None or counts is None:
        absent[field] = _uncounted(look) if look else why
        return None
    if tensorflow and tensorflow.context == "initialized" and not counts:
        absent[field] = NO_GPU_IN_TENSORFLOW
        return None
    return sum(peak for _, peak in counts.values())


def _tensorflow(look: Look) -> LiveTensorFlow | None:
    return look.live.tensorflow if look.live else None


def _elsewhere(look: Look) -> str:
    """Return that Keras computes with something else, one sentence; nothing when it does not."""
    backend = look.live.keras.backend if look.live and look.live.keras else None
    return "" if backend in (None, "tensorflow") else f"Keras computes with {backend} in this kernel."


def _gpus(tensorflow: LiveTensorFlow | None) -> list[str]:
    names = (tensorflow and tensorflow.logical_devices) or []
    return [_short(name) for name in names if re.search(r"\bGPU:\d+$", name)]


def _short(device: str) -> str:
    return device.removeprefix("/device:")


def _name(use: GpuUse) -> str:
    return use.tensorflow_device or f"GPU {use.index} of the driver"


def _size(number: int) -> str:
    return f"{number / (1 << 20):.1f} MiB" if number >= 1 << 20 else f"{number / (1 << 10):.1f} KiB"
