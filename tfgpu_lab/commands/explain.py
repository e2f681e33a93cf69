"""`tfgpu-lab explain`: what a TensorFlow log shows."""

import argparse
import stat
import sys
from pathlib import Path

from ..diagnosis.explain import explain
from ..diagnosis.log import BLOCK_BYTES, Log, read
from ..pages import explanation_page
from .answer import BAD_ARGUMENTS, complain, print_json, status_of

LOG_LIMIT_BYTES = 512 << 20  # a log without end is not read for ever


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="the log; - or nothing for stdin")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """Read the log, print what it shows and return the exit status."""
    try:
        log = _read_log(options.file)
    except OSError as error:
        return complain(f"{options.file} cannot be read: {error.strerror or error}.", BAD_ARGUMENTS)
    explanation = explain(log)
    if options.json:
        print_json(explanation)
    else:
        print(explanation_page(explanation))
    return status_of(explanation.verdict)


def _read_log(name: str) -> Log:
    """Read a file or stdin. Raises OSError."""
    if name == "-":
        return read(iter(lambda: sys.stdin.buffer.read(BLOCK_BYTES), b""), limit_bytes=LOG_LIMIT_BYTES)
    if stat.S_ISDIR(Path(name).stat().st_mode):
        raise IsADirectoryError(None, "it is a folder")
    with Path(name).open("rb") as file:
        return read(iter(lambda: file.read(BLOCK_BYTES), b""), limit_bytes=LOG_LIMIT_BYTES)
