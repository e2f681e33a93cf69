"""TensorFlow's own answer against the facts: it counts, and the report says where they differ."""

import pytest

from tests.diagnosis.log_cases import SKIP, cuinit, missing
from tests.diagnosis.recorded import CPU, GPU, NONE, NOT_ASKED, ON_CPU, ON_GPU, E, T, gone, machine
from tfgpu_lab.diagnosis.confirm import confirm
from tfgpu_lab.diagnosis.rule import diagnose
from tfgpu_lab.diagnosis.verdict import foresee, judge
from tfgpu_lab.models.confirmation import Confirmation, ConfirmedGpu

LISTS = Confirmation(
    gpus=[ConfirmedGpu(name="/physical_device:GPU:0", device_name="Simulated GPU", compute_capability="9.0")],
    failure=None,
    tensorflow_version="2.20.0",
)
LISTS_NONE = Confirmation(gpus=[], failure=None, tensorflow_version="2.20.0", log=missing("libcudnn.so.9") + SKIP)
FAILS = Confirmation(gpus=None, failure="`import tensorflow` fails: ImportError: x.", tensorflow_version=None)
NO_KERNEL = {"live": None}


def told(base, answer, changes=None):
    facts = machine(base, changes)
    findings = diagnose(facts)
    judgement = foresee(facts, findings) if facts.live is None else judge(facts, findings, unavailable=None)
    return confirm(facts, findings, judgement, answer)


def test_an_answer_that_was_foreseen_is_confirmed():
    said = told(GPU, LISTS, NO_KERNEL)
    assert (said.judgement.verdict, said.confirmation.agrees) == ("gpu-ready", True)
    assert "Confirmed: in a fresh process TensorFlow 2.20.0 lists Simulated GPU" in said.judgement.reason
    none = told(NONE, LISTS_NONE, NO_KERNEL)
    assert (none.judgement.verdict, none.confirmation.agrees) == ("cpu-only", True)


def test_no_gpu_where_one_was_foreseen_is_a_fallback_with_the_logs_cause():
    said = told(GPU, LISTS_NONE, NO_KERNEL)
    assert (said.judgement.verdict, said.confirmation.agrees) == ("cpu-fallback", False)
    assert said.findings[0].id == "cuda-lib-missing"
    assert said.findings[0].role == "cause"
    assert said.judgement.label == "CPU: CUDA library missing"
    assert "not foreseen" in said.judgement.reason
    assert said.confirmation.missing_libraries == ["libcudnn.so.9"]


def test_a_gpu_where_none_was_foreseen_disproves_the_cause():
    said = told(GPU, LISTS, gone(6) | NO_KERNEL)
    assert (said.judgement.verdict, said.confirmation.agrees) == ("gpu-ready", False)
    assert [one.id for one in said.findings if one.severity == "blocks-gpu"] == []
    assert "not foreseen" in said.judgement.reason
    assert said.judgement.label == "GPU ready"


def test_a_gpu_that_is_listed_and_fails_is_no_contradiction():
    device = {"name": "GTX 750", "compute_capability": "5.0", "multiprocessors": 4, "memory_total_bytes": 2**31}
    said = told(GPU, LISTS, {f"{E}cuda.devices": [device]} | NO_KERNEL)
    assert (said.judgement.verdict, said.confirmation.agrees) == ("cpu-fallback", True)
    assert said.findings[0].id == "cc-no-binary"


@pytest.mark.parametrize(("answer", "verdict"), [(LISTS, "gpu-ready"), (LISTS_NONE, "cpu-fallback")])
def test_where_nothing_was_foreseen_the_answer_decides(answer, verdict):
    unread = {f"{T}is_cuda_build": None, f"{T}is_rocm_build": None} | NO_KERNEL
    said = told(GPU, answer, unread)
    assert (said.judgement.verdict, said.confirmation.agrees) == (verdict, None)


def test_an_import_that_fails_is_no_gpu():
    said = told(GPU, FAILS, NO_KERNEL)
    assert (said.judgement.verdict, said.confirmation.agrees) == ("unknown", None)
    assert "ImportError" in said.judgement.reason
    assert told(NONE, FAILS, NO_KERNEL).judgement.verdict == "cpu-only"


def test_a_kernel_that_has_not_imported_it_gets_another_forecast():
    facts = machine(ON_GPU, {"live.tensorflow": None})
    judgement = judge(facts, diagnose(facts), unavailable=None)
    assert (judgement.verdict, judgement.forecast) == ("not-loaded", "gpu-ready")
    said = confirm(facts, diagnose(facts), judgement, LISTS_NONE).judgement
    assert (said.verdict, said.forecast, said.label) == ("not-loaded", "cpu-fallback", "CPU: CUDA library missing")


@pytest.mark.parametrize(("base", "answer"), [(ON_GPU, LISTS_NONE), (ON_CPU, LISTS)])
def test_a_running_tensorflow_keeps_its_own_answer(base, answer):
    facts = machine(base)
    before = judge(facts, diagnose(facts), unavailable=None)
    said = confirm(facts, diagnose(facts), before, answer).judgement
    assert (said.verdict, said.basis, said.label) == (before.verdict, before.basis, before.label)
    assert "In a fresh process TensorFlow 2.20.0 lists" in said.reason


def test_a_running_tensorflow_that_has_not_looked_follows_the_fresh_one():
    facts = machine(ON_GPU, NOT_ASKED)
    said = confirm(facts, diagnose(facts), judge(facts, diagnose(facts), unavailable=None), LISTS_NONE).judgement
    assert said.verdict == "cpu-fallback"


def test_the_log_names_what_is_missing():
    answer = Confirmation(
        gpus=[], failure=None, tensorflow_version="2.21.0", log=missing("libcuda.so.1") + cuinit("UNKNOWN ERROR (303)")
    )
    assert told(CPU, answer, NO_KERNEL).confirmation.missing_libraries == ["libcuda.so.1"]
