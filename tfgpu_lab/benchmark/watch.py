"""What the GPUs' driver says while a benchmark runs: looks are taken beside it, and each figure gets those it needs.

This package knows no driver: whoever starts a benchmark hands in how to look.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..kernels.ordinals import Target, cuda_devices
from ..models.benchmark import Circumstances
from ..models.gpu import Gpu, GpuSample, Sweep
from ..models.process import GpuProcess, GpuProcesses

INTERVAL_S = 0.25
BEFORE_S = 5.0  # how far back "before the benchmark used it" reaches
NAMED = 3  # processes in a sentence
UNWATCHED = "Nobody watched the GPUs."
NOT_FOUND = "It cannot be told which of the driver's GPUs this is."

Observe = Callable[[], Awaitable[tuple[Sweep, list[GpuProcesses]] | None]]
"""Look at the GPUs now: the newest sweep, and who holds them as far as the user may know; None when there is none."""


class Look(NamedTuple):
    """One look at all GPUs."""

    at_s: float
    """When, in monotonic seconds."""
    sweep: Sweep
    """What was read."""
    processes: Sequence[GpuProcesses]
    """Who holds the GPUs."""


class Watch:
    """Looks at the GPUs for as long as `run` is awaited. Used on the event loop only."""

    def __init__(self, observe: Observe | None, variables: Mapping[str, str]) -> None:
        self._observe = observe
        self._variables = variables
        self.looks: list[Look] = []

    async def run(self) -> None:
        """Look until cancelled."""
        while self._observe is not None:
            seen = await self._observe()
            if seen is not None and (not self.looks or self.looks[-1].sweep is not seen[0]):
                self.looks.append(Look(time.monotonic(), *seen))
            await asyncio.sleep(INTERVAL_S)

    @property
    def newest(self) -> Look | None:
        """The latest look; None before the first."""
        return self.looks[-1] if self.looks else None

    def target(self, told: Mapping[str, Any]) -> Target | None:
        """Return the driver's GPU or MIG instance that the guest has told of; None when it cannot be told."""
        return find(told, self.newest.sweep.devices, self._variables) if self.newest else None

    def circumstances(self, target: Target | None, began_s: float, used_from_s: float) -> Circumstances:
        """Return what was seen of a GPU since `began_s`, and just before `used_from_s`; both monotonic."""
        if self.newest is None:
            return Circumstances(samples=0, absent=UNWATCHED)
        if self.newest.sweep.driver.state != "ok":
            return Circumstances(samples=0, absent=self.newest.sweep.driver.reason)
        return circumstances(self.looks, target, began_s, used_from_s)


def find(told: Mapping[str, Any], devices: Sequence[Gpu], variables: Mapping[str, str]) -> Target | None:
    """Return the GPU or MIG instance with the uuid or bus address that CUDA told, else by CUDA's order."""
    for gpu in devices:
        for instance in gpu.mig:
            if told.get("uuid") and _hex(instance.uuid) == told["uuid"]:
                return Target(gpu, instance.uuid)
        if told.get("uuid") and _hex(gpu.uuid) == told["uuid"]:
            return Target(gpu, None)
    address = str(told.get("pci_bus_id") or "").lower()
    for gpu in devices:
        # CUDA writes the domain with four digits, NVML with eight.
        if address and (gpu.pci_bus_id or "").lower().endswith(address) and not gpu.mig_enabled:
            return Target(gpu, None)
    ordered = cuda_devices(devices, variables)
    number = int(str(told["device"]).partition(":")[2])
    return ordered[number] if ordered is not None and number < len(ordered) and not address else None


def circumstances(looks: Sequence[Look], target: Target | None, began_s: float, used_from_s: float) -> Circumstances:
    """Return what the looks since `began_s` say of a GPU, and those just before `used_from_s`; pure."""
    if target is None:
        return Circumstances(samples=0, absent=NOT_FOUND)
    during = [one for one in _samples(looks, target, began_s) if one is not None]
    before = [look for look in looks if used_from_s - BEFORE_S <= look.at_s < used_from_s]
    idle = [one for one in _samples(before, target) if one]
    busy = _known(one.utilization_percent for one in idle)
    return Circumstances(
        samples=len(during),
        clock_sm_mhz=_median(one.clock_sm_mhz for one in during),
        clock_sm_max_mhz=target.gpu.clock_sm_max_mhz,
        power_w=_median(one.power_w for one in during),
        power_limit_w=target.gpu.power_limit_w,
        temperature_c=max(_known(one.temperature_c for one in during), default=None),
        throttle_reasons=sorted({reason for one in during for reason in one.throttle_reasons or []}),
        busy_before_percent=round(statistics.median(busy)) if busy else None,
        memory_used_before_bytes=_used(idle[-1], target) if idle else None,
        holders=holders(before[-1].processes, target) if before else None,
        absent=None if during else "The driver was not read while this was measured.",
    )


def holders(processes: Sequence[GpuProcesses], target: Target) -> str | None:
    """Return who holds the memory of a GPU, one sentence; None when nobody does or nothing is known."""
    listed = next((one for one in processes if one.uuid == target.gpu.uuid), None)
    if listed is None:
        return None
    here = [one for one in listed.processes if one.mig_uuid == target.mig_uuid]
    here.sort(key=lambda one: one.memory_used_bytes or 0, reverse=True)
    said = [f"{_name(one)} holds {_amount(one.memory_used_bytes)}" for one in here[:NAMED]]
    rest = len(here) - NAMED
    said += [f"{rest} more of yours hold memory, too"] if rest > 0 else []
    if listed.others and target.mig_uuid is None:
        what = "process" if listed.others == 1 else "processes"
        verb = "holds" if listed.others == 1 else "hold"
        said.append(f"{listed.others} {what} of others {verb} {_amount(listed.others_memory_used_bytes)}")
    return "; ".join(said) + "." if said else None


def amount(size_bytes: float) -> str:
    """Return a number of bytes as people read it."""
    return f"{size_bytes / 2**30:.1f} GiB" if size_bytes >= 2**30 else f"{size_bytes / 2**20:.0f} MiB"


def _name(one: GpuProcess) -> str:
    return f"{one.process_name or 'A process'} ({one.path or f'process {one.pid}'})"


def _amount(size_bytes: int | None) -> str:
    return "memory, how much is not told" if size_bytes is None else amount(size_bytes)


def _samples(looks: Iterable[Look], target: Target, since_s: float = 0.0) -> list[GpuSample | None]:
    return [
        next((sample for sample in look.sweep.samples if sample.uuid == target.gpu.uuid), None)
        for look in looks
        if look.at_s >= since_s
    ]


def _used(sample: GpuSample, target: Target) -> int | None:
    """Memory in use, of the instance where it is one."""
    if target.mig_uuid is None:
        return sample.memory_used_bytes
    return next((one.memory_used_bytes for one in sample.mig if one.uuid == target.mig_uuid), None)


def _known(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def _median(values: Iterable[float | None]) -> float | None:
    known = _known(values)
    return float(statistics.median(known)) if known else None


def _hex(uuid: str) -> str:
    return uuid.removeprefix("GPU-").removeprefix("MIG-").replace("-", "").lower()
