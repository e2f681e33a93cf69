"""What a TensorFlow log alone says: the answer of `tfgpu-lab explain`."""

from msgspec import Struct

from .finding import Finding, Fix
from .kernel import Basis, Verdict


class LogSize(Struct, frozen=True, kw_only=True):
    """How much was read and how much of it was recognised."""

    lines: int
    """Lines read."""
    size_bytes: int
    """Bytes read."""
    truncated: bool
    """Whether reading stopped at the limit, before the end of the log."""
    recognised: int
    """Kinds of lines that were recognised."""
    harmless: int
    """How many of those kinds look like trouble and are none."""


class Explanation(Struct, frozen=True, kw_only=True):
    """What `explain --json` prints."""

    verdict: Verdict
    """`gpu`: the log shows that TensorFlow uses a GPU; `gpu-ready`: it lists one; `cpu-fallback`: it has none, or fails
    on it; `cpu-only`: it has none and the log shows that there is none; `unknown`: the log does not say."""
    basis: Basis
    """Always `observed`: these are TensorFlow's own words."""
    label: str
    """A few words."""
    reason: str
    """One or two sentences."""
    decisive: bool
    """Whether the log alone decides; otherwise `next_steps` would."""
    findings: list[Finding]
    """The causes, the likeliest first; their evidence quotes the lines that decide."""
    next_steps: list[Fix]
    """What to run next where the log alone cannot decide; empty where it does."""
    log: LogSize
    """What was read."""
