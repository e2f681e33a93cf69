"""`tfgpu-lab bench`: matrix multiplication, timed in an environment, with what the GPUs' driver says meanwhile."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

import msgspec
from jupyter_core.paths import jupyter_data_dir

from ..benchmark.history import History
from ..benchmark.matmul import BadRequest, MatmulBenchmarks
from ..kernels.binding import Here, gpu_processes
from ..kernels.interpreter import Launch
from ..kernels.processes import census, in_outermost_namespace, process_name
from ..models.benchmark import BenchmarkJob, BenchmarkRequest, BenchmarkResult
from ..models.gpu import Sweep
from ..models.process import GpuProcesses
from ..nvml.sampler import Sampler
from . import which
from .answer import BAD_ARGUMENTS, CANNOT_TELL, CPU, USABLE, complain, print_json
from .export import csv_text, markdown_text
from .figures import figures_page

LIMIT_S = 300.0
SAMPLE_S = 0.5


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    which.add_options(parser)
    parser.add_argument("--device", help="CPU:0, GPU:0 ... or a uuid; all there are when absent")
    parser.add_argument("--dtype", action="append", default=[], help="float32, tf32, float16 ...; may be repeated")
    parser.add_argument("--size", action="append", type=int, default=[], help="edge of the matrices; may be repeated")
    parser.add_argument(
        "--mode", action="append", default=[], help="eager, function (tf.function) or xla; may be repeated"
    )
    parser.add_argument("--sweep", action="store_true", help="measure every size that fits, not only the best one")
    parser.add_argument("--no-history", dest="keeps", action="store_false", help="neither compare nor keep the figures")
    as_text = parser.add_mutually_exclusive_group()
    as_text.add_argument("--json", action="store_true", help="print one JSON object")
    as_text.add_argument("--markdown", action="store_true", help="print a table for an issue or a chat")
    as_text.add_argument("--csv", action="store_true", help="print a table for a program")


def run(options: argparse.Namespace) -> int:
    """Time it, print the figures and return the exit status. Raises LaunchError."""
    return asyncio.run(_bench(which.launch(options), options))


async def _bench(launch: Launch, options: argparse.Namespace) -> int:
    asked = {"kernel_id": "", "device": options.device, "dtypes": options.dtype, "sizes": options.size}
    sampler = Sampler(interval_s=SAMPLE_S, grace_s=60, thorough_every=2)

    async def look() -> tuple[Sweep, list[GpuProcesses]] | None:
        await sampler.read()
        sweep = sampler.newest
        return None if sweep is None else (sweep, await asyncio.to_thread(_holders, sweep))

    history = History(Path(jupyter_data_dir()) / "tfgpu-lab") if options.keeps else None
    jobs = MatmulBenchmarks(timeout_s=LIMIT_S, observe=look, history=history)
    try:
        more = {"modes": options.mode, "sweep": options.sweep}
        job = await jobs.create(msgspec.convert({**asked, **more}, BenchmarkRequest), launch)
    except (BadRequest, msgspec.ValidationError) as error:
        return complain(str(error), BAD_ARGUMENTS)
    try:
        job = await _followed(jobs, job)
    finally:
        await jobs.close()
        await sampler.close()
    if options.json:
        print_json(job)
    elif job.result:
        print(_page(job, job.result, options), end="")
    if job.message:
        complain(job.message, CANNOT_TELL)
    if job.state != "done" or job.result is None:
        return CANNOT_TELL
    on_gpu = any(t.device.startswith("GPU") and "fell-back" not in t.flags for t in job.result.throughputs)
    return USABLE if on_gpu else CPU


def _page(job: BenchmarkJob, result: BenchmarkResult, options: argparse.Namespace) -> str:
    if options.csv:
        return csv_text(result)
    return markdown_text(job, result) if options.markdown else figures_page(job) + "\n"


async def _followed(jobs: MatmulBenchmarks, job: BenchmarkJob) -> BenchmarkJob:
    """Say on stderr how far it is, until it has ended."""
    said = ""
    while job.state in {"queued", "running"}:
        await asyncio.sleep(0.2)
        job = jobs.get(job.id) or job
        if job.step != said and job.state == "running":
            said = job.step
            left = f", {job.left_s:3.0f} s left at most" if job.left_s is not None else ""
            print(f"{job.progress:4.0%}{left}  {said}", file=sys.stderr, flush=True)
    return job


def _holders(sweep: Sweep) -> list[GpuProcesses]:
    """Return who holds the GPUs; what other users' processes are, is their matter."""
    everyone = census()
    listed = {one.pid for listed in sweep.listed for one in listed.processes} & everyone.uids.keys()
    here = Here(
        outermost=in_outermost_namespace(),
        names={pid: process_name(pid) for pid in listed},
        own=frozenset(pid for pid in listed if everyone.uids[pid] == os.getuid()),
    )
    return gpu_processes([], sweep, here)
