"""A connection of our own to a kernel on this machine: one question, one answer, closed again."""

import asyncio
from typing import Any, Literal, Protocol

import zmq
from jupyter_client.session import Session

REPLY_LIMIT_BYTES = 1024 * 1024  # the reply names every comm, in 70 bytes: ten thousand widgets are honest
ASIDE_BYTES = 64 * 1024  # to read more than this takes milliseconds, which the event loop does not have
TOO_LONG = "The kernel's answer is too long to be read."
GARBLED = "The kernel's answer cannot be understood."

Name = Literal["control", "shell"]


class Unavailable(Exception):
    """The kernel cannot be read; the text is one sentence that tells the user why."""


class Busy(Unavailable):
    """The kernel runs a cell, beside which this cannot be asked."""


class Channel(Protocol):
    """One channel of one kernel."""

    async def ask(self, question: str, content: dict[str, Any]) -> dict[str, Any]:
        """Return the content of the answer, however long it takes. Raises Unavailable when there will be none."""

    def close(self) -> None:
        """Close the connection; a question still unsent is dropped."""


class LocalChannel:
    """A channel over ZeroMQ: km.client() would share the tab's identity, and replies would go astray."""

    def __init__(self, km: Any, name: Name) -> None:
        key, scheme = km.session.key, km.session.signature_scheme
        self._session = Session(config=km.session.config, key=key, signature_scheme=scheme)
        self._received: asyncio.Queue[list[bytes]] = asyncio.Queue()
        try:
            self._stream = km.connect_control() if name == "control" else km.connect_shell()
        except zmq.ZMQError as error:
            raise Unavailable(f"No connection to the kernel can be made: {error}.") from error
        self._stream.on_recv(self._received.put_nowait)

    async def ask(self, question: str, content: dict[str, Any]) -> dict[str, Any]:
        """Return the content of the answer, however long it takes. Raises Unavailable when it cannot be read."""
        sent = self._session.msg(question, content)
        self._session.send(self._stream, sent)
        while True:
            frames = await self._received.get()
            length = sum(map(len, frames))
            if length > REPLY_LIMIT_BYTES:
                raise Unavailable(TOO_LONG)
            read = await asyncio.to_thread(self._read, frames) if length > ASIDE_BYTES else self._read(frames)
            if read and read[0] == sent["header"]["msg_id"]:
                if not isinstance(read[1], dict):
                    raise Unavailable(GARBLED)
                return read[1]

    def _read(self, frames: list[bytes]) -> tuple[Any, Any] | None:
        """Return the id of the question and the content; None for what is not from this kernel, or no message."""
        try:
            answer = self._session.deserialize(self._session.feed_identities(frames)[1])
            return answer["parent_header"].get("msg_id"), answer["content"]
        except (TypeError, ValueError, LookupError, AttributeError, RecursionError):
            return None

    def close(self) -> None:
        """Close the connection; a question still unsent is dropped."""
        self._stream.close(linger=0)
