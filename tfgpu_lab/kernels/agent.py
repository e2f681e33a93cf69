"""Puts guest/agent into a kernel while it is idle, and reads it on the control channel at any time after."""

import asyncio
import contextlib
import threading
import uuid
from importlib.resources import files
from typing import Any

import msgspec
from jupyter_client.session import Session

from ..models.live import LiveReport

COMM_ID = "tfgpu-lab-agent"
PREFIX = "tfgpu:"
ANSWER_LIMIT_CHARACTERS = 128 * 1024
START_S = 10.0  # within this a kernel that starts has answered; one that has not is in trouble
INSTALL_S = 5.0
IDLE_S = 2.0
BUSY_S = 5.0  # a cell that holds the interpreter lock answers late


class Unavailable(Exception):
    """The kernel cannot be asked now; the text is one sentence for the user."""


class Agents:
    """The agents of all kernels of one server. Used in the event loop's thread only.

    Every question has a socket and a session of its own: the clients that a kernel manager makes share one identity,
    and replies to one of them get lost in another (measured).
    """

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._missing: dict[str, str] = {}
        self._questions: dict[str, asyncio.Task[LiveReport]] = {}

    async def install(self, kernel_id: str, manager: Any) -> None:
        """Put the agent into an idle IPython kernel; otherwise only note why not. Never queues behind a cell."""
        self._on_loop()
        try:
            await self._install(manager)
        except Unavailable as error:
            self._missing[kernel_id] = str(error)
        else:
            self._missing.pop(kernel_id, None)

    async def read(self, kernel_id: str, manager: Any) -> LiveReport:
        """Return what the kernel's agent says now; all who ask share one question. Raises Unavailable."""
        self._on_loop()
        task = self._questions.get(kernel_id)
        if task is None:
            task = self._questions[kernel_id] = asyncio.create_task(self._read(kernel_id, manager))
            task.add_done_callback(lambda done: self._answered(kernel_id, done))
        return await asyncio.shield(task)

    def forget(self, kernel_id: str) -> None:
        """The kernel's process is gone: what was known of its agent goes with it."""
        self._missing.pop(kernel_id, None)

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._questions.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _install(self, manager: Any) -> None:
        _local(manager)
        info = await _ask(manager, "control", "kernel_info_request", {}, START_S, "It did not answer when it started.")
        if info.get("implementation") != "ipython":
            name = info.get("implementation") or "this kernel"
            raise Unavailable(f"Only IPython kernels can be asked about TensorFlow; this one is {name}.")
        if manager.execution_state == "busy":
            raise Unavailable(
                "The kernel was busy when it was to be instrumented: check again when its cell has ended."
            )
        code = files("tfgpu_lab").joinpath("guest").joinpath("agent.py").read_text("utf-8")
        request = {
            "code": code,
            "silent": True,
            "store_history": False,
            "user_expressions": {},
            # False would make a later input() of the user fail.
            "allow_stdin": True,
            "stop_on_error": False,
        }
        await _ask(manager, "shell", "execute_request", request, INSTALL_S, "It has been busy since it started.")

    async def _read(self, kernel_id: str, manager: Any) -> LiveReport:
        _local(manager)
        if manager.execution_state in {"restarting", "dead", "terminating"}:
            raise Unavailable(f"The kernel is {manager.execution_state}.")
        limit_s = BUSY_S if manager.execution_state == "busy" else IDLE_S
        silence = f"The kernel did not answer within {limit_s:g} s."
        content = await _ask(manager, "control", "comm_info_request", {}, limit_s, silence)
        comms = content.get("comms")
        entry = comms.get(COMM_ID) if isinstance(comms, dict) else None
        if entry is None:
            default = "The kernel has not been instrumented: check again while it is idle, or restart it."
            raise Unavailable(self._missing.get(kernel_id, default))
        text = str(entry.get("target_name", "")) if isinstance(entry, dict) else ""
        if not text.startswith(PREFIX) or len(text) > ANSWER_LIMIT_CHARACTERS:
            raise Unavailable("The kernel's agent was replaced by something else: restart the kernel.")
        try:
            return msgspec.json.decode(text[len(PREFIX) :], type=LiveReport)
        except msgspec.DecodeError:
            raise Unavailable("The kernel's agent could not read its process: restart the kernel.") from None

    def _answered(self, kernel_id: str, task: "asyncio.Task[LiveReport]") -> None:
        self._questions.pop(kernel_id, None)
        if not task.cancelled():
            task.exception()  # whoever still waits gets it; without a reader it is no news

    def _on_loop(self) -> None:
        assert threading.get_ident() == self._thread, "Agents belong to the event loop's thread"


def _local(manager: Any) -> None:
    # A gateway's kernel has channels of another kind: those of its manager lead nowhere.
    if manager.provisioner is None or not hasattr(manager, "control_port"):
        raise Unavailable("The kernel runs behind a gateway, where it cannot be asked yet.")


async def _ask(
    manager: Any, channel: str, kind: str, content: dict[str, Any], limit_s: float, silence: str
) -> dict[str, Any]:
    """Send one request and return its reply's content. Raises Unavailable with `silence` after `limit_s` seconds."""
    session = Session(key=manager.session.key, signature_scheme=manager.session.signature_scheme)
    connect = manager.connect_control if channel == "control" else manager.connect_shell
    stream = connect(identity=uuid.uuid4().hex.encode())
    reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    def received(parts: list[Any]) -> None:
        # A reply with a wrong signature, or to another question, is none.
        with contextlib.suppress(Exception):
            message = session.deserialize(session.feed_identities(parts)[1])
            if message["parent_header"].get("msg_id") == asked and not reply.done():
                reply.set_result(message["content"])

    try:
        stream.on_recv(received)
        request = session.msg(kind, content)
        asked = request["header"]["msg_id"]
        session.send(stream, request)
        return await asyncio.wait_for(reply, limit_s)
    except (TimeoutError, asyncio.TimeoutError):
        raise Unavailable(silence) from None
    finally:
        stream.close(linger=0)
