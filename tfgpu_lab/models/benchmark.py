"""A benchmark job: what was asked, how far it is, what came out, and what came out before."""

from typing import Literal

from msgspec import Struct

Dtype = Literal["float16", "bfloat16", "tf32", "float32", "float64", "int8", "float8"]
Mode = Literal["eager", "function", "xla"]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]
Flag = Literal["throttled", "busy-gpu", "above-peak", "tf32", "fell-back"]


class BenchmarkRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST benchmarks`."""

    kernel_id: str
    """The kernel whose environment is measured; the kernel itself is left alone."""
    device: str | None = None
    """`CPU:0`, `GPU:0` ..., or the uuid of a GPU or MIG instance, which then is the only one its process sees and is
    called GPU:0. Null measures the CPU and, where there are any, every GPU; CUDA shows a process one MIG instance at
    most, so the others are measured by their uuids."""
    dtypes: list[Dtype] = []
    """Element types. Empty means float32 on the CPU, and on a GPU float16, bfloat16, tf32 and float32; more in a sweep.
    On a GPU `tf32` is float32 as TensorFlow computes it by default there, and `float32` is with TF32 turned off."""
    sizes: list[int] = []
    """Edge lengths of the square matrices, 16 to 16384, each measured; empty lets the benchmark find the best one."""
    modes: list[Mode] = []
    """How products are queued: one by one (`eager`), in a `tf.function`, or compiled by XLA; empty means `function`."""
    sweep: bool = False
    """Measure every size that fits, instead of the best one only; takes up to 25 s for the CPU and 45 s for a GPU."""


class Circumstances(Struct, frozen=True, kw_only=True):
    """What the driver said of the GPU while a figure was measured."""

    samples: int
    """Readings that fell into it; 0 when none did, and then the rest is null."""
    clock_sm_mhz: float | None = None
    """Clock of the streaming multiprocessors, median, in MHz."""
    clock_sm_max_mhz: int | None = None
    """The highest they can have, in MHz."""
    power_w: float | None = None
    """Power draw, median, in watts."""
    power_limit_w: float | None = None
    """The limit in force, in watts."""
    temperature_c: int | None = None
    """Highest core temperature, in degrees Celsius."""
    throttle_reasons: list[str] = []
    """What held the clocks back in any of the readings, such as `power limit`."""
    busy_before_percent: int | None = None
    """How busy the GPU was before this benchmark used it, 0 to 100; null when it was not read or cannot be."""
    memory_used_before_bytes: int | None = None
    """How much of its memory was in use then, in bytes; null when it was not read or cannot be."""
    holders: str | None = None
    """Who else held its memory then, one sentence; null when nobody did or it is not known."""
    absent: str | None = None
    """Why nothing is known, one sentence; null when something is."""


class PastFigure(Struct, frozen=True, kw_only=True):
    """A throughput that was kept: enough to compare with, and to say why it differed."""

    at_s: float
    """When it was measured, in seconds since the epoch."""
    environment: str
    """The command that starts the interpreter it was measured with."""
    device: str
    """TensorFlow's name for the device, such as `GPU:0`."""
    device_id: str
    """What the device is: the uuid of a GPU or MIG instance, or the machine's and the processor's names."""
    device_name: str
    """Its product name."""
    dtype: str
    """Element type."""
    mode: str
    """How products were queued."""
    size: int
    """Edge length of the matrices."""
    chosen: bool
    """Whether the benchmark had chosen that size."""
    throughput_tflops: float
    """Median, in TFLOP/s."""
    p10: float
    """10th percentile, in TFLOP/s."""
    p90: float
    """90th percentile, in TFLOP/s."""
    repetitions: int | None = None
    """Timed batches behind it; null when it was kept by a version that did not say."""
    threads: int | None = None
    """Processors that TensorFlow could use; null for a GPU, or when it was kept by a version that did not say."""
    flags: list[Flag]
    """What was to know about it."""
    circumstances: Circumstances | None
    """What the driver said meanwhile; null for a CPU."""
    tensorflow: str
    """TensorFlow's version."""
    driver_version: str | None
    """The NVIDIA driver's version; null for a CPU, or when it did not say."""


class Comparison(Struct, frozen=True, kw_only=True):
    """A figure beside the last one of the same device, environment, element type, mode and number of threads."""

    at_s: float
    """When that was measured, in seconds since the epoch."""
    throughput_tflops: float
    """What it was, in TFLOP/s."""
    size: int
    """Edge length of its matrices."""
    change: float
    """`now / then - 1`: -0.31 is 31 % slower."""
    regression: str | None
    """One sentence when it is slower by more than the spread explains, with the reason where the readings show one."""


class Throughput(Struct, frozen=True, kw_only=True):
    """Matrix multiplication on one device, with one element type, size and mode."""

    device: str
    """The device that was asked for, such as `CPU:0`."""
    device_name: str
    """Its product name; empty when it is not known."""
    dtype: str
    """Element type of the operands. `tf32` is float32 in TF32; `float32` on a GPU is with TF32 turned off."""
    mode: Mode
    """How the products were queued."""
    size: int
    """Edge length n of the n x n matrices. FLOP = 2 n^3 a product."""
    chosen: bool
    """Whether the benchmark chose this size; false when it was asked for."""
    throughput_tflops: float
    """Median over the batches, in TFLOP/s; of int8, in 10^12 integer operations a second."""
    p10: float
    """10th percentile, in TFLOP/s."""
    p90: float
    """90th percentile, in TFLOP/s."""
    max: float
    """Best batch, in TFLOP/s."""
    repetitions: int
    """Timed batches behind the figures."""
    products: int
    """Products in each batch."""
    settled: bool | None
    """Whether the times had settled before they counted; null when there were too few to tell."""
    took_s: float
    """Seconds that this figure took, warm-up included."""
    result_device: str
    """Device string of the result tensor: the proof of where it was computed. When one GPU alone is measured, it is the
    only one its process sees, so TensorFlow calls it GPU:0 there."""
    peak_tflops: float | None
    """Dense peak of this device and dtype, in TFLOP/s; null when it is not in the table, never a guess."""
    peak_source: str | None
    """Where the peak comes from; null when there is none."""
    fraction_of_peak: float | None
    """`throughput_tflops / peak_tflops`; null without a peak."""
    speedup_over_cpu: float | None = None
    """How many times the CPU's float32 throughput of the same run, each at its own best size; null without one."""
    circumstances: Circumstances | None = None
    """What the driver said meanwhile; null for a CPU and for what fell back to it."""
    before: Comparison | None = None
    """The last time, when there is one; null until the run has ended."""
    flags: list[Flag]
    """What to know before the number is trusted."""


class Skipped(Struct, frozen=True, kw_only=True):
    """What was not measured."""

    device: str
    """Such as `GPU:0`."""
    dtype: str
    """Element type."""
    reason: str
    """Why, one sentence."""


class CopyRate(Struct, frozen=True, kw_only=True):
    """Copy rate between host and one GPU, as TensorFlow copies ordinary (pageable) memory."""

    device: str
    """Such as `GPU:0`."""
    host_to_device_gbps: float
    """In gigabytes (10^9 bytes) a second."""
    device_to_host_gbps: float
    """In gigabytes (10^9 bytes) a second."""


class MemoryRate(Struct, frozen=True, kw_only=True):
    """How fast a device reads and writes its own memory."""

    device: str
    """Such as `GPU:0`."""
    gbps: float
    """Of `x += y` over far more than the caches hold: two numbers read and one written, in 10^9 bytes a second."""


class Conditions(Struct, frozen=True, kw_only=True):
    """Under which versions and limits it ran."""

    tensorflow: str
    """TensorFlow's version."""
    python: str
    """Python's version."""
    executable: str
    """The interpreter."""
    host: str = ""
    """The machine's name."""
    cpu: str
    """The processor's name."""
    threads: int
    """Processors the process may use, or as many as TF_NUM_INTRAOP_THREADS gives TensorFlow."""
    load_before: float | None = None
    """Processes that wanted to run in the minute before, on average; null when that cannot be told."""
    gpus: list[str]
    """Names of the GPUs TensorFlow listed; empty when it listed none or only the CPU was asked for."""
    cuda_build: str | None = None
    """CUDA version that TensorFlow was built for; null for a CPU build."""
    cudnn_build: str | None = None
    """cuDNN version that TensorFlow was built for; null for a CPU build."""
    driver_version: str | None = None
    """The NVIDIA driver's version; null when it did not say."""


class BenchmarkResult(Struct, frozen=True, kw_only=True):
    """What came out of a finished benchmark."""

    throughputs: list[Throughput]
    """One a device, element type, mode and size that was measured."""
    skipped: list[Skipped]
    """What was left out, and why."""
    copies: list[CopyRate]
    """One a GPU; empty without one."""
    memory: list[MemoryRate]
    """One a device."""
    notes: list[str]
    """What else to know, a sentence each."""
    conditions: Conditions
    """Versions and limits."""


class BenchmarkJob(Struct, frozen=True, kw_only=True):
    """Answer of `POST benchmarks` and `GET benchmarks/{id}`."""

    id: str
    """Id of the job."""
    kernel_id: str
    """The kernel whose environment is measured."""
    state: JobState
    """`done`, `failed` and `cancelled` are final."""
    step: str
    """What it is doing now, a few words for the user."""
    progress: float
    """Share done, 0 to 1."""
    left_s: float | None
    """Seconds it will still take at most, as far as can be told; null before it runs and once it has ended."""
    created_s: float
    """When it was asked for, in seconds since the epoch."""
    elapsed_s: float
    """Seconds since it began to run; final once it ended."""
    partial: list[Throughput]
    """What has been measured so far."""
    result: BenchmarkResult | None
    """Null until the state is `done`."""
    message: str | None
    """Why it failed, was cancelled or waits, one sentence; null otherwise."""


class Benchmarks(Struct, frozen=True, kw_only=True):
    """Answer of `GET benchmarks`: the latest job of a kernel, and what its environment reached before."""

    job: BenchmarkJob | None
    """The latest job for this kernel; null when there is none or it is not kept any more."""
    history: list[PastFigure]
    """Figures of the kernel's environment, newest first."""
    problem: str | None
    """Why earlier figures are missing or new ones will not be kept, one sentence; null when all is well."""
    cell: str
    """Python code of a cell that measures inside the kernel itself; the user reads it, and runs it or not."""
