"""Each fix that a program can apply, applied as its text says: then the real TensorFlow lists the GPU.

The driver and the NVIDIA wheels are simulated. What a fix changes reaches TensorFlow as it would in a kernel: code runs
after `import tensorflow` and before the first look for devices, variables and packages are there at the start.
"""

import asyncio
import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.end_to_end import cases
from tests.end_to_end.environment import OTHERS, WHEELS
from tests.end_to_end.fresh import LIST, USE, FreshTensorFlow
from tests.end_to_end.machine import Machine, needs_namespace
from tests.end_to_end.native import built
from tests.simulated import SONAMES
from tfgpu_lab.diagnosis.facts import Facts
from tfgpu_lab.diagnosis.rule import diagnose
from tfgpu_lab.kernels.probe import probe

pytestmark = pytest.mark.tensorflow
CODE, COMMAND, ENV = "code", "command", "kernel-env"
BROKEN = {case.cause + case.name: case for case in cases.CASES}
OWN_FOLDER = Machine(files={"/usr/local/nvidia/lib64/libcuda.so.1": built("libcuda.so.1")})


def fix(environment, cause, kind, machine=None, now=None, **env):
    """Return the text of the first fix of that kind."""
    launch = environment.launch(machine, **env)
    facts = Facts(environment=asyncio.run(probe(launch, now_env=now)), live=None)
    finding = diagnose(facts)[0]
    assert finding.id == cause
    return next(one.text for one in finding.fixes if one.kind == kind)


def variables(text):
    """Return the variables of a fix for kernel.json."""
    return json.loads("{" + text + "}")["env"]


def gpus_at_start(environment, machine=None, **env):
    """Return what a TensorFlow lists that is imported only now."""
    fresh = FreshTensorFlow(environment.launch(machine, **env))
    try:
        return fresh.ask().physical
    finally:
        fresh.close()


def test_the_221_bug_is_mended_by_loading_the_library(environment, tensorflow):
    text = fix(environment, "tf221-cusolver-runpath", CODE)
    assert tensorflow.ask().physical == []
    assert tensorflow.ask(f"{text}\n{LIST}").physical == ["/physical_device:GPU:0"]
    assert tensorflow.ask(f"{LIST}\n{text}\n{LIST}").physical == [], "too late, as the fix says"


def test_the_221_bug_is_mended_by_a_link(environment, tensorflow):
    text = fix(environment, "tf221-cusolver-runpath", COMMAND)
    subprocess.run(["sh", "-c", text], check=True)
    told = tensorflow.ask(USE, SIMULATED_MEMORY_MB="4096")
    assert told.answer["logical"] == ["/device:GPU:0"]
    assert told.answer["device"].endswith("/device:GPU:0")


def test_the_221_bug_is_mended_by_the_kernels_environment(environment):
    found = variables(fix(environment, "tf221-cusolver-runpath", ENV))
    assert gpus_at_start(environment, **found) == ["/physical_device:GPU:0"]


def test_the_links_of_the_installation_guide_do_not_mend_it(environment, tensorflow):
    for path in environment.site.glob("nvidia/*/lib/*.so*"):
        (environment.site / "tensorflow" / path.name).symlink_to(path)
    try:
        assert tensorflow.ask().physical == []
    finally:
        for path in environment.site.glob("nvidia/*/lib/*.so*"):
            (environment.site / "tensorflow" / path.name).unlink()


def test_libcuda_is_found_by_loading_it(environment, tensorflow):
    needs_namespace()
    environment.mend()
    environment.without("libcuda.so.1")
    text = fix(environment, "libcuda-not-on-search-path", CODE, OWN_FOLDER)
    assert tensorflow.ask(LIST, OWN_FOLDER).physical == []
    assert tensorflow.ask(f"{text}\n{LIST}", OWN_FOLDER).physical == ["/physical_device:GPU:0"]


def test_libraries_in_another_folder_are_found_by_loading_them(environment, tensorflow):
    needs_namespace()
    environment.mend()
    environment.remove("cudnn", "cufft")
    names = ("libcudnn.so.9", "libcufft.so.11")
    machine = Machine(files={f"/usr/local/cuda/lib64/{name}": built(name) for name in names})
    text = fix(environment, "cuda-lib-missing", CODE, machine)
    assert tensorflow.ask(LIST, machine).physical == []
    assert tensorflow.ask(f"{text}\n{LIST}", machine).physical == ["/physical_device:GPU:0"]


@pytest.mark.parametrize("name", ["libcuda-is-stub", "cuda-compat-shadow"])
def test_a_wrong_libcuda_is_taken_off_the_path(name, environment):
    needs_namespace()
    case = BROKEN[name]
    case.prepare(environment)
    found = variables(fix(environment, name, ENV, case.machine, **case.env))
    # cuInit's code is that of the wrong file: the driver's own starts.
    assert gpus_at_start(environment, case.machine, **found) == ["/physical_device:GPU:0"]


def test_libraries_in_another_folder_are_named_in_the_kernels_environment(environment):
    environment.mend()
    environment.remove("cudnn")
    there = environment.home / "cuda" / "lib64"
    there.mkdir(parents=True)
    shutil.copy(built("libcudnn.so.9"), there)
    machine = Machine(files={"/usr/local/cuda/lib64/libcudnn.so.9": there / "libcudnn.so.9"})
    needs_namespace()
    found = variables(fix(environment, "cuda-lib-missing", ENV, machine))
    assert gpus_at_start(environment, machine, **found) == ["/physical_device:GPU:0"]


@pytest.mark.parametrize(
    ("cause", "env"),
    [
        ("cvd-hides-gpu", {"CUDA_VISIBLE_DEVICES": "-1"}),
        ("cvd-bad-entry", {"CUDA_VISIBLE_DEVICES": "7"}),
        ("too-few-multiprocessors", {"TF_MIN_GPU_MULTIPROCESSOR_COUNT": "200"}),
    ],
)
def test_a_variable_is_set_right(cause, env, environment, tensorflow):
    environment.mend()
    found = variables(fix(environment, cause, ENV, **env))
    assert tensorflow.ask(**env).physical == []
    assert tensorflow.ask(**(env | found)).physical == ["/physical_device:GPU:0"]


@pytest.mark.parametrize("name", ["cuda-lib-missingcudnn", "cuda-lib-dependency-missing", "cuda-lib-corrupt"])
def test_a_wheel_is_installed_with_pip(name, environment, tensorflow, tmp_path):
    case = BROKEN[name]
    case.prepare(environment)
    assert tensorflow.ask().physical == []
    pip(environment, fix(environment, case.cause, COMMAND), tmp_path)
    assert tensorflow.ask().physical == ["/physical_device:GPU:0"]


def test_the_right_cudnn_is_installed_with_pip(environment, tensorflow, tmp_path):
    for name in ("cudnn-major-mismatch", "cudnn-older-than-compiled"):
        environment.reset()
        case = BROKEN[name]
        case.prepare(environment)
        pip(environment, fix(environment, case.cause, COMMAND), tmp_path)
        assert tensorflow.ask().physical == ["/physical_device:GPU:0"]
        facts = Facts(environment=asyncio.run(probe(environment.launch())), live=None)
        assert diagnose(facts) == []


def pip(environment, text, folder: Path) -> None:
    """Run a line of pip, which finds the simulated wheels and no network."""
    for name, version in WHEELS.items():
        wheel(folder, name, version)
    env = environment.variables(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(folder), PIP_DISABLE_PIP_VERSION_CHECK="1")
    done = subprocess.run(["sh", "-c", text], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def wheel(folder: Path, name: str, version: str) -> None:
    """Make a wheel like NVIDIA's, with simulated libraries."""
    dist = f"nvidia_{name}_cu12-{version}"
    files = {f"nvidia/{name}/lib/{one}": built(one).read_bytes() for one in OTHERS.get(name, SONAMES.get(name, []))}
    files[f"{dist}.dist-info/METADATA"] = (
        f"Metadata-Version: 2.1\nName: nvidia-{name.replace('_', '-')}-cu12\nVersion: {version}\n".encode()
    )
    files[f"{dist}.dist-info/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{path},,\n" for path in [*files, f"{dist}.dist-info/RECORD"])
    with zipfile.ZipFile(folder / f"{dist}-py3-none-any.whl", "w") as archive:
        for path, data in {**files, f"{dist}.dist-info/RECORD": record.encode()}.items():
            archive.writestr(path, data)
