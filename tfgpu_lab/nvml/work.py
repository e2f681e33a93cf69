"""Who holds how much of each GPU and computes how much on it, read when a cell has ended and not before."""

import contextlib
from collections.abc import Sequence
from typing import Any

import pynvml

from ..models.execution import GpuTime, GpuWork
from ..models.gpu import Gpu
from ..models.process import ListedProcesses
from .device import identify
from .reading import sentence
from .sample import distrusted, read_processes

NO_MIG = "A GPU in MIG mode does not say how much a process computes."
# What the driver answers when no process has computed: not found, or success without a reading, which pynvml raises.
_NOBODY = {pynvml.NVML_SUCCESS, pynvml.NVML_ERROR_NOT_FOUND}


class WorkUnreadable(Exception):
    """The driver does not answer; the text is one sentence for the user."""


def read_work(gpus: Sequence[Gpu], since_s: float, driver_version: str | None = None) -> list[GpuWork]:
    """Return the processes of some GPUs, and their readings after `since_s`, in seconds since the epoch.

    Blocks as long as the driver does, so it belongs in a thread. A GPU that is not `ok` is not touched. Raises
    WorkUnreadable when the driver itself fails.
    """
    try:
        pynvml.nvmlInit()  # counted by NVML: the sampler's own stays as it is
    except pynvml.NVMLError as error:
        raise WorkUnreadable(sentence(error)) from None
    try:
        return [_read(gpu, since_s, distrusted(driver_version)) for gpu in gpus]
    finally:
        with contextlib.suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()


def _read(gpu: Gpu, since_s: float, why_not: str | None) -> GpuWork:
    if gpu.state != "ok":
        return _unread(gpu, gpu.problem or "The GPU does not answer.")
    try:
        device = identify(gpu.index, gpu)
    except pynvml.NVMLError as error:
        return _unread(gpu, sentence(error))
    if device.gpu.uuid != gpu.uuid:
        return _unread(gpu, "The GPUs have been numbered anew.")
    listed = _unlisted(gpu, why_not) if why_not else read_processes(device)
    if device.gpu.mig_enabled:
        return GpuWork(listed=listed, times=[], absent=NO_MIG)
    try:
        return GpuWork(listed=listed, times=_times(device.handle, since_s), absent=None)
    except pynvml.NVMLError as error:
        return GpuWork(listed=listed, times=[], absent=sentence(error))


def _unread(gpu: Gpu, why: str) -> GpuWork:
    return GpuWork(listed=_unlisted(gpu, why), times=[], absent=why)


def _unlisted(gpu: Gpu, why: str) -> ListedProcesses:
    return ListedProcesses(uuid=gpu.uuid, processes=[], absent=why)


def _times(handle: Any, since_s: float) -> list[GpuTime]:
    try:
        found = pynvml.nvmlDeviceGetProcessUtilization(handle, int(since_s * 1e6))
    except pynvml.NVMLError as error:
        if error.value in _NOBODY:
            return []
        raise
    # Places of the array that the driver left empty have no pid.
    return [GpuTime(pid=int(one.pid), at_s=one.timeStamp / 1e6, percent=float(one.smUtil)) for one in found if one.pid]
