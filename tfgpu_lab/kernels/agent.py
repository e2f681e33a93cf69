"""Puts the agent (guest/agent) into a kernel while it is idle, and reads it while a cell runs, not touching the cell.

Three requests are served by ipykernel beside a running cell and counted as activity by nobody: kernel_info, comm_info
and debug. Whatever else could be asked publishes `idle` while the cell still runs, and a Jupyter Server that culls idle
kernels then kills the training.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import msgspec

from ..models.live import LiveReport
from .channel import Busy, Channel, LocalChannel, Name, Unavailable
from .remote import Connect, RemoteChannel, is_remote

COMM_ID = "tfgpu-lab-agent"
NAME = "_tfgpu_lab_agent_"
PREFIX = "tfgpu:"

START_S = 60.0  # Jupyter Server, too, gives a starting kernel a minute
BUSY_S = 2.0
SAID_BUSY_S = 0.5
CONNECT_S = 5.0  # to a gateway
INSTALL_S = 5.0
READ_IDLE_S = 2.0
READ_BUSY_S = 5.0  # C code that holds the GIL delays the answer
KEPT_S = 15.0  # a connection that is used again costs half; the panel asks every 5 s
REPORT_LIMIT_CHARS = 64 * 1024

BUSY = "A cell runs: this can be looked at between two cells only."
GARBLED = "What the kernel says of itself cannot be understood."


@dataclass
class _Kernel:
    """What is known of one run of a kernel."""

    identified: bool = False
    foreign: str = ""  # why it is no kernel for the agent
    missing: str = "The agent is not in this kernel yet."  # why the agent is not in it
    reading: asyncio.Task[LiveReport] | None = None
    control: Channel | None = None  # kept open from one reading to the next
    keeping: asyncio.TimerHandle | None = None  # and until when

    def leave(self) -> None:
        """Close the connection that is kept."""
        if self.keeping:
            self.keeping.cancel()
        if self.control:
            self.control.close()
        self.control = self.keeping = None


class Agents:
    """The agents in the kernels of one server. Used on one event loop only."""

    def __init__(self, *, enabled: bool = True, connect: Connect | None = None) -> None:
        """`connect` opens the websocket to a kernel behind a gateway; without it, such kernels cannot be read."""
        self._enabled = enabled
        self._connect = connect
        self._kernels: dict[str, _Kernel] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def install(self, kernel_id: str, km: Any, *, new: bool = False) -> None:
        """Put the agent into a kernel that starts or is idle; replaces the one that is there.

        `new`: the kernel has just been started, and no client has spoken to it yet. Waits for a kernel that is
        starting. A kernel that runs a cell, is not Python or cannot be reached is left alone and `read` says so. Raises
        Unavailable when an idle Python kernel did not take it.

        It is one silent execution: no output, history or count. It moves Jupyter Server's `last_activity` of the kernel
        to now, once; at a start that is of no consequence, later it begins one new cull_idle_timeout.
        """
        kernel = self._known(kernel_id)
        if _refusal(km, enabled=self._enabled):
            return
        try:
            async with self._open(km, "control", new=new) as control:
                await asyncio.wait_for(_identify(kernel, control), START_S)
            if not kernel.foreign:
                async with self._open(km, "shell", new=new) as shell:
                    if await _is_free(shell, km):
                        await _install(kernel, shell)
                    else:
                        kernel.missing = "The agent is not in this kernel: a cell was running when it was to be put in."
        except asyncio.TimeoutError:
            kernel.missing = "The agent is not in this kernel: the kernel did not answer when it was to be put in."
            raise Unavailable(kernel.missing) from None

    def wants_install(self, kernel_id: str) -> bool:
        """Return whether a kernel can have the agent but has it not: install it when the kernel is next idle."""
        kernel = self._known(kernel_id)
        return kernel.identified and not kernel.foreign and bool(kernel.missing)

    def refuses(self, km: Any) -> str | None:
        """Return why a kernel is not to be asked anything, one sentence; None when it may be."""
        return _refusal(km, enabled=self._enabled) or None

    async def read(self, kernel_id: str, km: Any) -> LiveReport:
        """Return what the agent in a kernel sees now, be it idle or busy. Raises Unavailable.

        One question at a time is in flight for a kernel; whoever asks meanwhile shares its answer.
        """
        kernel = self._known(kernel_id)
        if kernel.reading is None:
            kernel.reading = asyncio.create_task(self._read(kernel, km), name=f"tfgpu-lab: read kernel {kernel_id}")
            kernel.reading.add_done_callback(lambda task: _ended(kernel, task))
        reading = kernel.reading
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            if reading.cancelled():
                raise Unavailable("The kernel was restarted or shut down meanwhile.") from None
            raise

    async def evaluate(self, kernel_id: str, km: Any, expression: str, limit_s: float) -> str:
        """Return the repr of an expression's value, evaluated in a kernel that is idle; only when the user asks.

        It is one silent execution: no output, history or count; it moves the kernel's `last_activity`. What is still
        queued behind a cell after `limit_s` does nothing when its turn comes. Raises Busy when a cell runs,
        Unavailable.
        """
        kernel = self._known(kernel_id)
        if refusal := _refusal(km, enabled=self._enabled):
            raise Unavailable(refusal)
        try:
            async with self._open(km, "control") as control:
                await asyncio.wait_for(_identify(kernel, control), READ_BUSY_S)
            if kernel.foreign:
                raise Unavailable(kernel.foreign)
            async with self._open(km, "shell") as shell:
                # The server's word may be late: a kernel that answers runs no cell.
                answer = asyncio.ensure_future(shell.ask("kernel_info_request", {}))
                patience_s = SAID_BUSY_S if getattr(km, "execution_state", None) == "busy" else BUSY_S
                if not (await asyncio.wait({answer}, timeout=patience_s))[0]:
                    answer.cancel()
                    raise Busy(BUSY)
                await answer
                # A kernel elsewhere may have another clock.
                still = "True" if is_remote(km) else f"__import__('time').time() < {time.time() + limit_s!r}"
                request = _silent("", {"value": f"({expression}) if {still} else None"})
                reply = await asyncio.wait_for(shell.ask("execute_request", request), limit_s)
        except asyncio.TimeoutError:
            raise Unavailable(f"The kernel did not answer within {limit_s:g} s.") from None
        value = _object(_object(reply.get("user_expressions")).get("value"))
        text = _object(value.get("data")).get("text/plain")
        if not isinstance(text, str):
            raise Unavailable(f"The kernel could not tell: {str(value.get('evalue') or 'no answer')[:300]}.")
        return text

    def forget(self, kernel_id: str) -> None:
        """Drop what is known of a kernel: its process has ended or been replaced."""
        self._known(kernel_id)
        kernel = self._kernels.pop(kernel_id)
        if kernel.reading:
            kernel.reading.cancel()
        kernel.leave()

    async def close(self) -> None:
        """End what is in flight."""
        readings = [kernel.reading for kernel in self._kernels.values() if kernel.reading]
        for kernel_id in list(self._kernels):
            self.forget(kernel_id)
        await asyncio.gather(*readings, return_exceptions=True)

    def _known(self, kernel_id: str) -> _Kernel:
        loop = asyncio.get_running_loop()
        self._loop = self._loop or loop
        assert loop is self._loop, "Agents is used on one event loop only"
        return self._kernels.setdefault(kernel_id, _Kernel())

    @contextlib.asynccontextmanager
    async def _open(self, km: Any, name: Name, *, new: bool = False) -> AsyncIterator[Channel]:
        if not is_remote(km):
            channel: Channel = LocalChannel(km, name)
        elif self._connect is None:
            raise Unavailable("The kernel runs behind a gateway and cannot be read from here.")
        else:
            try:
                channel = RemoteChannel(await asyncio.wait_for(self._connect(km, new), CONNECT_S), name)
            except asyncio.TimeoutError:
                raise Unavailable(f"The gateway did not answer within {CONNECT_S:g} s.") from None
        with contextlib.closing(channel):
            yield channel

    @contextlib.asynccontextmanager
    async def _kept(self, kernel: _Kernel, km: Any) -> AsyncIterator[Channel]:
        """A control channel that stays open for the next reading; not to a gateway, which would count it."""
        if is_remote(km):
            async with self._open(km, "control") as channel:
                yield channel
            return
        channel, kernel.control = kernel.control or LocalChannel(km, "control"), None  # it is in use
        kernel.leave()
        try:
            yield channel
        except BaseException:  # a late answer must not meet another question
            channel.close()
            raise
        kernel.control = channel
        kernel.keeping = asyncio.get_running_loop().call_later(KEPT_S, kernel.leave)

    async def _read(self, kernel: _Kernel, km: Any) -> LiveReport:
        if refusal := _refusal(km, enabled=self._enabled) or kernel.foreign:
            raise Unavailable(refusal)
        limit_s = READ_BUSY_S if getattr(km, "execution_state", None) == "busy" else READ_IDLE_S
        async with self._kept(kernel, km) as control:
            try:
                text = await asyncio.wait_for(_question(kernel, control), limit_s)
            except asyncio.TimeoutError:
                raise Unavailable(f"The kernel did not answer within {limit_s:g} s.") from None
        try:
            return msgspec.json.decode(text, type=LiveReport)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise Unavailable(GARBLED) from None


def _ended(kernel: _Kernel, task: asyncio.Task[LiveReport]) -> None:
    kernel.reading = None
    if not task.cancelled():
        task.exception()  # seen, also when everybody who asked has gone


def _refusal(km: Any, *, enabled: bool) -> str:
    """Return why a kernel must not be asked anything, or nothing."""
    if not enabled:
        return "Looking into running kernels is switched off in the server's configuration."
    if getattr(km, "execution_state", None) == "dead":
        return "The kernel has died."
    if not km.has_kernel or km.shutting_down:
        return "The kernel is restarting or shutting down."
    if is_remote(km):  # its spec here is another's, and its activity is counted there: see `connect`
        return ""
    language = getattr(km.kernel_spec, "language", "") or "python"
    if not language.lower().startswith("python"):
        return f"The kernel's language is {language}, not Python."
    if hasattr(km, "last_activity") and "comm_info_request" not in getattr(km.parent, "untracked_message_types", ()):
        return "This Jupyter Server, older than 2.15, would take our question for the end of the running cell."
    return ""


async def _identify(kernel: _Kernel, control: Channel) -> None:
    """Learn once what the kernel is."""
    if kernel.identified:
        return
    info = await control.ask("kernel_info_request", {})
    implementation = info.get("implementation")
    version = str(_object(info.get("language_info")).get("version"))
    if implementation != "ipython":
        kernel.foreign = f"The kernel is {implementation!s:.40}, not ipykernel."
    elif version.startswith(("2.", "3.5", "3.6", "3.7")):
        kernel.foreign = f"The kernel's Python {version:.10} is older than 3.8."
    kernel.identified = True


async def _is_free(shell: Channel, km: Any) -> bool:
    """Return whether the kernel takes requests now.

    Jupyter Server's `execution_state` alone does not tell: it stays `busy` when a busy kernel is restarted.
    """
    answer = asyncio.ensure_future(shell.ask("kernel_info_request", {}))
    try:
        for _ in range(int(START_S / BUSY_S)):
            if (await asyncio.wait({answer}, timeout=BUSY_S))[0]:
                await answer
                return True
            if getattr(km, "execution_state", None) == "busy":
                return False
    finally:
        answer.cancel()
    raise asyncio.TimeoutError


async def _install(kernel: _Kernel, shell: Channel) -> None:
    text = files("tfgpu_lab").joinpath("guest/agent.py").read_text(encoding="utf-8")
    request = _silent(f"exec({text!r}, {{'__name__': 'tfgpu_lab_agent'}})", {})
    reply = await asyncio.wait_for(shell.ask("execute_request", request), INSTALL_S)
    kernel.missing = "" if reply.get("status") == "ok" else "The agent is not in this kernel: the kernel refused it."
    if kernel.missing:
        raise Unavailable(kernel.missing)


def _silent(code: str, expressions: dict[str, str]) -> dict[str, Any]:
    return {
        "code": code,
        "silent": True,
        "store_history": False,
        "user_expressions": expressions,
        "allow_stdin": True,  # False would, on some ipykernels, forbid input() in the user's next cell
        "stop_on_error": False,
    }


async def _question(kernel: _Kernel, control: Channel) -> str:
    """Return the report of the agent as JSON."""
    await _identify(kernel, control)
    if kernel.foreign:
        raise Unavailable(kernel.foreign)
    comms = (await control.ask("comm_info_request", {})).get("comms")
    if isinstance(comms, dict) and COMM_ID in comms:
        kernel.missing = ""
        return _json_of(comms[COMM_ID], "target_name")
    if kernel.missing:
        raise Unavailable(kernel.missing)
    # Somebody closed all comms: `builtins` still has it.
    arguments = {"variableName": NAME}
    request = {"type": "request", "seq": 1, "command": "richInspectVariables", "arguments": arguments}
    body = (await control.ask("debug_request", request)).get("body")
    data = body.get("data") if isinstance(body, dict) else None
    if not data:
        kernel.missing = "The agent is no longer in this kernel; it returns when the kernel restarts."
        raise Unavailable(kernel.missing)
    return _json_of(data, "text/plain")


def _object(answer: Any) -> dict[str, Any]:
    """Return a part of an answer that should be an object; an empty one when it is not."""
    return answer if isinstance(answer, dict) else {}


def _json_of(answer: Any, name: str) -> str:
    text = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(text, str) or not text.startswith(PREFIX) or len(text) > REPORT_LIMIT_CHARS:
        raise Unavailable(GARBLED)
    return text[len(PREFIX) :]


__all__ = ["Agents", "Busy", "Unavailable"]
