"""A finding: one cause, how certain it is, what shows it and what mends it."""

from typing import Literal

from msgspec import Struct

from .action import ActionCall

Severity = Literal["blocks-gpu", "degrades", "info"]
Certainty = Literal["certain", "likely", "hint"]
FixKind = Literal["command", "kernel-env", "code", "restart-kernel", "shutdown-kernel", "admin", "runtime-setting"]


class Evidence(Struct, frozen=True, kw_only=True):
    """One observation behind a finding."""

    source: str
    """What was looked at: a path, a call, a variable."""
    observed: str
    """What was there."""
    expected: str
    """What would be there if the GPU could be used."""


class Fix(Struct, frozen=True, kw_only=True):
    """One way to mend it, written for this environment."""

    kind: FixKind
    """Who carries it out and where."""
    title: str
    """What it does, a few words."""
    text: str
    """The command, code or instruction itself, complete and ready to copy."""
    verified_by: str
    """How to see that it worked, one sentence."""
    action: ActionCall | None = None
    """What to post to `kernels/{id}/actions` to have it applied; null when only the user can."""


class Finding(Struct, frozen=True, kw_only=True):
    """One cause that holds here."""

    id: str
    """Kebab-case id, the name of its page in docs/causes."""
    family: str
    """The group of causes it belongs to."""
    title: str
    """One line, the cause itself, as the status bar may show it."""
    severity: Severity
    """`blocks-gpu`: no GPU while it holds; `degrades`: GPU, but worse; `info`: good to know."""
    certainty: Certainty
    """How much the evidence proves."""
    role: Literal["cause", "would-also-fail", "note"]
    """`cause`: the first gate that fails; `would-also-fail`: a later gate that fails too; `note`: blocks nothing."""
    evidence: list[Evidence]
    """What shows it; at least one."""
    fixes: list[Fix]
    """What mends it, best first; empty when nothing on this machine does."""
    docs: str
    """Address of its page."""
