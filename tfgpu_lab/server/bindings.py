"""Which kernel holds which GPU: brings the sampler's newest sweep and /proc to the pure kernels/binding."""

import asyncio
import logging
import os
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from ..kernels.binding import Here, KernelProcesses, bind, gpu_processes, unwatched
from ..kernels.pressure import idle_holders
from ..kernels.processes import Census, census, gpu_files, in_outermost_namespace, is_local, process_name
from ..models.gpu import Sweep
from ..models.live import LiveReport
from ..models.process import GpuProcesses, IdleHolder, KernelBinding, ListedProcesses
from ..nvml.sampler import Sampler
from .sessions import session_paths

FIRST_LOOK_S = 1.0
OLD_S = 60.0
NOBODY = "Nobody watches the GPUs now: open the GPU Status panel to see what this kernel holds."
ELSEWHERE = "The kernel runs in another container or on another machine than this server: its GPUs are not seen here."
UNSEEN = "The kernel's processes have not been looked at yet."
NO_PROCESS = "The kernel was not started as a process of this machine."

_log = logging.getLogger(__name__)


class _Look(NamedTuple):
    """One look at /proc, for one list of the driver's."""

    sweep: Sweep
    asked: frozenset[str]
    kernels: list[KernelProcesses]
    here: Here
    processes: list[GpuProcesses]


class Bindings:
    """Looks at /proc, in a thread, once for each new list of processes, however many ask. Used on the event loop only.

    It never makes the sampler read: what it says is of the newest sweep, and nothing when nobody watches.
    """

    def __init__(self, kernels: Any, sessions: Any, sampler: Sampler, *, show_all: bool = False) -> None:
        self._kernels = kernels
        self._sessions = sessions
        self._sampler = sampler
        self._show_all = show_all
        self._look: _Look | None = None
        self._looking: asyncio.Task[None] | None = None
        self._complaint = ""

    async def processes(self) -> list[GpuProcesses]:
        """Return who holds each GPU, as last seen; a newer list of the driver's is looked at meanwhile."""
        newest = self._sampler.newest
        if newest is None or newest.driver.state != "ok":
            return []
        looking = self._renew()
        if self._look is None and looking:
            await asyncio.wait({looking}, timeout=FIRST_LOOK_S)
        return self._look.processes if self._look else []

    def idle_holders(self) -> list[IdleHolder]:
        """Return the idle kernels that hold a good part of a GPU, as last seen."""
        look, newest = self._look, self._sampler.newest
        if look is None or newest is None:
            return []
        on_gpus = {one.kernel_id for on_it in look.processes for one in on_it.processes if one.kernel_id}
        since_s = {kernel_id: at_s for kernel_id in on_gpus if (at_s := self._idle_since_s(kernel_id))}
        return idle_holders(newest.devices, newest.samples, look.processes, since_s, time.time())

    async def of(self, kernel_id: str, live: LiveReport | None) -> KernelBinding:
        """Return the GPUs that a kernel holds."""
        newest = self._sampler.newest
        if newest is None:
            return unwatched(NOBODY)
        if newest.driver.state != "ok":
            return unwatched(newest.driver.reason)
        if looking := self._renew():
            await asyncio.wait({looking}, timeout=FIRST_LOOK_S)
        look = self._look
        if look is None:
            return unwatched(UNSEEN)
        return await _bound(kernel_id, live, look.sweep, look.kernels, look.here)

    async def at(self, kernel_id: str, live: LiveReport | None, listed: list[ListedProcesses]) -> KernelBinding:
        """Return the GPUs that a kernel holds by a list of the driver's that was read just now."""
        newest = self._sampler.newest
        if newest is None:
            return unwatched(NOBODY)
        sweep = msgspec.structs.replace(newest, listed=listed, listed_at_s=time.time())
        roots = {one: self._root(one) for one in self._kernels.list_kernel_ids()}
        kernels, here = await asyncio.to_thread(_look_at_processes, roots, sweep)
        return await _bound(kernel_id, live, sweep, kernels, here)

    async def close(self) -> None:
        """End what is under way."""
        if self._looking:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def _renew(self) -> asyncio.Task[None] | None:
        """Begin to look when there is something new to see; return the look under way, if any."""
        sweep, asked = self._sampler.newest, frozenset(self._kernels.list_kernel_ids())
        old = self._look
        if sweep is None or (old and old.sweep.listed_at_s == sweep.listed_at_s and old.asked == asked):
            return self._looking
        if old and sweep.listed_at_s - old.sweep.listed_at_s > OLD_S:
            self._look = None  # of the time before nobody watched
        if self._looking is None:
            self._looking = asyncio.create_task(self._see(sweep, asked), name="tfgpu-lab: look at processes")
            self._looking.add_done_callback(self._seen)
        return self._looking

    def _seen(self, task: asyncio.Task[None]) -> None:
        self._looking = None
        error = None if task.cancelled() else task.exception()
        if error and repr(error) != self._complaint:  # once, and when it changes
            _log.error("The processes on the GPUs could not be looked at.", exc_info=error)
        self._complaint = repr(error) if error else ""

    async def _see(self, sweep: Sweep, asked: frozenset[str]) -> None:
        roots = {kernel_id: self._root(kernel_id) for kernel_id in asked if kernel_id in self._kernels}
        kernels, here = await asyncio.to_thread(_look_at_processes, roots, sweep)
        holds = any(files.driver for kernel in kernels for files in kernel.files.values())
        listed = {one.pid for listed in sweep.listed for one in listed.processes}
        if holds or any(listed.intersection(kernel.pids) for kernel in kernels):
            paths = await session_paths(self._sessions)  # a query: only where a path is shown
            kernels = [kernel._replace(path=paths.get(kernel.kernel_id)) for kernel in kernels]
        processes = gpu_processes(kernels, sweep, here, show_all=self._show_all)
        self._look = _Look(sweep, asked, kernels, here, processes)

    def _root(self, kernel_id: str) -> tuple[str, int | None]:
        manager = self._kernels.get_kernel(kernel_id)
        pid = getattr(getattr(manager, "provisioner", None), "pid", None)
        return manager.kernel_name, pid if isinstance(pid, int) else None

    def _idle_since_s(self, kernel_id: str) -> float | None:
        """Return since when a kernel runs no cell, in seconds since the epoch; None while it runs one or is gone."""
        if kernel_id not in self._kernels:
            return None
        manager = self._kernels.get_kernel(kernel_id)
        active = getattr(manager, "last_activity", None)
        return active.timestamp() if active and getattr(manager, "execution_state", None) == "idle" else None


async def _bound(
    kernel_id: str, live: LiveReport | None, sweep: Sweep, kernels: list[KernelProcesses], here: Here
) -> KernelBinding:
    kernel = next((one for one in kernels if one.kernel_id == kernel_id), None)
    if kernel is None:
        return unwatched(UNSEEN)
    if live and not kernel.elsewhere and not await asyncio.to_thread(is_local, live):
        kernel = kernel._replace(elsewhere=ELSEWHERE)
    return bind(kernel, live, sweep, kernels, here)


def _look_at_processes(roots: Mapping[str, tuple[str, int | None]], sweep: Sweep) -> tuple[list[KernelProcesses], Here]:
    """Read /proc: milliseconds for a hundred kernels, hence in a thread."""
    everyone = census()
    kernels = [_kernel(kernel_id, name, pid, everyone) for kernel_id, (name, pid) in roots.items()]
    listed = {one.pid for listed in sweep.listed for one in listed.processes} & everyone.uids.keys()
    here = Here(
        outermost=in_outermost_namespace(),
        names={pid: process_name(pid) for pid in listed},
        own=frozenset(pid for pid in listed if everyone.uids[pid] == os.getuid()),
    )
    return kernels, here


def _kernel(kernel_id: str, name: str, pid: int | None, everyone: Census) -> KernelProcesses:
    if pid is None:
        return KernelProcesses(kernel_id, name, None, (), {}, NO_PROCESS)
    pids = everyone.below(pid)
    files = {one: found for one in pids if (found := gpu_files(one))}
    return KernelProcesses(kernel_id, name, None, pids, files)
