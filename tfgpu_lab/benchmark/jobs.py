"""A table of jobs: create, look, cancel, forget the oldest; knows nothing of what a job does."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec

from ..models.benchmark import JobState

R = TypeVar("R")
FINAL = frozenset({"done", "failed", "cancelled"})


class JobFailed(Exception):
    """The work of a job cannot be done; the text is one sentence for the user."""


class Entry(msgspec.Struct, Generic[R]):
    """One job as it stands; the work changes `step`, `progress`, `ends_s` and `result` as it goes."""

    id: str
    result: R
    created_s: float
    state: JobState = "queued"
    step: str = "Waiting"
    progress: float = 0.0
    message: str | None = None
    began_s: float | None = None
    ended_s: float | None = None
    ends_s: float | None = None
    """When the work expects to end at the latest, in monotonic seconds; None when that is not known."""

    @property
    def left_s(self) -> float | None:
        """Seconds it will still take at most; None when it does not run or that is not known."""
        if self.state != "running" or self.ends_s is None:
            return None
        return max(0.0, self.ends_s - time.monotonic())

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began to run; 0 before."""
        if self.began_s is None:
            return 0.0
        return (self.ended_s or time.monotonic()) - self.began_s


class Jobs(Generic[R]):
    """One job runs at a time, since two would measure each other. Used on the event loop only."""

    def __init__(self, *, kept: int = 20) -> None:
        self._kept = kept
        self._entries: dict[str, Entry[R]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()

    def create(self, result: R, work: Callable[[Entry[R]], Awaitable[None]]) -> Entry[R]:
        """Queue `work` and return its entry; `work` raises JobFailed with a sentence when it cannot be done."""
        entry = Entry(id=uuid.uuid4().hex, result=result, created_s=time.time())
        self._entries[entry.id] = entry
        self._tasks[entry.id] = asyncio.create_task(self._run(entry, work), name=f"tfgpu-lab: job {entry.id}")
        ended = [one for one in self._entries.values() if one.state in FINAL]
        for old in ended[: max(0, len(self._entries) - self._kept)]:
            del self._entries[old.id]
        return entry

    def get(self, job_id: str) -> Entry[R] | None:
        """Return a job, or None when it is not kept any more."""
        return self._entries.get(job_id)

    def latest(self, belongs: Callable[[R], bool]) -> Entry[R] | None:
        """Return the newest job whose result `belongs`, or None."""
        return next((entry for entry in reversed(self._entries.values()) if belongs(entry.result)), None)

    def ahead(self, entry: Entry[R]) -> int:
        """Return how many jobs must end before this one begins; 0 once it has begun."""
        if entry.state != "queued":
            return 0
        ids = list(self._entries)
        return sum(self._entries[one].state not in FINAL for one in ids[: ids.index(entry.id)])

    async def cancel(self, job_id: str) -> Entry[R] | None:
        """End a job and wait until its processes are gone; a finished one stays as it is."""
        if task := self._tasks.get(job_id):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return self._entries.get(job_id)

    async def close(self) -> None:
        """Cancel all jobs and wait for their ends."""
        for job_id in list(self._tasks):
            await self.cancel(job_id)

    async def _run(self, entry: Entry[R], work: Callable[[Entry[R]], Awaitable[None]]) -> None:
        try:
            async with self._turn:
                entry.state, entry.message, entry.began_s = "running", None, time.monotonic()
                await work(entry)
            entry.state, entry.progress, entry.step = "done", 1.0, "Done"
        except asyncio.CancelledError:
            entry.state, entry.step, entry.message = "cancelled", "Cancelled", "Cancelled; its processes have ended."
        except JobFailed as error:
            entry.state, entry.step, entry.message = "failed", "Failed", str(error)
        except Exception as error:
            entry.state, entry.step = "failed", "Failed"
            entry.message = f"The benchmark met an error of its own: {error!r}."
            raise
        finally:
            entry.ended_s = time.monotonic()
            self._tasks.pop(entry.id, None)
