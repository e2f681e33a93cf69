"""`benchmarks`: start one, watch it, cancel it."""

from typing import ClassVar

from jupyter_server.utils import url_path_join

from ..benchmark.matmul import BadRequest
from ..models.benchmark import BenchmarkJob, BenchmarkRequest
from .base import Handler, Refused, guarded
from .openapi import Operation
from .reports import CannotLaunch, NoSuchKernel


class BenchmarksHandler(Handler):
    """Starting a benchmark."""

    operations: ClassVar = {
        "post": Operation(
            "Measure matrix multiplication in a kernel's environment, in a process of its own",
            BenchmarkJob,
            BenchmarkRequest,
            status=201,
            errors=(400, 404, 409),
        )
    }

    @guarded("execute")
    async def post(self) -> None:
        """Create a job; 201 with its address."""
        request = self.body(BenchmarkRequest)
        try:
            launch = await self.services.reporter.launch(request.kernel_id)
            job = self.services.benchmarks.create(request, launch)
        except NoSuchKernel:
            raise Refused(
                404, "There is no such kernel; it may have been shut down.", "no-such-kernel", "kernel_id"
            ) from None
        except CannotLaunch as error:
            raise Refused(409, str(error), "cannot-launch") from None
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


def _gone() -> Refused:
    return Refused(404, "There is no such benchmark; only the latest are kept.", "no-such-benchmark")
