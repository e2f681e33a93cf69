"""The matrix multiplication benchmark: from a request to a guest, from its lines to results."""

import re
from typing import Any

import msgspec

from ..kernels.interpreter import Launch, LaunchError, run_guest
from ..models.benchmark import BenchmarkJob, BenchmarkRequest, BenchmarkResult, Conditions, CopyRate, Flag, Throughput
from .jobs import Entry, JobFailed, Jobs
from .peaks import peak

SMALLEST, LARGEST, MOST_SIZES = 16, 16384, 8
PLAUSIBLE = 1.1  # boost clocks bring GeForce cards to 1.06 of their peak; more means a wrong table or dtype


class BadRequest(Exception):
    """A request that cannot be right; the text is one sentence, `field` names the part."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


class _Measured(msgspec.Struct):
    """What the guest has told so far."""

    kernel_id: str
    throughputs: list[Throughput] = []
    copies: list[CopyRate] = []
    conditions: Conditions | None = None
    notes: list[str] = []


class MatmulBenchmarks:
    """The benchmark jobs of one server. Used on the event loop only."""

    def __init__(self, *, timeout_s: float = 120.0) -> None:
        self._timeout_s = timeout_s
        self._jobs: Jobs[_Measured] = Jobs()

    def create(self, request: BenchmarkRequest, launch: Launch) -> BenchmarkJob:
        """Begin to measure in the interpreter of `launch`. Raises BadRequest."""
        check(request)

        async def work(entry: Entry[_Measured]) -> None:
            await self._measure(entry, request, launch)

        return _job(self._jobs.create(_Measured(kernel_id=request.kernel_id), work))

    def get(self, job_id: str) -> BenchmarkJob | None:
        """Return a job as it is now, or None when it is not kept."""
        entry = self._jobs.get(job_id)
        return None if entry is None else _job(entry)

    async def cancel(self, job_id: str) -> BenchmarkJob | None:
        """End a job; returns when its processes are gone."""
        entry = await self._jobs.cancel(job_id)
        return None if entry is None else _job(entry)

    async def close(self) -> None:
        """End all jobs."""
        await self._jobs.close()

    async def _measure(self, entry: Entry[_Measured], request: BenchmarkRequest, launch: Launch) -> None:
        measured = entry.result
        entry.step = "Starting the interpreter"

        def on_line(line: dict[str, Any]) -> None:
            event = line.pop("event", None)
            if event == "step":
                entry.step, entry.progress = str(line["text"]), min(0.99, float(line["progress"]))
            elif event == "conditions":
                measured.conditions = msgspec.convert(line, Conditions)
            elif event == "throughput":
                measured.throughputs.append(throughput(line, measured.conditions))
            elif event == "copy":
                measured.copies.append(msgspec.convert(line, CopyRate))
            elif event == "note":
                measured.notes.append(str(line["text"]))

        asked = {"device": request.device, "dtypes": request.dtypes, "sizes": request.sizes}
        try:
            ended = await run_guest(launch, "matmul", asked, timeout_s=self._timeout_s, on_line=on_line)
        except LaunchError as error:
            raise JobFailed(str(error)) from None
        if ended.timed_out:
            raise JobFailed(f"The benchmark did not end within {self._timeout_s:g} s and was stopped.")
        if ended.returncode:
            raise JobFailed(reason(launch, ended.returncode, ended.stderr_tail))
        if not measured.throughputs or measured.conditions is None:
            raise JobFailed(f"{launch.argv[0]} ended without a result.")
        entry.message = " ".join(measured.notes) or None


def check(request: BenchmarkRequest) -> None:
    """Raise BadRequest unless the request can be carried out."""
    if request.device is not None and not re.fullmatch(r"CPU:0|GPU:\d{1,2}", request.device):
        raise BadRequest("`device` must be CPU:0, or GPU: and a number such as GPU:0.", "device")
    if len(request.sizes) > MOST_SIZES:
        raise BadRequest(f"`sizes` may hold {MOST_SIZES} sizes at most.", "sizes")
    if any(not SMALLEST <= size <= LARGEST for size in request.sizes):
        raise BadRequest(f"`sizes` must be from {SMALLEST} to {LARGEST}.", "sizes")


def throughput(line: dict[str, Any], conditions: Conditions | None) -> Throughput:
    """Return a measured line with the peak of its device and what follows from it."""
    flags: list[Flag] = list(line["flags"])
    kind, _, number = line["device"].partition(":")
    known = None
    if kind == "GPU" and conditions is not None and int(number) < len(conditions.gpus) and "fell-back" not in flags:
        known = peak(conditions.gpus[int(number)], line["dtype"], tf32="tf32" in flags)
    fraction = line["throughput_tflops"] / known.tflops if known else None
    if fraction is not None and fraction > PLAUSIBLE:
        flags.append("above-peak")
    return msgspec.convert(
        line
        | {
            "flags": flags,
            "peak_tflops": known and known.tflops,
            "peak_source": known and known.source,
            "fraction_of_peak": fraction,
        },
        Throughput,
    )


def speedups(throughputs: list[Throughput]) -> dict[str, float]:
    """Return, for each GPU that did compute, its float32 throughput over the CPU's."""
    single = {t.device: t.throughput_tflops for t in throughputs if t.dtype == "float32" and "fell-back" not in t.flags}
    cpu = single.get("CPU:0")
    return {device: rate / cpu for device, rate in single.items() if cpu and device.startswith("GPU")}


def reason(launch: Launch, returncode: int | None, stderr: str) -> str:
    """Return one sentence for a guest that broke."""
    last = next((line.strip() for line in reversed(stderr.splitlines()) if line.strip()), "")
    if "No module named 'tensorflow'" in last:
        return f"There is no TensorFlow in {launch.argv[-1]}."
    if returncode is not None and returncode < 0:
        return f"The benchmark's process was ended by signal {-returncode}; memory may be short."
    return last or f"The benchmark's process ended with status {returncode}."


def _job(entry: Entry[_Measured]) -> BenchmarkJob:
    measured = entry.result
    result = None
    if entry.state == "done" and measured.conditions is not None:
        result = BenchmarkResult(
            throughputs=list(measured.throughputs),
            copies=list(measured.copies),
            speedup_over_cpu=speedups(measured.throughputs),
            conditions=measured.conditions,
        )
    return BenchmarkJob(
        id=entry.id,
        kernel_id=measured.kernel_id,
        state=entry.state,
        step=entry.step,
        progress=entry.progress,
        created_s=entry.created_s,
        elapsed_s=entry.elapsed_s,
        partial=list(measured.throughputs),
        result=result,
        message=entry.message,
    )
