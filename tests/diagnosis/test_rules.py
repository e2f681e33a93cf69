"""Every rule fires on a machine that has its cause, and is silent on machines that look alike."""

import pytest

from tests.diagnosis import cases_install, cases_kernel, cases_libraries, cases_machine, cases_shared, cases_usage
from tests.diagnosis.recorded import GPU, ON_GPU, machine
from tfgpu_lab.diagnosis.rule import diagnose, rules

CASES = {}
for part in (cases_install, cases_machine, cases_libraries, cases_kernel, cases_shared, cases_usage):
    CASES |= part.CASES
FIRES = [pytest.param(one, *case, id=f"{one}-{i}") for one, (fires, _) in CASES.items() for i, case in enumerate(fires)]
SILENT = [
    pytest.param(one, *case, id=f"{one}-{i}")
    for one, (_, silent) in CASES.items()
    for i, case in enumerate([(GPU, {}), (ON_GPU, {}), *silent])
]


def test_every_rule_has_its_machines():
    assert set(CASES) == set(rules())


@pytest.mark.parametrize(("cause", "base", "changes", "certainty"), FIRES)
def test_fires(cause, base, changes, certainty):
    findings = {one.id: one for one in diagnose(machine(base, changes))}
    assert cause in findings
    finding = findings[cause]
    assert finding.certainty == certainty
    assert finding.evidence
    assert all(one.source and one.observed and one.expected for one in finding.evidence)
    assert all(one.title and one.text and one.verified_by for one in finding.fixes)
    assert finding.docs.endswith(f"/docs/causes/{cause}.md")
    assert finding.severity != "blocks-gpu" or certainty != "hint"


@pytest.mark.parametrize(("cause", "base", "changes"), SILENT)
def test_is_silent(cause, base, changes):
    assert cause not in {one.id for one in diagnose(machine(base, changes))}
