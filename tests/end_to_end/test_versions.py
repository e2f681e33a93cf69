"""What depends on TensorFlow's version: the same machines under the real TensorFlow 2.20.0 (`make test-versions`)."""

from pathlib import Path

import pytest

from tests.end_to_end.cases import CASES
from tests.end_to_end.environment import SimulatedEnvironment
from tests.end_to_end.forecast import diagnosed
from tests.end_to_end.fresh import LIST, USE, FreshTensorFlow
from tests.end_to_end.machine import needs_namespace
from tests.end_to_end.proof import mends
from tests.end_to_end.wheels import pip
from tfgpu_lab.diagnosis.explain import explain
from tfgpu_lab.diagnosis.log import read_text
from tfgpu_lab.diagnosis.tensorflow_facts import RECOMMENDED

OLDER = Path(__file__).resolve().parents[2] / ".venvs" / "tf-2.20" / "lib"
PACKAGES = next(OLDER.glob("python3*/site-packages"), None)
pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(PACKAGES is None, reason="`make test-versions` makes .venvs/tf-2.20"),
]
GPU = ["/physical_device:GPU:0"]
CASE = {(case.cause, case.name): case for case in CASES}
DIFFERENT = {"tf221-cusolver-runpath", "nvml-missing", "nvml-init-failed"}
"""Causes that TensorFlow 2.20.0 does not have."""
ALIKE = [
    case
    for case in CASES
    if case.cause not in DIFFERENT
    and not case.alone
    and (case.cause, case.name) != ("container-driver-capabilities", "utility")
]


@pytest.fixture(scope="module")
def older(tmp_path_factory):
    """An environment with TensorFlow 2.20.0 and simulated wheels."""
    return SimulatedEnvironment(tmp_path_factory.mktemp("older") / "environment", PACKAGES)


@pytest.fixture(scope="module")
def tensorflow(older):
    """Its TensorFlow, imported with all wheels in place."""
    fresh = FreshTensorFlow(older.launch())
    fresh.ask("answer = {}")
    assert fresh.version == RECOMMENDED == "2.20.0"
    yield fresh
    fresh.close()


@pytest.fixture
def environment(older):
    """The same, as it is at first."""
    older.reset()
    return older


def test_all_wheels_are_found_as_installed(environment, tensorflow):
    assert diagnosed(environment.launch()) == ([], "gpu-ready")
    told = tensorflow.ask(USE, SIMULATED_MEMORY_MB="4096")
    assert told.answer["physical"] == GPU
    assert told.answer["device"].endswith("/device:GPU:0")


@pytest.mark.parametrize("code", [None, "4", "9", "18", "999"])
def test_nvml_is_not_needed(code, environment, tensorflow):
    changes = {"SIMULATED_NVML": code} if code else {}
    if code is None:
        environment.without("libnvidia-ml.so.1")
    assert diagnosed(environment.launch(**changes)) == ([], "gpu-ready")
    assert tensorflow.ask(**changes).physical == GPU


@pytest.mark.parametrize("case", ALIKE, ids=lambda case: f"{case.cause}{'-' if case.name else ''}{case.name}")
def test_the_other_causes_are_the_same(case, environment, tensorflow):
    if case.machine:
        needs_namespace(case.machine)
    case.prepare(environment)
    env = {name: value.replace("$HOME", str(environment.home)) for name, value in case.env.items()}
    findings, verdict = diagnosed(environment.launch(case.machine, **env))
    assert [findings[0].id, verdict] == [case.cause, case.verdict]
    if case.error:
        assert case.error in tensorflow.ask(USE, case.machine, **env).answer["error"]
    told = tensorflow.ask(LIST, case.machine, **env)
    assert len(told.physical) == case.gpus
    explained = explain(read_text(told.log)).verdict
    assert explained not in (("gpu", "gpu-ready") if case.gpus == 0 else ("cpu-fallback", "cpu-only"))


@mends("nvml-missing", "nvml-init-failed", by="command")
@mends("tf221-cusolver-runpath", by="command", title="Install TensorFlow 2.20.0 instead")
@pytest.mark.parametrize(
    ("cause", "name"), [("nvml-missing", ""), ("nvml-init-failed", "9"), ("tf221-cusolver-runpath", "")]
)
def test_the_release_that_does_without_is_named(cause, name, environment, tensorflow):
    """What the fix installs is what stands here: TensorFlow 2.20.0 with its extra."""
    case = CASE[cause, name]
    newer = SimulatedEnvironment(environment.folder.parent / f"newer-{cause}")
    case.prepare(newer)
    finding = diagnosed(newer.launch(**case.env))[0][0]
    assert finding.id == cause
    text = [one.text for one in finding.fixes if one.kind == "command"][-1]
    assert text.endswith(f'-m pip install "tensorflow[and-cuda]=={RECOMMENDED}"')
    environment.reset()
    if cause == "nvml-missing":
        environment.without("libnvidia-ml.so.1")
    assert tensorflow.ask(**case.env).physical == GPU


@mends("cuda-major-mismatch", "nvidia-wheels-elsewhere", by="command")
@mends("cuda-extra-missing", "cuda-lib-dependency-missing", by="command", title="Install CUDA's libraries with TensorF")
@pytest.mark.parametrize(
    "cause", ["cuda-extra-missing", "cuda-major-mismatch", "nvidia-wheels-elsewhere", "cuda-lib-dependency-missing"]
)
def test_the_extra_is_installed_with_pip(cause, environment, tensorflow, tmp_path):
    case = CASE[cause, "wheel" if cause == "cuda-major-mismatch" else ""]
    env = {name: value.replace("$HOME", str(environment.home)) for name, value in case.env.items()}
    case.prepare(environment)
    finding = diagnosed(environment.launch(**env))[0][0]
    assert finding.id == cause
    assert tensorflow.ask(**env).physical == []
    pip(environment, next(one.text for one in finding.fixes if "[and-cuda]" in one.text), tmp_path)
    assert tensorflow.ask(**env).physical == GPU


@mends("torch-or-jax-overrode-nvidia-wheels", by="command")
def test_changed_wheels_are_brought_back_with_pip(environment, tensorflow, tmp_path):
    environment.remove("cublas")
    environment.wheel("cublas", "12.4.0.1")
    (finding,), verdict = diagnosed(environment.launch())
    assert (finding.id, verdict) == ("torch-or-jax-overrode-nvidia-wheels", "gpu-ready")
    pip(environment, next(one.text for one in finding.fixes if one.kind == "command"), tmp_path)
    assert diagnosed(environment.launch()) == ([], "gpu-ready")
    assert tensorflow.ask().physical == GPU
