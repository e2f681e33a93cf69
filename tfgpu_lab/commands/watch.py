"""`tfgpu-lab watch`: live GPUs, and the kernels of this user's running Jupyter servers, in the terminal."""

import argparse
import asyncio
import shutil
import sys

import msgspec

from ..models.gpu import Gpus
from ..models.kernel import KernelRow
from ..models.process import GpuProcesses
from ..nvml.sampler import Sampler
from . import servers
from .answer import CANNOT_TELL, CPU, USABLE
from .screen import screen

CLEAR = "\x1b[H\x1b[J"


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """What `watch --json` prints, one object a line."""

    gpus: Gpus
    """The GPUs as this command reads them."""
    processes: list[GpuProcesses]
    """Who holds them, as the running servers tell."""
    kernels: list[KernelRow]
    """The kernels of the running servers, with their verdicts."""
    problems: list[str]
    """Why a server's kernels are missing, a sentence each."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument("--interval", type=_seconds, default=2.0, metavar="SECONDS", help="between two pages; 2")
    parser.add_argument("--once", action="store_true", help="print one page and end, as without a terminal")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line instead of pages")


def run(options: argparse.Namespace) -> int:
    """Show pages until interrupted; return 0 when a GPU was listed, 1 when there is none, 2 when it cannot be told."""
    return asyncio.run(_watch(options))


async def _watch(options: argparse.Namespace) -> int:
    once = options.once or not (options.json or sys.stdout.isatty())
    sampler = Sampler(interval_s=options.interval, grace_s=4 * options.interval + servers.ANSWER_S)
    status = CANNOT_TELL
    try:
        while True:
            seen = await _look(sampler)
            status = _status(seen.gpus)
            if options.json:
                print(msgspec.json.encode(seen).decode(), flush=True)
            else:
                width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 1000
                page = screen(seen.gpus, seen.processes, seen.kernels, seen.problems, width)
                print(page if once else f"{CLEAR}{page}\n\nCtrl-C ends this.", flush=True)
            if once:
                return status
            await asyncio.sleep(options.interval)
    except asyncio.CancelledError:  # Ctrl-C is how this ends
        return status
    finally:
        await sampler.close()


async def _look(sampler: Sampler) -> Watched:
    told = await asyncio.to_thread(servers.ask_all)
    return Watched(
        gpus=await sampler.read(),
        processes=[one for server in told for one in server.processes],
        kernels=[row for server in told for row in server.kernels],
        problems=[server.problem for server in told if server.problem],
    )


def _status(gpus: Gpus) -> int:
    if gpus.devices:
        return USABLE
    certain = gpus.driver.state in {"ok", "no-library"} and gpus.hardware.unreadable is None
    return CPU if certain else CANNOT_TELL


def _seconds(text: str) -> float:
    """Return an interval; argparse turns the error into a sentence."""
    value = float(text)
    if not 0.5 <= value <= 3600:
        raise argparse.ArgumentTypeError("an interval is from 0.5 to 3600 seconds")
    return value
