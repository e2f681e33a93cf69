"""For each cause: the real TensorFlow does what is foretold, and the first finding is that cause.

The driver, its machine and the NVIDIA wheels are simulated; TensorFlow, the probe and the rules are the real ones.
"""

import asyncio

import pytest

from tests.end_to_end.cases import CASES, Case
from tests.end_to_end.fresh import LIST, USE
from tests.end_to_end.machine import MODEL, needs_namespace
from tfgpu_lab.diagnosis.explain import explain
from tfgpu_lab.diagnosis.facts import Facts
from tfgpu_lab.diagnosis.log import read_text
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
        needs_namespace(case.machine)
    fixture = "tensorflow_alone" if case.alone else "tensorflow"
    tensorflow = request.getfixturevalue(fixture)
    environment.reset()
    case.prepare(environment)
    facts, findings, judgement = diagnosed(environment, case)
    if case.machine:
        driven = [MODEL for _, driver in case.machine.cards if driver == "nvidia"]
        assert facts.environment.kernel_module.cards == (driven if case.machine.module else [])
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
    # What TensorFlow writes there must not lead `explain` to the opposite.
    explained = explain(read_text(told.log))
    assert explained.verdict not in (("gpu", "gpu-ready") if case.gpus == 0 else ("cpu-fallback", "cpu-only"))
    assert not [one for one in explained.findings if one.certainty == "certain" and contradicts(one, findings, case)]


def contradicts(found, findings, case):
    """Whether a log is said to show for certain a cause that blocks, and that is far from the machine's."""
    near = {one.family.partition("-")[0] for one in findings}  # a cuDNN of another version is a missing one in the log
    return found.severity == "blocks-gpu" and case.gpus == 0 and found.family.partition("-")[0] not in near


@pytest.mark.parametrize("code", ["2", "3", "34", "35", "46", "100", "101", "304", "800", "802", "803", "804", "999"])
def test_whatever_cuinit_answers_tensorflow_has_no_gpu(code, environment, tensorflow):
    environment.mend()
    changes = {"SIMULATED_CUINIT": code}
    facts = Facts(environment=asyncio.run(probe(environment.launch(**changes))), live=None)
    judgement = foresee(facts, diagnose(facts))
    assert judgement.verdict == "cpu-fallback"
    assert tensorflow.ask(**changes).physical == []
