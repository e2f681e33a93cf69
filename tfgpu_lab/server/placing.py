"""Where the models of each kernel live, as last looked at, and looking again when the user asks."""

import asyncio
from typing import Any

import msgspec

from ..kernels.agent import Agents, Unavailable
from ..kernels.placement import CODE, FOLLOW_CODE, follow, followed_says, look
from ..models.live import LiveReport
from ..models.placement import Placement, PlacementOffer
from .instrument import Instrument
from .sessions import NoSuchKernel

EXPLAINS = (
    "A short program is run in the kernel, once and silently: it reads device and size of the models, variables and "
    "tensors that the notebook has names for. Nothing is computed, copied or printed, and the numbers of the cells do "
    "not change. The kernel is occupied for some milliseconds, with thousands of variables for some tenths of a "
    "second. It counts as use of the kernel."
)
FOLLOW_EXPLAINS = (
    "TensorFlow notes where it places the operations that it prepares during the next cell: functions that it traces, "
    "and eager operations of a new kind; what it prepared before is not seen again. In that cell alone eager "
    "operations may take half as long again, a fit as long as ever, and reading the notes some hundredths of a second. "
    "In the text of that cell the names of devices are looked for, as in tf.device('/GPU:1'); nothing else of it is "
    "kept. A callback of IPython's is left for that one cell and removes itself."
)


class Placements:
    """One look at a time for each kernel; who asks meanwhile shares it. Used on the event loop only."""

    def __init__(self, kernels: Any, agents: Agents, instrument: Instrument) -> None:
        self._kernels = kernels
        self._instrument = instrument
        self._agents = agents
        self._last: dict[str, Placement] = {}
        self._looking: dict[str, asyncio.Task[Placement]] = {}

    async def offer(self, kernel_id: str) -> PlacementOffer:
        """Return what looking means, and what was seen last. Raises NoSuchKernel."""
        manager = self._manager(kernel_id)
        live = await self._live(kernel_id, manager)
        why_not = self._agents.refuses(manager)
        if getattr(manager, "execution_state", None) == "busy":
            why_not = "A cell runs: this can be looked at between two cells only."
        elif live is not None and live.tensorflow is None:
            why_not = "TensorFlow is not imported in this kernel."
        followed = live.followed if live else None
        return PlacementOffer(
            explains=EXPLAINS,
            code=CODE,
            possible=why_not is None,
            why_not=why_not,
            last=self.last(kernel_id, live),
            follow_explains=FOLLOW_EXPLAINS,
            follow_code=FOLLOW_CODE,
            followed=followed,
            followed_says=followed_says(followed) if followed else None,
        )

    async def look_and_follow(self, kernel_id: str) -> Placement:
        """Look now, and have the next cell followed. Raises NoSuchKernel, Busy, Unavailable."""
        found = await self.look(kernel_id)
        why_not = await follow(self._agents, kernel_id, self._manager(kernel_id))
        return msgspec.structs.replace(found, following=why_not is None, not_following=why_not)

    async def look(self, kernel_id: str) -> Placement:
        """Look now. Raises NoSuchKernel, Busy, Unavailable."""
        manager = self._manager(kernel_id)
        task = self._looking.get(kernel_id)
        if task is None:
            task = asyncio.create_task(self._look(kernel_id, manager), name=f"tfgpu-lab: placement in {kernel_id}")
            self._looking[kernel_id] = task
            task.add_done_callback(lambda done: self._ended(kernel_id, done))
        return await asyncio.shield(task)

    def last(self, kernel_id: str, live: LiveReport | None) -> Placement | None:
        """Return what was seen last in this run of the kernel, unless a cell was run since."""
        known = self._last.get(kernel_id)
        if known is None or live is None or known.execution_count is None:
            return None
        return known if (known.pid, known.execution_count) == (live.pid, live.execution_count) else None

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._looking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self, kernel_id: str, manager: Any) -> Placement:
        live = await self._live(kernel_id, manager)
        found = await look(self._agents, kernel_id, manager, live)
        self._last = {one: seen for one, seen in self._last.items() if one in self._kernels}
        self._last[kernel_id] = found
        return found

    def _ended(self, kernel_id: str, task: "asyncio.Task[Placement]") -> None:
        self._looking.pop(kernel_id, None)
        if not task.cancelled():
            task.exception()  # seen, also when everybody who asked has gone

    def _manager(self, kernel_id: str) -> Any:
        if kernel_id not in self._kernels:
            raise NoSuchKernel(kernel_id)
        return self._kernels.get_kernel(kernel_id)

    async def _live(self, kernel_id: str, manager: Any) -> LiveReport | None:
        await self._instrument.settled(kernel_id)
        try:
            return await self._agents.read(kernel_id, manager)
        except Unavailable:
            return None
