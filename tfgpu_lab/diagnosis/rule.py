"""What a rule is, the register of all rules, and `diagnose`: facts -> findings, worst and earliest gate first."""

import re
from collections.abc import Callable

import msgspec
from msgspec import Struct

from ..models.finding import Certainty, Evidence, Finding, Fix, Severity
from .facts import Facts
from .families import FAMILY_OF_CAUSE

DOCS = "https://github.com/tfgpu-lab/tfgpu-lab/blob/main/docs/causes/"
HARDWARE = "intel-or-no-nvidia-gpu"
PACKAGES = 2  # the gate
LISTED = 12  # the gate: all before it are passed when TensorFlow lists a GPU
HEADINGS = ("Means", "Seen by", "Fix", "Source")

_SEVERITIES: tuple[Severity, ...] = ("blocks-gpu", "degrades", "info")


class Match(Struct, frozen=True, kw_only=True):
    """That a rule's cause holds here. What is null is as the rule itself says."""

    evidence: list[Evidence]
    """What shows it; at least one."""
    fixes: list[Fix] = []
    """What mends it, best first."""
    certainty: Certainty = "certain"
    """How much the evidence proves."""
    title: str | None = None
    """One line for this machine."""
    severity: Severity | None = None
    """Severity on this machine."""
    family: str | None = None
    """Family, where a cause belongs to several."""


Check = Callable[[Facts], Match | None]


class Rule(Struct, frozen=True, kw_only=True):
    """One cause: what it is called and the pure function that sees it."""

    id: str
    """Kebab-case id, the name of its page."""
    gate: int
    """Where it stands in the order of diagnosis: 1 interpreter, 2 packages, 3 build, 4 hardware, 5 container,
    6 kernel driver, 7 libcuda, 8 CUDA_VISIBLE_DEVICES, 9 cuInit, 10 NVML, 11 libraries, 12 versions, 13 running
    TensorFlow, 14 placement, 15 memory."""
    title: str
    """One line, the cause."""
    label: str
    """A few words for the status bar, after `CPU: `; at most 35 characters."""
    severity: Severity
    """How much it harms."""
    listed: bool
    """Whether TensorFlow lists the GPU all the same, so that a listed GPU does not disprove it."""
    check: Check
    """Returns a match or None; its docstring has the headings of HEADINGS."""

    @property
    def family(self) -> str:
        """The family of causes it belongs to."""
        return FAMILY_OF_CAUSE[self.id]


_REGISTER: dict[str, Rule] = {}


def rule(
    cause: str, *, gate: int, title: str, label: str, severity: Severity = "blocks-gpu", listed: bool = False
) -> Callable[[Check], Check]:
    """Register the decorated function as the rule of a cause."""

    def register(check: Check) -> Check:
        if cause in _REGISTER:
            raise ValueError(f"There are two rules for {cause}.")
        _REGISTER[cause] = Rule(
            id=cause, gate=gate, title=title, label=label, severity=severity, listed=listed, check=check
        )
        return check

    return register


def rules() -> dict[str, Rule]:
    """Return every rule by its id, in the order of diagnosis."""
    from . import catalogue  # here, because each file of rules imports this module

    ordered = sorted(_REGISTER.values(), key=lambda one: (one.gate, catalogue.RANK[one.check.__module__]))
    return {one.id: one for one in ordered}


def sections(one: Rule) -> dict[str, str]:
    """Return a rule's docstring by its headings. Raises ValueError when one is missing."""
    text = re.sub(r"\s*\n\s*", "\n", one.check.__doc__ or "")
    parts = re.split(rf"^({'|'.join(HEADINGS)}): ", text, flags=re.MULTILINE)
    found = {heading: " ".join(body.split()) for heading, body in zip(parts[1::2], parts[2::2], strict=True)}
    if tuple(found) != HEADINGS:
        raise ValueError(f"The rule of {one.id} must have the headings {', '.join(HEADINGS)}.")
    return found


def diagnose(facts: Facts) -> list[Finding]:
    """Return every cause that holds, worst and earliest gate first; the first that blocks the GPU is `cause`."""
    return examine(facts)[0]


def examine(facts: Facts) -> tuple[list[Finding], dict[str, str]]:
    """Return the findings, and the ids of rules that broke to what they raised: one bad rule must not hide the rest."""
    found: list[Finding] = []
    broken: dict[str, str] = {}
    for one in rules().values():
        try:
            match = one.check(facts)
        except Exception as error:  # noqa: BLE001 - reported to the caller, who tests that it never happens
            broken[one.id] = repr(error)
            continue
        if match is not None and (finding := _finding(one, match, facts)):
            found.append(finding)
    found.sort(key=lambda finding: _SEVERITIES.index(finding.severity))  # stable: gates stay in order
    return [_with_role(finding, first=index == 0) for index, finding in enumerate(found)], broken


def _finding(one: Rule, match: Match, facts: Facts) -> Finding | None:
    severity = match.severity or one.severity
    if severity == "blocks-gpu" and facts.gpu_seen:
        if not one.listed:
            return None  # the running TensorFlow has a GPU: whatever this is, it does not keep it away
        severity = "degrades"
    if severity == "blocks-gpu" and facts.physical_gpus and one.gate < LISTED and not one.listed:
        return None  # it came so far as to list one: what keeps it away comes later
    fixes = match.fixes
    # What brings TensorFlow itself is wanted without a GPU, too.
    only_for_gpu = one.family != FAMILY_OF_CAUSE[HARDWARE] and not (facts.tensorflow_missing and one.gate <= PACKAGES)
    if facts.hardware_absent and severity == "blocks-gpu" and only_for_gpu:
        fixes = [msgspec.structs.replace(fix, title=f"Once there is a GPU: {_lowered(fix.title)}") for fix in fixes]
    return Finding(
        id=one.id,
        family=match.family or one.family,
        title=match.title or one.title,
        severity=severity,
        certainty=match.certainty,
        role="note",
        evidence=match.evidence,
        fixes=fixes,
        docs=f"{DOCS}{one.id}.md",
    )


def _lowered(title: str) -> str:
    """Return a title as it stands after a colon: a plain first word is written small, a name is not."""
    first = title.partition(" ")[0]
    return title[:1].lower() + title[1:] if first[1:].islower() or len(first) == 1 else title


def _with_role(finding: Finding, *, first: bool) -> Finding:
    if finding.severity != "blocks-gpu":
        return finding
    return msgspec.structs.replace(finding, role="cause" if first else "would-also-fail")


def seen(source: str, observed: object, expected: str) -> Evidence:
    """Return one observation: what was looked at, what was there, what would be there with a usable GPU."""
    return Evidence(source=source, observed="not set" if observed is None else str(observed), expected=expected)
