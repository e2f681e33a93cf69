"""TensorFlow's own answer against what the facts foresaw: where they differ, TensorFlow is right."""

import msgspec
from msgspec import Struct

from ..models.confirmation import Confirmation
from ..models.finding import Finding
from ..models.kernel import Judgement, Verdict
from .explain import explain
from .facts import Facts
from .log import read_text
from .loglines.traits import missing_libraries
from .rule import rules
from .verdict import foresee

_HAS_GPU: dict[Verdict, bool] = {"gpu-ready": True, "gpu": True, "cpu-fallback": False, "cpu-only": False}


class Confirmed(Struct, frozen=True, kw_only=True):
    """What is said once TensorFlow was asked."""

    judgement: Judgement
    """The judgement, which follows TensorFlow's answer."""
    findings: list[Finding]
    """The findings, without those that the answer disproves and with those of its log."""
    confirmation: Confirmation
    """The answer, with what follows from it."""


def confirm(facts: Facts, findings: list[Finding], judgement: Judgement, answer: Confirmation) -> Confirmed:
    """Hold TensorFlow's answer against the facts. Pure."""
    log = read_text(answer.log)
    answer = msgspec.structs.replace(answer, missing_libraries=missing_libraries(log))
    foreseen = foresee(facts, findings).verdict
    if answer.gpus is None:
        judgement = _unanswered(judgement, foreseen, answer.failure or "")
        return Confirmed(judgement=judgement, findings=findings, confirmation=answer)
    has = bool(answer.gpus)
    # A GPU that is listed and then fails is foreseen as a fallback: the list does not disprove it.
    as_foreseen = _HAS_GPU.get(foreseen) in (has, None) or (has and _fails_though_listed(findings))
    agrees = None if foreseen not in _HAS_GPU else as_foreseen
    if has:
        findings = [one for one in findings if one.severity != "blocks-gpu" or rules()[one.id].listed]
        verdict: Verdict = foreseen if agrees else "gpu-ready"
    else:
        if not any(one.role == "cause" for one in findings):
            findings = [*_of_log(explain(log).findings), *findings]
        verdict = foreseen if agrees else "cpu-only" if facts.hardware_absent else "cpu-fallback"
    return Confirmed(
        judgement=_followed(facts, findings, judgement, verdict, _says(answer), agrees=agrees),
        findings=findings,
        confirmation=msgspec.structs.replace(answer, agrees=agrees),
    )


def _followed(
    facts: Facts, findings: list[Finding], judgement: Judgement, verdict: Verdict, says: str, *, agrees: bool | None
) -> Judgement:
    """Return the judgement after TensorFlow's answer; a running TensorFlow that has looked keeps its own answer."""
    if facts.asked or facts.initialized:
        return msgspec.structs.replace(judgement, reason=f"{judgement.reason} In a fresh process {says}.")
    if agrees:
        return msgspec.structs.replace(judgement, reason=f"{judgement.reason} Confirmed: in a fresh process {says}.")
    before = "This was not foreseen from the files alone." if agrees is False else ""
    cause = next((one for one in findings if one.role == "cause"), None) if verdict.startswith("cpu") else None
    because = f" Cause: {cause.title} ({cause.certainty})." if cause else ""
    reason = f"In a fresh process {says}.{because} {before}".rstrip()
    label = "GPU ready" if verdict == "gpu-ready" else "CPU"
    if cause and cause.id in rules():
        label = f"CPU: {rules()[cause.id].label}"
    if judgement.verdict == "not-loaded":
        label = "" if verdict == "gpu-ready" else label
        reason = f"TensorFlow is not imported yet. {reason}"
        return msgspec.structs.replace(judgement, label=label, reason=reason, forecast=verdict)
    if judgement.verdict == "unknown" and facts.live is None and judgement.forecast is not None:
        return msgspec.structs.replace(judgement, reason=f"{judgement.reason} {reason}", forecast=verdict)
    return msgspec.structs.replace(judgement, verdict=verdict, label=label, reason=reason)


def _unanswered(judgement: Judgement, foreseen: Verdict, failure: str) -> Judgement:
    """Return the judgement when TensorFlow could not be imported: then it does not compute on a GPU either."""
    reason = f"{judgement.reason} A fresh process gave no answer: {failure}"
    if foreseen != "gpu-ready" or judgement.basis == "observed":
        return msgspec.structs.replace(judgement, reason=reason)
    return msgspec.structs.replace(judgement, verdict="unknown", label="GPU unknown", reason=reason)


def _fails_though_listed(findings: list[Finding]) -> bool:
    cause = next((one for one in findings if one.role == "cause"), None)
    return cause is not None and cause.id in rules() and rules()[cause.id].listed


def _of_log(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.severity == "blocks-gpu"]


def _says(answer: Confirmation) -> str:
    if not answer.gpus:
        return f"TensorFlow {answer.tensorflow_version} lists no GPU"
    names = ", ".join(one.device_name or one.name for one in answer.gpus)
    return f"TensorFlow {answer.tensorflow_version} lists {names}"
