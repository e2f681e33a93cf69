"""The answer for one kernel, in a word, a label and a sentence: `judge` for a running kernel, `foresee` for none."""

from msgspec import Struct

from ..models.finding import Finding
from ..models.kernel import Basis, Judgement, Verdict
from .facts import Facts, answers
from .failed_start import meaning
from .rule import HARDWARE, rules
from .tensorflow_facts import NEWEST_KNOWN, NVML_SINCE

LABEL_LENGTH = 40
_LOWERED = {"A", "An", "Another", "No", "Several", "The", "This"}


class _Outlook(Struct, frozen=True):
    """What TensorFlow comes to by the facts alone."""

    verdict: Verdict
    label: str
    clause: str
    """Why, to stand after a colon; empty when the verdict says it all."""
    certain: bool = True
    listed: bool = False
    """Whether TensorFlow lists a GPU all the same and fails on it."""
    told: bool = True
    """Whether it can be told where TensorFlow computes."""


def foresee(facts: Facts, findings: list[Finding]) -> Judgement:
    """Return what `import tensorflow` would lead to, for an environment without a running kernel."""
    outlook = _forecast(facts, findings)
    return _judgement(outlook.verdict, "forecast", outlook.label, _sentence(outlook, "TensorFlow", "would"))


def judge(facts: Facts, findings: list[Finding], *, unavailable: str | None) -> Judgement:
    """Return the answer for a running kernel. `unavailable` is why its agent could not be read, when it could not."""
    outlook = _forecast(facts, findings)
    live = facts.live_tensorflow
    foreseen = _sentence(outlook, "TensorFlow" if facts.live is None else "It", "would" if live is None else "will")
    if outlook.verdict == "no-tensorflow":
        judgement = foresee(facts, findings)
    elif facts.live is None:
        why = unavailable or "The running kernel could not be asked."
        known = f" By its environment, {foreseen}" if outlook.told else ""
        judgement = _judgement("unknown", "forecast", "GPU unknown", f"{why}{known}", _four(outlook))
    elif live is None:
        label = outlook.label if outlook.verdict == "cpu-fallback" else ""
        reason = f"TensorFlow is not imported yet. {foreseen}"
        judgement = _judgement("not-loaded", "observed", label, reason, _four(outlook))
    elif facts.initialized:
        judgement = _initialised(facts, findings)
    elif facts.asked:
        judgement = _listed(facts, findings)
    else:
        state = "is being imported" if live.importing else "is imported and has not looked for a GPU yet"
        judgement = _judgement(outlook.verdict, "forecast", outlook.label, f"TensorFlow {state}. {foreseen}")
    return _for_keras(facts, judgement)


def _initialised(facts: Facts, findings: list[Finding]) -> Judgement:
    number = len(facts.logical_gpus)
    if not number:
        return _observed_on_cpu(facts, findings, "TensorFlow computes on the CPU")
    name = facts.cuda.devices[0].name if facts.cuda and facts.cuda.devices else ""
    # One GPU may have been parted into several logical ones.
    cards = len((facts.live_tensorflow and facts.live_tensorflow.logical_of) or facts.logical_gpus)
    label = f"GPU: {f'{cards} x ' if cards > 1 else ''}{name}" if name else "GPU"
    on = f"{name} ({facts.logical_gpus[0]})" if name else facts.logical_gpus[0]
    more = f" and {cards - 1} more" if cards > 1 else ""
    more += f", parted into {number} logical GPUs" if number > cards else ""
    return _judgement("gpu", "observed", label, f"TensorFlow computes on the GPU: {on}{more}.{_but(findings)}")


def _listed(facts: Facts, findings: list[Finding]) -> Judgement:
    if not facts.visible_gpus:
        return _observed_on_cpu(facts, findings, "TensorFlow will compute on the CPU")
    if failed := facts.live_tensorflow and facts.live_tensorflow.failed_start:
        reason = f"TensorFlow has listed a GPU and could not start it: {meaning(failed)}."
        reason += " It computes nothing until the kernel is restarted."
        return _judgement("cpu-fallback", "observed", "GPU not initialised", reason)
    listed = ", ".join(facts.visible_gpus)
    reason = f"TensorFlow has listed {listed} and computes on it from the first operation on.{_but(findings)}"
    return _judgement("gpu-ready", "observed", "GPU ready", reason)


def _observed_on_cpu(facts: Facts, findings: list[Finding], says: str) -> Judgement:
    """Return the answer for a TensorFlow that has looked for a GPU and has none."""
    outlook = _cpu(facts, findings, clause="it lists no GPU, and no cause was found")
    because = ":" if outlook.certain else "; the likely cause:"
    return _judgement(outlook.verdict, "observed", outlook.label, f"{says}{because} {outlook.clause}.")


def _cpu(facts: Facts, findings: list[Finding], *, clause: str, label: str = "") -> _Outlook:
    """Return the outlook on the CPU: the first cause says why, else `clause`; the hardware says how bad that is."""
    cause = _cause(findings)
    if cause is not None:
        clause, label = _clause(cause.title), rules()[cause.id].label
    if facts.hardware_absent:
        hardware = rules()[HARDWARE]
        if cause is None or cause.id != HARDWARE:
            clause = f"{_clause(hardware.title)}; besides, {clause}"
        return _Outlook("cpu-only", f"CPU: {hardware.label}", clause)
    certain = cause is None or cause.certainty == "certain"
    label = f"CPU: {label}" if label else "CPU"
    if not facts.gpu_hints:
        return _Outlook("unknown", label, f"{clause}; whether this machine has a GPU cannot be told", certain)
    listed = cause is not None and rules()[cause.id].listed
    return _Outlook("cpu-fallback", label, clause, certain, listed)


def _forecast(facts: Facts, findings: list[Finding]) -> _Outlook:
    """Return what the environment leads to, without a look at the running TensorFlow."""
    environment, cuda = facts.environment, facts.cuda
    if environment is None:
        return _untold("its environment could not be read")
    if facts.tensorflow_missing:
        return _Outlook("no-tensorflow", "", "")
    if facts.tensorflow is None:
        why = environment.unread.get("tensorflow", "it was imported from elsewhere")
        return _untold(f"which TensorFlow is installed could not be read ({why})")
    if facts.plugin:
        return _untold(f"a plugin may add a GPU, which only a running TensorFlow shows ({facts.plugin})")
    if _cause(findings) is not None:
        return _cpu(facts, findings, clause="")
    if facts.is_cpu_build:
        clause = "this TensorFlow is built for the CPU only"
        return _cpu(facts, findings, clause=clause, label="CPU-only TensorFlow")
    if cuda is not None and answers(cuda) and cuda.cuinit_code:
        clause = f"CUDA does not start, cuInit answers {cuda.cuinit_code} ({cuda.cuinit_name or 'no name'})"
        return _cpu(facts, findings, clause=clause, label=f"cuInit answers {cuda.cuinit_code}")
    if missing := _missing_proof(facts):
        return _untold(missing)
    return _Outlook("gpu-ready", "GPU ready", "", certain=False)


def _untold(clause: str) -> _Outlook:
    return _Outlook("unknown", "GPU unknown", clause, told=False)


def _missing_proof(facts: Facts) -> str | None:
    """Return which fact is missing for the forecast of a GPU; None when all are there."""
    environment, built, cuda = facts.environment, facts.tensorflow, facts.cuda
    if environment is None or built is None or built.is_cuda_build is not True:
        return "whether this TensorFlow is built for CUDA could not be read"
    if not facts.libraries:
        return f"CUDA's libraries could not be looked for ({environment.unread.get('libraries', 'none are known')})"
    if any(one.path is None or one.load_error for one in facts.libraries) or "load_error" in environment.unread:
        return "CUDA's libraries could not all be tried"
    if cuda is None or not answers(cuda):
        why = cuda.failure if cuda else environment.unread.get("cuda")
        return f"the CUDA driver could not be asked ({why or 'no answer'})"
    if not cuda.devices:
        return "the CUDA driver answers and lists no device"
    version = (facts.version or ())[:2]
    if not version:
        return "TensorFlow's version could not be read"
    if version >= NVML_SINCE and not facts.nvml_works:
        return (
            "NVML, which TensorFlow needs since 2.21, gave no answer"
            if version <= NEWEST_KNOWN
            else "this release is new"
        )
    return None


def _sentence(outlook: _Outlook, subject: str, auxiliary: str) -> str:
    """Return one plain sentence; what is not certain is called expected."""
    if outlook.verdict == "no-tensorflow":
        return "This kernel's environment has no TensorFlow."
    if outlook.verdict == "gpu-ready":
        return f"{subject} is expected to use the GPU: the driver, the libraries and the build fit each other."
    if not outlook.told:
        return f"Whether {'it' if subject == 'It' else subject} {auxiliary} use a GPU cannot be told: {outlook.clause}."
    does = "fail on the GPU" if outlook.listed else "compute on the CPU"
    if not outlook.certain:
        return f"{subject} is expected to {does}: {outlook.clause}."
    return f"{subject} {auxiliary} {does}: {outlook.clause}."


def _for_keras(facts: Facts, judgement: Judgement) -> Judgement:
    """Say first that Keras computes with something else than the TensorFlow that is judged here."""
    backend = facts.other_keras_backend
    if backend is None:
        return judgement
    return _judgement(
        judgement.verdict,
        judgement.basis,
        "" if judgement.verdict == "no-tensorflow" else f"Keras computes with {backend}",
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


def _four(outlook: _Outlook) -> Verdict | None:
    """Return the forecast if it is one of the four words that a forecast may be."""
    return None if outlook.verdict in ("unknown", "no-tensorflow", "not-loaded") else outlook.verdict


def _judgement(verdict: Verdict, basis: Basis, label: str, reason: str, forecast: Verdict | None = None) -> Judgement:
    label = label if len(label) <= LABEL_LENGTH else f"{label[: LABEL_LENGTH - 3].rstrip()}..."
    return Judgement(verdict=verdict, basis=basis, label=label, reason=reason, forecast=forecast)
