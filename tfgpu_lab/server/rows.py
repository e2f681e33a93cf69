"""The list of kernels: a kernel that has done nothing since it was last judged is not asked again."""

import asyncio
import logging
import time
from typing import Any, NamedTuple

from ..models.kernel import KernelReport, KernelRow
from .bindings import Bindings
from .reports import NoSuchKernel, Reporter
from .sessions import session_paths

AT_ONCE = 2  # a first look at many kernels must not start as many interpreters
KEPT_S = 60.0  # what is outside the kernel, such as its packages, may change too

_log = logging.getLogger(__name__)


class _Judged(NamedTuple):
    activity: Any
    at_s: float  # monotonic
    report: KernelReport


class Rows:
    """One row a kernel of this server. Used on the event loop only; any number of askers share one look."""

    def __init__(self, kernels: Any, sessions: Any, reporter: Reporter, bindings: Bindings) -> None:
        self._kernels = kernels
        self._sessions = sessions
        self._reporter = reporter
        self._bindings = bindings
        self._judged: dict[str, _Judged] = {}
        self._complaints: dict[str, str] = {}  # what was logged of a kernel: once, and when it changes
        self._looking: asyncio.Task[list[KernelRow]] | None = None

    async def get(self) -> list[KernelRow]:
        """Return the rows, in the order in which the server lists its kernels."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="tfgpu-lab: look at all kernels")
            self._looking.add_done_callback(self._looked)
        return await asyncio.shield(self._looking)

    async def close(self) -> None:
        """End what is under way."""
        if self._looking:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def _looked(self, task: asyncio.Task[list[KernelRow]]) -> None:
        self._looking = None
        if not task.cancelled():
            task.exception()  # seen, also when everybody who asked has gone

    async def _look(self) -> list[KernelRow]:
        self._reporter.forget_gone()
        there = list(self._kernels.list_kernel_ids())
        self._judged = {kernel_id: one for kernel_id, one in self._judged.items() if kernel_id in there}
        self._complaints = {kernel_id: one for kernel_id, one in self._complaints.items() if kernel_id in there}
        paths = await session_paths(self._sessions)
        gate = asyncio.Semaphore(AT_ONCE)

        async def row(kernel_id: str) -> KernelRow | None:
            try:
                async with gate:
                    report = await self._report(kernel_id, paths)
                binding = await self._bindings.of(kernel_id, report.live)
            except NoSuchKernel:  # shut down meanwhile
                return None
            except Exception as error:  # noqa: BLE001 - one kernel that answers nonsense must not hide the others
                if self._complaints.get(kernel_id) != repr(error):
                    self._complaints[kernel_id] = repr(error)
                    _log.exception("Kernel %s cannot be told about.", kernel_id)
                name = self._kernels.get_kernel(kernel_id).kernel_name if kernel_id in self._kernels else ""
                return KernelRow(
                    kernel_id=kernel_id,
                    name=name,
                    path=paths.get(kernel_id),
                    verdict="unknown",
                    reason="What this kernel answers cannot be understood; the server's log tells more.",
                    gpu_memory_used_bytes=None,
                )
            return KernelRow(
                kernel_id=kernel_id,
                name=report.name,
                path=paths.get(kernel_id),
                verdict=report.verdict,
                reason=report.reason,
                gpu_memory_used_bytes=binding.memory_used_bytes,
            )

        rows = await asyncio.gather(*(row(kernel_id) for kernel_id in there))
        return [one for one in rows if one is not None]

    async def _report(self, kernel_id: str, paths: dict[str, str]) -> KernelReport:
        """Return the kernel's report, the last one when it has run nothing since. Raises NoSuchKernel."""
        activity = self._rest(kernel_id)
        known = self._judged.get(kernel_id)
        if known and activity and known.activity == activity and time.monotonic() - known.at_s < KEPT_S:
            return known.report
        report = await self._reporter.glance(kernel_id, paths)
        # A cell that ran meanwhile has moved the activity: then this report is not of the state of rest.
        if activity and activity == self._rest(kernel_id):
            self._judged[kernel_id] = _Judged(activity, time.monotonic(), report)
        return report

    def _rest(self, kernel_id: str) -> Any:
        """Return what stays the same as long as an idle kernel runs nothing; None while it runs something."""
        if kernel_id not in self._kernels:
            return None
        manager = self._kernels.get_kernel(kernel_id)
        if getattr(manager, "execution_state", None) != "idle":
            return None
        return getattr(manager, "last_activity", None), getattr(getattr(manager, "provisioner", None), "pid", None)
