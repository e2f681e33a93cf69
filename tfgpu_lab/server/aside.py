"""Runs a call that may hang, as the driver's may, beside the event loop without keeping the server from ending."""

import asyncio
import contextlib
import functools
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def aside(call: Callable[[], T], name: str) -> "asyncio.Future[T]":
    """Return what `call` will return or raise, run in a daemon thread: one of the loop's own would be waited for."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()
    answer.add_done_callback(lambda done: done.cancelled() or done.exception())  # seen, also when the asker has gone

    def run() -> None:
        try:
            value = call()
        except Exception as error:  # noqa: BLE001 - it is raised to whoever asked
            tell = functools.partial(answer.set_exception, error)
        else:
            tell = functools.partial(answer.set_result, value)
        with contextlib.suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(tell)

    threading.Thread(target=run, name=f"tfgpu-lab {name}", daemon=True).start()
    return answer
