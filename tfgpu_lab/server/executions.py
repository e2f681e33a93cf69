"""What the last cell of each watched kernel did: looks at a kernel when a cell of it has ended, and only while watched.

A kernel is watched as long as its report is asked for. Nothing is asked of others, and nothing of the driver unless
somebody looks at the GPUs.
"""

import asyncio
import contextlib
import logging
import time
from typing import Any

from ..kernels.agent import Agents, Unavailable
from ..kernels.cells import Cells
from ..kernels.execution import UNMATCHED, Look, Ran, Times, told
from ..kernels.remote import is_remote
from ..models.execution import Execution, GpuTime
from ..models.live import LiveReport
from .bindings import Bindings
from .working import Working

LEASE_S = 60.0
SETTLE_S = 0.2  # several cells in a row make one look; the panel asks 0.3 s after a cell
RUNNING_AGE_S = 2.0  # of what the driver says while a cell runs: more tabs ask it no more often
PATIENCE_S = 0.5  # that a report waits for a look that is under way

_log = logging.getLogger(__name__)


class _Watch:
    """One kernel that is watched."""

    def __init__(self) -> None:
        self.cells: Cells | None = None
        self.ran: Ran | None = None
        self.rest: Look | None = None  # the last look at rest, before the cells that `ran` tells of
        self.unseen = False  # a cell has ended that no look has followed yet
        self.turn = 0  # grows with each cell that begins: a look that one began beside is not of the rest
        self.times: dict[str, list[GpuTime]] = {}
        self.times_absent: str | None = None
        self.last: Execution | None = None
        self.looking: asyncio.Task[None] | None = None
        self.settling: asyncio.TimerHandle | None = None
        self.lease: asyncio.TimerHandle | None = None

    def close(self) -> None:
        for one in (self.settling, self.lease, self.looking):
            if one:
                one.cancel()
        if self.cells:
            self.cells.close()


class Executions:
    """The last execution of each kernel whose report is asked for. Used on the event loop only."""

    def __init__(self, kernels: Any, agents: Agents, bindings: Bindings, working: Working) -> None:
        self._kernels = kernels
        self._agents = agents
        self._bindings = bindings
        self._working = working
        self._watches: dict[str, _Watch] = {}

    async def last(self, kernel_id: str, manager: Any, live: LiveReport | None) -> Execution | None:
        """Return what the last cell did, None when none has begun since the kernel is watched; renews the watch.

        `live` is what the kernel's agent said just now. Waits half a second at most for a look that is due.
        """
        watch = self._watches.get(kernel_id)
        if watch is None:
            if live is None or is_remote(manager):
                return None
            watch = self._begin(kernel_id, manager)
        self._renew(kernel_id, watch)
        runs = watch.ran is not None and watch.ran.ended_s is None
        if watch.unseen:
            self._look(kernel_id, watch)
        elif runs:
            self._look(kernel_id, watch, live)
        elif watch.rest and live and live.tensorflow and live.tensorflow.allocators is not None:
            # What was computed since outside of cells, as by a button's click, is not the next cell's.
            watch.rest = watch.rest._replace(live=live)
        if watch.ran and watch.looking:
            await asyncio.wait({watch.looking}, timeout=PATIENCE_S)
        return watch.last

    def forget(self, kernel_id: str) -> None:
        """Watch a kernel no longer: its process has ended or been replaced, or nobody asks."""
        if watch := self._watches.pop(kernel_id, None):
            watch.close()

    async def close(self) -> None:
        """End what is under way."""
        looking = [watch.looking for watch in self._watches.values() if watch.looking]
        for kernel_id in list(self._watches):
            self.forget(kernel_id)
        await asyncio.gather(*looking, return_exceptions=True)

    def _begin(self, kernel_id: str, manager: Any) -> _Watch:
        watch = self._watches[kernel_id] = _Watch()
        if getattr(manager, "execution_state", None) == "busy":
            watch.ran = Ran(None, 1, None, None)
        with contextlib.suppress(Unavailable):  # then no cell will be heard of
            watch.cells = Cells(
                manager, lambda number: self._began(watch, number), lambda: self._ended(kernel_id, watch)
            )
        self._look(kernel_id, watch)
        return watch

    def _renew(self, kernel_id: str, watch: _Watch) -> None:
        if watch.lease:
            watch.lease.cancel()
        watch.lease = asyncio.get_running_loop().call_later(LEASE_S, self.forget, kernel_id)

    def _began(self, watch: _Watch, number: int | None) -> None:
        watch.turn += 1
        if watch.settling:
            watch.settling.cancel()
        ran = watch.ran
        if ran and (watch.unseen or ran.ended_s is None):  # nobody has looked in between: told of together
            watch.ran = Ran(number, ran.cells + 1, ran.began_s, None)
        else:
            watch.ran = Ran(number, 1, time.time(), None)
            watch.times = {}
        watch.unseen = False

    def _ended(self, kernel_id: str, watch: _Watch) -> None:
        if watch.ran is None:
            return
        watch.ran = watch.ran._replace(ended_s=time.time())
        watch.unseen = True
        loop = asyncio.get_running_loop()
        watch.settling = loop.call_later(SETTLE_S, self._look, kernel_id, watch)

    def _look(self, kernel_id: str, watch: _Watch, live: LiveReport | None = None) -> None:
        """Begin to look, unless somebody looks; `live` is what the agent says where that is known."""
        if watch.looking is None:
            seeing = self._see(kernel_id, watch, live)
            watch.looking = asyncio.create_task(seeing, name=f"tfgpu-lab: look after {kernel_id}")
            watch.looking.add_done_callback(lambda task: self._seen(kernel_id, watch, task))

    def _seen(self, kernel_id: str, watch: _Watch, task: asyncio.Task[None]) -> None:
        watch.looking = None
        if task.cancelled() or self._watches.get(kernel_id) is not watch:
            return
        if error := task.exception():
            _log.error("What the last cell of kernel %s did cannot be told.", kernel_id, exc_info=error)
            watch.unseen = False
        elif watch.unseen:  # a cell has ended beside that look
            self._look(kernel_id, watch)

    async def _see(self, kernel_id: str, watch: _Watch, live: LiveReport | None) -> None:
        if kernel_id not in self._kernels:
            watch.unseen = False
            return
        turn, ran = watch.turn, watch.ran
        look = await self._now(kernel_id, watch, live)
        # Another cell has begun beside the look, or the one has ended: it is of no rest, and the next look tells.
        if watch.turn != turn or watch.ran != ran:
            return
        if ran is not None:
            watch.last = told(ran, watch.rest, look, Times(watch.times, watch.times_absent))
        if ran is None or ran.ended_s is not None:
            watch.rest, watch.unseen = look, False

    async def _now(self, kernel_id: str, watch: _Watch, live: LiveReport | None) -> Look:
        absent = None
        try:
            live = live or await self._agents.read(kernel_id, self._kernels.get_kernel(kernel_id))
        except Unavailable as error:
            absent = str(error)
        newest = max((one.at_s for times in watch.times.values() for one in times), default=0.0)
        since_s = max(newest, (watch.ran and watch.ran.began_s) or time.time())
        running = watch.ran is not None and watch.ran.ended_s is None
        work, watch.times_absent = await self._working.now(since_s, RUNNING_AGE_S if running else 0.0)
        if not work:
            return Look(live, absent, await self._bindings.of(kernel_id, live))
        if watch.ran and watch.ran.ended_s is None:  # who its processes are is known well enough from an earlier look
            binding = await self._bindings.of(kernel_id, live)
        else:
            binding = await self._bindings.at(kernel_id, live, [one.listed for one in work])
        pids = {use.uuid: use.pids for use in binding.gpus if use.certainty == "exact"}
        for one in work:
            mine = [reading for reading in one.times if reading.pid in pids.get(one.listed.uuid, ())]
            watch.times.setdefault(one.listed.uuid, []).extend(mine)
        watch.times_absent = next((one.absent for one in work if one.absent), None)
        if binding.gpus and not any(pids.values()):
            watch.times_absent = UNMATCHED
        return Look(live, absent, binding)
