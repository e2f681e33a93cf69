"""Version numbers and requirement lines, as far as TensorFlow's own metadata uses them."""

import operator
import re
from collections.abc import Callable

from msgspec import Struct

Release = tuple[int, ...]
"""The numbers of a version: `9.3.0.75` is (9, 3, 0, 75)."""

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_CLAUSE = re.compile(r"(==|!=|<=|>=|<|>)\s*([0-9]+(?:\.[0-9]+)*)")
_COMPARE: dict[str, Callable[[Release, Release], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


class Requirement(Struct, frozen=True):
    """One requirement line, such as `nvidia-cudnn-cu12<10.0,>=9.3.0.75`."""

    name: str
    """The distribution it asks for."""
    specifier: str
    """What its version must fulfil, such as `<10.0,>=9.3.0.75`; empty when any will do."""

    def __str__(self) -> str:
        return self.name + self.specifier


def release(version: str | None) -> Release | None:
    """Return the leading numbers of a version, `2.21.0rc1` as (2, 21, 0); None when it has none."""
    found = re.match(r"\d+(?:\.\d+)*", version or "")
    return tuple(int(number) for number in found.group().split(".")) if found else None


def requirement(line: str) -> Requirement | None:
    """Return a requirement line without its marker and brackets; None when it is none."""
    text = line.split(";", maxsplit=1)[0].strip()
    found = _NAME.match(text)
    if found is None:
        return None
    return Requirement(found.group(1), text[found.end() :].strip(" ()").replace(" ", ""))


def satisfied(version: str, specifier: str) -> bool | None:
    """Return whether a version fulfils a specifier; None when either is written in a way not read here."""
    have = release(version)
    verdict = True
    for clause in filter(None, specifier.split(",")):
        found = _CLAUSE.fullmatch(clause.strip())
        wanted = release(found.group(2)) if found else None
        if found is None or have is None or wanted is None:
            return None
        width = max(len(have), len(wanted))  # 12.5 equals 12.5.0
        verdict = verdict and _COMPARE[found.group(1)](_padded(have, width), _padded(wanted, width))
    return verdict


def _padded(numbers: Release, width: int) -> Release:
    return numbers + (0,) * (width - len(numbers))
