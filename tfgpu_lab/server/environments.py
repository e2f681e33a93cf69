"""The static probe's reports, one a kernel process: probed once, kept until the process or its variables change."""

import asyncio
from typing import Any, NamedTuple

from jupyter_client.kernelspec import KernelSpecManager

from ..kernels import processes
from ..kernels.interpreter import Launch, LaunchError, launch_of_kernelspec, launch_of_process
from ..kernels.probe import ProbeFailed, probe
from ..models.environment import Environment
from ..models.live import LiveReport

# The loader reads these when the process starts; later changes have no effect on what it finds.
READ_AT_START = frozenset({"LD_LIBRARY_PATH", "PYTHONPATH"})


class CannotLaunch(Exception):
    """The kernel's interpreter cannot be started from here; the text is one sentence for the user."""


class _Key(NamedTuple):
    pid: int | None
    variables: frozenset[tuple[str, str]] | None


class _Entry(NamedTuple):
    key: _Key
    probing: "asyncio.Task[Environment]"


class Environments:
    """Probes on demand; any number of readers share one child process. Used on the event loop only."""

    def __init__(self, specs: KernelSpecManager, *, timeout_s: float) -> None:
        self._specs = specs
        self._timeout_s = timeout_s
        self._entries: dict[str, _Entry] = {}

    async def get(self, kernel_id: str, manager: Any, live: LiveReport | None) -> Environment:
        """Return the environment of a kernel. Raises CannotLaunch or ProbeFailed, each with a sentence."""
        entry = self._entries.get(kernel_id)
        key = _Key(
            pid=getattr(manager.provisioner, "pid", None),
            variables=None
            if live is None
            else frozenset((name, value) for name, value in live.variables.items() if name not in READ_AT_START),
        )
        # A kernel that cannot be asked just now has not changed for that.
        same = entry is not None and entry.key.pid == key.pid and (live is None or entry.key.variables == key.variables)
        if entry is None or not same:
            launch = self.launch(manager, live)
            now = None if live is None else live.variables
            task = asyncio.create_task(probe(launch, now_env=now, timeout_s=self._timeout_s))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # read by those who wait
            self._drop(kernel_id)
            entry = self._entries[kernel_id] = _Entry(key, task)
        # One reader that goes away must not take the answer from the others.
        return await asyncio.shield(entry.probing)

    def launch(self, manager: Any, live: LiveReport | None) -> Launch:
        """Return how to start the kernel's interpreter, with its environment as at its start. Raises CannotLaunch."""
        if manager.provisioner is None:
            raise CannotLaunch("The kernel runs behind a gateway: its environment cannot be read from this machine.")
        try:
            if live is None:
                return launch_of_kernelspec(manager.kernel_name, self._specs)
            if not processes.is_local(live):
                raise CannotLaunch(
                    f"The kernel runs on another machine or in another container ({live.hostname}): "
                    "its environment cannot be read from here."
                )
            return launch_of_process(live.pid, live.executable)
        except LaunchError as error:
            raise CannotLaunch(str(error)) from None

    def forget(self, kernel_id: str) -> None:
        """Probe again at the next call."""
        self._drop(kernel_id)

    async def close(self) -> None:
        """End what is under way."""
        tasks = [entry.probing for entry in self._entries.values()]
        self._entries.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _drop(self, kernel_id: str) -> None:
        if old := self._entries.pop(kernel_id, None):
            old.probing.cancel()


__all__ = ["CannotLaunch", "Environments", "ProbeFailed"]
