"""`tfgpu-lab bench`: matrix multiplication, timed in an environment."""

import argparse
import asyncio
import sys

import msgspec

from ..benchmark.matmul import BadRequest, MatmulBenchmarks
from ..kernels.interpreter import Launch
from ..models.benchmark import BenchmarkRequest
from ..pages import figures_page
from . import which
from .answer import BAD_ARGUMENTS, CANNOT_TELL, CPU, USABLE, complain, print_json


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    which.add_options(parser)
    parser.add_argument("--device", help="CPU:0, GPU:0 ...; all there are when absent")
    parser.add_argument("--dtype", action="append", default=[], help="float32, float16 ...; may be repeated")
    parser.add_argument("--size", action="append", type=int, default=[], help="edge of the matrices; may be repeated")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """Time it, print the figures and return the exit status. Raises LaunchError."""
    return asyncio.run(_bench(which.launch(options), options))


async def _bench(launch: Launch, options: argparse.Namespace) -> int:
    request = {"kernel_id": "", "device": options.device, "dtypes": options.dtype, "sizes": options.size}
    jobs = MatmulBenchmarks()
    try:
        job = jobs.create(msgspec.convert(request, BenchmarkRequest), launch)
    except (BadRequest, msgspec.ValidationError) as error:
        return complain(str(error), BAD_ARGUMENTS)
    try:
        said = ""
        while job.state in {"queued", "running"}:
            await asyncio.sleep(0.2)
            job = jobs.get(job.id) or job
            if job.step != said:
                said = job.step
                print(f"{job.progress:4.0%}  {said}", file=sys.stderr)
    finally:
        await jobs.close()
    if options.json:
        print_json(job)
    elif job.result:
        print(figures_page(job))
    if job.message:
        complain(job.message, CANNOT_TELL)
    if job.state != "done" or job.result is None:
        return CANNOT_TELL
    return USABLE if any(t.device.startswith("GPU") for t in job.result.throughputs) else CPU
