"""Every verdict of the contract is reached, with its basis, label and sentence."""

from typing import Any

import pytest

from tests.diagnosis.recorded import (
    CPU,
    GPU,
    IN_DOCKER,
    LISTED_CPU,
    LIVE,
    MASKED,
    NO_TF,
    NONE,
    NOT_ASKED,
    ON_CPU,
    ON_GPU,
    TF221,
    E,
    T,
    card,
    cuda,
    gpu,
    machine,
    mask,
    nvml,
    variable,
)
from tfgpu_lab.diagnosis.rule import diagnose
from tfgpu_lab.diagnosis.verdict import foresee, judge
from tfgpu_lab.models.kernel import Judgement

BLIND = {f"{E}hardware.unreadable": "The PCI bus cannot be read."}
NOT_IMPORTED = {"live.tensorflow": None, "live.keras": None}
BUSY = "The kernel is busy."


def judged(base: str, changes: dict[str, Any] | None = None) -> Judgement:
    facts = machine(base, changes)
    return judge(facts, diagnose(facts), unavailable=None if facts.live else BUSY)


def foreseen(base: str, changes: dict[str, Any] | None = None) -> Judgement:
    facts = machine(base, changes)
    return foresee(facts, diagnose(facts))


def test_gpu_names_the_device():
    judgement = judged(ON_GPU)
    assert (judgement.verdict, judgement.basis) == ("gpu", "observed")
    assert judgement.label == "GPU: NVIDIA H100 80GB HBM3"
    assert judgement.reason == "TensorFlow computes on the GPU: NVIDIA H100 80GB HBM3 (/device:GPU:0)."
    assert judgement.forecast is None


def test_gpu_without_an_environment():
    assert judged(ON_GPU, {"environment": None}).verdict == "gpu"


def test_two_gpus_are_counted():
    judgement = judged(ON_GPU, {f"{LIVE}logical_devices": ["/device:CPU:0", "/device:GPU:0", "/device:GPU:1"]})
    assert judgement.label == "GPU: 2 x NVIDIA H100 80GB HBM3"
    assert judgement.reason.endswith("NVIDIA H100 80GB HBM3 (/device:GPU:0) and 1 more.")


def test_two_logical_gpus_on_one_are_one():
    parts = ["/device:GPU:0", "/device:GPU:1"]
    changes = {f"{LIVE}logical_devices": ["/device:CPU:0", *parts]}
    changes[f"{LIVE}logical_of"] = {"/physical_device:GPU:0": parts}
    judgement = judged(ON_GPU, changes)
    assert judgement.label == "GPU: NVIDIA H100 80GB HBM3"
    assert judgement.reason.endswith("NVIDIA H100 80GB HBM3 (/device:GPU:0), parted into 2 logical GPUs.")


def test_gpu_ready_as_listed():
    judgement = judged(ON_GPU, LISTED_CPU)
    assert (judgement.verdict, judgement.basis, judgement.label) == ("gpu-ready", "observed", "GPU ready")


NO_MEMORY = "Bad StatusOr access: RESOURCE_EXHAUSTED: : CUDA_ERROR_OUT_OF_MEMORY: out of memory"
NO_DEVICE = (
    "Bad StatusOr access: INTERNAL: CUDA error: : CUDA_ERROR_DEVICE_UNAVAILABLE: CUDA-capable device(s) is/are busy"
)


@pytest.mark.parametrize(
    ("said", "means", "first"),
    [
        (NO_MEMORY, "could not start it: the GPU had no free memory for it. It", "Free memory of the GPU"),
        (NO_DEVICE, "could not start it: the GPU was busy, or lets no further process in. It", "Shut down what else"),
        (
            "Bad StatusOr access: INTERNAL: CUDA error: : CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure.",
            "could not start it: CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure. It",
            "Mend what the message names",
        ),
        ("INTERNAL: ", "could not start it: it does not say why. It", "Mend what the message names"),
        ("RuntimeError", "could not start it: RuntimeError. It", "Mend what the message names"),
    ],
)
def test_a_gpu_that_could_not_be_started_is_no_gpu_that_is_ready(said, means, first):
    changes = LISTED_CPU | {f"{LIVE}failed_start": said}
    judgement = judged(ON_GPU, changes)
    assert (judgement.verdict, judgement.basis, judgement.label) == (
        "cpu-fallback",
        "observed",
        "GPU not initialised",
    )
    assert means in judgement.reason
    finding = diagnose(machine(ON_GPU, changes))[0]
    assert finding.id == "logical-vs-physical-count"
    assert finding.evidence[0].observed == said  # in its own words
    assert finding.fixes[0].text.startswith(first)


def test_gpu_ready_as_foreseen():
    judgement = judged(ON_GPU, NOT_ASKED)
    assert (judgement.verdict, judgement.basis) == ("gpu-ready", "forecast")
    assert "expected" in judgement.reason


def test_gpu_ready_by_the_environment_alone():
    judgement = foreseen(GPU)
    assert (judgement.verdict, judgement.basis, judgement.forecast) == ("gpu-ready", "forecast", None)


def test_the_healthy_machine_has_nothing_to_mend():
    for base in (GPU, ON_GPU):
        assert diagnose(machine(base)) == []


def test_cpu_fallback_as_initialised():
    changes = {f"{E}hardware.controllers": [card()], f"{E}cuda": cuda(0, devices=1), f"{E}nvml": nvml(0)}
    judgement = judged(ON_CPU, changes)
    assert (judgement.verdict, judgement.basis) == ("cpu-fallback", "observed")
    assert judgement.label == "CPU: CUDA libraries not installed"
    assert judgement.reason == "TensorFlow computes on the CPU: TensorFlow was installed without CUDA's libraries."


def test_cpu_fallback_as_listed():
    emptied = {f"{LIVE}visible_devices": ["/physical_device:CPU:0"], f"{LIVE}logical_devices": None}
    judgement = judged(ON_GPU, emptied | {f"{LIVE}context": "created"})
    assert (judgement.verdict, judgement.basis) == ("cpu-fallback", "observed")
    assert judgement.label == "CPU: GPU hidden by set_visible_devices"


def test_cpu_fallback_with_a_likely_cause_says_so():
    judgement = judged(ON_CPU, {f"{E}hardware.controllers": [card()], f"{E}cuda": cuda(999), f"{E}nvml": nvml(0)})
    assert judgement.verdict == "cpu-fallback"
    assert "the likely cause" in judgement.reason


def test_cpu_fallback_as_foreseen():
    judgement = foreseen(GPU, MASKED | {f"{E}variables": mask("-1", "-1")})
    assert judgement.verdict == "cpu-fallback"
    assert judgement.label == "CPU: CUDA_VISIBLE_DEVICES hides GPUs"
    assert judgement.reason == 'TensorFlow would compute on the CPU: CUDA_VISIBLE_DEVICES="-1" hides every GPU.'


def test_a_cuinit_code_without_a_rule_still_means_the_cpu():
    judgement = foreseen(GPU, {f"{E}cuda": cuda(46, cuinit_name="CUDA_ERROR_DEVICE_UNAVAILABLE")})
    assert judgement.verdict == "cpu-fallback"
    assert "46 (CUDA_ERROR_DEVICE_UNAVAILABLE)" in judgement.reason


def test_a_gpu_that_is_listed_and_fails_is_not_called_the_cpu():
    judgement = foreseen(GPU, {f"{E}cuda.devices": [gpu("5.0")]})
    assert judgement.verdict == "cpu-fallback"
    assert "would fail on the GPU" in judgement.reason


def test_a_lesser_fault_is_told_with_the_gpu():
    judgement = judged(ON_GPU, {f"{E}cuda.devices": [gpu("12.0", name="RTX 5090")]})
    assert judgement.verdict == "gpu"
    assert "But: RTX 5090 (compute capability 12.0) is newer than this TensorFlow." in judgement.reason


@pytest.mark.parametrize(
    "changes",
    [
        {f"{E}cuda": cuda(999)},
        {f"{E}cuda": cuda()},
        {f"{E}libraries.6.path": None},
        {f"{E}nvml": nvml()},
        {f"{E}device_nodes": []} | IN_DOCKER,
        {f"{E}cuda.cuda_version": 11040},
        {f"{E}cuda.devices": [gpu("5.0")]},
    ],
)
def test_nothing_static_outweighs_a_gpu_that_is_seen(changes):
    assert judged(ON_GPU, changes).verdict == "gpu"
    assert [one.id for one in diagnose(machine(ON_GPU, changes)) if one.severity == "blocks-gpu"] == []


def test_cpu_only_names_the_hardware():
    judgement = judged(ON_CPU)
    assert (judgement.verdict, judgement.basis, judgement.label) == ("cpu-only", "observed", "CPU: no NVIDIA GPU")
    assert judgement.reason == "TensorFlow computes on the CPU: this machine has no NVIDIA GPU."


def test_cpu_only_names_the_first_cause_too():
    judgement = foreseen(CPU)
    assert (judgement.verdict, judgement.label) == ("cpu-only", "CPU: no NVIDIA GPU")
    assert judgement.reason == (
        "TensorFlow would compute on the CPU: this machine has no NVIDIA GPU; "
        "besides, tensorflow-cpu is built for the CPU only."
    )


def test_not_loaded_on_a_gpu_is_quiet():
    judgement = judged(ON_GPU, NOT_IMPORTED)
    assert (judgement.verdict, judgement.forecast, judgement.label) == ("not-loaded", "gpu-ready", "")


def test_not_loaded_without_a_gpu_is_quiet():
    judgement = judged(ON_CPU, NOT_IMPORTED)
    assert (judgement.verdict, judgement.forecast, judgement.label) == ("not-loaded", "cpu-only", "")


def test_not_loaded_warns_of_a_fallback():
    judgement = judged(ON_GPU, NOT_IMPORTED | {f"{E}libraries.6.path": None})
    assert (judgement.verdict, judgement.forecast) == ("not-loaded", "cpu-fallback")
    assert judgement.label == "CPU: CUDA library missing"
    assert "libcudnn.so.9 is missing" in judgement.reason


def test_not_loaded_and_nothing_to_foretell():
    judgement = judged(ON_GPU, NOT_IMPORTED | {f"{E}cuda": None})
    assert (judgement.verdict, judgement.forecast) == ("not-loaded", None)
    assert "cannot be told" in judgement.reason


@pytest.mark.parametrize(("base", "more"), [(GPU, {}), (ON_GPU, NOT_IMPORTED)])
def test_no_tensorflow_is_hidden(base, more):
    judgement = judged(base, NO_TF | more)
    assert (judgement.verdict, judgement.label) == ("no-tensorflow", "")


def test_unknown_without_the_live_report_still_foretells():
    judgement = judged(NONE)
    assert (judgement.verdict, judgement.forecast) == ("unknown", "cpu-only")
    assert judgement.reason.startswith(BUSY)


def test_unknown_with_neither_report():
    judgement = judged(NONE, {"environment": None})
    assert (judgement.verdict, judgement.forecast, judgement.reason) == ("unknown", None, BUSY)


def test_unknown_hardware_is_not_no_gpu():
    judgement = judged(ON_CPU, BLIND)
    assert judgement.verdict == "unknown"
    assert judgement.reason.startswith("TensorFlow computes on the CPU")
    assert "whether this machine has a GPU cannot be told" in judgement.reason
    assert judgement.label.startswith("CPU")


def test_unknown_while_a_fact_is_missing():
    judgement = foreseen(GPU, {f"{E}cuda": cuda(0, failure="It did not answer within 5 s.")})
    assert judgement.verdict == "unknown"
    assert "It did not answer within 5 s." in judgement.reason


def test_a_plugin_is_not_judged_by_static_facts():
    plugin = [variable("TF_PLUGGABLE_DEVICE_LIBRARY_PATH", "/opt/gpu.so", "/opt/gpu.so")]
    assert foreseen(CPU, {f"{E}variables": plugin}).verdict == "unknown"
    assert judged(ON_CPU, {f"{E}variables": plugin, f"{LIVE}logical_devices": ["/device:GPU:0"]}).verdict == "gpu"


def test_a_newer_release_is_not_guessed():
    newer = {f"{T}version": "2.22.0", f"{E}nvml": nvml()}
    assert foreseen(GPU, newer).verdict == "unknown"
    assert foreseen(GPU, newer | {f"{E}nvml": nvml(0)}).verdict == "gpu-ready"


def test_the_221_bug_is_foreseen():
    assert foreseen(TF221).label == "CPU: cuSOLVER not found (TF bug)"


def test_while_importing():
    judgement = judged(ON_GPU, NOT_ASKED | {f"{LIVE}importing": True, f"{LIVE}version": None})
    assert (judgement.verdict, judgement.basis) == ("gpu-ready", "forecast")
    assert judgement.reason.startswith("TensorFlow is being imported.")


@pytest.mark.parametrize(
    ("base", "more", "verdict"), [(ON_GPU, {}, "gpu"), (ON_CPU, {"live.tensorflow": None}, "not-loaded")]
)
def test_another_keras_backend_is_said_first(base, more, verdict):
    judgement = judged(base, {"live.keras.backend": "torch"} | more)
    assert (judgement.verdict, judgement.label) == (verdict, "Keras computes with torch")
    assert judgement.reason.startswith("Keras computes with torch in this kernel")


def test_what_tensorflow_lists_outweighs_a_machine_on_which_no_gpu_is_seen():
    """A GPU of a plugin, or behind a bus that is not PCI: hidden by the notebook, it is a fallback with one cause."""
    hidden = {
        "live.tensorflow.physical_devices": ["/physical_device:CPU:0", "/physical_device:GPU:0"],
        "live.tensorflow.visible_devices": ["/physical_device:CPU:0"],
    }
    facts = machine(ON_CPU, hidden)
    judgement = judged(ON_CPU, hidden)
    assert (judgement.verdict, judgement.basis) == ("cpu-fallback", "observed")
    assert judgement.label == "CPU: GPU hidden by set_visible_devices"
    assert [one.id for one in diagnose(facts) if one.severity == "blocks-gpu"] == ["visible-devices-emptied"]
    assert judged(ON_CPU).verdict == "cpu-only", "the control: the same machine, and TensorFlow lists none"
