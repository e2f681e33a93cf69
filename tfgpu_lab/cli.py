"""`tfgpu-lab`: the same answers in a terminal, without a server and without a running kernel."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn

from . import __version__
from .commands import bench, doctor, explain, watch
from .commands.answer import BAD_ARGUMENTS, CANNOT_TELL, complain
from .kernels.interpreter import LaunchError
from .kernels.probe import ProbeFailed


class _Command(NamedTuple):
    """One subcommand."""

    name: str
    help: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


COMMANDS = (
    _Command(
        "doctor",
        "say what TensorFlow will do in an environment, why, and what fixes it",
        doctor.add_options,
        doctor.run,
    ),
    _Command(
        "explain", "say what a TensorFlow log shows, from any machine and release", explain.add_options, explain.run
    ),
    _Command("bench", "time matrix multiplication in an environment", bench.add_options, bench.run),
    _Command("watch", "show GPUs and kernels, live", watch.add_options, watch.run),
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(BAD_ARGUMENTS, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 GPU usable, 1 CPU, 2 could not tell, 3 bad arguments."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except LaunchError as error:
        return complain(str(error), BAD_ARGUMENTS)
    except ProbeFailed as error:
        return complain(str(error), CANNOT_TELL)
    except KeyboardInterrupt:
        return complain("Interrupted.", CANNOT_TELL)
    except BrokenPipeError:  # `tfgpu-lab doctor | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CANNOT_TELL


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="tfgpu-lab", description="Does TensorFlow compute on the GPU here, and if not, why?")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    for command in COMMANDS:
        one = commands.add_parser(command.name, help=command.help)
        command.add_options(one)
        one.set_defaults(run=command.run)
    return parser
