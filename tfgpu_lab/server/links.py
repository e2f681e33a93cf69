"""How a GPU is connected, read when somebody asks and not before."""

import asyncio
import contextlib
import functools
import threading

from ..models.links import GpuLinks
from ..nvml.links import LinksUnreadable, read_links

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
        self._asking = _in_a_thread(uuid)
        if not (await asyncio.wait({self._asking}, timeout=LIMIT_S))[0]:
            raise LinksUnreadable(f"The driver did not answer within {LIMIT_S:g} s.")
        return self._asking.result()


def _in_a_thread(uuid: str) -> "asyncio.Future[GpuLinks]":
    """Ask in a daemon thread: one of the loop's own, hanging in the driver, would keep the server from ending."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[GpuLinks] = loop.create_future()
    answer.add_done_callback(lambda done: done.exception())  # seen, also when whoever asked has gone

    def ask() -> None:
        try:
            links = read_links(uuid)
        except Exception as error:  # noqa: BLE001 - it is raised to whoever asked
            tell = functools.partial(answer.set_exception, error)
        else:
            tell = functools.partial(answer.set_result, links)
        with contextlib.suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(tell)

    threading.Thread(target=ask, name="tfgpu-lab links", daemon=True).start()
    return answer
