"""What a mark is: the words by which one kind of log line is recognised."""

from typing import Literal

from msgspec import Struct

Outcome = Literal["gpu", "listed", "none", "fails", "harmless", ""]


class Mark(Struct, frozen=True, kw_only=True):
    """One kind of line. Several marks may share a needle: the first whose `then` matches takes the line.

    Matching is linear in the length of the log: the needle is searched literally, `then` is anchored behind it and has
    bounded repetitions only.
    """

    kind: str
    """What the line says, kebab-case; signatures and traits refer to it."""
    needle: str
    """Literal text, as TensorFlow or the tool writes it."""
    then: str = ""
    """Regular expression that must match right after the needle; its named groups are kept."""
    outcome: Outcome = ""
    """What the line alone proves: `gpu` TensorFlow has made a GPU its own, `listed` it lists one, `none` it has none,
    `fails` work on a GPU fails, `harmless` nothing at all; empty when it only tells circumstances."""


def mark(kind: str, needle: str, then: str = "", outcome: Outcome = "") -> Mark:
    """Return a mark; short, since the tables are long."""
    return Mark(kind=kind, needle=needle, then=then, outcome=outcome)
