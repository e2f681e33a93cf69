"""Which interpreter a command is about: the options --kernel and --python."""

import argparse
import sys

from jupyter_client.kernelspec import KernelSpecManager

from ..kernels.interpreter import Launch, launch_of_kernelspec, launch_of_python


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add --kernel and --python, of which one may be given."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--kernel", metavar="NAME", help="the interpreter of this kernelspec")
    which.add_argument("--python", metavar="PATH", help="this interpreter; the one that runs tfgpu-lab when absent")


def launch(options: argparse.Namespace) -> Launch:
    """Return how to start the interpreter that was chosen. Raises LaunchError."""
    if options.kernel:
        return launch_of_kernelspec(options.kernel, KernelSpecManager())
    return launch_of_python(options.python or sys.executable)
