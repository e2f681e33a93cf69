"""When the agent enters a kernel: once after each start and restart, while the kernel is idle."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from ..kernels.agent import Agents

KERNEL_ACTIONS = "https://events.jupyter.org/jupyter_server/kernel_actions/v1"
SETTLE_S = 5.0  # a kernel answers within half a second of its start; longer means that it is in trouble


class Instrument:
    """Listens to Jupyter Server's kernel events. Used on the event loop only."""

    def __init__(
        self, agents: Agents, kernel: Callable[[str], Any], log: logging.Logger, ended: Callable[[str], None]
    ) -> None:
        """`ended` is told the id of each kernel whose process has ended or been replaced."""
        self._agents = agents
        self._told_ended = ended
        self._kernel = kernel
        self._log = log
        self._installing: dict[str, asyncio.Task[None]] = {}

    def listen(self, event_logger: Any) -> None:
        """Begin to follow kernel starts, restarts and shutdowns."""
        event_logger.add_listener(schema_id=KERNEL_ACTIONS, listener=self._on_action)

    async def settled(self, kernel_id: str) -> None:
        """Wait, for a few seconds at most, until an installation that is under way has ended.

        A kernel that was busy when it was first seen, and is idle now, gets its agent here.
        """
        if self._agents.wants_install(kernel_id) and self._kernel(kernel_id).execution_state == "idle":
            self._begin(kernel_id)
        if task := self._installing.get(kernel_id):
            await asyncio.wait({task}, timeout=SETTLE_S)

    async def install(self, kernel_id: str) -> None:
        """Install the agent now; a kernel that is not idle is left alone."""
        self._begin(kernel_id)
        await self.settled(kernel_id)

    async def close(self) -> None:
        """Stop what is under way."""
        tasks = list(self._installing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _on_action(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:  # noqa: ARG002
        kernel_id = data.get("kernel_id", "")
        if data.get("status") != "success" or not kernel_id:
            return
        if data["action"] in {"start", "restart", "shutdown"}:
            self._agents.forget(kernel_id)
            self._told_ended(kernel_id)
        if data["action"] in {"start", "restart"}:
            self._begin(kernel_id, new=data["action"] == "start")

    def _begin(self, kernel_id: str, *, new: bool = False) -> None:
        # A restart ends what was meant for the process before it.
        if old := self._installing.pop(kernel_id, None):
            old.cancel()
        task = asyncio.create_task(self._install(kernel_id, new=new), name=f"tfgpu-lab: install agent in {kernel_id}")
        self._installing[kernel_id] = task
        task.add_done_callback(lambda done: self._ended(kernel_id, done))

    async def _install(self, kernel_id: str, *, new: bool) -> None:
        await self._agents.install(kernel_id, self._kernel(kernel_id), new=new)

    def _ended(self, kernel_id: str, task: asyncio.Task[None]) -> None:
        if self._installing.get(kernel_id) is task:
            del self._installing[kernel_id]
        if not task.cancelled() and (error := task.exception()):
            self._log.warning("TFGPU Lab could not install its agent in kernel %s: %s", kernel_id, error)
