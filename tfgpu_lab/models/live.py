"""What the agent inside a running kernel reports: reads of `sys.modules` and `__dict__`, nothing that has an effect."""

from typing import Literal

from msgspec import Struct


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


class LiveKeras(Struct, frozen=True, kw_only=True):
    """Keras in the running kernel."""

    version: str | None
    """`keras.__version__`; null while the import still runs."""
    backend: str | None
    """The backend in force; null when it cannot be read."""


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
