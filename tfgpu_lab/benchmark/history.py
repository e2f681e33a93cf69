"""The figures of earlier benchmarks in one small file, for whichever server or terminal measures next."""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from ..models.benchmark import PastFigure

SCHEMA = 1
MOST_OF_ONE = 60  # figures of one device in one environment
MOST = 2000
NAME = "benchmarks.json"
LOCK_S = 2.0
_DAMAGED = (msgspec.DecodeError, UnicodeError, RecursionError)


class _File(msgspec.Struct, frozen=True, kw_only=True):
    schema: int
    figures: list[PastFigure]


class _Schema(msgspec.Struct, frozen=True):
    schema: int


class Kept(msgspec.Struct, frozen=True):
    """What the file holds."""

    figures: list[PastFigure]
    """In order of time."""
    problem: str | None
    """Why some are missing or none will be kept, one sentence; None when all is well."""


class History:
    """Reads and writes the file, which may be shared by several processes. Blocks for milliseconds: use a thread."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def read(self) -> Kept:
        """Return what is kept; never raises."""
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return Kept([], None)
        except OSError as error:
            return Kept([], f"Earlier benchmarks cannot be read: {self.path}: {error.strerror or error}.")
        try:
            schema = msgspec.json.decode(text, type=_Schema).schema
            if schema > SCHEMA:
                newer = f"Earlier benchmarks in {self.path} were written by a newer version; new ones are not kept."
                return Kept([], newer)
            return Kept(msgspec.json.decode(text, type=_File).figures, None)
        except _DAMAGED:
            aside = self._aside
            return Kept([], f"The file of earlier benchmarks was damaged; it will be put aside as {aside}.")

    def add(self, figures: Sequence[PastFigure]) -> str | None:
        """Keep figures, the oldest give way; return why they could not be kept, one sentence, or None."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._alone():
                kept = self.read()
                if kept.problem and self.path.exists():
                    if not self._is_damaged():
                        return kept.problem
                    self.path.replace(self._aside)
                self._write(_bounded([*kept.figures, *figures]))
        except OSError as error:
            return f"This benchmark could not be kept: {self.path}: {error.strerror or error}."
        return None

    @property
    def _aside(self) -> Path:
        return self.path.with_suffix(".damaged.json")

    def _is_damaged(self) -> bool:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=_Schema).schema <= SCHEMA
        except _DAMAGED:
            return True

    def _write(self, figures: list[PastFigure]) -> None:
        """Write all at once: a reader sees the old file or the new one."""
        content = msgspec.json.encode(_File(schema=SCHEMA, figures=figures))
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from writing between our reading and our writing, where the system can."""
        try:
            import fcntl
        except ImportError:
            yield
            return
        lock = os.open(self.path.with_suffix(".lock"), os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
        try:
            deadline_s = time.monotonic() + LOCK_S
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:  # on a network disk, somebody's lock may stay for ever
                    if time.monotonic() > deadline_s:
                        raise
                    time.sleep(0.05)
            yield
        finally:
            os.close(lock)


def _bounded(figures: list[PastFigure]) -> list[PastFigure]:
    counts: dict[tuple[str, str], int] = {}
    kept: list[PastFigure] = []
    for one in reversed(figures[-MOST:]):
        key = (one.environment, one.device_id)
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= MOST_OF_ONE:
            kept.append(one)
    return kept[::-1]
