"""What the agent inside a running kernel reports: reads of `sys.modules` and `__dict__`, nothing that has an effect."""

from typing import Literal

from msgspec import Struct


class LiveAllocator(Struct, frozen=True, kw_only=True):
    """What TensorFlow's own allocator says of one of its GPUs; the driver counts more, such as CUDA's context."""

    device: str
    """The logical device, such as `/device:GPU:0`."""
    current_bytes: int
    """Memory of living tensors, in bytes."""
    peak_bytes: int
    """The most that `current_bytes` has been since the start or since the user reset it."""


class LiveStrategy(Struct, frozen=True, kw_only=True):
    """A distribution strategy."""

    name: str
    """Its class, such as `MirroredStrategy`."""
    devices: list[str] | None
    """The devices it computes on, such as `/job:localhost/replica:0/task:0/device:GPU:0`; null when not told."""


class LiveOutOfMemory(Struct, frozen=True, kw_only=True):
    """The exception that last ended a cell was TensorFlow's, of too little memory."""

    device: str | None
    """The device on which it ran out, such as `GPU:0`; null when the message names none."""
    mark: str
    """Tells one exception from another of the same kernel; it means nothing else."""


class LiveTensorFlow(Struct, frozen=True, kw_only=True):
    """TensorFlow in the running kernel. Lists are null until TensorFlow itself has asked: we never make it ask."""

    version: str | None
    """`tensorflow.__version__`; null while the import still runs."""
    importing: bool
    """True while `import tensorflow` has not finished."""
    context: Literal["none", "created", "initialized"]
    """State of the eager context. `initialized`: devices can no longer change without a restart."""
    physical_devices: list[str] | None
    """Such as `/physical_device:CPU:0`; null when TensorFlow has not listed them yet."""
    visible_devices: list[str] | None
    """The physical devices left visible; null when not listed yet."""
    logical_devices: list[str] | None
    """Such as `/device:GPU:0`; null before the context is initialised."""
    memory_growth: dict[str, bool] | None
    """Physical device name to whether memory growth is on; null when never set."""
    soft_placement: bool | None
    """Whether an op asked for a missing GPU silently runs on CPU; null when it cannot be read without an effect."""
    memory_limits_mb: dict[str, list[float | None]] | None = None
    """Physical device that was given limits to the limit of each logical device made of it, in MiB, null for none;
    null when no device was (`tf.config.set_logical_device_configuration`)."""
    logical_of: dict[str, list[str]] | None = None
    """Visible physical GPU to the logical GPUs made of it; null before initialisation, or when their numbers do not
    fit the settings, as when one failed."""
    allocators: list[LiveAllocator] | None = None
    """One for each logical GPU; null with `allocators_unread`."""
    allocators_unread: str | None = None
    """Why `allocators` is null, one sentence."""
    strategy: LiveStrategy | None = None
    """The strategy in whose scope code runs now, or that was set for all; null when there is none."""
    failed_start: str | None = None
    """What TensorFlow said when it could not start its devices, as in the last cell that failed; null when it has
    started them, or another exception has come since. Every further operation then waits for ever."""
    out_of_memory: LiveOutOfMemory | None = None
    """Null unless the last cell that failed ran out of memory in TensorFlow."""


class LiveKeras(Struct, frozen=True, kw_only=True):
    """Keras in the running kernel."""

    version: str | None
    """`keras.__version__`; null while the import still runs."""
    backend: str | None
    """The backend in force; null when it cannot be read."""
    dtype_policy: str | None = None
    """The global policy, such as `float32` or `mixed_float16`; null when it cannot be read, as when threads differ."""


class FollowedOp(Struct, frozen=True, kw_only=True):
    """One kind of operation, as prepared by TensorFlow."""

    op: str
    """TensorFlow's name of it, such as `MatMul`."""
    count: int
    """How many of them were prepared, which is not how often they ran."""


class FollowedCell(Struct, frozen=True, kw_only=True):
    """Where TensorFlow placed what it prepared during one cell. What it had prepared before is not seen again."""

    execution_count: int | None
    """The number of the cell; null when it has none."""
    functions: int
    """Number of graphs that were prepared: each traced function, and each new kind of eager operation."""
    on_gpu: int
    """Number of operations that compute, on a GPU."""
    on_cpu: list[FollowedOp]
    """Operations that compute with floating-point numbers, have a GPU version, and are on the CPU; most first."""
    other_on_cpu: int
    """Number of other operations on the CPU, where they belong: text, shapes, whole numbers, moving data."""
    took_s: float
    """How long the kernel was occupied by reading it, in seconds."""
    without_gpu_kernel: list[FollowedOp] = []
    """Of those other operations the ones of which this TensorFlow has no GPU version, most first; input pipelines and
    the moving of data are left out, and so are the rarest of very many kinds."""
    missing_gpus: list[str] = []
    """GPUs that the cell asked for and that TensorFlow does not have, such as `GPU:1`: it silently took another."""


class LiveReport(Struct, frozen=True, kw_only=True):
    """The running kernel, as its agent read it."""

    pid: int
    """Process id inside the kernel's own PID namespace."""
    process_start_ticks: int | None
    """Start time of that process in clock ticks since boot (field 22 of /proc/PID/stat); null without /proc."""
    boot_id: str | None
    """/proc/sys/kernel/random/boot_id: the same on one machine, whatever the container; null without /proc."""
    pid_namespace: str | None
    """Target of /proc/self/ns/pid; null without /proc."""
    hostname: str
    """Host name as the kernel sees it."""
    executable: str
    """`sys.executable`: the true interpreter behind any wrapper."""
    prefix: str
    """`sys.prefix`."""
    python_version: str
    """Such as `3.11.7`."""
    cwd: str | None
    """Working folder; null when it no longer exists."""
    variables: dict[str, str]
    """Allow-listed variables of `os.environ` as they are now."""
    tensorflow: LiveTensorFlow | None
    """Null when TensorFlow is not imported."""
    keras: LiveKeras | None
    """Null when Keras is not imported."""
    execution_count: int | None = None
    """The number that the next cell gets, from 1 on; null when it cannot be read."""
    followed: FollowedCell | None = None
    """What the last cell that was followed did; null when none was (see `POST kernels/{id}/placement`)."""


class MappedLibrary(Struct, frozen=True, kw_only=True):
    """One of CUDA's libraries that a process has loaded."""

    name: str
    """Its file's name, such as `libcudnn.so.9`."""
    path: str
    """Where it was loaded from."""
    replaced: bool
    """Whether that file has been replaced or removed since: the process still runs the old one."""


class Mapped(Struct, frozen=True, kw_only=True):
    """What a kernel's process has loaded, read by the server in /proc; the kernel does nothing for it."""

    pid: int
    """The process, behind any wrapper."""
    tensorflow: bool
    """Whether TensorFlow's libraries are loaded."""
    libraries: list[MappedLibrary]
    """CUDA's libraries that are loaded, the driver's among them, by path."""
    driver_open: bool | None
    """Whether it has files of the NVIDIA driver open; null when that cannot be read."""
