"""The static probe, on this machine's real TensorFlow and on environments laid out for it."""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import simulated
from tfgpu_lab.kernels.interpreter import Launch, launch_of_python
from tfgpu_lab.kernels.probe import probe


def ask(launch, now=None):
    return asyncio.run(probe(launch, now_env=now))


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """An environment without packages."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder


@pytest.fixture
def site(tmp_path):
    """A folder of packages; `launch` puts it on the path of an interpreter."""
    return tmp_path / "site"


def launch(bare: Path, site: Path | None = None, **env: str) -> Launch:
    clean = {"PATH": os.environ["PATH"], "HOME": str(bare), **env}
    if site:
        clean["PYTHONPATH"] = str(site)
    return Launch(argv=(str(bare / "bin" / "python"),), env=clean)


@pytest.mark.tensorflow
def test_reads_the_real_tensorflow_without_importing_it():
    found = ask(launch_of_python(sys.executable))
    assert found.tensorflow.is_cuda_build
    assert found.tensorflow.distribution == "tensorflow"
    assert any(part.endswith("nvidia/cudnn/lib") for part in found.tensorflow.runpath)
    assert [lib.soname for lib in found.libraries][-1] == "libcudnn.so.9"
    assert found.keras.backend == "tensorflow"
    assert found.unread == {}


def test_says_that_there_is_no_tensorflow(bare):
    found = ask(launch(bare))
    assert found.tensorflow is None
    assert found.libraries == []
    assert found.interpreter.manager == "venv"


def test_finds_libraries_by_the_runpath_of_the_framework(bare, site):
    simulated.tensorflow(site)
    simulated.cuda_wheels(site)
    found = ask(launch(bare, site))
    assert {lib.found_in for lib in found.libraries} == {"RUNPATH"}
    assert [lib.load_error for lib in found.libraries] == [None] * 7
    assert found.tensorflow.and_cuda_requires == ["nvidia-cudnn-cu12<10.0,>=9.3.0.75"]
    assert {wheel.name for wheel in found.nvidia_wheels} >= {"nvidia-cudnn-cu12", "nvidia-cuda-runtime-cu12"}


def test_ld_library_path_wins_over_the_runpath(bare, site, tmp_path):
    simulated.tensorflow(site)
    simulated.cuda_wheels(site)
    other = simulated.library(tmp_path / "system" / "libcudnn.so.9")
    cudnn = ask(launch(bare, site, LD_LIBRARY_PATH=str(other.parent))).libraries[-1]
    assert (cudnn.path, cudnn.found_in) == (str(other), "LD_LIBRARY_PATH")
    assert cudnn.elsewhere == [str(site / "nvidia" / "cudnn" / "lib" / "libcudnn.so.9")]


def test_tells_where_a_missing_library_lies_in_another_major(bare, site, tmp_path):
    simulated.tensorflow(site)
    simulated.cuda_wheels(site)
    (site / "nvidia" / "cudnn" / "lib" / "libcudnn.so.9").unlink()
    system = tmp_path / "system"
    for name in ("libcudnn.so.8", "libcudnn.so.8.9.7", "libcudnn_ops.so.9", "libcudnn.so", "libcublas.so.11"):
        simulated.library(system / name)
    by_name = {one.soname: one.other_versions for one in ask(launch(bare, site, LD_LIBRARY_PATH=str(system))).libraries}
    assert str(system / "libcudnn.so.8") in by_name["libcudnn.so.9"]
    assert not [path for path in by_name["libcudnn.so.9"] if path.endswith((".8.9.7", "ops.so.9", ".so"))]
    assert by_name["libcublas.so.12"] == [], "it is found, so others do not matter"


@pytest.mark.parametrize(
    ("version", "cuda", "names"),
    [
        ("2.4.1", "11.0", {"libcusolver.so.10", "libcurand.so.10", "libcudart.so.11.0"}),
        ("2.11.0", "11.2", {"libcusolver.so.11", "libcurand.so.10", "libcufft.so.10"}),
        ("2.12.0", "11.8", {"libcusolver.so.11", "libcublas.so.11"}),
    ],
)
def test_knows_the_libraries_of_older_releases(version, cuda, names, bare, site):
    build = simulated.CUDA_BUILD.replace("12.5.1", cuda).replace("'9'", "'8'")
    simulated.tensorflow(site, version=version, build=build)
    found = {one.soname for one in ask(launch(bare, site)).libraries}
    assert names | {"libcudnn.so.8"} <= found
    assert ("libcurand.so.10" in found) == ("libcurand.so.10" in names)


def test_tells_a_broken_library_and_a_missing_dependency(bare, site):
    simulated.tensorflow(site)
    simulated.cuda_wheels(site)
    (site / "nvidia" / "cudnn" / "lib" / "libcudnn.so.9").write_bytes(b"\x7fELF")
    needed = simulated.library(site / "libnvJitLink.so.12")
    simulated.library(site / "nvidia" / "cusparse" / "lib" / "libcusparse.so.12", needs=[needed])
    needed.unlink()
    by_name = {lib.soname: lib.load_error for lib in ask(launch(bare, site)).libraries}
    assert "file too short" in by_name["libcudnn.so.9"]
    assert "libnvJitLink.so.12: cannot open" in by_name["libcusparse.so.12"]
    assert by_name["libcufft.so.11"] is None


def test_tells_which_distribution_owns_the_files(bare, site):
    simulated.tensorflow(site)
    simulated.distribution(
        site,
        "tensorflow-cpu",
        "2.20.0",
        {"tensorflow/python/platform/build_info.py": simulated.CPU_BUILD},  # the last installed wins
    )
    found = ask(launch(bare, site))
    assert found.tensorflow.distribution == "tensorflow-cpu"
    assert found.tensorflow.is_cuda_build is False
    assert {"tensorflow", "tensorflow-cpu"} <= {d.name for d in found.distributions}


def test_asks_the_driver_in_a_child(bare, tmp_path):
    driver = simulated.cuda_driver(tmp_path / "driver")
    cuda = ask(launch(bare, LD_LIBRARY_PATH=str(driver.parent), SIMULATED_GPUS="2")).cuda
    assert (cuda.cuinit_code, cuda.cuda_version, cuda.library) == (0, 12080, str(driver))
    assert [(d.name, d.compute_capability, d.multiprocessors) for d in cuda.devices] == [
        ("Simulated GPU 0", "9.0", 132),
        ("Simulated GPU 1", "9.0", 132),
    ]


def test_shows_what_cuda_visible_devices_hides(bare, tmp_path):
    driver = simulated.cuda_driver(tmp_path / "driver")
    found = ask(launch(bare, LD_LIBRARY_PATH=str(driver.parent), CUDA_VISIBLE_DEVICES="-1"))
    assert (found.cuda.cuinit_name, found.cuda.devices) == ("CUDA_ERROR_NO_DEVICE", [])
    assert len(found.cuda_unmasked.devices) == 1


def test_what_the_notebook_changed_counts_for_the_driver(bare, tmp_path):
    driver = simulated.cuda_driver(tmp_path / "driver")
    start = launch(bare, LD_LIBRARY_PATH=str(driver.parent))
    found = ask(start, now={"CUDA_VISIBLE_DEVICES": "", "LD_LIBRARY_PATH": "/nowhere"})
    assert found.cuda.library == str(driver), "the loader read LD_LIBRARY_PATH when the process started"
    assert found.cuda.devices == []
    assert {(v.name, v.at_start, v.now) for v in found.variables} >= {("CUDA_VISIBLE_DEVICES", None, "")}


@pytest.mark.parametrize(("knob", "said"), [("CRASH", "signal 6"), ("SLEEP_S", "did not answer")])
def test_a_driver_that_crashes_or_hangs_is_told_and_bounded(bare, tmp_path, knob, said):
    driver = simulated.cuda_driver(tmp_path / "driver")
    begin = time.monotonic()
    found = ask(launch(bare, LD_LIBRARY_PATH=str(driver.parent), **{f"SIMULATED_CUINIT_{knob}": "60"}))
    assert said in found.cuda.failure
    assert time.monotonic() - begin < 30


def test_reads_the_backend_of_keras(bare, tmp_path):
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "jax"}))
    by_file = ask(launch(bare, KERAS_HOME=str(tmp_path))).keras
    assert (by_file.backend, by_file.source) == ("jax", str(tmp_path / "keras.json"))
    by_variable = ask(launch(bare, KERAS_HOME=str(tmp_path), KERAS_BACKEND="torch")).keras
    assert (by_variable.backend, by_variable.source) == ("torch", "KERAS_BACKEND")


def test_reports_no_variable_beyond_its_list(bare):
    secrets = {"TF_VAR_password": "hunter2", "TF_TOKEN_app_terraform_io": "hunter2", "AWS_SECRET_ACCESS_KEY": "hunter2"}
    found = ask(launch(bare, CUDA_VISIBLE_DEVICES="0", **secrets), now=secrets)
    assert "hunter2" not in repr(found)
    assert [v.name for v in found.variables] == ["CUDA_VISIBLE_DEVICES"]


def test_survives_broken_packages(bare, site):
    simulated.tensorflow(site)
    (site / "tensorflow" / "python" / "platform" / "build_info.py").write_text("this is not Python")
    (site / "tensorflow" / "libtensorflow_framework.so.2").write_bytes(b"\x7fELF\x02\x01" + b"\xff" * 100)
    (site / "tensorflow-2.20.0.dist-info" / "RECORD").unlink()
    (site / "keras-3.dist-info").mkdir()
    found = ask(launch(bare, site))
    assert found.tensorflow.is_cuda_build is None
    assert {"build_info", "RUNPATH", "RECORD"} <= found.unread.keys()


def test_nvml_tells_who_shares_the_gpu(bare, tmp_path):
    driver = simulated.library(tmp_path / "driver" / "libnvidia-ml.so.1", source=simulated.NATIVE / "nvml.c")
    knobs = {
        "GPUS": "2",
        "MEMORY_MB": "16384",
        "MEMORY_FREE_MB": "1024,16384",
        "COMPUTE_MODE": "3",
        "PROCESS_PID": str(os.getpid()),
    }
    env = {f"SIMULATED_{name}": value for name, value in knobs.items()}
    first, second = ask(launch(bare, LD_LIBRARY_PATH=str(driver.parent), **env)).nvml.devices
    assert (first.uuid, first.name, first.compute_mode) == ("GPU-simulated-0", "Simulated GPU 0", 3)
    assert (first.memory_free_bytes, second.memory_free_bytes) == (1 << 30, 16 << 30)
    assert [(one.pid, one.memory_used_bytes) for one in first.processes] == [(os.getpid(), 15 << 30)]
    assert first.others == 0
    assert first.mig_enabled is None, "the simulated GPU has no MIG"
    divided = ask(launch(bare, LD_LIBRARY_PATH=str(driver.parent), SIMULATED_MIG="1")).nvml.devices
    assert [one.mig_enabled for one in divided] == [True]


def test_a_process_that_is_not_this_users_is_only_counted(bare, tmp_path):
    driver = simulated.library(tmp_path / "driver" / "libnvidia-ml.so.1", source=simulated.NATIVE / "nvml.c")
    stranger = "4194304"  # one more than the largest pid there can be: of another machine or container
    env = {"LD_LIBRARY_PATH": str(driver.parent), "SIMULATED_PROCESS_PID": stranger, "SIMULATED_MEMORY_FREE_MB": "9"}
    (device,) = ask(launch(bare, **env)).nvml.devices
    assert (device.processes, device.others) == ([], 1)


def test_reads_what_conda_knows(site, tmp_path):
    own = tmp_path / "conda"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", own], check=True)
    (own / "conda-meta").mkdir()
    for record in (
        "tensorflow-base-2.18.0-cpu_py311h6ac8430_0",
        "cuda-cudart-12.6.77-h5888daf_0",
        "cupy-13.3.0-py311_0",
    ):
        (own / "conda-meta" / f"{record}.json").write_text("{}")
    scripts = own / "etc" / "conda" / "activate.d"
    scripts.mkdir(parents=True)
    text = 'export LD_LIBRARY_PATH="${CONDA_PREFIX}/lib:$LD_LIBRARY_PATH"\nAWS_SECRET_ACCESS_KEY=hunter2\n'
    (scripts / "env_vars.sh").write_text(text)
    found = ask(launch(own))
    assert found.interpreter.manager == "conda"
    assert [(one.name, one.build) for one in found.conda.packages] == [
        ("cuda-cudart", "h5888daf_0"),
        ("tensorflow-base", "cpu_py311h6ac8430_0"),
    ]
    assert [one.variables for one in found.conda.scripts] == [{"LD_LIBRARY_PATH": f"{own}/lib:$LD_LIBRARY_PATH"}]
    assert "hunter2" not in repr(found)
    assert ask(launch(own)).unread == {}


def test_an_environment_of_pip_has_no_conda(bare):
    assert ask(launch(bare)).conda is None
