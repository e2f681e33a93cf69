"""Reads a log of any size and origin in bounded memory, and keeps the lines that are recognised: bytes -> Log."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from .loglines.catalogue import GROUPS, OUTCOMES, Group
from .loglines.mark import Mark, Outcome

BLOCK_BYTES = 1 << 20  # scanned at once
LINE_BYTES = 4096  # what is looked at of one line, around what was recognised
BEFORE_BYTES = 1024  # of which before it
HITS = 128  # of one needle in one block that are looked at, from either end
KEPT = 3  # lines of one kind that are kept, from either end of the log
VALUES = 64  # different values of one kind that are kept
QUOTE = 300  # characters of a line that are kept

# Colours and titles of terminals. Bounded, so that no sequence of escapes is expensive.
_ESCAPE = re.compile(rb"\x1b(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|\][^\x07\x1b\n]{0,256}(?:\x07|\x1b\\)|[@-Z\\^_])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")


class Line(Struct, frozen=True):
    """A recognised line."""

    number: int
    """Which line of the log, from 1."""
    at: int
    """How many bytes of the cleaned log stand before what was recognised."""
    text: str
    """The line without control characters, cut to QUOTE characters around what was recognised."""


class Sighting(Struct):
    """All lines of one kind."""

    kind: str
    """Which kind."""
    count: int = 0
    """How many were looked at: at least so many are there."""
    first: list[Line] = []
    """The first KEPT."""
    last: list[Line] = []
    """The last KEPT; a line may stand in both."""
    values: dict[str, dict[str, int]] = {}
    """Name of a value in the line to its different values, each with the place where it was last seen."""

    @property
    def outcome(self) -> Outcome:
        """What such a line proves alone."""
        return OUTCOMES[self.kind]


class Log(Struct):
    """What is recognised in a log."""

    sightings: dict[str, Sighting] = {}
    """Kind of line to the lines."""
    lines: int = 0
    """Lines read."""
    size_bytes: int = 0
    """Bytes read."""
    truncated: bool = False
    """Whether reading stopped before the end of the log."""

    def values(self, kind: str, name: str = "value") -> dict[str, int]:
        """Return the different values in lines of a kind, each with the place where it was last seen."""
        seen = self.sightings.get(kind)
        return seen.values.get(name, {}) if seen else {}

    def last_at(self, *outcomes: Outcome) -> int:
        """Return the place of the last line with one of these outcomes; -1 when there is none."""
        places = [one.last[-1].at for one in self.sightings.values() if one.outcome in outcomes]
        return max(places, default=-1)


def read(chunks: Iterable[bytes], *, limit_bytes: int | None = None) -> Log:
    """Return what is recognised in a log given in pieces of any size; at most `limit_bytes` of it are read."""
    reader = _Reader()
    for block in _blocks(chunks, reader, limit_bytes):
        reader.take(block)
    reader.finish()
    return reader.log


def read_text(text: str) -> Log:
    """Return what is recognised in a log that is at hand."""
    return read([text.encode("utf-8", "replace")])


def _blocks(chunks: Iterable[bytes], reader: "_Reader", limit_bytes: int | None) -> Iterator[bytes]:
    """Yield the pieces as blocks of at most BLOCK_BYTES, and no more than `limit_bytes` altogether."""
    waiting = bytearray()
    for chunk in chunks:
        allowed = len(chunk) if limit_bytes is None else limit_bytes - reader.log.size_bytes
        reader.log.truncated = allowed < len(chunk)
        waiting += chunk[:allowed]
        reader.log.size_bytes += min(len(chunk), allowed)
        while len(waiting) >= BLOCK_BYTES:
            yield bytes(waiting[:BLOCK_BYTES])
            del waiting[:BLOCK_BYTES]
        if reader.log.truncated:
            break
    yield bytes(waiting)


class _Reader:
    """Scans block after block; what is not yet a whole line waits for the next."""

    def __init__(self) -> None:
        self.log = Log()
        self._waiting = b""
        self._passed = 0  # bytes of the cleaned log before what waits
        self._newlines = 0

    def take(self, block: bytes) -> None:
        data = self._waiting + block
        # UTF-16 without its NULs is ASCII wherever TensorFlow's messages are.
        if b"\0" in data:
            data = data.translate(None, b"\0")
        if b"\x1b" in data:
            data = _ESCAPE.sub(b"", data)
        end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if len(data) - end > LINE_BYTES:  # a line without end
            end = len(data) - LINE_BYTES
        self._scan(data, end)

    def finish(self) -> None:
        data = self._waiting
        self._scan(data, len(data))
        self.log.lines = self._newlines + (bool(data) and not data.endswith(b"\n"))

    def _scan(self, data: bytes, end: int) -> None:
        """Look for every needle that begins before `end`."""
        for group in GROUPS:
            place, newlines = 0, self._newlines
            for at in _hits(data, group.needle, end):
                newlines += data.count(b"\n", place, at)
                place = at
                self._recognise(group, data, at, newlines + 1)
        self._newlines += data.count(b"\n", 0, end)
        self._passed += end
        self._waiting = data[end:]

    def _recognise(self, group: Group, data: bytes, at: int, number: int) -> None:
        behind = at + len(group.needle)
        end = _line_end(data, behind)
        for pattern, mark in group.marks:
            if found := pattern.match(data, behind, end):
                self._keep(mark, found, data, at, end, number)
                return

    def _keep(self, mark: Mark, found: "re.Match[bytes]", data: bytes, at: int, end: int, number: int) -> None:
        seen = self.log.sightings.setdefault(mark.kind, Sighting(mark.kind, values={}, first=[], last=[]))
        seen.count += 1
        place = self._passed + at
        line = Line(number, place, _quote(data, at, end))
        _insert(seen.first, line, keep_last=False)
        _insert(seen.last, line, keep_last=True)
        for name, value in found.groupdict().items():
            if value is not None:
                known = seen.values.setdefault(name, {})
                text = _plain(value)
                if text in known or len(known) < VALUES:
                    known[text] = max(place, known.get(text, -1))


def _insert(lines: list[Line], line: Line, *, keep_last: bool) -> None:
    """Keep lines in the order of the log: needles are searched one after the other, so a block's lines come mixed."""
    if any(one.number == line.number and one.text[: QUOTE // 3] == line.text[: QUOTE // 3] for one in lines):
        return
    lines.append(line)
    lines.sort(key=lambda one: one.at)
    if len(lines) > KEPT:
        del lines[0 if keep_last else -1]


def _hits(data: bytes, needle: bytes, end: int) -> Iterator[int]:
    """Yield where a needle begins before `end`: the first HITS and, where there are more, the last HITS."""
    last = min(len(data), end + len(needle) - 1)
    at = data.find(needle, 0, last)
    for _ in range(HITS):
        if at < 0:
            return
        yield at
        behind = at + 1
        at = data.find(needle, behind, last)
    tail: list[int] = []
    stop = last
    while len(tail) < HITS and (at := data.rfind(needle, behind, stop)) >= 0:
        tail.append(at)
        stop = at + len(needle) - 1
    yield from reversed(tail)


def _line_end(data: bytes, at: int) -> int:
    limit = min(len(data), at + LINE_BYTES - BEFORE_BYTES)
    ends = [place for stop in (b"\n", b"\r") if (place := data.find(stop, at, limit)) >= 0]
    return min(ends, default=limit)


def _quote(data: bytes, at: int, end: int) -> str:
    low = max(0, at - BEFORE_BYTES)
    begin = max(data.rfind(b"\n", low, at), data.rfind(b"\r", low, at)) + 1 or low
    before = _plain(data[begin:at])
    if len(before) > QUOTE // 2:  # what was recognised must be seen
        before = f"...{before[-QUOTE // 3 :]}"
    return (before + _plain(data[at:end]))[:QUOTE].strip()


def _plain(text: bytes) -> str:
    return _CONTROL.sub(" ", text.decode("utf-8", "replace"))
