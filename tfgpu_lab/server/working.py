"""Asks the driver who computes how much, in a thread: one question at a time, and only while somebody looks at GPUs."""

import asyncio
import time
from functools import partial
from typing import NamedTuple

import msgspec

from ..models.execution import GpuWork
from ..nvml.sampler import Sampler
from ..nvml.work import WorkUnreadable, read_work
from .aside import aside

LIMIT_S = 0.5
NOBODY = "Nobody watches the GPUs now: open the GPU Status panel to see how much a kernel computes."
STILL = "The driver has not answered an earlier question of this kind yet."


class _Answer(NamedTuple):
    """What the driver said: when it was asked, for readings after when, and the work on each GPU."""

    asked_s: float
    since_s: float
    work: list[GpuWork]


class Working:
    """Used on the event loop only. A driver that hangs costs one thread, however often it is asked."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler
        self._asking: asyncio.Future[list[GpuWork]] | None = None
        self._last: _Answer | None = None

    async def now(self, since_s: float, age_s: float = 0.0) -> tuple[list[GpuWork], str | None]:
        """Return the work on each GPU after `since_s`, in seconds since the epoch; or nothing, and why.

        An answer that is younger than `age_s` seconds and reaches as far back is taken: one question serves all who
        look at a running cell.
        """
        sweep = self._sampler.newest
        if sweep is None:
            return [], NOBODY
        if sweep.driver.state != "ok":
            return [], sweep.driver.reason
        while True:
            last = self._last
            # One of before `since_s` says nothing of what came after.
            if last and last.since_s <= since_s <= last.asked_s and 0 <= time.time() - last.asked_s < age_s:
                return [_after(one, since_s) for one in last.work], None
            if self._asking is None or self._asking.done():
                break
            if not (await asyncio.wait({self._asking}, timeout=LIMIT_S))[0]:
                return [], STILL
        asked_s = time.time()
        self._asking = asking = aside(partial(read_work, sweep.devices, since_s, sweep.driver.driver_version), "work")
        if not (await asyncio.wait({asking}, timeout=LIMIT_S))[0]:
            return [], f"The driver did not answer within {LIMIT_S:g} s."
        try:
            work = asking.result()
        except WorkUnreadable as error:
            return [], str(error)
        except Exception as error:  # noqa: BLE001 - pynvml raises others where a driver's answer is odd
            return [], f"The driver's answer cannot be read: {error!r}."
        self._last = _Answer(asked_s, since_s, work)
        return work, None


def _after(work: GpuWork, since_s: float) -> GpuWork:
    return msgspec.structs.replace(work, times=[one for one in work.times if one.at_s > since_s])
