"""Who holds the GPUs: processes as NVML lists them, and what they are here."""

from typing import Literal

from msgspec import Struct

Certainty = Literal["exact", "inferred", "unknown"]
Owner = Literal["kernel", "user", "other"]


class ListedProcess(Struct, frozen=True, kw_only=True):
    """A process as NVML lists it; not on the wire."""

    pid: int
    """Its pid: the host's in most containers, this machine's elsewhere."""
    mig_uuid: str | None
    """The MIG instance it computes on; null on a whole GPU."""
    memory_used_bytes: int | None
    """GPU memory it holds, in bytes; null when NVML does not say. Never 0: that is what hidden memory looks like."""


class ListedProcesses(Struct, frozen=True, kw_only=True):
    """The processes that NVML lists on one GPU; not on the wire."""

    uuid: str
    """The GPU's uuid."""
    processes: list[ListedProcess]
    """Those that compute."""
    absent: str | None
    """Why the list may be incomplete, one sentence; null when it was read."""


class GpuProcess(Struct, frozen=True, kw_only=True):
    """A process of this server's user that holds GPU memory."""

    pid: int
    """Process id on this machine."""
    owner: Owner
    """`kernel`: a kernel of this server or a process below one. `user`: any other process of the same user. `other`:
    of another user, listed only where the administrator has opened that."""
    kernel_id: str | None
    """The kernel it belongs to; null when it is no kernel's."""
    kernel_name: str | None
    """Name of that kernel's kernelspec."""
    path: str | None
    """Path of the notebook or console of that kernel; null when no session names it."""
    process_name: str | None
    """Short name of the process, such as `python3`; null when it cannot be read."""
    mig_uuid: str | None
    """The MIG instance it computes on; null on a whole GPU."""
    memory_used_bytes: int | None
    """GPU memory it holds, in bytes; null when the driver does not say."""


class GpuProcesses(Struct, frozen=True, kw_only=True):
    """Who holds one GPU. Other users' processes are one anonymous sum."""

    uuid: str
    """The GPU's uuid."""
    at_s: float
    """When it was read, in seconds since the epoch."""
    processes: list[GpuProcess]
    """The processes of this server's user; all of them when the administrator has opened that."""
    others: int
    """How many more processes there are: of other users, or outside this container."""
    others_memory_used_bytes: int | None
    """GPU memory that those hold together, in bytes; null when the driver does not say for one of them."""
    absent: str | None
    """Why the list may be incomplete, one sentence; null when it was read."""


class IdleHolder(Struct, frozen=True, kw_only=True):
    """A kernel that has run no cell for a while and holds a good part of a GPU; shutting it down frees that."""

    kernel_id: str
    """The kernel."""
    kernel_name: str
    """Name of its kernelspec."""
    path: str | None
    """Path of its notebook or console; null when no session names it."""
    gpu_uuid: str
    """The GPU's uuid."""
    gpu_index: int
    """NVML index of the GPU, the one that nvidia-smi prints."""
    memory_used_bytes: int
    """GPU memory that it holds there, in bytes: what shutting it down would free."""
    share_of_memory: float
    """That memory as a share of the GPU's, or of the MIG instances' that it is on, 0 to 1."""
    idle_since_s: float
    """Since when it has run no cell, in seconds since the epoch."""


class GpuUse(Struct, frozen=True, kw_only=True):
    """One GPU or MIG instance that a kernel holds."""

    uuid: str
    """The GPU's uuid."""
    index: int
    """NVML index of the GPU, the one that nvidia-smi prints."""
    mig_uuid: str | None
    """The MIG instance; null on a whole GPU."""
    tensorflow_device: str | None
    """TensorFlow's name for it in that kernel, such as `GPU:0`; null when that cannot be told."""
    pids: list[int]
    """The kernel's processes that hold it, here; empty when they are not told apart."""
    memory_used_bytes: int | None
    """GPU memory that they hold, in bytes; null when it cannot be told, which is not "none"."""
    tensorflow_used_bytes: int | None = None
    """What TensorFlow's tensors need of that memory now, in bytes; null when it does not tell, as while a cell runs."""
    tensorflow_peak_bytes: int | None = None
    """The most that they needed so far, in bytes; null as above."""
    certainty: Certainty
    """`exact`: the driver lists the kernel's process. `inferred`: open device files or TensorFlow's devices say so."""
    note: str | None
    """What to know about the figure, one sentence; null when it is what it seems."""


class KernelBinding(Struct, frozen=True, kw_only=True):
    """Which GPUs a kernel and the processes below it hold."""

    certainty: Certainty
    """The weakest of what follows; `unknown`: nothing can be said, and `gpus` is empty."""
    gpus: list[GpuUse]
    """The GPUs it holds; empty with `exact` or `inferred` when it holds none."""
    memory_used_bytes: int | None
    """GPU memory it holds on all of them, in bytes; null when that cannot be told for one of them."""
    reason: str
    """One sentence: how this is known, or why it is not."""
    at_s: float | None
    """When the driver was asked, in seconds since the epoch; null when it was not."""
