"""Causes in what is installed, laid out in an environment without TensorFlow: the static probe, in milliseconds.

Nothing here runs TensorFlow: the packages are as real as the probe looks (metadata, build_info.py, an ELF file).
"""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import simulated
from tests.end_to_end.machine import Machine
from tests.end_to_end.native import DRIVER, built
from tests.end_to_end.proof import SYNTHESISED, mends, proves
from tfgpu_lab.diagnosis.facts import Facts
from tfgpu_lab.diagnosis.rule import diagnose
from tfgpu_lab.diagnosis.verdict import foresee
from tfgpu_lab.kernels.interpreter import Launch
from tfgpu_lab.kernels.probe import probe
from tfgpu_lab.models.finding import Finding


class Installed:
    """A virtual environment with a driver that works, into which packages are laid out."""

    def __init__(self, folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        self.folder = folder
        self.site = next(folder.glob("lib/python3*/site-packages"))
        driver = folder / "driver"
        driver.mkdir()
        for name in DRIVER:
            (driver / name).symlink_to(built(name))
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LD_LIBRARY_PATH": str(driver)}

    def found(self, machine: Machine | None = None, **env: str) -> tuple[list[str], str]:
        """Return the ids of the findings, and the verdict."""
        findings, verdict = self.judged(machine, **env)
        return [one.id for one in findings], verdict

    def judged(self, machine: Machine | None = None, **env: str) -> tuple[list[Finding], str]:
        """Return the findings and the verdict."""
        prefix = machine.prefix() if machine else ()
        launch = Launch(argv=(*prefix, str(self.folder / "bin" / "python")), env={**self.env, **env})
        facts = Facts(environment=asyncio.run(probe(launch)), live=None)
        findings = diagnose(facts)
        return findings, foresee(facts, findings).verdict

    def pretend(self, line: str) -> None:
        """Run a line at each start of the interpreter: it then says that it is another one."""
        (self.site / "sitecustomize.py").write_text(f"import platform, sys\n{line}\n")


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    """An environment without packages."""
    return Installed(tmp_path / "environment")


def healthy(installed: Installed, version: str = "2.20.0") -> None:
    simulated.tensorflow(installed.site, version=version)
    simulated.cuda_wheels(installed.site)


def conda(installed: Installed, *records: str, script: str | None = None) -> None:
    """Make it look like an environment of conda."""
    meta = installed.folder / "conda-meta"
    meta.mkdir()
    for record in records:
        (meta / f"{record}.json").write_text("{}")
    if script:
        folder = installed.folder / "etc" / "conda" / "activate.d"
        folder.mkdir(parents=True)
        (folder / "env_vars.sh").write_text(script)


def test_nothing_is_wrong(installed):
    healthy(installed)
    assert installed.found() == ([], "gpu-ready")


@proves("tensorflow-not-installed", by=SYNTHESISED)
def test_no_tensorflow(installed):
    assert installed.found() == (["tensorflow-not-installed"], "no-tensorflow")


def test_a_cpu_wheel(installed):
    simulated.tensorflow(installed.site, name="tensorflow-cpu", build=simulated.CPU_BUILD)
    assert installed.found() == (["cpu-only-wheel"], "cpu-fallback")


def test_two_distributions_in_one_folder(installed):
    healthy(installed)
    files = {"tensorflow/python/platform/build_info.py": simulated.CPU_BUILD}
    simulated.distribution(installed.site, "tensorflow-cpu", "2.20.0", files)
    causes, verdict = installed.found()
    assert (causes[0], verdict) == ("mixed-tensorflow-dists", "cpu-fallback")


def test_a_file_shadows_the_package(installed):
    healthy(installed)
    project = installed.folder / "project"
    project.mkdir()
    (project / "tensorflow.py").write_text("")
    causes, verdict = installed.found(PYTHONPATH=str(project))
    assert (causes[0], verdict) == ("user-site-or-local-shadow", "cpu-fallback")


@proves("tensorflow-gpu-package", by=SYNTHESISED)
def test_tensorflow_gpu(installed):
    simulated.distribution(installed.site, "tensorflow-gpu", "2.12.0", {})
    assert installed.found() == (["tensorflow-gpu-package", "tensorflow-not-installed"], "no-tensorflow")


@proves("linux-aarch64-wheel-cpu-only", by=SYNTHESISED)
def test_arm(installed):
    simulated.tensorflow(installed.site, build=simulated.CPU_BUILD)
    installed.pretend("platform.machine = lambda: 'aarch64'")
    causes, verdict = installed.found()
    assert (causes[0], verdict) == ("linux-aarch64-wheel-cpu-only", "cpu-fallback")


@proves("python-unsupported", by=SYNTHESISED)
def test_a_python_without_wheels(installed):
    installed.pretend("platform.python_version = lambda: '3.14.0'")
    assert installed.found() == (["python-unsupported", "tensorflow-not-installed"], "no-tensorflow")


@proves("windows-native-no-gpu", by=SYNTHESISED)
def test_windows(installed):
    simulated.tensorflow(installed.site, build=simulated.CPU_BUILD)
    installed.pretend("sys.platform = 'win32'")
    assert installed.found() == (["windows-native-no-gpu"], "unknown")


@proves("macos-no-metal", by=SYNTHESISED)
@pytest.mark.parametrize(("machine", "verdict"), [("arm64", "cpu-fallback"), ("x86_64", "unknown")])
def test_a_mac(machine, verdict, installed):
    simulated.tensorflow(installed.site, build=simulated.CPU_BUILD)
    installed.pretend(f"sys.platform = 'darwin'; platform.machine = lambda: '{machine}'")
    assert installed.found() == (["macos-no-metal"], verdict)


@proves("cpu-only-image", by=SYNTHESISED)
def test_an_image_without_cuda(installed):
    simulated.tensorflow(installed.site, build=simulated.CPU_BUILD)
    installed.pretend("sys.base_prefix = sys.prefix")  # the image's own interpreter, and no environment of the user's
    assert installed.found(KUBERNETES_SERVICE_HOST="10.0.0.1")[0] == ["cpu-only-wheel", "cpu-only-image"]


@proves("tf2161-runpath", by=SYNTHESISED)
@mends("tf2161-runpath", by="kernel-env")
def test_the_216_1_bug(installed):
    healthy(installed, "2.16.1")
    framework = installed.site / "tensorflow" / "libtensorflow_framework.so.2"
    simulated.library(framework, rpath="$ORIGIN/../nvidia/cuda_runtime/lib")
    findings, verdict = installed.judged()
    assert (findings[0].id, verdict) == ("tf2161-runpath", "cpu-fallback")
    text = next(one.text for one in findings[0].fixes if one.kind == "kernel-env")
    assert installed.found(**json.loads("{" + text + "}")["env"]) == ([], "gpu-ready")


@proves("torch-or-jax-overrode-nvidia-wheels", by=SYNTHESISED)
def test_another_framework_changed_the_wheels(installed):
    healthy(installed)
    metadata = 'Requires-Dist: nvidia-cublas-cu12==12.5.3.2; extra == "and-cuda"\n'
    with (installed.site / "tensorflow-2.20.0.dist-info" / "METADATA").open("a") as file:
        file.write(metadata)
    simulated.distribution(installed.site, "torch", "2.9.0", {})
    assert installed.found() == (["torch-or-jax-overrode-nvidia-wheels"], "gpu-ready")


@proves("conda-cpu-build", by=SYNTHESISED)
def test_conda_chose_the_cpu_build(installed):
    simulated.tensorflow(installed.site, build=simulated.CPU_BUILD)
    conda(installed, "tensorflow-base-2.18.0-cpu_py311h6ac8430_0")
    assert installed.found()[0][0] == "conda-cpu-build"


@proves("conda-pip-mix", by=SYNTHESISED)
def test_pip_and_conda(installed):
    healthy(installed)
    conda(installed, "cudnn-9.3.0.75-h3f2d84a_0", "openssl-3.0.0-0")
    assert installed.found() == (["conda-pip-mix"], "gpu-ready")


@proves("xla-libdevice-or-ptxas-missing", by=SYNTHESISED)
def test_xla_lacks_its_compiler(installed):
    healthy(installed)
    with (installed.site / "tensorflow-2.20.0.dist-info" / "METADATA").open("a") as file:
        file.write('Requires-Dist: nvidia-cuda-nvcc-cu12<13.0,>=12.5.82; extra == "and-cuda"\n')
    assert installed.found() == (["xla-libdevice-or-ptxas-missing"], "gpu-ready")


def test_keras_computes_with_something_else(installed):
    healthy(installed)
    simulated.distribution(installed.site, "keras", "3.15.1", {})
    (installed.folder / ".keras").mkdir()
    (installed.folder / ".keras" / "keras.json").write_text(json.dumps({"backend": "numpy"}))
    assert installed.found() == (["keras-backend-not-tensorflow"], "gpu-ready")


def test_messages_are_hidden(installed):
    simulated.tensorflow(installed.site, name="tensorflow-cpu", build=simulated.CPU_BUILD)
    assert installed.found(TF_CPP_MIN_LOG_LEVEL="3")[0] == ["cpu-only-wheel", "log-level-hides-evidence"]


def test_a_cudnn_of_the_system_is_older(installed):
    healthy(installed)
    system = installed.folder / "system"
    old = simulated.library(system / "libcudnn.so.9.1.0")
    (system / "libcudnn.so.9").symlink_to(old.name)
    path = f"{system}:{installed.env['LD_LIBRARY_PATH']}"
    causes, verdict = installed.found(LD_LIBRARY_PATH=path)
    assert (causes, verdict) == (["cudnn-older-than-compiled", "ld-library-path-shadows-wheels"], "gpu-ready")


def test_odd_systems_do_not_break_the_probe(installed):
    healthy(installed)
    conda(installed, "not-a-record", script="\x00\xff=\nexport LD_LIBRARY_PATH=")
    (installed.folder / "etc" / "conda" / "activate.d" / "broken.sh").symlink_to("nowhere")
    assert installed.found()[1] == "gpu-ready"
    (installed.folder / "driver" / "libnvidia-ml.so.1").unlink()
    simulated.library(installed.folder / "driver" / "libnvidia-ml.so.1")  # without a single function
    assert installed.found()[1] == "gpu-ready"
