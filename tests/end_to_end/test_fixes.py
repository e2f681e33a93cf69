"""Each fix that a program can apply, applied as its text says: then the real TensorFlow lists the GPU.

The driver and the NVIDIA wheels are simulated. What a fix changes reaches TensorFlow as it would in a kernel: code runs
after `import tensorflow` and before the first look for devices, variables and packages are there at the start.
"""

import asyncio
import json
import shutil
import subprocess

import pytest

from tests.end_to_end import cases
from tests.end_to_end.fresh import LIST, USE, FreshTensorFlow
from tests.end_to_end.machine import Machine, needs_namespace
from tests.end_to_end.native import built
from tests.end_to_end.proof import mends
from tests.end_to_end.wheels import pip
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


@mends("tf221-cusolver-runpath", by="code")
def test_the_221_bug_is_mended_by_loading_the_library(environment, tensorflow):
    text = fix(environment, "tf221-cusolver-runpath", CODE)
    assert tensorflow.ask().physical == []
    assert tensorflow.ask(f"{text}\n{LIST}").physical == ["/physical_device:GPU:0"]
    assert tensorflow.ask(f"{LIST}\n{text}\n{LIST}").physical == [], "too late, as the fix says"


@mends("tf221-cusolver-runpath", by="command", title="For this environment")
def test_the_221_bug_is_mended_by_a_link(environment, tensorflow):
    text = fix(environment, "tf221-cusolver-runpath", COMMAND)
    subprocess.run(["sh", "-c", text], check=True)
    told = tensorflow.ask(USE, SIMULATED_MEMORY_MB="4096")
    assert told.answer["logical"] == ["/device:GPU:0"]
    assert told.answer["device"].endswith("/device:GPU:0")


@mends("tf221-cusolver-runpath", by="kernel-env")
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


@mends("libcuda-not-on-search-path", by="code")
def test_libcuda_is_found_by_loading_it(environment, tensorflow):
    needs_namespace()
    environment.mend()
    environment.without("libcuda.so.1")
    text = fix(environment, "libcuda-not-on-search-path", CODE, OWN_FOLDER)
    assert tensorflow.ask(LIST, OWN_FOLDER).physical == []
    assert tensorflow.ask(f"{text}\n{LIST}", OWN_FOLDER).physical == ["/physical_device:GPU:0"]


@mends("libcuda-not-on-search-path", by="kernel-env")
def test_the_folder_of_libcuda_is_named_in_the_kernels_environment(environment):
    needs_namespace()
    environment.mend()
    environment.without("libcuda.so.1")
    found = variables(fix(environment, "libcuda-not-on-search-path", ENV, OWN_FOLDER))
    assert gpus_at_start(environment, OWN_FOLDER, **found) == ["/physical_device:GPU:0"]


@mends("cuda-lib-missing", by="code")
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
@mends("libcuda-is-stub", "cuda-compat-shadow", by="kernel-env")
def test_a_wrong_libcuda_is_taken_off_the_path(name, environment):
    needs_namespace()
    case = BROKEN[name]
    case.prepare(environment)
    found = variables(fix(environment, name, ENV, case.machine, **case.env))
    # cuInit's code is that of the wrong file: the driver's own starts.
    assert gpus_at_start(environment, case.machine, **found) == ["/physical_device:GPU:0"]


@mends("cuda-lib-missing", by="kernel-env")
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
@mends("cvd-hides-gpu", "cvd-bad-entry", "too-few-multiprocessors", by="kernel-env")
def test_a_variable_is_set_right(cause, env, environment, tensorflow):
    environment.mend()
    found = variables(fix(environment, cause, ENV, **env))
    assert tensorflow.ask(**env).physical == []
    assert tensorflow.ask(**(env | found)).physical == ["/physical_device:GPU:0"]


@pytest.mark.parametrize("name", ["cuda-lib-missingcudnn", "cuda-lib-dependency-missing", "cuda-lib-corrupt"])
@mends("cuda-lib-missing", "cuda-lib-corrupt", by="command")
@mends("cuda-lib-dependency-missing", by="command", title="Install the library that is needed")
def test_a_wheel_is_installed_with_pip(name, environment, tensorflow, tmp_path):
    case = BROKEN[name]
    case.prepare(environment)
    assert tensorflow.ask().physical == []
    pip(environment, fix(environment, case.cause, COMMAND), tmp_path)
    assert tensorflow.ask().physical == ["/physical_device:GPU:0"]


@mends("cudnn-major-mismatch", "cudnn-older-than-compiled", by="command")
def test_the_right_cudnn_is_installed_with_pip(environment, tensorflow, tmp_path):
    for name in ("cudnn-major-mismatchwheel", "cudnn-major-mismatchsystem", "cudnn-older-than-compiled"):
        environment.reset()
        case = BROKEN[name]
        case.prepare(environment)
        pip(environment, fix(environment, case.cause, COMMAND), tmp_path)
        assert tensorflow.ask().physical == ["/physical_device:GPU:0"]
        facts = Facts(environment=asyncio.run(probe(environment.launch())), live=None)
        assert diagnose(facts) == []


@mends("xla-libdevice-or-ptxas-missing", by="command")
def test_the_compiler_of_xla_is_installed_with_pip(environment, tmp_path):
    environment.mend()
    environment.remove("cuda_nvcc")
    pip(environment, fix(environment, "xla-libdevice-or-ptxas-missing", COMMAND), tmp_path)
    assert diagnose(Facts(environment=asyncio.run(probe(environment.launch())), live=None)) == []


@mends("cudnn-older-than-compiled", "ld-library-path-shadows-wheels", by="kernel-env")
@pytest.mark.parametrize(
    ("cause", "version"), [("cudnn-older-than-compiled", "9.1.0"), ("ld-library-path-shadows-wheels", "9.9.0")]
)
def test_a_cudnn_of_the_system_is_taken_off_the_path(cause, version, environment):
    environment.mend()
    shutil.copy(built("libcudnn.so.9"), environment.system / f"libcudnn.so.{version}")
    (environment.system / "libcudnn.so.9").symlink_to(f"libcudnn.so.{version}")
    found = variables(fix(environment, cause, ENV))
    after = asyncio.run(probe(environment.launch(**found)))
    assert diagnose(Facts(environment=after, live=None)) == []
    assert after.libraries[-1].path == str(environment.lib("cudnn") / "libcudnn.so.9")
    assert gpus_at_start(environment, **found) == ["/physical_device:GPU:0"]
