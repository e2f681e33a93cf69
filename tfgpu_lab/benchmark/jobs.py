"""A table of jobs: create, look, cancel, forget the oldest; knows nothing of what a job does."""

import asyncio
import itertools
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


class QueueFull(Exception):
    """Too many jobs wait already; the text is one sentence for the user."""


class Entry(msgspec.Struct, Generic[R]):
    """One job as it stands; the work changes `step`, `progress`, `ends_s` and `result` as it goes."""

    id: str
    result: R
    created_s: float
    uses: frozenset[str] | None = None
    """What no other job may use meanwhile; None is the whole machine."""
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
    """Jobs that use the same thing run one after another, in the order they came. Used on the event loop only."""

    def __init__(self, *, kept: int = 20, most_waiting: int = 8) -> None:
        self._kept = kept
        self._most_waiting = most_waiting
        self._entries: dict[str, Entry[R]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def create(
        self, result: R, work: Callable[[Entry[R]], Awaitable[None]], uses: frozenset[str] | None = None
    ) -> Entry[R]:
        """Queue `work` and return its entry; `work` raises JobFailed with a sentence when it cannot be done.

        It begins when all earlier jobs that share something it `uses` have ended; None is the whole machine. Raises
        QueueFull.
        """
        entry = Entry(id=uuid.uuid4().hex, result=result, created_s=time.time(), uses=uses)
        earlier = [self._tasks[one.id] for one in self._entries.values() if _collide(one, entry)]
        if earlier and sum(one.state == "queued" for one in self._entries.values()) >= self._most_waiting:
            raise QueueFull(f"{self._most_waiting} benchmarks wait already. Cancel one, or wait until one has ended.")
        self._entries[entry.id] = entry
        self._tasks[entry.id] = asyncio.create_task(self._run(entry, work, earlier), name=f"tfgpu-lab: job {entry.id}")
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
        earlier = itertools.takewhile(lambda one: one is not entry, self._entries.values())
        return sum(_collide(one, entry) for one in earlier)

    async def cancel(self, job_id: str) -> Entry[R] | None:
        """End a job and wait until its processes are gone; a finished one stays as it is."""
        if task := self._tasks.get(job_id):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return self._entries.get(job_id)

    async def close(self) -> None:
        """Cancel all jobs and wait for their ends."""
        tasks = list(self._tasks.values())
        for task in tasks:  # all first: the end of one would begin the next
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(
        self, entry: Entry[R], work: Callable[[Entry[R]], Awaitable[None]], earlier: list[asyncio.Task[None]]
    ) -> None:
        try:
            if earlier:
                await asyncio.wait(earlier)
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


def _collide(one: Entry[R], other: Entry[R]) -> bool:
    """Return whether a job that has not ended keeps another from running."""
    if one.state in FINAL:
        return False
    return one.uses is None or other.uses is None or not one.uses.isdisjoint(other.uses)
