"""The real TensorFlow 2.16.1, which does not find its own wheels, and 2.16.2, which does (`make test-versions`)."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.cases import CASES
from tests.end_to_end.environment import SimulatedEnvironment
from tests.end_to_end.forecast import diagnosed
from tests.end_to_end.fresh import FreshTensorFlow
from tests.end_to_end.proof import TENSORFLOW, mends, proves

HOME = Path(__file__).resolve().parents[2] / ".venvs" / "tf-2.16"
PACKAGES = next((HOME / "lib").glob("python3*/site-packages"), None)
MENDED = HOME / "mended"
"""TensorFlow 2.16.2 alone, as `pip install --no-deps --target` puts it."""
pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(PACKAGES is None or not MENDED.exists(), reason="`make test-versions` makes .venvs/tf-2.16"),
]
GPU = ["/physical_device:GPU:0"]


def with_wheels(folder, tensorflow=None):
    """Return an environment with the wheels for which TensorFlow 2.16 asks; they are simulated."""
    made = SimulatedEnvironment(folder, PACKAGES, tensorflow)
    if tensorflow:
        next(made.site.glob("tensorflow-*.dist-info")).unlink()
        info = next(tensorflow.glob("tensorflow-*.dist-info"))
        (made.site / info.name).symlink_to(info)
    for name, version in PINNED.items():
        made.remove(name)
        made.wheel(name, version, names=["libcudnn.so.8"] if name == "cudnn" else None)
    return made


PINNED = {
    "cuda_runtime": "12.3.101",
    "cublas": "12.3.4.1",
    "cufft": "11.0.12.1",
    "cusolver": "11.5.4.101",
    "cusparse": "12.2.0.103",
    "cudnn": "8.9.7.29",
    "nvjitlink": "12.3.101",
    "cuda_nvcc": "12.3.107",
}


def told(launch):
    """Return what a TensorFlow lists that is started now, and what it writes."""
    fresh = FreshTensorFlow(launch)
    try:
        answer = fresh.ask()
        return answer.physical, answer.log
    finally:
        fresh.close()


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """TensorFlow 2.16.1 with its extra."""
    return with_wheels(tmp_path_factory.mktemp("broken") / "environment")


@pytest.fixture(scope="module")
def mended(tmp_path_factory):
    """TensorFlow 2.16.2 with its extra."""
    return with_wheels(tmp_path_factory.mktemp("mended") / "environment", MENDED)


@proves("tf2161-runpath", by=TENSORFLOW)
@mends("tf2161-runpath", by="kernel-env")
def test_2_16_1_finds_one_of_its_libraries(broken):
    findings, verdict = diagnosed(broken.launch())
    assert (findings[0].id, findings[0].certainty, verdict) == ("tf2161-runpath", "certain", "cpu-fallback")
    listed, log = told(broken.launch())
    assert (listed, "Cannot dlopen some GPU libraries" in log) == ([], True)
    text = next(one.text for one in findings[0].fixes if one.kind == "kernel-env")
    folders = json.loads("{" + text + "}")["env"]
    assert told(broken.launch(**folders))[0] == GPU


@mends("tf2161-runpath", by="command")
def test_2_16_2_is_what_mends_it(broken, mended):
    text = next(one.text for one in diagnosed(broken.launch())[0][0].fixes if one.kind == "command")
    assert text.endswith('-m pip install "tensorflow[and-cuda]==2.16.2"')
    assert diagnosed(mended.launch()) == ([], "gpu-ready")
    assert told(mended.launch())[0] == GPU


@mends("cc-no-binary", by="command")
def test_2_16_2_has_code_for_an_older_gpu(mended, environment):
    environment.mend()
    case = next(one for one in CASES if one.cause == "cc-no-binary")
    finding = diagnosed(environment.launch(**case.env))[0][0]
    text = next(one.text for one in finding.fixes if one.kind == "command")
    assert text.endswith('-m pip install "tensorflow[and-cuda]==2.16.2"')
    assert diagnosed(mended.launch(**case.env)) == ([], "gpu-ready")
    listed, log = told(mended.launch(**case.env))
    assert (listed, case.says in log and "jit-compiled" in log) == (GPU, False)
