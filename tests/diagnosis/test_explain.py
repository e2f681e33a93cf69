"""What a log is taken for: every message in its old and new forms, logs of a used GPU, and harmless lines."""

import random
from pathlib import Path

import pytest

from tests.diagnosis.log_cases import BY_CODE, HARMLESS, LIBRARIES, NAMES, NODE_ABSENT, STUB, cuinit
from tests.diagnosis.log_cases_devices import DEVICES, PROGRAMS, USED_GPU
from tests.diagnosis.log_cases_rare import RARE
from tfgpu_lab.diagnosis import explain as explaining
from tfgpu_lab.diagnosis.explain import explain
from tfgpu_lab.diagnosis.families import FAMILIES, FAMILY_OF_CAUSE
from tfgpu_lab.diagnosis.log import read_text
from tfgpu_lab.diagnosis.loglines.catalogue import MARKS, OUTCOMES
from tfgpu_lab.diagnosis.loglines.traits import TRAITS
from tfgpu_lab.diagnosis.signatures.advice import ADVICE
from tfgpu_lab.diagnosis.signatures.catalogue import SIGNATURES

CASES = NAMES | LIBRARIES | DEVICES | USED_GPU | PROGRAMS | RARE


def answer(text):
    return explain(read_text(text))


def meaning(text):
    """Return all that must not depend on harmless lines, which move the numbers of the others."""
    said = answer(text)
    found = [(one.id, one.certainty, one.severity, [e.observed for e in one.evidence]) for one in said.findings]
    return said.verdict, said.decisive, said.reason, found


@pytest.mark.parametrize("name", CASES)
def test_a_log_is_taken_for_what_it_is(name):
    text, cause, verdict = CASES[name]
    said = answer(text)
    first = said.findings[0].id if said.findings else None
    assert (first, said.verdict) == (cause, verdict)


@pytest.mark.parametrize("release", ["1.14", "2.10", "2.15", "2.20", "2.21"])
@pytest.mark.parametrize("code", BY_CODE)
def test_cuinits_answer_is_understood_in_every_form(release, code):
    said = answer(cuinit(code, release))
    assert (said.findings[0].id, said.verdict) == (BY_CODE[code], "cpu-fallback")


@pytest.mark.parametrize("name", CASES)
def test_harmless_lines_change_nothing(name):
    lines = CASES[name][0].splitlines(keepends=True)
    dice = random.Random(name)
    expected = meaning("".join(lines))
    for _ in range(3):
        mixed = list(lines)
        for harmless in dice.sample(HARMLESS, 8):
            mixed.insert(dice.randint(0, len(mixed)), harmless)
        if name != "NUMA and nothing else":  # quotes harmless lines themselves
            assert meaning("".join(mixed)) == expected


def test_harmless_lines_are_no_cause():
    said = answer("".join(HARMLESS))
    assert said.verdict == "unknown"
    assert [(one.severity, one.certainty) for one in said.findings] == [("info", "hint")]
    assert said.log.harmless == said.log.recognised > 10


@pytest.mark.parametrize("line", HARMLESS)
def test_each_harmless_line_is_none(line):
    said = answer(line)
    assert said.verdict == "unknown"
    assert all(one.severity == "info" for one in said.findings)


@pytest.mark.parametrize("name", USED_GPU)
def test_a_used_gpu_is_never_called_a_fallback(name):
    said = answer(USED_GPU[name][0])
    assert said.verdict not in {"cpu-fallback", "cpu-only"}
    assert said.findings[0].family in {"gpu-used-false-alarm", "gpu-used-low-utilisation"}


@pytest.mark.parametrize("name", [name for name, (_, cause, _) in CASES.items() if cause])
def test_the_deciding_line_is_quoted_with_its_number(name):
    text = "a line of the program\n" + CASES[name][0]
    first = answer(text).findings[0]
    lines = text.split("\n")
    quoted = [one for one in first.evidence if one.source.startswith("line ")]
    assert quoted
    for one in quoted:
        assert one.observed.strip(". ")[:40] in lines[int(one.source.split()[1]) - 1]


def test_only_cudnn_missing_is_a_family_of_its_own():
    assert answer(LIBRARIES["only cuDNN missing"][0]).findings[0].family == "cudnn-missing"
    assert answer(LIBRARIES["all missing, 2.6"][0]).findings[0].family == "cuda-libs-missing"


def test_what_would_also_fail_comes_second():
    roles = {one.id: one.role for one in answer(STUB + cuinit("UNKNOWN ERROR (303)")).findings}
    assert roles["driver-not-installed"] == "cause"
    assert roles["cuda-extra-missing"] == "would-also-fail"


def test_says_when_the_log_alone_cannot_decide_and_what_to_run():
    said = answer(LIBRARIES["some missing, 2.18"][0])
    assert not said.decisive
    assert "does not decide" in said.reason
    assert any("TF_CPP_VMODULE=dso_loader=1" in step.text for step in said.next_steps)
    assert "tfgpu-lab doctor" in " ".join(step.text for step in answer("").next_steps)


def test_a_log_that_decides_asks_for_nothing_more():
    said = answer(NAMES["masked, 2.21"][0])
    assert said.decisive
    assert said.next_steps == []


def test_a_log_without_a_word_on_gpus_says_so():
    said = answer("Epoch 1/10\nloss: 0.1\n")
    assert (said.verdict, said.findings) == ("unknown", [])
    assert "No line" in said.reason


def test_the_container_is_certain_only_where_the_log_names_one():
    assert answer(NODE_ABSENT).findings[0].certainty == "likely"
    assert answer("$ docker run -it image\n" + NODE_ABSENT).findings[0].certainty == "certain"


def test_the_last_run_in_a_log_decides():
    created, missing = USED_GPU["created, 2.4"][0], LIBRARIES["all missing, 2.6"][0]
    assert answer(missing + created).verdict == "gpu"
    assert answer(created + missing).verdict == "cpu-fallback"


@pytest.mark.parametrize("one", SIGNATURES, ids=lambda one: f"{one.cause}: {one.says[:30]}")
def test_a_signature_is_complete(one):
    known = set(OUTCOMES) | set(TRAITS)
    assert {*one.all, *one.any, *one.none} <= known
    assert one.all or one.any
    assert one.says.endswith(".")
    assert one.source
    assert (one.family or FAMILY_OF_CAUSE[one.cause]) in FAMILIES
    assert one.cause in ADVICE


def test_every_kind_of_line_is_used_or_harmless_or_an_outcome():
    used = {word for one in SIGNATURES for word in (*one.all, *one.any, *one.none)}
    unused = {kind for kind, outcome in OUTCOMES.items() if kind not in used and not outcome}
    read_elsewhere = {
        "libcuda-opened",
        "cudnn-opened",
        "cuda-library-opened",
        "rocm-library-opened",
        "libraries-skipped-at",
        "toolkit",
        "other-cudnn",
        "gpu-capability",
        "gpu-found",
        "smi-driver",
        "tensorflow-version",
        "symbol-missing",
        "task-manager",
        "smi-python-on-gpu",
    }
    assert unused <= read_elsewhere


def test_needles_are_ascii_and_never_short():
    for one in MARKS:
        assert one.needle.isascii()
        assert "\n" not in one.needle
        assert len(one.needle) >= 4 or one.kind in {"empty-list", "ray-worker"}


def test_every_finding_of_a_log_has_its_page():
    pages = {path.stem for path in (Path(__file__).resolve().parents[2] / "docs" / "causes").glob("*.md")}
    assert {one.cause for one in SIGNATURES} | set(ADVICE) <= pages


@pytest.mark.parametrize("cause", ADVICE)
def test_no_fix_is_known_not_to_work(cause):
    for fix in ADVICE[cause]:
        assert "tensorflow[and-cuda]==2.21.0" not in fix.text
        assert "!pip" not in fix.text
        assert fix.verified_by.endswith(".")


LOGS = [read_text(text) for text, _, _ in CASES.values()] + [read_text(cuinit(code)) for code in BY_CODE]


def said_of_all():
    return [[(one.id, one.certainty, len(one.evidence)) for one in explain(log).findings] for log in LOGS]


SAID = said_of_all()


@pytest.mark.parametrize("one", SIGNATURES, ids=lambda one: f"{one.cause}: {one.says[:30]}")
def test_without_a_signature_some_log_is_taken_for_something_else(monkeypatch, one):
    monkeypatch.setattr(explaining, "SIGNATURES", [other for other in SIGNATURES if other is not one])
    assert said_of_all() != SAID


def test_every_kind_of_line_is_in_some_log():
    seen = {kind for log in [*LOGS, read_text("".join(HARMLESS))] for kind in log.sightings}
    rare = {"cuinit-failed", "tensorflow-version", "harmless-lstm", "harmless-ptxas", "harmless-remapper"}
    rare |= {"harmless-mlir", "harmless-end-of-sequence", "harmless-node"}
    assert set(OUTCOMES) - seen <= rare
