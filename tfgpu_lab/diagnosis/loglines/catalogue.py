"""Every mark, grouped by needle for the search."""

import re

from msgspec import Struct

from . import device, driver, harmless, loader, python, surroundings
from .mark import Mark, Outcome

MARKS: list[Mark] = [one for file in (loader, driver, device, python, surroundings, harmless) for one in file.MARKS]
"""All marks; of those with the same needle the first that matches takes the line."""


class Group(Struct, frozen=True):
    """The marks that share a needle."""

    needle: bytes
    """What is searched literally."""
    marks: list[tuple["re.Pattern[bytes]", Mark]]
    """Their patterns, to be matched right after the needle."""


def _groups() -> list[Group]:
    by_needle: dict[str, list[Mark]] = {}
    for one in MARKS:
        by_needle.setdefault(one.needle, []).append(one)
    return [
        Group(needle.encode(), [(re.compile(one.then.encode()), one) for one in marks])
        for needle, marks in by_needle.items()
    ]


GROUPS: list[Group] = _groups()
"""All marks by needle."""

OUTCOMES: dict[str, Outcome] = {}
"""What a kind of line proves alone."""
for _one in MARKS:
    OUTCOMES[_one.kind] = OUTCOMES.get(_one.kind) or _one.outcome
