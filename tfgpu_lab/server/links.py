"""How a GPU is connected, read when somebody asks and not before."""

import asyncio
from functools import partial

from ..models.links import GpuLinks
from ..nvml.links import LinksUnreadable, read_links
from .aside import aside

LIMIT_S = 3.0
STILL = "The driver has not answered an earlier question of this kind yet."


class Links:
    """One question at a time, on the event loop: a driver that hangs costs one thread, however often it is asked."""

    def __init__(self) -> None:
        self._asking: asyncio.Future[GpuLinks] | None = None

    async def of(self, uuid: str) -> GpuLinks:
        """Return how a GPU is connected. Raises LinksUnreadable, KeyError."""
        while self._asking and not self._asking.done():
            if not (await asyncio.wait({self._asking}, timeout=LIMIT_S))[0]:
                raise LinksUnreadable(STILL)
        self._asking = aside(partial(read_links, uuid), "links")
        if not (await asyncio.wait({self._asking}, timeout=LIMIT_S))[0]:
            raise LinksUnreadable(f"The driver did not answer within {LIMIT_S:g} s.")
        return self._asking.result()
