"""Tells when the cells of a kernel begin and end: a subscription of our own to what the kernel publishes."""

from collections.abc import Callable
from typing import Any

import zmq
from jupyter_client.session import Session

from .channel import Unavailable

TOPIC = b"kernel."
"""How ipykernel's topics of states and inputs begin; what cells print and show has others and is dropped unread."""


class Cells:
    """Listens to one kernel on this machine; its callbacks are called on the event loop.

    Only what belongs to a cell counts: silent executions, ours among them, have no input. The kernel is asked nothing.
    """

    def __init__(self, km: Any, began: Callable[[int | None], None], ended: Callable[[], None]) -> None:
        """Begin to listen. `began` is handed the number of the cell. Raises Unavailable."""
        key, scheme = km.session.key, km.session.signature_scheme
        self._session = Session(config=km.session.config, key=key, signature_scheme=scheme)
        self._began = began
        self._ended = ended
        # A cell that runs already had its input before we came.
        self._running: str | None = "" if getattr(km, "execution_state", None) == "busy" else None
        try:
            self._stream = km.connect_iopub()
        except zmq.ZMQError as error:
            raise Unavailable(f"No connection to the kernel can be made: {error}.") from error
        # It is subscribed to everything, as Jupyter Server is. A new subscription, such as to TOPIC alone, is welcomed
        # publicly by ipykernel 7, which Jupyter Server takes for activity: it would put off the culling.
        self._stream.on_recv(self._heard)

    def close(self) -> None:
        """End listening."""
        self._stream.close(linger=0)

    def _heard(self, frames: list[bytes]) -> None:
        if not frames[0].startswith(TOPIC):
            return
        try:
            message = self._session.deserialize(self._session.feed_identities(frames)[1])
            parent, content = message["parent_header"], message["content"]
        except (TypeError, ValueError, LookupError):  # not from this kernel, or not a message
            return
        if not isinstance(parent, dict) or not isinstance(content, dict):
            return
        if parent.get("msg_type") != "execute_request":
            return
        if message["msg_type"] == "execute_input":
            self._running = str(parent.get("msg_id"))
            number = content.get("execution_count")
            self._began(number if isinstance(number, int) else None)
        ends = message["msg_type"] == "status" and content.get("execution_state") == "idle"
        if ends and self._running in {"", parent.get("msg_id")}:
            self._running = None
            self._ended()
