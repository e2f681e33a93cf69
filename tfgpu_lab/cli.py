"""`tfgpu-lab`: the same answers in a terminal, without a server and without a running kernel."""

import argparse
import asyncio
import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import msgspec
from jupyter_client.kernelspec import KernelSpecManager

from . import __version__
from .benchmark.matmul import BadRequest, MatmulBenchmarks
from .diagnosis.confirm import confirm
from .diagnosis.explain import explain
from .diagnosis.facts import Facts
from .diagnosis.log import BLOCK_BYTES, Log, read
from .diagnosis.rule import diagnose
from .diagnosis.verdict import foresee
from .kernels.differential import with_login_shell, with_neighbours
from .kernels.import_tf import import_tf
from .kernels.interpreter import Launch, LaunchError, launch_of_kernelspec, launch_of_python
from .kernels.probe import ProbeFailed, probe
from .models.benchmark import BenchmarkRequest
from .models.confirmation import Confirmation
from .models.environment import Environment
from .models.finding import Finding
from .pages import doctor_page, explanation_page, figures_page

USABLE, CPU, CANNOT_TELL, BAD_ARGUMENTS = 0, 1, 2, 3
STATUS = {"gpu": USABLE, "gpu-ready": USABLE, "cpu-fallback": CPU, "cpu-only": CPU, "no-tensorflow": CPU}
LOG_LIMIT_BYTES = 512 << 20  # a log without end is not read for ever


class DoctorReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `doctor --json` prints."""

    verdict: str
    """One of the contract's verdicts."""
    basis: str
    """Always `forecast`: no kernel runs."""
    label: str
    """A few words."""
    reason: str
    """One sentence."""
    findings: list[Finding]
    """The causes, worst and earliest gate first."""
    environment: Environment
    """The facts they rest on."""
    confirmation: Confirmation | None = None
    """What TensorFlow said in a fresh process; null without `--import`."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(BAD_ARGUMENTS, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 GPU usable, 1 CPU, 2 could not tell, 3 bad arguments."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "explain":  # needs no interpreter
            return _explain(options)
        try:
            launch = _launch(options)
        except LaunchError as error:
            return _complain(str(error), BAD_ARGUMENTS)
        return int(asyncio.run(options.run(launch, options)))
    except (ProbeFailed, LaunchError) as error:
        return _complain(str(error), CANNOT_TELL)
    except KeyboardInterrupt:
        return _complain("Interrupted.", CANNOT_TELL)
    except BrokenPipeError:  # `tfgpu-lab doctor | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CANNOT_TELL


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="tfgpu-lab", description="Does TensorFlow compute on the GPU here, and if not, why?")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    doctor = commands.add_parser("doctor", help="say what TensorFlow will do in an environment, why, and what fixes it")
    _choose_interpreter(doctor)
    doctor.add_argument(
        "--import",
        dest="confirming",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="also import TensorFlow in a fresh process and let it list its GPUs; takes seconds",
    )
    doctor.add_argument(
        "--compare",
        action="store_true",
        help="also probe the other kernels' interpreters, and what LD_LIBRARY_PATH of the login shell would change; "
        "runs the shell's start-up files",
    )
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    doctor.set_defaults(command="doctor", run=_doctor)

    explaining = commands.add_parser("explain", help="say what a TensorFlow log shows, from any machine and release")
    explaining.add_argument("file", nargs="?", default="-", metavar="FILE", help="the log; - or nothing for stdin")
    explaining.add_argument("--json", action="store_true", help="print one JSON object")
    explaining.set_defaults(command="explain")

    bench = commands.add_parser("bench", help="time matrix multiplication in an environment")
    _choose_interpreter(bench)
    bench.add_argument("--device", help="CPU:0, GPU:0 ...; all there are when absent")
    bench.add_argument("--dtype", action="append", default=[], help="float32, float16 ...; may be repeated")
    bench.add_argument("--size", action="append", type=int, default=[], help="edge of the matrices; may be repeated")
    bench.add_argument("--json", action="store_true", help="print one JSON object")
    bench.set_defaults(command="bench", run=_bench)
    return parser


def _choose_interpreter(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--kernel", metavar="NAME", help="the interpreter of this kernelspec")
    which.add_argument("--python", metavar="PATH", help="this interpreter; the one that runs tfgpu-lab when absent")


def _launch(options: argparse.Namespace) -> Launch:
    if options.kernel:
        return launch_of_kernelspec(options.kernel, KernelSpecManager())
    return launch_of_python(options.python or sys.executable)


async def _doctor(launch: Launch, options: argparse.Namespace) -> int:
    environment = await probe(launch)
    if options.compare:
        environment = await with_neighbours(environment, launch, KernelSpecManager())
        environment = await with_login_shell(environment, launch)
    facts = Facts(environment=environment, live=None)
    findings = diagnose(facts)
    judgement = foresee(facts, findings)
    confirmation = None
    if options.confirming:
        told = confirm(facts, findings, judgement, await import_tf(launch))
        judgement, findings, confirmation = told.judgement, told.findings, told.confirmation
    if options.json:
        report = DoctorReport(
            verdict=judgement.verdict,
            basis=judgement.basis,
            label=judgement.label,
            reason=judgement.reason,
            findings=findings,
            environment=environment,
            confirmation=confirmation,
        )
        print(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        print(doctor_page(environment, judgement, findings, confirmation))
    return STATUS.get(judgement.verdict, CANNOT_TELL)


def _explain(options: argparse.Namespace) -> int:
    try:
        log = _read_log(options.file)
    except OSError as error:
        return _complain(f"{options.file} cannot be read: {error.strerror or error}.", BAD_ARGUMENTS)
    explanation = explain(log)
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(explanation)).decode())
    else:
        print(explanation_page(explanation))
    return STATUS.get(explanation.verdict, CANNOT_TELL)


def _read_log(name: str) -> Log:
    """Read a file or stdin. Raises OSError."""
    if name == "-":
        return read(iter(lambda: sys.stdin.buffer.read(BLOCK_BYTES), b""), limit_bytes=LOG_LIMIT_BYTES)
    if stat.S_ISDIR(Path(name).stat().st_mode):
        raise IsADirectoryError(None, "it is a folder")
    with Path(name).open("rb") as file:
        return read(iter(lambda: file.read(BLOCK_BYTES), b""), limit_bytes=LOG_LIMIT_BYTES)


async def _bench(launch: Launch, options: argparse.Namespace) -> int:
    request = {"kernel_id": "", "device": options.device, "dtypes": options.dtype, "sizes": options.size}
    jobs = MatmulBenchmarks()
    try:
        job = jobs.create(msgspec.convert(request, BenchmarkRequest), launch)
    except (BadRequest, msgspec.ValidationError) as error:
        return _complain(str(error), BAD_ARGUMENTS)
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
        print(msgspec.json.format(msgspec.json.encode(job)).decode())
    elif job.result:
        print(figures_page(job))
    if job.message:
        _complain(job.message, CANNOT_TELL)
    if job.state != "done" or job.result is None:
        return CANNOT_TELL
    return USABLE if any(t.device.startswith("GPU") for t in job.result.throughputs) else CPU


def _complain(sentence: str, status: int) -> int:
    print(f"tfgpu-lab: {sentence}", file=sys.stderr)
    return status
