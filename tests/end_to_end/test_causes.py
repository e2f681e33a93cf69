"""For each cause: the real TensorFlow does what is foretold, and the first finding is that cause.

The driver, its machine and the NVIDIA wheels are simulated; TensorFlow, the probe and the rules are the real ones.
"""

import asyncio

import pytest

from tests.end_to_end.cases import CASES, Case
from tests.end_to_end.fresh import LIST, USE
from tests.end_to_end.machine import needs_namespace
from tfgpu_lab.diagnosis.facts import Facts
from tfgpu_lab.diagnosis.rule import diagnose
from tfgpu_lab.diagnosis.verdict import foresee
from tfgpu_lab.kernels.probe import probe

pytestmark = pytest.mark.tensorflow


def diagnosed(environment, case):
    launch = environment.launch(case.machine, **expanded(environment, case))
    facts = Facts(environment=asyncio.run(probe(launch)), live=None)
    assert facts.environment.unread == {}
    findings = diagnose(facts)
    return facts, findings, foresee(facts, findings)


def expanded(environment, case):
    return {name: value.replace("$HOME", str(environment.home)) for name, value in case.env.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.cause}{'-' if case.name else ''}{case.name}")
def test_the_first_finding_is_the_cause(case: Case, environment, request):
    if case.machine:
        needs_namespace()
    fixture = "tensorflow_alone" if case.alone else "tensorflow"
    tensorflow = request.getfixturevalue(fixture)
    environment.reset()
    case.prepare(environment)
    _, findings, judgement = diagnosed(environment, case)
    told = tensorflow.ask(USE if case.error else LIST, case.machine, **expanded(environment, case))
    assert [one.id for one in findings][:1] == [case.cause], [(one.id, one.title) for one in findings]
    assert judgement.verdict == case.verdict, judgement
    if case.error:
        assert case.error in told.answer["error"]
        told = tensorflow.ask(LIST, case.machine, **expanded(environment, case))
    assert len(told.physical) == case.gpus, told.log
    if case.says:
        assert case.says in told.log
    assert (judgement.verdict == "gpu-ready") == (
        case.gpus > 0 and not case.error and findings[0].severity != "blocks-gpu"
    )
