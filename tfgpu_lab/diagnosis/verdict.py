"""The answer for one kernel, in a word, a label and a sentence: `judge` for a running kernel, `foresee` for none."""

from msgspec import Struct

from ..models.finding import Finding
from ..models.kernel import Basis, Judgement, Verdict
from .facts import Facts
from .rule import HARDWARE, rules
from .tensorflow_facts import NEWEST_KNOWN, NVML_SINCE

LABEL_LENGTH = 40
_LOWERED = {"A", "An", "Another", "Apple's", "The", "This"} - {"Apple's"}
_UNTOLD = "; whether this machine has a GPU cannot be told"


class _Outlook(Struct, frozen=True):
    """What TensorFlow comes to by the facts alone."""

    verdict: Verdict
    label: str
    clause: str
    """Why, to stand after a colon; empty when the verdict says it all."""
    certain: bool = True
    listed: bool = False
    """Whether TensorFlow lists a GPU all the same and fails on it."""


def foresee(facts: Facts, findings: list[Finding]) -> Judgement:
    """Return what `import tensorflow` would lead to, for an environment without a running kernel."""
    outlook = _forecast(facts, findings)
    reason = _sentence(outlook, imported=False)
    return _judgement(outlook.verdict, "forecast", outlook.label, reason)


def judge(facts: Facts, findings: list[Finding], *, unavailable: str | None) -> Judgement:
    """Return the answer for a running kernel. `unavailable` is why its agent could not be read, when it could not."""
    outlook = _forecast(facts, findings)
    live = facts.live_tensorflow
    if facts.live is None:
        if outlook.verdict == "no-tensorflow":
            return foresee(facts, findings)
        why = _full_stop(unavailable or "The running kernel could not be asked")
        expected = "" if outlook.verdict == "unknown" else f" By its environment: {_sentence(outlook, imported=False)}"
        return _judgement("unknown", "forecast", "GPU unknown", f"{why}{expected}", _four(outlook))
    if live is None:
        if outlook.verdict == "no-tensorflow":
            return _for_keras(facts, _judgement("no-tensorflow", "observed", "", _sentence(outlook, imported=False)))
        label = outlook.label if outlook.verdict == "cpu-fallback" else ""
        reason = f"TensorFlow is not imported yet. {_sentence(outlook, imported=False)}"
        return _for_keras(facts, _judgement("not-loaded", "observed", label, reason, _four(outlook)))
    if facts.initialized:
        judgement = _initialised(facts, findings)
    elif facts.asked:
        judgement = _listed(facts, findings)
    else:
        reason = f"TensorFlow is imported and has not looked for a GPU yet. {_sentence(outlook, imported=True)}"
        verdict = "unknown" if outlook.verdict == "no-tensorflow" else outlook.verdict
        judgement = _judgement(verdict, "forecast", outlook.label, reason)
    return _for_keras(facts, judgement)


def _initialised(facts: Facts, findings: list[Finding]) -> Judgement:
    number = len(facts.logical_gpus)
    if not number:
        return _on_cpu(facts, findings, "TensorFlow computes on the CPU")
    names = [one.name for one in facts.cuda.devices] if facts.cuda else []
    name = names[0] if names else ""
    label = f"GPU: {f'{number} x ' if number > 1 else ''}{name}" if name else "GPU"
    on = f"{name} ({facts.logical_gpus[0]})" if name else facts.logical_gpus[0]
    more = f" and {number - 1} more" if number > 1 else ""
    return _judgement("gpu", "observed", label, f"TensorFlow computes on the GPU: {on}{more}.{_but(findings)}")


def _listed(facts: Facts, findings: list[Finding]) -> Judgement:
    if not facts.visible_gpus:
        return _on_cpu(facts, findings, "TensorFlow will compute on the CPU")
    listed = ", ".join(facts.visible_gpus)
    reason = f"TensorFlow has listed {listed} and computes on it from the first operation on.{_but(findings)}"
    return _judgement("gpu-ready", "observed", "GPU ready", reason)


def _on_cpu(facts: Facts, findings: list[Finding], says: str) -> Judgement:
    """Return the verdict for a TensorFlow that has looked for a GPU and has none."""
    clause, label = _why_cpu(facts, findings, "it has listed no GPU, and no cause was found")
    outlook = _cpu(facts, label, clause)
    return _judgement(outlook.verdict, "observed", outlook.label, f"{says}: {outlook.clause}.")


def _why_cpu(facts: Facts, findings: list[Finding], otherwise: str) -> tuple[str, str]:
    """Return the first cause as a clause, and its label."""
    cause = _cause(findings)
    if cause is None:
        return otherwise, ""
    label = rules()[cause.id].label
    absent = next((one for one in findings if one.id == HARDWARE and one is not cause), None)
    if facts.hardware_absent and absent:
        return f"{_clause(absent.title)}; besides, {_clause(cause.title)}", rules()[HARDWARE].label
    return _clause(cause.title), label


def _cpu(facts: Facts, label: str, clause: str, *, certain: bool = True, listed: bool = False) -> _Outlook:
    """Return the outlook of a TensorFlow on the CPU: how bad that is, the hardware decides."""
    label = f"CPU: {label}" if label else "CPU"
    if facts.hardware_absent:
        if HARDWARE_CLAUSE not in clause:
            clause = f"{HARDWARE_CLAUSE} has no NVIDIA GPU; besides, {clause}"
        return _Outlook("cpu-only", f"CPU: {rules()[HARDWARE].label}", clause, certain)
    if facts.gpu_hints:
        return _Outlook("cpu-fallback", label, clause, certain, listed)
    return _Outlook("unknown", label, clause + _UNTOLD, certain)


def _forecast(facts: Facts, findings: list[Finding]) -> _Outlook:
    """Return what the environment leads to, without a look at the running kernel."""
    environment = facts.environment
    if environment is None:
        return _Outlook("unknown", "GPU unknown", "its environment could not be read")
    if facts.tensorflow_missing:
        return _Outlook("no-tensorflow", "", "")
    if facts.tensorflow is None:
        why = environment.unread.get("tensorflow", "it was imported from elsewhere")
        return _Outlook("unknown", "GPU unknown", f"which TensorFlow is installed could not be read ({why})")
    cause = _cause(findings)
    if cause is not None:
        clause, label = _why_cpu(facts, findings, "")
        return _cpu(facts, label, clause, certain=cause.certainty == "certain", listed=rules()[cause.id].listed)
    if facts.plugin:
        return _Outlook("unknown", "GPU unknown", f"a plugin ({facts.plugin}) may add a GPU, which only a running one shows")
    if facts.is_cpu_build:
        return _cpu(facts, "CPU-only TensorFlow", "this TensorFlow is built for the CPU only")
    cuda = facts.cuda
    if cuda is not None and cuda.failure is None and cuda.cuinit_code:
        code = f"{cuda.cuinit_code} ({cuda.cuinit_name})" if cuda.cuinit_name else str(cuda.cuinit_code)
        return _cpu(facts, f"cuInit answers {cuda.cuinit_code}", f"CUDA does not start, cuInit answers {code}")
    if missing := _missing_proof(facts):
        return _Outlook("unknown", "GPU unknown", missing)
    return _Outlook("gpu-ready", "GPU ready", "", certain=False)


def _missing_proof(facts: Facts) -> str | None:
    """Return which fact is missing for the forecast of a GPU; None when all are there."""
    environment, built, cuda = facts.environment, facts.tensorflow, facts.cuda
    if environment is None or built is None or built.is_cuda_build is not True:
        return "whether this TensorFlow is built for CUDA could not be read"
    if not facts.libraries:
        return f"CUDA's libraries could not be looked for ({environment.unread.get('libraries', 'none are known')})"
    if any(one.path is None or one.load_error for one in facts.libraries) or "load_error" in environment.unread:
        return "CUDA's libraries could not all be tried"
    if cuda is None or cuda.failure is not None:
        return f"the CUDA driver could not be asked ({cuda.failure if cuda else environment.unread.get('cuda', 'no answer')})"
    if not cuda.devices:
        return "the CUDA driver answers and lists no device"
    version = (facts.version or ())[:2]
    if not version:
        return "TensorFlow's version could not be read"
    if version >= NVML_SINCE and not facts.nvml_works:
        return "NVML, which TensorFlow needs since 2.21, gave no answer" if version <= NEWEST_KNOWN else "this release is new"
    return None


def _sentence(outlook: _Outlook, *, imported: bool) -> str:
    """Return one plain sentence; what is not certain is called expected."""
    if outlook.verdict == "no-tensorflow":
        return "This kernel's environment has no TensorFlow."
    if outlook.verdict == "gpu-ready":
        return "It is expected to use the GPU: the driver, the libraries and the build fit each other."
    if outlook.verdict == "unknown" and not outlook.label.startswith("CPU"):
        return f"Whether it would use a GPU cannot be told: {outlook.clause}."
    does = "fail on the GPU" if outlook.listed else "compute on the CPU"
    if not outlook.certain:
        return f"It is expected to {does}: {outlook.clause}."
    return f"It {'will' if imported else 'would'} {does}: {outlook.clause}."


def _for_keras(facts: Facts, judgement: Judgement) -> Judgement:
    """Say first that Keras computes with something else than the TensorFlow that is judged here."""
    backend = facts.other_keras_backend
    if backend is None:
        return judgement
    return _judgement(
        judgement.verdict,
        judgement.basis,
        f"Keras computes with {backend}",
        f"Keras computes with {backend} in this kernel, so TensorFlow's GPU does not matter to it. {judgement.reason}",
        judgement.forecast,
    )


def _cause(findings: list[Finding]) -> Finding | None:
    return next((one for one in findings if one.role == "cause"), None)


def _but(findings: list[Finding]) -> str:
    harm = next((one for one in findings if one.severity == "degrades"), None)
    return f" But: {_clause(harm.title)}." if harm else ""


def _clause(title: str) -> str:
    """Return a title as it stands within a sentence."""
    first, space, rest = title.partition(" ")
    return f"{first.lower() if first in _LOWERED else first}{space}{rest}"


def _full_stop(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _four(outlook: _Outlook) -> Verdict | None:
    """Return the forecast if it is one of the four words that a forecast may be."""
    return None if outlook.verdict in ("unknown", "no-tensorflow", "not-loaded") else outlook.verdict


def _judgement(
    verdict: Verdict, basis: Basis, label: str, reason: str, forecast: Verdict | None = None
) -> Judgement:
    label = label if len(label) <= LABEL_LENGTH else f"{label[: LABEL_LENGTH - 1].rstrip()}…"
    return Judgement(verdict=verdict, basis=basis, label=label, reason=reason, forecast=forecast)
