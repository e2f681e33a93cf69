"""Looks at the GPUs while a benchmark runs: more often than for people, and only then."""

from typing import Any

from ..models.gpu import Sweep
from ..models.process import GpuProcesses
from ..nvml.sampler import Sampler
from .bindings import Bindings

INTERVAL_S = 0.5  # a figure takes a second or two
GRACE_S = 2.0


class Watching:
    """A sampler of its own, which rests between benchmarks. Used on the event loop only."""

    def __init__(self, kernels: Any, sessions: Any, *, show_all: bool) -> None:
        self._sampler = Sampler(interval_s=INTERVAL_S, grace_s=GRACE_S, history_s=GRACE_S, thorough_every=2)
        self._bindings = Bindings(kernels, sessions, self._sampler, show_all=show_all)

    async def look(self) -> tuple[Sweep, list[GpuProcesses]] | None:
        """Return the newest sweep, and who holds the GPUs as far as users may know it."""
        await self._sampler.read()
        sweep = self._sampler.newest
        return None if sweep is None else (sweep, await self._bindings.processes())

    async def close(self) -> None:
        """End the thread."""
        await self._bindings.close()
        await self._sampler.close()
