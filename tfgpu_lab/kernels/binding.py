"""Which kernel holds which GPU: the driver's list, processes here and TensorFlow's devices brought together; pure.

The driver names processes by the machine's pids. In a container those are other numbers, or hidden, and their memory
may read as 0: there, the device files that a kernel keeps open and TensorFlow's own list say what the pids cannot.
A figure that is not known is None, never 0.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from ..models.gpu import Gpu, Sweep
from ..models.live import LiveAllocator, LiveReport
from ..models.process import Certainty, GpuProcess, GpuProcesses, GpuUse, KernelBinding, ListedProcess, Owner
from .ordinals import Target, tensorflow_devices
from .processes import GpuFiles

RESERVED = "TensorFlow reserves most of a GPU's memory at its first use: this is what it took, not what it needs."
HIDDEN = "The driver does not say here how much memory the kernel holds."
UNMATCHED = "The driver's list names no process of this kernel, as in a container that has process numbers of its own."


class KernelProcesses(NamedTuple):
    """A kernel of this server and its processes."""

    kernel_id: str
    name: str
    path: str | None
    pids: Sequence[int]
    """Its process and all below it; empty when they are not here."""
    files: Mapping[int, GpuFiles]
    """The driver's files of those pids whose open files can be read."""
    elsewhere: str = ""
    """Why its processes are not here, one sentence."""


class Here(NamedTuple):
    """What is known of the processes that the driver lists, and of this machine."""

    outermost: bool
    """Whether the driver's pids are the pids here."""
    names: Mapping[int, str | None]
    """Listed process to its short name; only of those that are here."""
    own: frozenset[int]
    """Those of the user that this server runs as."""


Key = tuple[str, str | None]  # (uuid of the GPU, uuid of the MIG instance)


def bind(
    kernel: KernelProcesses, live: LiveReport | None, sweep: Sweep, kernels: Sequence[KernelProcesses], here: Here
) -> KernelBinding:
    """Return the GPUs that a kernel holds; `kernels` are all kernels of this server."""
    at_s = sweep.listed_at_s or None
    if sweep.driver.state != "ok":
        return _unknown(sweep.driver.reason, at_s)
    if kernel.elsewhere:
        return _unknown(kernel.elsewhere, at_s)
    named = tensorflow_devices(live, sweep.devices) if live else {}
    uses = _listed_uses(kernel, sweep, here)
    for target in [*_named_targets(named), *_open_targets(kernel, sweep, here, named)]:
        key = (target.gpu.uuid, target.mig_uuid)
        if key not in uses:
            uses[key] = _inferred(kernel, target, sweep, kernels, here)
    gpus = [_finished(use, named, live) for use in uses.values()]
    if not gpus:
        return _none(kernel, sweep, here, named, at_s)
    held = [use.memory_used_bytes for use in gpus]
    exact = all(use.certainty == "exact" for use in gpus)
    return KernelBinding(
        certainty="exact" if exact else "inferred",
        gpus=gpus,
        memory_used_bytes=None if None in held else sum(filter(None, held)),
        reason="The driver lists this kernel's processes." if exact else _why_inferred(gpus, here),
        at_s=at_s,
    )


def unwatched(why: str) -> KernelBinding:
    """Return the binding when the GPUs are not being read."""
    return _unknown(why, None)


def gpu_processes(
    kernels: Sequence[KernelProcesses], sweep: Sweep, here: Here, *, show_all: bool = False
) -> list[GpuProcesses]:
    """Return who holds each GPU, one a device; other users' processes as one sum unless `show_all`."""
    owners = {pid: kernel for kernel in kernels for pid in kernel.pids}
    answers = []
    for device, listed in zip(sweep.devices, sweep.listed, strict=False):
        shown: list[GpuProcess] = []
        hidden: list[ListedProcess] = []
        for one in listed.processes:
            kernel = owners.get(one.pid)
            if kernel and _is_that(one.pid, kernel, here):
                shown.append(_process(one, "kernel", here, kernel))
            elif here.outermost and one.pid in here.own:
                shown.append(_process(one, "user", here))
            elif show_all:
                shown.append(_process(one, "other", here))
            else:
                hidden.append(one)
        memory = [one.memory_used_bytes for one in hidden]
        answers.append(
            GpuProcesses(
                uuid=device.uuid,
                at_s=sweep.listed_at_s,
                processes=shown,
                others=len(hidden),
                others_memory_used_bytes=None if None in memory else sum(filter(None, memory)),
                absent=listed.absent,
            )
        )
    return answers


def _process(one: ListedProcess, owner: Owner, here: Here, kernel: KernelProcesses | None = None) -> GpuProcess:
    return GpuProcess(
        pid=one.pid,
        owner=owner,
        kernel_id=kernel and kernel.kernel_id,
        kernel_name=kernel and kernel.name,
        path=kernel and kernel.path,
        process_name=here.names.get(one.pid),
        mig_uuid=one.mig_uuid,
        memory_used_bytes=one.memory_used_bytes,
    )


def _is_that(pid: int, kernel: KernelProcesses, here: Here) -> bool:
    """Return whether a listed pid means the kernel's process, not one outside the container with the same number."""
    files = kernel.files.get(pid)
    return here.outermost or (files is not None and files.driver)


def _listed_uses(kernel: KernelProcesses, sweep: Sweep, here: Here) -> dict[Key, GpuUse]:
    """The GPUs on which the driver lists a process of the kernel."""
    pids, uses = set(kernel.pids), {}
    for device, listed in zip(sweep.devices, sweep.listed, strict=False):
        mine = [one for one in listed.processes if one.pid in pids and _is_that(one.pid, kernel, here)]
        for part in dict.fromkeys(one.mig_uuid for one in mine):
            on_it = [one for one in mine if one.mig_uuid == part]
            memory = [one.memory_used_bytes for one in on_it]
            uses[device.uuid, part] = GpuUse(
                uuid=device.uuid,
                index=device.index,
                mig_uuid=part,
                tensorflow_device=None,
                pids=[one.pid for one in on_it],
                memory_used_bytes=None if None in memory else sum(filter(None, memory)),
                certainty="exact" if here.outermost else "inferred",
                note=HIDDEN if None in memory else None,
            )
    return uses


def _named_targets(named: Mapping[str, Target | None]) -> list[Target]:
    return [target for target in named.values() if target]


def _open_targets(
    kernel: KernelProcesses, sweep: Sweep, here: Here, named: Mapping[str, Target | None]
) -> list[Target]:
    """The GPUs whose device files the kernel has open, where nothing better is known.

    CUDA opens the files of all GPUs that it may use. So they count only where the driver's list cannot be matched, and
    not when TensorFlow has named its devices.
    """
    if _named_targets(named):
        return []
    minors = _minors(kernel)
    complete = {listed.uuid for listed in sweep.listed if here.outermost and listed.absent is None}
    return [
        Target(gpu, None)
        for gpu in sweep.devices
        if gpu.minor_number in minors and gpu.uuid not in complete and not gpu.mig_enabled
    ]


def _inferred(
    kernel: KernelProcesses, target: Target, sweep: Sweep, kernels: Sequence[KernelProcesses], here: Here
) -> GpuUse:
    """A GPU that the kernel holds by other signs than the driver's list."""
    stranger = _only_stranger(target, sweep, kernels, here) if _is_alone(kernel, target.gpu, kernels) else None
    return GpuUse(
        uuid=target.gpu.uuid,
        index=target.gpu.index,
        mig_uuid=target.mig_uuid,
        tensorflow_device=None,
        pids=[],
        memory_used_bytes=stranger.memory_used_bytes if stranger else None,
        certainty="inferred",
        note=None if stranger and stranger.memory_used_bytes else UNMATCHED,
    )


def _only_stranger(
    target: Target, sweep: Sweep, kernels: Sequence[KernelProcesses], here: Here
) -> ListedProcess | None:
    """Return the one process on a GPU that cannot be matched with any here; None when there are none or several."""
    owners = {pid: kernel for kernel in kernels for pid in kernel.pids}
    strangers = [
        one
        for listed in sweep.listed
        if listed.uuid == target.gpu.uuid
        for one in listed.processes
        if one.mig_uuid == target.mig_uuid
        and not (here.outermost and one.pid in here.names)
        and not (one.pid in owners and _is_that(one.pid, owners[one.pid], here))
    ]
    return strangers[0] if len(strangers) == 1 else None


def _is_alone(kernel: KernelProcesses, gpu: Gpu, kernels: Sequence[KernelProcesses]) -> bool:
    """Return whether no other kernel of this server has the GPU open, and the kernel itself has."""
    holders = [one.kernel_id for one in kernels if gpu.minor_number in _minors(one)]
    return holders == [kernel.kernel_id]


def _minors(kernel: KernelProcesses) -> set[int]:
    return {minor for files in kernel.files.values() for minor in files.minors}


def _finished(use: GpuUse, named: Mapping[str, Target | None], live: LiveReport | None) -> GpuUse:
    """Add TensorFlow's name, and what to know about the figure."""
    names = [n for n, t in named.items() if t and (t.gpu.uuid, t.mig_uuid) == (use.uuid, use.mig_uuid)]
    note = use.note or (RESERVED if live and names and not _grows(live) else None)
    allocators = _allocators(names, live)
    return msgspec.structs.replace(
        use,
        tensorflow_device=names[0] if names else None,
        tensorflow_used_bytes=sum(one.current_bytes for one in allocators) if allocators else None,
        tensorflow_peak_bytes=sum(one.peak_bytes for one in allocators) if allocators else None,
        note=note,
    )


def _allocators(names: Sequence[str], live: LiveReport | None) -> list[LiveAllocator]:
    """Return TensorFlow's count of the memory of each of its devices; empty when one of them is not told."""
    told = (live and live.tensorflow and live.tensorflow.allocators) or []
    found = {one.device.removeprefix("/device:"): one for one in told}
    return [found[name] for name in names] if found.keys() >= set(names) else []


def _grows(live: LiveReport) -> bool:
    """Return whether TensorFlow takes memory as it needs it."""
    growth = (live.tensorflow and live.tensorflow.memory_growth) or {}
    return any(growth.values()) or live.variables.get("TF_FORCE_GPU_ALLOW_GROWTH", "").lower() in {"1", "true"}


def _none(
    kernel: KernelProcesses, sweep: Sweep, here: Here, named: Mapping[str, Target | None], at_s: float | None
) -> KernelBinding:
    """The kernel holds no GPU, or none that can be told."""
    if named:
        return _unknown(
            f"TensorFlow computes on {', '.join(named)}; which of this machine's GPUs that is, cannot be told.", at_s
        )
    untouched = bool(kernel.pids) and all(pid in kernel.files and not kernel.files[pid].driver for pid in kernel.pids)
    absent = next((listed.absent for listed in sweep.listed if listed.absent), None)
    if not sweep.devices:
        certainty: Certainty = "exact"
        reason = "The driver lists no GPU."
    elif untouched:
        certainty, reason = "exact", "No process of this kernel has the NVIDIA driver open."
    elif not kernel.pids:
        return _unknown("The kernel's process is not known here.", at_s)
    elif here.outermost and absent is None and sweep.listed:
        certainty, reason = "exact", "The driver lists no process of this kernel."
    else:
        return _unknown(absent or UNMATCHED, at_s)
    return KernelBinding(certainty=certainty, gpus=[], memory_used_bytes=0, reason=reason, at_s=at_s)


def _why_inferred(gpus: Sequence[GpuUse], here: Here) -> str:
    if any(use.tensorflow_device for use in gpus if not use.pids):
        return "TensorFlow names these devices; the driver's list does not name this kernel's processes."
    if any(use.pids for use in gpus) and not here.outermost:
        return "The driver lists this kernel's process numbers, which in a container may be those of others."
    return "The kernel has these GPUs' device files open; the driver's list does not name its processes."


def _unknown(reason: str, at_s: float | None) -> KernelBinding:
    return KernelBinding(certainty="unknown", gpus=[], memory_used_bytes=None, reason=reason, at_s=at_s)
