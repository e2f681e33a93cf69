"""The matrix multiplication benchmark: from a request to a guest, from its lines to results."""

import asyncio
import re
import signal
import time
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import msgspec

from ..kernels.interpreter import GuestExit, Launch, LaunchError, run_guest
from ..kernels.ordinals import cuda_devices
from ..models.benchmark import BenchmarkJob, BenchmarkRequest
from .figures import Measured
from .history import History
from .jobs import Entry, JobFailed, Jobs
from .watch import Observe, Watch

SMALLEST, LARGEST, MOST_SIZES = 16, 16384, 8
PARTS = ("products", "device")
DEVICE = r"CPU:0|GPU:\d{1,2}"
UUID = r"(GPU|MIG)-[0-9A-Za-z/-]{1,80}"


class BadRequest(Exception):
    """A request that cannot be right; the text is one sentence, `field` names the part."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


class MatmulBenchmarks:
    """The benchmark jobs of one server. Used on the event loop only.

    `observe` looks at the GPUs while one runs; `history` keeps what comes out. Two run at once when each is for one
    GPU and the driver says that these are two: a GPU's products are queued in batches, so the other's start costs it
    little. Whatever measures the CPU runs alone, since it would slow all others, and they it.
    """

    def __init__(
        self, *, timeout_s: float = 120.0, observe: Observe | None = None, history: History | None = None
    ) -> None:
        self._timeout_s = timeout_s
        self._observe = observe
        self.history = history
        self._jobs: Jobs[Measured] = Jobs()

    async def create(self, request: BenchmarkRequest, launch: Launch) -> BenchmarkJob:
        """Begin to measure in the interpreter of `launch`. Raises BadRequest and QueueFull."""
        check(request)
        request, launch = alone_visible(request, launch)

        async def work(entry: Entry[Measured]) -> None:
            await self._measure(entry, request, launch)

        measured = Measured(request.kernel_id, environment_of(launch))
        return self._job(self._jobs.create(measured, work, await self._uses(request, launch)))

    async def _uses(self, request: BenchmarkRequest, launch: Launch) -> frozenset[str] | None:
        """Return the uuid of the card that a run needs for itself; None for the CPU, or when it cannot be told."""
        if request.device is None or not request.device.startswith("GPU") or self._observe is None:
            return None
        seen = await self._observe()
        ordered = cuda_devices(seen[0].devices, launch.env) if seen else None
        number = int(request.device.partition(":")[2])
        return frozenset({ordered[number].gpu.uuid}) if ordered is not None and number < len(ordered) else None

    def get(self, job_id: str) -> BenchmarkJob | None:
        """Return a job as it is now, or None when it is not kept."""
        entry = self._jobs.get(job_id)
        return None if entry is None else self._job(entry)

    def latest(self, kernel_id: str) -> BenchmarkJob | None:
        """Return the newest job for a kernel, or None when there is none."""
        entry = self._jobs.latest(lambda measured: measured.kernel_id == kernel_id)
        return None if entry is None else self._job(entry)

    async def cancel(self, job_id: str) -> BenchmarkJob | None:
        """End a job; returns when its processes are gone."""
        entry = await self._jobs.cancel(job_id)
        return None if entry is None else self._job(entry)

    async def close(self) -> None:
        """End all jobs."""
        await self._jobs.close()

    async def _measure(self, entry: Entry[Measured], request: BenchmarkRequest, launch: Launch) -> None:
        measured = entry.result
        entry.step = "Starting the interpreter"
        watch = Watch(self._observe, launch.env)
        watching = asyncio.create_task(watch.run(), name="tfgpu-lab: watch a benchmark")

        def on_line(line: dict[str, Any]) -> None:
            if line.get("event") == "step":
                entry.step, entry.progress = str(line["text"]), min(0.99, float(line["progress"]))
                entry.ends_s = time.monotonic() + float(line["left_s"])
            else:
                measured.take(line, watch)

        try:
            wanted, limit_s = asked(request, self._timeout_s), self._timeout_s
            ended = await run_guest(with_one_heap(launch), "matmul", wanted, timeout_s=limit_s, on_line=on_line)
        except LaunchError as error:
            raise JobFailed(str(error)) from None
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        if why := failure(launch, ended, measured, self._timeout_s):
            raise JobFailed(" ".join([why, *measured.notes]))
        if self.history is not None:
            await self._compare_and_keep(measured, self.history)

    async def _compare_and_keep(self, measured: Measured, history: History) -> None:
        kept = await asyncio.to_thread(history.read)
        figures = measured.compare(kept.figures, time.time())
        problem = kept.problem
        if figures:
            problem = await asyncio.to_thread(history.add, figures) or problem
        if problem:
            measured.notes.append(problem)

    def _job(self, entry: Entry[Measured]) -> BenchmarkJob:
        measured, message = entry.result, entry.message
        if ahead := self._jobs.ahead(entry):
            others = "Another benchmark is" if ahead == 1 else f"{ahead} benchmarks are"
            message = f"{others} before this one; two at once would slow each other."
        return BenchmarkJob(
            id=entry.id,
            kernel_id=measured.kernel_id,
            state=entry.state,
            step=entry.step,
            progress=entry.progress,
            left_s=entry.left_s,
            created_s=entry.created_s,
            elapsed_s=entry.elapsed_s,
            partial=list(measured.throughputs),
            result=measured.result() if entry.state == "done" else None,
            message=message,
        )


def check(request: BenchmarkRequest) -> None:
    """Raise BadRequest unless the request can be carried out."""
    if request.device is not None and not re.fullmatch(f"{DEVICE}|{UUID}", request.device):
        raise BadRequest("`device` must be CPU:0, or GPU: and a number such as GPU:0, or a uuid.", "device")
    if len(request.sizes) > MOST_SIZES:
        raise BadRequest(f"`sizes` may hold {MOST_SIZES} sizes at most.", "sizes")
    if any(not SMALLEST <= size <= LARGEST for size in request.sizes):
        raise BadRequest(f"`sizes` must be from {SMALLEST} to {LARGEST}.", "sizes")
    if request.sweep and request.sizes:
        raise BadRequest("`sweep` chooses the sizes itself: leave `sizes` out.", "sizes")


def alone_visible(request: BenchmarkRequest, launch: Launch) -> tuple[BenchmarkRequest, Launch]:
    """Return both so that a GPU or MIG instance that was asked for by its uuid is the only one of its process."""
    if request.device is None or not re.fullmatch(UUID, request.device):
        return request, launch
    env = launch.env | {"CUDA_VISIBLE_DEVICES": request.device}
    return msgspec.structs.replace(request, device="GPU:0"), msgspec.structs.replace(launch, env=env)


def with_one_heap(launch: Launch) -> Launch:
    """Return it so that glibc has one heap for all threads, unless its environment says how many.

    TensorFlow's threads take results in turns. From heaps of their own each would take memory anew that another has
    just freed: guest/device has what that costs.
    """
    return msgspec.structs.replace(launch, env={"MALLOC_ARENA_MAX": "1", **launch.env})


def environment_of(launch: Launch) -> str:
    """Return the name by which figures of an environment are kept."""
    return " ".join(launch.argv)


def asked(request: BenchmarkRequest, limit_s: float) -> dict[str, Any]:
    """Return what the guest is sent."""
    guest = files("tfgpu_lab").joinpath("guest")
    wanted: Mapping[str, Any] = {
        "device": request.device,
        "dtypes": list(dict.fromkeys(request.dtypes)),
        "sizes": sorted(set(request.sizes)),
        "modes": list(dict.fromkeys(request.modes)),
        "sweep": request.sweep,
    }
    parts = {name: guest.joinpath(f"{name}.py").read_text("utf-8") for name in PARTS}
    return {**wanted, "limit_s": limit_s, "parts": parts}


def cell() -> str:
    """Return the code of a cell that measures inside a kernel."""
    return files("tfgpu_lab").joinpath("guest").joinpath("incell.py").read_text("utf-8")


def failure(launch: Launch, ended: GuestExit, measured: Measured, limit_s: float) -> str | None:
    """Return why a guest has not done what it was asked for, one sentence; None when it has."""
    if ended.timed_out:
        return f"The benchmark did not end within {limit_s:g} s and was stopped."
    last = next((line.strip() for line in reversed(ended.stderr_tail.splitlines()) if line.strip()), "")
    if "No module named 'tensorflow'" in last:
        return f"There is no TensorFlow in {launch.argv[-1]}."
    if ended.returncode == -signal.SIGKILL:
        return "The benchmark's process was ended from outside, as Linux does where memory is short."
    if ended.returncode is not None and ended.returncode < 0:
        fatal = re.search(r"^F\d{4} .*?\] (.*)$", ended.stderr_tail, re.MULTILINE)  # as TensorFlow says why
        return f"The benchmark's process crashed with signal {-ended.returncode}" + (f": {fatal[1]}" if fatal else ".")
    if ended.returncode:
        return last or f"The benchmark's process ended with status {ended.returncode}."
    if measured.conditions is None:
        return f"{launch.argv[0]} ended without a result."
    if not measured.throughputs:
        skipped = " ".join(dict.fromkeys(f"{one.device} {one.dtype}: {one.reason}" for one in measured.skipped))
        return f"Nothing could be measured. {skipped}".strip()
    return None
