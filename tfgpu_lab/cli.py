"""`tfgpu-lab`: the same answers in a terminal, without a server and without a running kernel."""

import argparse
import asyncio
import os
import sys
import textwrap
from collections.abc import Sequence
from typing import NoReturn

import msgspec
from jupyter_client.kernelspec import KernelSpecManager

from . import __version__
from .benchmark.matmul import BadRequest, MatmulBenchmarks
from .diagnosis.facts import Facts
from .diagnosis.rule import diagnose
from .diagnosis.verdict import foresee
from .kernels.interpreter import Launch, LaunchError, launch_of_kernelspec, launch_of_python
from .kernels.probe import ProbeFailed, probe
from .models.benchmark import BenchmarkJob, BenchmarkRequest
from .models.environment import Environment
from .models.finding import Finding
from .models.kernel import Judgement

USABLE, CPU, CANNOT_TELL, BAD_ARGUMENTS = 0, 1, 2, 3
STATUS = {"gpu": USABLE, "gpu-ready": USABLE, "cpu-fallback": CPU, "cpu-only": CPU, "no-tensorflow": CPU}
ROLES = {"cause": "Cause", "would-also-fail": "Would also fail", "note": "Note"}


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


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(BAD_ARGUMENTS, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 GPU usable, 1 CPU, 2 could not tell, 3 bad arguments."""
    options = _parser().parse_args(arguments)
    try:
        launch = _launch(options)
    except LaunchError as error:
        return _complain(str(error), BAD_ARGUMENTS)
    try:
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
    doctor.add_argument("--no-import", action="store_true", help="do not import TensorFlow; so it is anyway")
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    doctor.set_defaults(run=_doctor)

    bench = commands.add_parser("bench", help="time matrix multiplication in an environment")
    _choose_interpreter(bench)
    bench.add_argument("--device", help="CPU:0, GPU:0 ...; all there are when absent")
    bench.add_argument("--dtype", action="append", default=[], help="float32, float16 ...; may be repeated")
    bench.add_argument("--size", action="append", type=int, default=[], help="edge of the matrices; may be repeated")
    bench.add_argument("--json", action="store_true", help="print one JSON object")
    bench.set_defaults(run=_bench)
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
    facts = Facts(environment=environment, live=None)
    findings = diagnose(facts)
    judgement = foresee(facts, findings)
    if options.json:
        report = DoctorReport(
            verdict=judgement.verdict,
            basis=judgement.basis,
            label=judgement.label,
            reason=judgement.reason,
            findings=findings,
            environment=environment,
        )
        print(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        print(_page(environment, judgement, findings))
    return STATUS.get(judgement.verdict, CANNOT_TELL)


def _page(environment: Environment, judgement: Judgement, findings: list[Finding]) -> str:
    install = environment.tensorflow
    named = f"{install.distribution or 'tensorflow'} {install.version or '(version unknown)'}" if install else "none"
    lines = [
        f"{judgement.verdict}: {judgement.reason}",
        "",
        f"Interpreter  {environment.interpreter.executable} (Python {environment.interpreter.version})",
        f"TensorFlow   {named}",
    ]
    for finding in findings:
        lines += ["", f"{ROLES[finding.role]}: {finding.title} [{finding.id}, {finding.certainty}]"]
        lines += [f"  {e.source}: {e.observed} (expected: {e.expected})" for e in finding.evidence]
        for fix in finding.fixes:
            lines += [f"  Fix ({fix.kind}): {fix.title}", textwrap.indent(fix.text, "      ")]
            lines += [f"      Then: {fix.verified_by}"]
    return "\n".join(lines)


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
        print(_figures(job))
    if job.message:
        _complain(job.message, CANNOT_TELL)
    if job.state != "done" or job.result is None:
        return CANNOT_TELL
    return USABLE if any(t.device.startswith("GPU") for t in job.result.throughputs) else CPU


def _figures(job: BenchmarkJob) -> str:
    assert job.result is not None
    rows = [f"{'device':8}{'dtype':10}{'size':>7}{'TFLOP/s':>10}{'p10':>9}{'p90':>9}  computed on"]
    for t in job.result.throughputs:
        flags = f"  ({', '.join(t.flags)})" if t.flags else ""
        rows.append(
            f"{t.device:8}{t.dtype:10}{t.size:>7}{t.throughput_tflops:>10.3f}{t.p10:>9.3f}{t.p90:>9.3f}"
            f"  {t.result_device}{flags}"
        )
    rows += [f"{device} is {ratio:.1f} times the CPU." for device, ratio in job.result.speedup_over_cpu.items()]
    return "\n".join(rows)


def _complain(sentence: str, status: int) -> int:
    print(f"tfgpu-lab: {sentence}", file=sys.stderr)
    return status
