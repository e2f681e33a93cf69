"""How a command answers: its exit status, its JSON, its complaint."""

import sys

import msgspec

USABLE, CPU, CANNOT_TELL, BAD_ARGUMENTS = 0, 1, 2, 3
_STATUS = {"gpu": USABLE, "gpu-ready": USABLE, "cpu-fallback": CPU, "cpu-only": CPU, "no-tensorflow": CPU}


def status_of(verdict: str) -> int:
    """Return the exit status that says a verdict."""
    return _STATUS.get(verdict, CANNOT_TELL)


def print_json(report: msgspec.Struct) -> None:
    """Print one JSON object for programs."""
    print(msgspec.json.format(msgspec.json.encode(report)).decode())


def complain(sentence: str, status: int) -> int:
    """Say on stderr what went wrong; return the status."""
    print(f"tfgpu-lab: {sentence}", file=sys.stderr)
    return status
