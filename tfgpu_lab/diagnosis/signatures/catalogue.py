"""Every signature, and what is said of causes that only a log shows."""

from msgspec import Struct

from ...models.finding import Severity
from ..rule import rules
from . import access, driver, libraries, runtime
from .signature import Signature

SIGNATURES: list[Signature] = [*runtime.SIGNATURES, *access.SIGNATURES, *driver.SIGNATURES, *libraries.SIGNATURES]
"""All signatures."""


class Cause(Struct, frozen=True, kw_only=True):
    """What is said of a cause, whichever lines show it."""

    title: str
    """One line."""
    label: str
    """A few words for the status bar, after `CPU: `."""
    gate: int
    """Where it stands in the order of diagnosis; see rule.Rule."""
    severity: Severity
    """How much it harms."""
    listed: bool = False
    """Whether TensorFlow lists the GPU all the same."""


_IN_LOGS: dict[str, Cause] = {
    "kernel-env-missing-vars": Cause(
        title="The kernel lacks environment variables that a terminal has",
        label="variables missing in the kernel",
        gate=11,
        severity="blocks-gpu",
    ),
    "mig-misconfigured": Cause(
        title="The GPU is in MIG mode, and no instance is given to CUDA",
        label="MIG instance not usable",
        gate=8,
        severity="blocks-gpu",
    ),
    "gpu-memory-hogged": Cause(
        title="The GPU's memory is used up", label="GPU memory used up", gate=15, severity="degrades", listed=True
    ),
    "compute-mode-exclusive": Cause(
        title="Another process has the GPU for itself",
        label="GPU held by another process",
        gate=15,
        severity="blocks-gpu",
        listed=True,
    ),
    "memory-growth-too-late": Cause(
        title="Devices were configured after TensorFlow had initialised them",
        label="configured too late",
        gate=13,
        severity="degrades",
        listed=True,
    ),
    "wrong-device-name": Cause(
        title="The program names a device that does not exist",
        label="wrong device name",
        gate=14,
        severity="degrades",
        listed=True,
    ),
    "device-scope-cpu": Cause(
        title="The program asks for the CPU",
        label="program asks for the CPU",
        gate=14,
        severity="degrades",
        listed=True,
    ),
    "strategy-or-distribution-cpu": Cause(
        title="The distribution strategy uses the CPU", label="strategy uses the CPU", gate=14, severity="degrades"
    ),
    "op-without-gpu-kernel": Cause(
        title="An operation exists for the CPU only", label="operation without GPU", gate=14, severity="info"
    ),
    "xla-libdevice-or-ptxas-missing": Cause(
        title="XLA does not find CUDA's compiler", label="ptxas or libdevice missing", gate=12, severity="degrades"
    ),
    "gpu-used-but-looks-idle": Cause(
        title="TensorFlow uses the GPU", label="GPU used", gate=15, severity="info", listed=True
    ),
}


def cause(name: str) -> Cause:
    """Return what is said of a cause: what its rule says, unless a log shows it in another way."""
    if name in _IN_LOGS:
        return _IN_LOGS[name]
    known = rules()[name]
    return Cause(title=known.title, label=known.label, gate=known.gate, severity=known.severity, listed=known.listed)
