"""What one run of cells did with the GPU: the last one of a kernel that somebody watches."""

from typing import Literal

from msgspec import Struct

from .process import ListedProcesses

ComputedOn = Literal["gpu", "cpu", "unknown"]


class Execution(Struct, frozen=True, kw_only=True):
    """The last cell of a kernel, or the last cells where one followed the other too quickly to look in between."""

    execution_count: int | None
    """The number of the last of these cells; null for one that ran before somebody came to watch."""
    cells: int
    """How many cells this tells of together: 1, or more that ran in a row."""
    began_s: float | None
    """When the first of them began, in seconds since the epoch; null when it ran before somebody came to watch."""
    ended_s: float | None
    """When the last of them ended, in seconds since the epoch; null while it runs."""
    computed_on: ComputedOn
    """`gpu`: there is evidence. `cpu`: what TensorFlow computed was on the CPU, as it has no GPU here or has never put
    anything on it. `unknown`: neither is proven."""
    devices: list[str]
    """The GPUs that computed, by TensorFlow's names such as `GPU:0`, or such as `GPU 0 of the driver` where those are
    not known; empty unless `computed_on` is `gpu`, and where several may be meant."""
    reason: str
    """One sentence: the evidence, or why it cannot be told."""
    gpu_memory_before_bytes: int | None
    """GPU memory that the kernel held when it last was at rest before, in bytes, by the driver, of all its GPUs."""
    gpu_memory_after_bytes: int | None
    """The same after the last of the cells, in bytes; null while it runs."""
    tensorflow_peak_before_bytes: int | None
    """The most that TensorFlow's tensors had needed on its GPUs before, in bytes, added up; see `LiveAllocator`."""
    tensorflow_peak_after_bytes: int | None
    """The same after the last of the cells, in bytes; null while it runs."""
    gpu_time_percent: float | None
    """Share of the time in which a GPU computed for this kernel, 0 to 100, by the driver's readings during the cells,
    their mean; of several GPUs the highest. The driver gives none of a time without work."""
    gpu_time_span_s: float | None
    """From the first of those readings to the last, in seconds; null without any. What was outside is not known."""
    absent: dict[str, str]
    """Why a figure above is null: field name to reason."""


class GpuTime(Struct, frozen=True, kw_only=True):
    """A reading of the driver's: how much one process computed on a GPU; not on the wire."""

    pid: int
    """The process, by the driver's number; see `ListedProcess`."""
    at_s: float
    """The end of the time that the reading covers, in seconds since the epoch; that time is one second at most."""
    percent: float
    """Share of that time in which the GPU computed for the process, 0 to 100."""


class GpuWork(Struct, frozen=True, kw_only=True):
    """The processes of one GPU, and how much they computed; not on the wire."""

    listed: ListedProcesses
    """Those that hold it."""
    times: list[GpuTime]
    """Readings; none of a process that computed nothing."""
    absent: str | None
    """Why `times` is empty, one sentence; null when it was read."""
