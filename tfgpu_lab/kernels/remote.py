"""A connection of our own to a kernel behind a gateway: the messages of a kernel as JSON over a websocket."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from jupyter_client.jsonutil import json_default
from jupyter_client.session import Session

from .channel import ASIDE_BYTES, REPLY_LIMIT_BYTES, TOO_LONG, Name, Unavailable

LOST = "The connection to the gateway was lost."


class Socket(Protocol):
    """An open websocket to the channels of one kernel; the server side of us makes it, with the gateway's token."""

    async def send(self, text: str) -> None:
        """Send one message. Raises Unavailable."""

    async def receive(self) -> str | bytes | None:
        """Return the next message; None once the connection is closed."""

    def close(self) -> None:
        """Close it; may be called twice."""


Connect = Callable[[Any, bool], Awaitable[Socket]]
"""From a kernel's manager, and whether the kernel has just been started, to an open socket. Raises Unavailable."""


def is_remote(km: Any) -> bool:
    """Return whether a kernel runs behind a gateway: what its manager knows of ports, process and spec is void."""
    return any(kind.__name__ == "GatewayKernelManager" for kind in type(km).__mro__)


class RemoteChannel:
    """A channel over the websocket that a gateway offers for all channels of a kernel."""

    def __init__(self, socket: Socket, name: Name) -> None:
        self._socket = socket
        self._name = name
        self._session = Session()

    async def ask(self, question: str, content: dict[str, Any]) -> dict[str, Any]:
        """Return the content of the answer, however long it takes. Raises Unavailable when the connection is lost."""
        sent = self._session.msg(question, content)
        sent["channel"] = self._name  # without it a gateway assumes `shell`
        sent["buffers"] = []
        await self._socket.send(json.dumps(sent, default=json_default))
        wanted = question.replace("_request", "_reply")
        while (text := await self._socket.receive()) is not None:
            if len(text) > REPLY_LIMIT_BYTES:
                raise Unavailable(TOO_LONG)
            # Whatever the kernel publishes comes as well: statuses with our parent among it.
            answer = await asyncio.to_thread(_message, text) if len(text) > ASIDE_BYTES else _message(text)
            if answer and answer.get("msg_type") == wanted:
                parent, body = answer.get("parent_header"), answer.get("content")
                if isinstance(parent, dict) and parent.get("msg_id") == sent["msg_id"] and isinstance(body, dict):
                    return body
        raise Unavailable(LOST)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


def _message(text: str | bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):  # buffers are sent as bytes of their own
        return None
    return message if isinstance(message, dict) else None
