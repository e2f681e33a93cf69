"""Every cause is proven as far as it can be here, and every automatic fix is tried or says why not."""

import importlib
from collections import defaultdict
from pathlib import Path

import pytest

from tests.diagnosis import cases_install, cases_kernel, cases_libraries, cases_machine, cases_shared, cases_usage
from tests.diagnosis.recorded import machine
from tests.end_to_end.cases import CASES
from tests.end_to_end.coverage import AUTOMATIC, REACH, UNTRIED
from tests.end_to_end.proof import MENDED, PROVEN, TENSORFLOW
from tfgpu_lab.diagnosis.rule import diagnose, rules

for path in Path(__file__).parent.glob("test_*.py"):
    importlib.import_module(f"tests.end_to_end.{path.stem}")
BY_CASE = {case.cause for case in CASES}
RECORDED = cases_install.CASES | cases_machine.CASES | cases_libraries.CASES | cases_kernel.CASES
RECORDED |= cases_shared.CASES | cases_usage.CASES


def proofs(cause):
    return set(PROVEN[cause]) | ({TENSORFLOW} if cause in BY_CASE else set())


def offered():
    """Return the titles of the automatic fixes that recorded machines bring out, by cause and kind."""
    found = defaultdict(set)
    for cause, (fires, _) in RECORDED.items():
        for base, changes, _ in fires:
            (one,) = [finding for finding in diagnose(machine(base, changes)) if finding.id == cause]
            for fix in one.fixes:
                if fix.kind in AUTOMATIC:
                    title = fix.title.removeprefix("Once there is a GPU: ")
                    found[cause, fix.kind].add(title[0].upper() + title[1:])
    return found


def untried(key, titles):
    """Return the titles of fixes that no test says it applies; where there are several it must name their beginning."""
    named = MENDED.get(key, {})
    return {title for title in titles if not any(title.startswith(one) and (one or len(titles) == 1) for one in named)}


def test_it_is_said_of_every_cause_how_far_it_can_be_proven():
    assert set(REACH) == set(rules())


@pytest.mark.parametrize("cause", REACH)
def test_a_cause_is_proven_as_far_as_it_can_be(cause):
    assert REACH[cause] in proofs(cause), f"{cause}: {sorted(proofs(cause))}"


def test_no_test_proves_what_is_no_cause():
    assert (BY_CASE | set(PROVEN)) <= set(rules())


def test_every_automatic_fix_is_tried_or_says_why_not():
    left = {key: titles for key, found in offered().items() if (titles := untried(key, found))}
    assert {key: titles for key, titles in left.items() if key not in UNTRIED} == {}
    assert sorted(set(UNTRIED) - set(left)) == [], "these are tried, or never offered: they need no reason"
    assert all(UNTRIED.values())
