"""Whatever fact is missing, no rule breaks, and nothing is claimed that the other facts do not support."""

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tests.diagnosis.recorded import FOLDER, machine
from tfgpu_lab.diagnosis.facts import Facts
from tfgpu_lab.diagnosis.rule import examine
from tfgpu_lab.diagnosis.verdict import LABEL_LENGTH, foresee, judge

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
# Null is an answer here, not a missing one: no TensorFlow, a library that the loader does not find.
ANSWERS = ("environment.tensorflow", ".path")


def paths(tree: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Return the way to every fact of a tree."""
    branches = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in branches:
        yield (*way, key)
        yield from paths(value, (*way, key))


def changed(tree: Any, way: tuple[str | int, ...], value: Any) -> None:
    """Put a value at the end of the way."""
    for step in way[:-1]:
        tree = tree[step]
    tree[way[-1]] = value


def mutations(name: str, values: tuple[Any, ...] = (None, [], "", 0)) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Return every fact of a machine (the way to it) with a value that it may have instead."""
    raw = (FOLDER / f"{name}.json").read_bytes()
    for way in paths(msgspec.json.decode(raw)):
        for value in values:
            try:
                mutant(name, [(way, value)])
            except msgspec.ValidationError:
                continue
            yield way, value


def mutant(name: str, changes: list[tuple[tuple[str | int, ...], Any]]) -> Facts:
    """Return a machine with these facts changed; a fact whose branch is gone already is passed over."""
    tree = msgspec.json.decode((FOLDER / f"{name}.json").read_bytes())
    for way, value in changes:
        with contextlib.suppress(TypeError, KeyError, IndexError):
            changed(tree, way, value)
    return msgspec.convert(tree, Facts)


def check(facts: Facts) -> None:
    """Judge in every way and hold the invariants."""
    findings, broken = examine(facts)
    assert broken == {}
    causes = [one for one in findings if one.role == "cause"]
    blocking = [one for one in findings if one.severity == "blocks-gpu"]
    assert causes == blocking[:1]
    assert all(one.role == "would-also-fail" for one in blocking[1:])
    for judgement in (foresee(facts, findings), judge(facts, findings, unavailable="The kernel is busy.")):
        assert len(judgement.label) <= LABEL_LENGTH
        assert judgement.reason.endswith(".")
        assert "None" not in judgement.reason
        assert judgement.forecast in (None, "gpu", "gpu-ready", "cpu-fallback", "cpu-only")
        if judgement.basis == "forecast":
            assert judgement.verdict != "gpu", "only a running TensorFlow shows that it computes on a GPU"
        if judgement.verdict == "gpu-ready" and judgement.basis == "forecast":
            assert facts.is_cuda_build
            assert facts.libraries
            assert facts.driver_works
            assert "expected" in judgement.reason
        if judgement.verdict == "cpu-only":
            assert facts.hardware_absent
            assert "no NVIDIA GPU" in judgement.reason
    if facts.gpu_seen:
        assert not blocking


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_fact_breaks_nothing(name):
    ways = list(mutations(name))
    assert len(ways) > 50
    for change in ways:
        check(mutant(name, [change]))


@pytest.mark.parametrize("name", NAMES)
def test_many_missing_facts_break_nothing(name):
    rng = random.Random(20)
    ways = list(mutations(name))
    for _ in range(300):
        check(mutant(name, rng.sample(ways, 8)))


def test_a_fact_that_is_not_known_makes_no_certain_claim_against_a_healthy_gpu():
    for way, value in mutations("healthy-gpu", (None,)):
        path = ".".join(str(step) for step in way)
        if path.endswith(ANSWERS):
            continue
        findings, _ = examine(mutant("healthy-gpu", [(way, value)]))
        assert [one.id for one in findings if one.severity == "blocks-gpu" and one.certainty == "certain"] == [], path


@pytest.mark.parametrize("part", ["cuda", "libraries", "tensorflow", "hardware"])
def test_an_unread_part_is_not_taken_for_absence(part):
    empty = {"cuda": None, "tensorflow": None, "libraries": []}.get(part, {"controllers": [], "unreadable": None})
    facts = machine("healthy-gpu", {f"environment.{part}": empty, "environment.unread": {part: "OSError: denied"}})
    findings, _ = examine(facts)
    assert [one for one in findings if one.severity == "blocks-gpu"] == []
    assert foresee(facts, findings).verdict == ("gpu-ready" if part == "hardware" else "unknown")
