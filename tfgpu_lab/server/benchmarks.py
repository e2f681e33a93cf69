"""`benchmarks`: start one, watch it, cancel it, and look at earlier ones."""

import asyncio
from typing import ClassVar

from jupyter_server.utils import url_path_join

from ..benchmark.jobs import QueueFull
from ..benchmark.matmul import BadRequest, cell, environment_of
from ..models.benchmark import BenchmarkJob, BenchmarkRequest, Benchmarks
from .base import Handler, Refused, guarded
from .openapi import Operation
from .reports import CannotLaunch, NoSuchKernel


class BenchmarksHandler(Handler):
    """Starting a benchmark, and what there was."""

    operations: ClassVar = {
        "get": Operation(
            "The latest benchmark of a kernel, and earlier figures of its environment",
            Benchmarks,
            query=(("kernel_id", "string", "The kernel"),),
            errors=(400, 404),
        ),
        "post": Operation(
            "Measure matrix multiplication in a kernel's environment, in a process of its own",
            BenchmarkJob,
            BenchmarkRequest,
            status=201,
            errors=(400, 404, 409),
        ),
    }

    @guarded("read")
    async def get(self) -> None:
        """Answer with the kernel's latest job and the history of its environment, newest first."""
        kernel_id = self.get_query_argument("kernel_id", "")
        if not kernel_id:
            raise Refused(400, "`kernel_id` is missing.", "bad-request", "kernel_id")
        benchmarks = self.services.benchmarks
        try:
            environment = environment_of(await self.services.reporter.launch(kernel_id))
        except NoSuchKernel:
            raise _no_kernel() from None
        except CannotLaunch as error:
            self.answer(Benchmarks(job=benchmarks.latest(kernel_id), history=[], problem=str(error), cell=cell()))
            return
        history, problem = [], None
        if benchmarks.history is not None:
            kept = await asyncio.to_thread(benchmarks.history.read)
            history, problem = [one for one in kept.figures if one.environment == environment], kept.problem
        self.answer(Benchmarks(job=benchmarks.latest(kernel_id), history=history[::-1], problem=problem, cell=cell()))

    @guarded("execute")
    async def post(self) -> None:
        """Create a job; 201 with its address."""
        request = self.body(BenchmarkRequest)
        try:
            launch = await self.services.reporter.launch(request.kernel_id)
            job = await self.services.benchmarks.create(request, launch)
        except NoSuchKernel:
            raise _no_kernel() from None
        except CannotLaunch as error:
            raise Refused(409, str(error), "cannot-launch") from None
        except QueueFull as error:
            raise Refused(409, str(error), "queue-full") from None
        except BadRequest as error:
            raise Refused(400, str(error), "bad-request", error.field) from None
        self.set_header("Location", url_path_join(self.base_url, "tfgpu-lab", "benchmarks", job.id))
        self.answer(job, status=201)


class BenchmarkHandler(Handler):
    """One benchmark."""

    operations: ClassVar = {
        "get": Operation("State, progress and results", BenchmarkJob, errors=(404,)),
        "delete": Operation("Cancel it; answers once its processes are gone", BenchmarkJob, errors=(404,)),
    }

    @guarded("read")
    async def get(self, benchmark_id: str) -> None:
        """Answer with the job as it is now."""
        job = self.services.benchmarks.get(benchmark_id)
        if job is None:
            raise _gone()
        self.answer(job)

    @guarded("execute")
    async def delete(self, benchmark_id: str) -> None:
        """Cancel the job; a finished one stays as it is."""
        job = await self.services.benchmarks.cancel(benchmark_id)
        if job is None:
            raise _gone()
        self.answer(job)


def _no_kernel() -> Refused:
    return Refused(404, "There is no such kernel; it may have been shut down.", "no-such-kernel", "kernel_id")


def _gone() -> Refused:
    return Refused(404, "There is no such benchmark; only the latest are kept.", "no-such-benchmark")
