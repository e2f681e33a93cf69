"""Asks the driver who computes how much, in a thread: one question at a time, and only while somebody looks at GPUs."""

import asyncio
from functools import partial

from ..models.execution import GpuWork
from ..nvml.sampler import Sampler
from ..nvml.work import WorkUnreadable, read_work
from .aside import aside

LIMIT_S = 0.5
NOBODY = "Nobody watches the GPUs now: open the GPU Status panel to see how much a kernel computes."
STILL = "The driver has not answered an earlier question of this kind yet."


class Working:
    """Used on the event loop only. A driver that hangs costs one thread, however often it is asked."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler
        self._asking: asyncio.Future[list[GpuWork]] | None = None

    async def now(self, since_s: float) -> tuple[list[GpuWork], str | None]:
        """Return the work on each GPU after `since_s`, in seconds since the epoch; or nothing, and why."""
        sweep = self._sampler.newest
        if sweep is None:
            return [], NOBODY
        if sweep.driver.state != "ok":
            return [], sweep.driver.reason
        while self._asking and not self._asking.done():  # the answer is for another moment
            if not (await asyncio.wait({self._asking}, timeout=LIMIT_S))[0]:
                return [], STILL
        self._asking = asking = aside(partial(read_work, sweep.devices, since_s), "work")
        if not (await asyncio.wait({asking}, timeout=LIMIT_S))[0]:
            return [], f"The driver did not answer within {LIMIT_S:g} s."
        try:
            return asking.result(), None
        except WorkUnreadable as error:
            return [], str(error)
