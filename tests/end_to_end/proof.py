"""What each test here proves: a decorator says it at the test, and tests/end_to_end/test_coverage.py reads it."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Literal

Reach = Literal["tensorflow", "synthesised"]
TENSORFLOW: Reach = "tensorflow"
"""The real TensorFlow was run and did what the diagnosis says."""
SYNTHESISED: Reach = "synthesised"
"""The real probe looked at a system that was made to look so; TensorFlow was not run."""

PROVEN: dict[str, dict[Reach, set[str]]] = defaultdict(lambda: defaultdict(set))
"""Id of a cause to the tests in which it is the first finding, or the note that it should be."""
MENDED: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
"""Id of a cause and kind of fix to the tests that apply such a fix as its text says, and see that it helps; by how its
title begins, where a cause has several of a kind."""


def proves(*causes: str, by: Reach) -> Callable[[Any], Any]:
    """Say that a test shows these causes."""

    def note(test: Any) -> Any:
        for cause in causes:
            PROVEN[cause][by].add(f"{test.__module__}.{test.__name__}")
        return test

    return note


def mends(*causes: str, by: str, title: str = "") -> Callable[[Any], Any]:
    """Say that a test applies the fix of this kind that these causes have; `title` is how its title begins."""

    def note(test: Any) -> Any:
        for cause in causes:
            MENDED[cause, by][title].add(f"{test.__module__}.{test.__name__}")
        return test

    return note
