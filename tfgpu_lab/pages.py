"""The pages of the terminal: what `tfgpu-lab` prints for people."""

import textwrap

from .models.confirmation import Confirmation
from .models.environment import Environment
from .models.explanation import Explanation
from .models.finding import Finding, Fix
from .models.kernel import Judgement
from .redaction import visible

ROLES = {"cause": "Cause", "would-also-fail": "Also in the way", "note": "Note"}


def doctor_page(
    environment: Environment, judgement: Judgement, findings: list[Finding], confirmation: Confirmation | None
) -> str:
    """Return what `doctor` prints."""
    install = environment.tensorflow
    named = f"{install.distribution or 'tensorflow'} {install.version or '(version unknown)'}" if install else "none"
    lines = [
        f"{judgement.verdict}: {judgement.reason}",
        "",
        f"Interpreter  {environment.interpreter.executable} (Python {environment.interpreter.version})",
        f"TensorFlow   {named}",
    ]
    if confirmation is not None:
        names = [one.device_name or one.name for one in confirmation.gpus or []]
        answer = confirmation.failure or ", ".join(names) or "no GPU"
        missing = f"; not found: {', '.join(confirmation.missing_libraries)}" if confirmation.missing_libraries else ""
        lines.append(f"Import       {answer}{missing} ({confirmation.duration_s:.1f} s)")
    return visible("\n".join([*lines, *_findings(findings)]))  # a variable may hold what a terminal would obey


def explanation_page(explanation: Explanation) -> str:
    """Return what `explain` prints."""
    read = explanation.log
    lines = [f"{explanation.verdict}: {explanation.reason}", *_findings(explanation.findings)]
    if explanation.next_steps:
        lines += ["", "The log alone cannot decide. Next:"]
        for step in explanation.next_steps:
            lines += _fix(step, "Run")
    cut = "; the rest was not read" if read.truncated else ""
    lines += ["", f"Read {read.lines} lines{cut}; {read.harmless} kinds of harmless messages."]
    return "\n".join(lines)


def _findings(findings: list[Finding]) -> list[str]:
    lines: list[str] = []
    for finding in findings:
        lines += ["", f"{ROLES[finding.role]}: {finding.title} [{finding.id}, {finding.certainty}]"]
        lines += [f"  {e.source}: {e.observed} (expected: {e.expected})" for e in finding.evidence]
        for fix in finding.fixes:
            lines += _fix(fix, f"Fix ({fix.kind})")
    return lines


def _fix(fix: Fix, word: str) -> list[str]:
    return [f"  {word}: {fix.title}", textwrap.indent(fix.text, "      "), f"      Then: {fix.verified_by}"]
