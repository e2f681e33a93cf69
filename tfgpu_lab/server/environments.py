"""The static probe's reports, one a kernel process: probed once, kept until the process or its variables change."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
from jupyter_client.kernelspec import KernelSpecManager

from ..kernels import processes
from ..kernels.import_tf import import_tf
from ..kernels.interpreter import Launch, LaunchError, launch_of_kernelspec, launch_of_process
from ..kernels.probe import ProbeFailed, probe
from ..kernels.remote import is_remote
from ..models.confirmation import Confirmation
from ..models.environment import Environment
from ..models.live import LiveReport

# The loader reads these when the process starts; later changes have no effect on what it finds.
READ_AT_START = frozenset({"LD_LIBRARY_PATH", "PYTHONPATH"})
# Who holds a GPU's memory is true for a moment: a report that is asked for later must not accuse anybody of it.
PERISHABLE_S = 60.0
FAILED_S = 30.0
"""A probe that failed this long ago is tried again."""


class CannotLaunch(Exception):
    """The kernel's interpreter cannot be started from here; the text is one sentence for the user."""


class _Key(NamedTuple):
    pid: int | None
    variables: frozenset[tuple[str, str]] | None


class _Entry(NamedTuple):
    key: _Key
    probing: "asyncio.Task[Environment]"
    begun_s: float  # monotonic


class _Confirming(NamedTuple):
    key: _Key
    asking: "asyncio.Task[Confirmation]"


class Environments:
    """Probes on demand; any number of readers share one child process. Used on the event loop only."""

    def __init__(self, specs: KernelSpecManager, *, timeout_s: float) -> None:
        self._specs = specs
        self._timeout_s = timeout_s
        self._entries: dict[str, _Entry] = {}
        self._confirmations: dict[str, _Confirming] = {}
        self._closed = False

    async def get(self, kernel_id: str, manager: Any, live: LiveReport | None) -> Environment:
        """Return the environment of a kernel. Raises CannotLaunch or ProbeFailed, each with a sentence."""
        key = _key(manager, live)
        entry = self._entries.get(kernel_id)
        if entry is None or not _same(entry.key, key) or _is_worth_another_try(entry):
            entry = self._begin(kernel_id, key, manager, live)
        while True:
            # One reader that goes away must not take the answer from the others.
            try:
                environment = await asyncio.shield(entry.probing)
            except asyncio.CancelledError:  # noqa: PERF203 - it waits for seconds
                if not entry.probing.cancelled() or self._closed:
                    raise
                # Somebody wanted it anew meanwhile: the newer answer is for all, also for who knew older variables.
                entry = self._entries.get(kernel_id) or self._begin(kernel_id, key, manager, live)
            else:
                return environment if time.monotonic() - entry.begun_s < PERISHABLE_S else lasting(environment)

    async def confirm(self, kernel_id: str, manager: Any, live: LiveReport | None) -> Confirmation:
        """Import TensorFlow in a fresh process with the kernel's environment; askers at once share one process."""
        known = self._confirmations.get(kernel_id)
        key = _key(manager, live)
        if known is None or known.asking.done() or not _same(known.key, key):
            if known is not None:
                known.asking.cancel()
            task = asyncio.create_task(self._ask(manager, live))
            known = self._confirmations[kernel_id] = _Confirming(key, task)
        while True:
            try:
                return await asyncio.shield(known.asking)
            except asyncio.CancelledError:  # noqa: PERF203 - as above
                newer = self._confirmations.get(kernel_id)
                if not known.asking.cancelled() or newer is None or newer is known:
                    raise
                known = newer  # as in `get`

    def confirmation(self, kernel_id: str, manager: Any, live: LiveReport | None) -> Confirmation | None:
        """Return what TensorFlow last said, as long as the kernel's process and variables have not changed since."""
        known = self._confirmations.get(kernel_id)
        if known is None or not known.asking.done() or not _same(known.key, _key(manager, live)):
            return None
        return None if known.asking.cancelled() else known.asking.result()

    def launch(self, manager: Any, live: LiveReport | None) -> Launch:
        """Return how to start the kernel's interpreter, with its environment as at its start. Raises CannotLaunch."""
        if is_remote(manager):
            raise CannotLaunch("The kernel runs behind a gateway: its environment cannot be read from this machine.")
        if manager.provisioner is None:
            raise CannotLaunch("The kernel has no process now: it starts, restarts or shuts down.")
        try:
            if live is None:
                return launch_of_kernelspec(manager.kernel_name, self._specs)
            if not processes.is_local(live):
                raise CannotLaunch(
                    f"The kernel runs on another machine or in another container ({live.hostname}): "
                    "its environment cannot be read from here."
                )
            if not processes.is_own(live, getattr(manager.provisioner, "pid", None)):
                raise CannotLaunch("The kernel names a process or an interpreter that is not its own: neither is used.")
            return launch_of_process(live.pid, live.executable)
        except LaunchError as error:
            raise CannotLaunch(str(error)) from None

    def forget(self, kernel_id: str) -> None:
        """Probe again at the next call."""
        self._drop(kernel_id)

    def keep(self, kernel_ids: Iterable[str]) -> None:
        """Forget what is known of kernels that are gone."""
        there = set(kernel_ids)
        for kernel_id in self._entries.keys() - there:
            self._drop(kernel_id)
        for kernel_id in self._confirmations.keys() - there:
            self._confirmations.pop(kernel_id).asking.cancel()

    async def close(self) -> None:
        """End what is under way."""
        self._closed = True
        tasks: list[asyncio.Task[Any]] = [entry.probing for entry in self._entries.values()]
        tasks += [one.asking for one in self._confirmations.values()]
        self._entries.clear()
        self._confirmations.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _drop(self, kernel_id: str) -> None:
        if old := self._entries.pop(kernel_id, None):
            old.probing.cancel()

    def _begin(self, kernel_id: str, key: _Key, manager: Any, live: LiveReport | None) -> _Entry:
        """Probe now, in place of what is under way. Raises CannotLaunch."""
        launch = self.launch(manager, live)
        now = None if live is None else live.variables
        task = asyncio.create_task(probe(launch, now_env=now, timeout_s=self._timeout_s))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # read by those who wait
        self._drop(kernel_id)
        entry = self._entries[kernel_id] = _Entry(key, task, time.monotonic())
        return entry

    async def _ask(self, manager: Any, live: LiveReport | None) -> Confirmation:
        try:
            launch = self.launch(manager, live)
        except CannotLaunch as error:
            return Confirmation(gpus=None, failure=str(error), tensorflow_version=None)
        try:
            return await import_tf(launch, now_env=None if live is None else live.variables)
        except Exception as error:  # noqa: BLE001 - it is kept: raised, it would spoil every report that follows
            said = f"Asking TensorFlow failed in an unforeseen way: {type(error).__name__}: {error}."
            return Confirmation(gpus=None, failure=said, tensorflow_version=None)


def lasting(environment: Environment) -> Environment:
    """Return a report without what holds for a moment only: the GPUs' free memory and who computes on them."""
    if environment.nvml is None:
        return environment
    devices = [
        msgspec.structs.replace(one, memory_free_bytes=None, processes=[], others=0) for one in environment.nvml.devices
    ]
    return msgspec.structs.replace(environment, nvml=msgspec.structs.replace(environment.nvml, devices=devices))


def _is_worth_another_try(entry: _Entry) -> bool:
    """Whether a probe failed a while ago: a machine that was busy then may answer now."""
    failed = entry.probing.done() and not entry.probing.cancelled() and entry.probing.exception() is not None
    return failed and time.monotonic() - entry.begun_s > FAILED_S


def _key(manager: Any, live: LiveReport | None) -> _Key:
    known = None
    if live is not None:
        known = frozenset((name, value) for name, value in live.variables.items() if name not in READ_AT_START)
    return _Key(pid=getattr(manager.provisioner, "pid", None), variables=known)


def _same(before: _Key, now: _Key) -> bool:
    """A kernel that cannot be asked just now has not changed for that."""
    return before.pid == now.pid and (now.variables is None or before.variables == now.variables)


__all__ = ["CannotLaunch", "Environments", "ProbeFailed"]
