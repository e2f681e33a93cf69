"""`tfgpu-lab doctor --report`: Markdown for a bug report, with nothing in it that says whose machine it is."""

import re
from collections.abc import Iterator

from msgspec import Struct

from . import __version__
from .models.confirmation import Confirmation
from .models.environment import CudaDriver, Environment
from .models.finding import Finding
from .models.kernel import Judgement
from .redaction import Identity, Redaction

LOG_LINES = 60  # of the end of TensorFlow's log
_ROLES = {"cause": "the cause", "would-also-fail": "also in the way", "note": "a note"}
_LANGUAGES = {"code": "python", "command": "sh", "kernel-env": "json"}
_TAKEN_OUT = (
    "User names, host names, addresses, tokens and home folders were taken out. Read this before you post it: only you "
    "know what else is nobody's business."
)
_HOW_CERTAIN = {
    False: "Concluded from files and from the driver's answers; TensorFlow was not imported (`--import` does that).",
    True: "Concluded from files and from the driver's answers, and held against a TensorFlow in a fresh process.",
}


class Report(Struct, frozen=True, kw_only=True):
    """What a report is made of."""

    judgement: Judgement
    """The answer."""
    findings: list[Finding]
    """The causes."""
    environment: Environment
    """The facts."""
    confirmation: Confirmation | None
    """TensorFlow's own answer; null when it was not asked."""


def markdown(report: Report, identity: Identity) -> str:
    """Return the report. Whatever the machine says stands in code, where Markdown and HTML mean nothing."""
    redact = Redaction(identity=identity, versions=_versions(report))
    judgement = report.judgement
    lines = [
        "# TensorFlow and the GPU",
        "",
        f"**{judgement.verdict}**: {prose(redact.line(judgement.reason))}",
        "",
        _HOW_CERTAIN[report.confirmation is not None],
        "",
        "## Findings",
        "",
        *([] if report.findings else ["None."]),
    ]
    for number, finding in enumerate(report.findings, 1):
        lines += _finding(number, finding, redact)
    lines += ["", "## Facts", ""]
    lines += [f"- {name}: {code(redact.line(value))}" for name, value in _facts(report)]
    if report.confirmation is not None:
        lines += ["", "## TensorFlow's own messages", "", *_log(report.confirmation, redact)]
    return "\n".join([*lines, "", _TAKEN_OUT])


def code(text: str) -> str:
    """Return a text as a code span that it cannot end, whatever backticks and line ends it holds."""
    text = " ".join(text.split())
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if not text.strip() or text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text or ' '}{pad}{fence}"


def block(text: str, language: str = "") -> list[str]:
    """Return a text as a fenced block that it cannot end."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return [f"{fence}{language}", *text.split("\n"), fence]


def prose(text: str) -> str:
    """Return a sentence in which only its own pairs of backticks have a meaning."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one backtick without its other half
        parts[-2:] = [f"{parts[-2]}'{parts[-1]}"]
    return "".join(_escaped(part) if i % 2 == 0 else code(part) if part else "" for i, part in enumerate(parts))


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "(at)")
    return re.sub(r"([\\*_\[\]#|!~])", r"\\\1", text)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _finding(number: int, finding: Finding, redact: Redaction) -> Iterator[str]:
    yield f"### {number}. {prose(redact.line(finding.title))}"
    yield ""
    yield f"`{finding.id}`, {_ROLES[finding.role]}, {finding.certainty}."
    yield ""
    for one in finding.evidence:
        observed, expected = code(redact.line(one.observed)), code(redact.line(one.expected))
        yield f"- {code(redact.line(one.source))}: {observed} (expected: {expected})"
    for fix in finding.fixes:
        yield ""
        yield f"Fix: {prose(redact.line(fix.title))}"
        yield ""
        yield from block(redact.block(fix.text), _LANGUAGES.get(fix.kind, "text"))
    yield ""


def _facts(report: Report) -> Iterator[tuple[str, object]]:
    """Yield what each fact is called, in Markdown, and what it is."""
    known = report.environment
    python, built = known.interpreter, known.tensorflow
    yield "tfgpu-lab", __version__
    yield "Python", f"{python.version}, {python.platform}, {python.machine}, {python.manager}, {python.executable}"
    if built is None:
        yield "TensorFlow", "not installed"
    else:
        cuda = f"CUDA {built.cuda_version}, cuDNN {built.cudnn_version}" if built.is_cuda_build else "no CUDA"
        yield "TensorFlow", f"{built.distribution or 'of unknown origin'} {built.version or ''}, {cuda}, {built.origin}"
    for name in ("cuda", "nvidia"):
        packages = known.distributions if name == "cuda" else known.nvidia_wheels
        title = "Frameworks" if name == "cuda" else "NVIDIA wheels"
        yield title, ", ".join(f"{one.name} {one.version}" for one in packages) or "none"
    yield "Keras", f"{known.keras.backend} ({known.keras.source})"
    cards = [f"{one.vendor_id}:{one.device_id} with {one.driver or 'no driver'}" for one in known.hardware.controllers]
    yield "Display controllers", ", ".join(cards) or known.hardware.unreadable or "none"
    yield "NVIDIA kernel module", known.kernel_module.version or "not loaded or not visible"
    yield "CUDA driver", _driver(known.cuda)
    if known.cuda_unmasked is not None:
        yield "CUDA driver without CUDA_VISIBLE_DEVICES", _driver(known.cuda_unmasked)
    yield "NVML", _nvml(known)
    for one in known.libraries:
        where = f"{one.path} by {one.found_in}" if one.path else "not found"
        there = f"; lies at {', '.join(one.elsewhere)}" if one.elsewhere and not one.path else ""
        yield code(one.soname), f"{where}{f', does not load: {one.load_error}' if one.load_error else ''}{there}"
    yield "Device files", ", ".join(f"{one.path} {one.error or 'opens'}" for one in known.device_nodes) or "none"
    around = known.surroundings
    marks = [one for one in (around.container, around.scheduler, around.hosted) if one]
    yield "Surroundings", ", ".join([*marks, *([f"WSL {around.wsl}"] if around.wsl else [])]) or "none seen"
    for variable in known.variables:
        changed = "" if variable.now == variable.at_start else f" (at the kernel's start: {variable.at_start})"
        yield code(variable.name), f"{variable.now}{changed}"
    for part, reason in known.unread.items():
        yield f"Not read, {code(part)}", reason


def _driver(cuda: CudaDriver | None) -> str:
    if cuda is None:
        return "not asked"
    if cuda.failure:
        return cuda.failure
    if cuda.library is None:
        return f"libcuda.so.1 does not load: {cuda.library_error}"
    devices = [f"{one.name} ({one.compute_capability})" for one in cuda.devices]
    code = f"cuInit {cuda.cuinit_code} {cuda.cuinit_name or ''}"
    return f"{cuda.library}, CUDA {cuda.cuda_version}, {code}, {', '.join(devices) or 'no device'}"


def _nvml(known: Environment) -> str:
    nvml = known.nvml
    if nvml is None:
        return "not asked"
    if nvml.library is None:
        return f"does not load: {nvml.library_error}"
    gib = [(one.memory_free_bytes or 0, one.memory_total_bytes or 0) for one in nvml.devices]
    memory = ", ".join(f"{free >> 20} of {total >> 20} MiB free" for free, total in gib)
    return f"nvmlInit {nvml.init_code}, driver {nvml.driver_version}, {memory or 'no device'}"


def _log(confirmation: Confirmation, redact: Redaction) -> Iterator[str]:
    names = ", ".join(one.device_name or one.name for one in confirmation.gpus or [])
    answer = confirmation.failure or f"TensorFlow {confirmation.tensorflow_version} lists {names or 'no GPU'}"
    yield f"{prose(redact.line(answer.rstrip('.')))}, after {confirmation.duration_s:.1f} s."
    lines = [redact.line(line) for line in confirmation.log.splitlines() if line.strip()]
    if lines:
        yield ""
        yield from block("\n".join(lines[-LOG_LINES:]), "text")


def _versions(report: Report) -> frozenset[str]:
    """Return the version numbers of this report: some look like an IP address."""
    known = report.environment
    found = [one.version for one in [*known.distributions, *known.nvidia_wheels]]
    found += [one.version or "" for one in known.libraries]
    found += [known.kernel_module.version or "", (known.nvml.driver_version if known.nvml else None) or ""]
    asked = known.tensorflow.and_cuda_requires if known.tensorflow else []
    found += [number for line in asked for number in re.findall(r"\d+(?:\.\d+)+", line)]
    return frozenset(one for one in found if one)
