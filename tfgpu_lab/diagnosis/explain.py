"""The answer to a log: which causes its lines show, and whether TensorFlow has the GPU: Log -> Explanation."""

import msgspec

from ..models.explanation import Explanation, LogSize
from ..models.finding import Certainty, Evidence, Finding, Severity
from ..models.kernel import Verdict
from .families import FAMILY_OF_CAUSE
from .log import Line, Log, Sighting
from .loglines.harmless import IMPLIES_CUDA
from .loglines.traits import traits
from .rule import DOCS
from .signatures.advice import ADVICE
from .signatures.catalogue import SIGNATURES, cause
from .signatures.signature import Signature
from .signatures.steps import next_steps

_CERTAINTIES: tuple[Certainty, ...] = ("certain", "likely", "hint")
_SEVERITIES: tuple[Severity, ...] = ("blocks-gpu", "degrades", "info")
_QUOTED = 8  # lines a finding quotes
_USED = "gpu-used-but-looks-idle"
_FALSE_ALARM, _IDLE = "gpu-used-false-alarm", "gpu-used-low-utilisation"
_NO_HARDWARE = ("intel-or-no-nvidia-gpu", "hosted-runtime-cpu")


def explain(log: Log) -> Explanation:
    """Return what a log says. Pure: the same log always gives the same answer."""
    words = traits(log)
    findings = _findings(log, words)
    proven = log.last_at("gpu", "listed")
    broken = log.last_at("none", "fails") > proven
    if proven >= 0 and not broken:
        findings = [_disproved(one) for one in findings]
    if not broken and not any(one.severity != "info" and one.certainty != "hint" for one in findings):
        findings = [*_used(log, words, alone=not findings), *findings]
    findings = _ranked(findings)
    verdict = _verdict(log, words, findings)
    first = findings[0] if findings else None
    decisive = verdict in ("gpu", "gpu-ready") or (
        verdict != "unknown" and first is not None and first.certainty == "certain"
    )
    return Explanation(
        verdict=verdict,
        basis="observed",
        label=_label(verdict, first),
        reason=_reason(log, verdict, first, decisive=decisive),
        decisive=decisive,
        findings=findings,
        next_steps=[] if decisive else next_steps(first.id if first else None),
        log=LogSize(
            lines=log.lines,
            size_bytes=log.size_bytes,
            truncated=log.truncated,
            recognised=len(log.sightings),
            harmless=sum(one.outcome == "harmless" for one in log.sightings.values()),
        ),
    )


def _findings(log: Log, words: frozenset[str]) -> list[Finding]:
    """Return one finding for each cause that a signature shows."""
    shown: dict[str, list[Signature]] = {}
    for one in SIGNATURES:
        if one.holds(words):
            shown.setdefault(one.cause, []).append(one)
    return [_finding(log, matched) for matched in shown.values()]


def _finding(log: Log, matched: list[Signature]) -> Finding:
    best = min(matched, key=lambda one: _CERTAINTIES.index(one.certainty))
    known = cause(best.cause)
    kinds = dict.fromkeys(kind for one in [best, *matched] for kind in (*one.all, *one.any))
    evidence = _quotes([log.sightings[kind] for kind in kinds if kind in log.sightings] or _spoken(log))
    return Finding(
        id=best.cause,
        family=best.family or FAMILY_OF_CAUSE[best.cause],
        title=known.title,
        severity=best.severity or known.severity,
        certainty=best.certainty,
        role="note",
        evidence=[*evidence, _means(best.says)],
        fixes=ADVICE[best.cause],
        docs=f"{DOCS}{best.cause}.md",
    )


def _spoken(log: Log) -> list[Sighting]:
    """Return the lines behind a trait: those on libraries for one on libraries, else those that show an outcome."""
    about = ("cuda-library-missing", "cudnn-missing", "tensorflow-version", "smi-driver", "gpu-capability")
    lines = [log.sightings[kind] for kind in about if kind in log.sightings]
    return lines or [one for one in log.sightings.values() if one.outcome in ("none", "fails")]


def _quotes(sightings: list[Sighting]) -> list[Evidence]:
    lines: dict[int, Line] = {}
    for one in sightings:
        for line in (*one.first, *one.last[-1:]):
            lines.setdefault(line.number, line)
    chosen = [lines[number] for number in sorted(lines)][:_QUOTED]
    return [Evidence(source=f"line {one.number}", observed=one.text, expected="no such line") for one in chosen]


def _means(says: str) -> Evidence:
    return Evidence(source="what these lines mean", observed=says, expected="none of these lines")


def _disproved(finding: Finding) -> Finding:
    """The log shows a GPU at work after these lines: they came from another run, or speak of another GPU."""
    if finding.severity != "blocks-gpu":
        return finding
    return msgspec.structs.replace(finding, severity="degrades" if cause(finding.id).listed else "info")


def _used(log: Log, words: frozenset[str], *, alone: bool) -> list[Finding]:
    """Return the finding that the GPU is used, or that nothing in the log speaks against it."""
    proof = [one for one in log.sightings.values() if one.outcome in ("gpu", "listed")]
    idle = [log.sightings[kind] for kind in ("task-manager", "smi-python-on-gpu") if kind in words]
    harmless = [one for one in log.sightings.values() if one.outcome == "harmless"]
    if proof:
        says = "These lines are written only when TensorFlow has a GPU."
        certainty: Certainty = "certain"
    elif not alone or not words.isdisjoint({"empty-list", "cpu-listed", "none-listed"}):
        return []
    elif idle:
        says, certainty = "A Python process holds memory of the GPU.", "hint"
    elif "gpu-found" in words:
        says, certainty = "The driver shows the GPU, and nothing in the log speaks against it.", "hint"
    elif any(one.kind in IMPLIES_CUDA for one in harmless):
        says, certainty = "These lines are harmless, and nothing in the log speaks against the GPU.", "hint"
    else:
        return []
    found = [log.sightings["gpu-found"]] if "gpu-found" in words else []
    lines = [*proof, *idle] or found or [one for one in harmless if one.kind in IMPLIES_CUDA]
    quoted = [Evidence(source=one.source, observed=one.observed, expected="such a line") for one in _quotes(lines)]
    finding = Finding(
        id=_USED,
        family=_IDLE if idle else _FALSE_ALARM,
        title=cause(_USED).title if proof else "Nothing in this log speaks against the GPU",
        severity="info",
        certainty=certainty,
        role="note",
        evidence=[*quoted, Evidence(source="what these lines mean", observed=says, expected="this")],
        fixes=ADVICE[_USED],
        docs=f"{DOCS}{_USED}.md",
    )
    return [finding]


def _ranked(findings: list[Finding]) -> list[Finding]:
    """Sort: what keeps the GPU away before what harms; guesses last; then by gate and by certainty."""

    def key(one: Finding) -> tuple[bool, int, bool, int, int]:
        used = one.id == _USED and one.certainty == "certain"
        guess = one.certainty == "hint"
        severity = _SEVERITIES.index(one.severity)
        return (
            guess,
            -1 if used and severity > 0 else severity,
            guess,
            cause(one.id).gate,
            _CERTAINTIES.index(one.certainty),
        )

    found = sorted(findings, key=key)
    roles: list[Finding] = []
    for one in found:
        first = not any(other.role == "cause" for other in roles)
        blocks = one.severity == "blocks-gpu" and (first or one.certainty != "hint")
        roles.append(msgspec.structs.replace(one, role=("cause" if first else "would-also-fail") if blocks else "note"))
    return roles


def _verdict(log: Log, words: frozenset[str], findings: list[Finding]) -> Verdict:
    gpu, listed = log.last_at("gpu"), log.last_at("listed")
    none, fails = log.last_at("none"), log.last_at("fails")
    proven = max(gpu, listed)
    blocking = next((one for one in findings if one.severity == "blocks-gpu" and one.certainty != "hint"), None)
    if max(none, fails) > proven or (proven < 0 and blocking is not None):
        absent = blocking is not None and blocking.id in _NO_HARDWARE and blocking.certainty == "certain"
        return "cpu-only" if absent else "cpu-fallback"
    if proven >= 0:
        return "gpu" if gpu >= 0 else "gpu-ready"
    if "out-of-memory" in words:
        return "gpu"
    # An empty list is an answer only in a log of TensorFlow.
    empty = "empty-list" in words and len(log.sightings) > 1
    return "cpu-fallback" if empty or "cpu-listed" in words else "unknown"


def _label(verdict: Verdict, first: Finding | None) -> str:
    if verdict == "unknown":
        return "cannot be told"
    if verdict in ("gpu", "gpu-ready"):
        return "GPU used" if verdict == "gpu" else "GPU listed"
    return f"CPU: {cause(first.id).label}" if first else "CPU"


def _reason(log: Log, verdict: Verdict, first: Finding | None, *, decisive: bool) -> str:
    because = f"{first.title} ({first.certainty})." if first else ""
    if verdict == "unknown":
        if not log.sightings:
            return "No line of this log is one that TensorFlow or its tools write about GPUs."
        return f"The log alone does not say whether TensorFlow uses a GPU. {because}".rstrip()
    if verdict in ("gpu", "gpu-ready"):
        has = "has made a GPU its own" if verdict == "gpu" else "lists a GPU"
        harm = f" But: {because}" if first and first.severity != "info" else ""
        return f"TensorFlow {has} in this log.{harm}"
    fails = log.last_at("fails") > log.last_at("none")
    says = "TensorFlow fails on the GPU in this log" if fails else "TensorFlow has no GPU in this log"
    if first is None:
        return f"{says}, and the log does not say why."
    return f"{says}: {because}" if decisive else f"{says}. The log alone does not decide why; first guess: {because}"
