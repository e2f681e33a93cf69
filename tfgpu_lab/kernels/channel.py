"""A connection of our own to a kernel on this machine: one question, one answer, closed again."""

import asyncio
from typing import Any, Literal, Protocol

import zmq
from jupyter_client.session import Session

REPLY_LIMIT_BYTES = 4 * 1024 * 1024  # the reply names every comm: thousands of widgets are honest
TOO_LONG = "The kernel's answer is too long to be read."

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
        """Return the content of the answer, however long it takes. Raises Unavailable when it is too long."""
        sent = self._session.msg(question, content)
        self._session.send(self._stream, sent)
        while True:
            frames = await self._received.get()
            if sum(map(len, frames)) > REPLY_LIMIT_BYTES:
                raise Unavailable(TOO_LONG)
            try:
                answer = self._session.deserialize(self._session.feed_identities(frames)[1])
            except (TypeError, ValueError):  # not from this kernel, or not a message
                continue
            if answer["parent_header"].get("msg_id") == sent["header"]["msg_id"]:
                return dict(answer["content"])

    def close(self) -> None:
        """Close the connection; a question still unsent is dropped."""
        self._stream.close(linger=0)
