"""The register of rules: families, labels, pages, and one bad rule that does not take the others down."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.diagnosis.recorded import NONE, machine
from tfgpu_lab.diagnosis import rule as register
from tfgpu_lab.diagnosis.families import FAMILIES, FAMILY_OF_CAUSE
from tfgpu_lab.diagnosis.rule import HEADINGS, diagnose, examine, rules, sections
from tfgpu_lab.diagnosis.verdict import LABEL_LENGTH

ROOT = Path(__file__).resolve().parent.parent.parent
RULES = rules()


@pytest.mark.parametrize("cause", RULES)
def test_a_rule_is_complete(cause):
    one = RULES[cause]
    assert one.family in FAMILIES
    assert tuple(sections(one)) == HEADINGS
    assert 0 < len(f"CPU: {one.label}") <= LABEL_LENGTH
    assert 1 <= one.gate <= 15


def test_every_cause_has_one_family():
    assert set(FAMILY_OF_CAUSE.values()) <= FAMILIES
    assert set(RULES) == set(FAMILY_OF_CAUSE), "and a rule"


def test_rules_stand_in_the_order_of_gates():
    gates = [one.gate for one in RULES.values()]
    assert gates == sorted(gates)


def test_a_rule_is_registered_once():
    with pytest.raises(ValueError, match="two rules"):
        register.rule("cpu-only-wheel", gate=3, title="t", label="l")(lambda facts: None)


def test_a_rule_without_its_headings_is_refused():
    def check(facts):
        """Means: nothing else."""

    with pytest.raises(ValueError, match="headings"):
        sections(msgspec.structs.replace(RULES["cpu-only-wheel"], check=check))


def test_one_bad_rule_does_not_hide_the_others(monkeypatch):
    def check(facts):
        raise KeyError("broken")

    bad = msgspec.structs.replace(RULES["cpu-only-wheel"], check=check)
    before = diagnose(machine(NONE))
    monkeypatch.setattr(register, "rules", lambda: RULES | {bad.id: bad})
    findings, broken = examine(machine(NONE))
    assert broken == {"cpu-only-wheel": "KeyError('broken')"}
    assert findings == before != []


def test_the_pages_are_current():
    command = [sys.executable, ROOT / "scripts" / "cause_pages.py", "--check"]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
