"""A benchmark job: what was asked, how far it is, what came out."""

from typing import Literal

from msgspec import Struct

Dtype = Literal["float16", "bfloat16", "float32", "float64"]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]
Flag = Literal["throttled", "busy-gpu", "above-peak", "tf32", "fell-back"]


class BenchmarkRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST benchmarks`."""

    kernel_id: str
    """The kernel whose environment is measured; the kernel itself is left alone."""
    device: str | None = None
    """`CPU:0`, `GPU:0` ...; null measures the CPU and, where there are any, every GPU."""
    dtypes: list[Dtype] = []
    """Element types; empty means float32 on the CPU and float16, bfloat16, float32 on a GPU."""
    sizes: list[int] = []
    """Edge lengths of the square matrices, 16 to 16384; empty lets the benchmark choose for the device."""


class Throughput(Struct, frozen=True, kw_only=True):
    """Matrix multiplication on one device with one element type."""

    device: str
    """The device that was asked for, such as `CPU:0`."""
    dtype: str
    """Element type of the operands and the result."""
    size: int
    """Edge length n of the n x n matrices; the best of those measured. FLOP = 2 n^3 a product."""
    throughput_tflops: float
    """Median over the repetitions, in TFLOP/s."""
    p10: float
    """10th percentile, in TFLOP/s."""
    p90: float
    """90th percentile, in TFLOP/s."""
    max: float
    """Best repetition, in TFLOP/s."""
    repetitions: int
    """Timed repetitions behind the figures."""
    result_device: str
    """Device string of the result tensor: the proof of where it was computed."""
    peak_tflops: float | None
    """Dense peak of this device and dtype, in TFLOP/s; null when it is not in the table, never a guess."""
    peak_source: str | None
    """Where the peak comes from; null when there is none."""
    fraction_of_peak: float | None
    """`throughput_tflops / peak_tflops`; null without a peak."""
    flags: list[Flag]
    """What to know before the number is trusted."""


class CopyRate(Struct, frozen=True, kw_only=True):
    """Copy rate between host and one GPU."""

    device: str
    """Such as `GPU:0`."""
    host_to_device_gbps: float
    """In gigabytes (10^9 bytes) a second."""
    device_to_host_gbps: float
    """In gigabytes (10^9 bytes) a second."""


class Conditions(Struct, frozen=True, kw_only=True):
    """Under which versions and limits it ran."""

    tensorflow: str
    """TensorFlow's version."""
    python: str
    """Python's version."""
    executable: str
    """The interpreter."""
    cpu: str
    """The processor's name."""
    threads: int
    """Processors the process may use."""
    gpus: list[str]
    """Names of the GPUs TensorFlow listed; empty when it listed none."""


class BenchmarkResult(Struct, frozen=True, kw_only=True):
    """What came out of a finished benchmark."""

    throughputs: list[Throughput]
    """One a device and dtype."""
    copies: list[CopyRate]
    """One a GPU; empty without one."""
    speedup_over_cpu: dict[str, float]
    """GPU device to its best float32 throughput over the CPU's; empty without a GPU."""
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
