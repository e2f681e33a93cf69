"""`tfgpu-lab doctor`: what TensorFlow will do in an environment, why, and what mends it."""

import argparse
import asyncio
import contextlib
import getpass
import os
import socket
from pathlib import Path

import msgspec
from jupyter_client.kernelspec import KernelSpecManager

from ..diagnosis.confirm import confirm
from ..diagnosis.facts import Facts
from ..diagnosis.rule import diagnose
from ..diagnosis.verdict import foresee
from ..kernels.differential import with_login_shell, with_neighbours
from ..kernels.import_tf import import_tf
from ..kernels.interpreter import Launch
from ..kernels.probe import probe
from ..models.confirmation import Confirmation
from ..models.environment import Environment
from ..models.finding import Finding
from ..pages import doctor_page
from ..redaction import Identity
from ..report import Report, markdown
from . import which
from .answer import print_json, status_of


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


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    which.add_options(parser)
    parser.add_argument(
        "--import",
        dest="confirming",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="also import TensorFlow in a fresh process and let it list its GPUs; takes seconds",
    )
    parser.add_argument(
        "--compare",
        action="store_true",
        help="also probe the other kernels' interpreters, and what LD_LIBRARY_PATH of the login shell would change; "
        "runs the shell's start-up files",
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print one JSON object")
    how.add_argument(
        "--report",
        action="store_true",
        help="print Markdown for a bug report, without names, addresses, tokens and home folders",
    )


def run(options: argparse.Namespace) -> int:
    """Look, print what is found and return the exit status. Raises LaunchError and ProbeFailed."""
    return asyncio.run(_doctor(which.launch(options), options))


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
        print_json(report)
    elif options.report:
        whole = Report(judgement=judgement, findings=findings, environment=environment, confirmation=confirmation)
        print(markdown(whole, _identity(launch)))
    else:
        print(doctor_page(environment, judgement, findings, confirmation))
    return status_of(judgement.verdict)


def _identity(launch: Launch) -> Identity:
    """Return who runs this and where, as far as this process and the kernel's environment say."""
    homes = [str(Path.home()), launch.env.get("HOME", ""), launch.env.get("USERPROFILE", "")]
    users = [
        launch.env.get(name, "") for name in ("USER", "LOGNAME", "USERNAME", "JUPYTERHUB_USER", "NB_USER", "SUDO_USER")
    ]
    with contextlib.suppress(OSError, KeyError, ImportError):
        users.append(getpass.getuser())
    return Identity(
        homes=tuple(dict.fromkeys([*homes, *(os.path.realpath(one) for one in homes if one)])),
        users=tuple(dict.fromkeys(users)),
        hosts=(socket.gethostname(), launch.env.get("HOSTNAME", "")),
    )
