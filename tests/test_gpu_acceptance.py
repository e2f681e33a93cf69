"""The acceptance script, as far as it goes without a GPU: what it says of none, and of a simulated driver."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmark.test_figures import CPU, DEVICE, FIGURE, taken
from tests.scenario import Scenario
from tests.simulated import cuda_driver
from tfgpu_lab.kernels.processes import in_outermost_namespace
from tfgpu_lab.models.benchmark import BenchmarkJob

SCRIPT = Path(__file__).parent.parent / "bench" / "gpu_acceptance.py"
UUID = "GPU-00000000-0000-4000-8000-000000000000"
VALUES = ["81920", "1024", "40", "700.00", "70.00", "1980", "1980"]


def accept(*arguments, **env):
    command = [sys.executable, SCRIPT, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env}, timeout=120)
    return done.returncode, done.stdout


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location("gpu_acceptance", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def driver(nvml_library, tmp_path):
    """A simulated driver for a child: its scenario and its environment."""
    scenario = Scenario(tmp_path)
    scenario.say("gpus 1")
    return scenario, {"LD_LIBRARY_PATH": str(nvml_library.parent), **scenario.environment}


def smi(folder, *lines):
    """Put an nvidia-smi into a folder that prints these lines, whatever it is asked."""
    path = folder / "nvidia-smi"
    path.write_text("#!/bin/sh\ncat <<END\n" + "\n".join(lines) + "\nEND\n")
    path.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def test_without_a_gpu_it_says_so(tmp_path):
    status, said = accept(LD_LIBRARY_PATH=str(tmp_path))
    assert status == 2
    assert said.startswith("There is no GPU to accept here. The NVIDIA driver's library libnvidia-ml.so.1 is not here.")


def test_what_nvidia_smi_says_is_compared_value_by_value(driver, tmp_path):
    _, env = driver
    status, said = accept("--only", "smi", **env, **smi(tmp_path, ", ".join([UUID, "Simulated GPU", *VALUES])))
    assert status == 0, said
    assert "Simulated GPU: 7 values agree" in said
    hot = [*VALUES[:2], "75", *VALUES[3:]]
    status, said = accept("--only", "smi", **env, **smi(tmp_path, ", ".join([UUID, "Simulated GPU", *hot])))
    assert status == 1
    assert "FAILED" in said
    assert "temperature.gpu 40.0, nvidia-smi 75" in said


def test_a_gpu_that_only_one_of_them_lists_fails(driver, tmp_path):
    _, env = driver
    status, said = accept("--only", "smi", **env, **smi(tmp_path, ", ".join(["GPU-other", "Other", *VALUES])))
    assert status == 1
    assert f"only one of them lists {UUID}, GPU-other" in said


@pytest.mark.skipif(not in_outermost_namespace(), reason="process numbers are not the driver's here")
def test_a_child_that_holds_memory_is_found(driver, tmp_path):
    scenario, env = driver
    cuda_driver(tmp_path / "cuda")
    python = tmp_path / "python"  # tells the driver its process number, which stays when Python takes its place
    line = f"printf 'gpus 1\\nprocess 0 %s 600\\n' $$ > {scenario.path}.new && mv {scenario.path}.new {scenario.path}"
    python.write_text(f'#!/bin/sh\n{line}\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    env["LD_LIBRARY_PATH"] += f":{tmp_path / 'cuda'}"
    status, said = accept("--only", "binding", "--python", str(python), **env)
    assert status == 0, said
    assert "exact: GPU 0, 600 MiB of 512 MiB" in said
    status, said = accept("--only", "binding", **env)  # the driver lists another process only
    assert status == 1, said


def test_a_check_that_breaks_is_a_row(driver):
    _, env = driver
    status, said = accept("--only", "binding", "smi", **env, PATH="")
    assert status == 1
    assert "CUDA" in said or "libcuda" in said
    assert "left out  nvidia-smi" in said


def job(measured, **changes):
    fields = {"id": "j", "kernel_id": "", "state": "done", "step": "", "progress": 1.0, "left_s": None}
    fields |= {"created_s": 0.0, "elapsed_s": 1.0, "partial": [], "result": measured.result(), "message": None}
    return BenchmarkJob(**(fields | changes))


def test_figures_stand_beside_those_of_others(script):
    measured = taken({"event": "device", "device": "CPU:0"}, CPU, DEVICE, FIGURE)
    rows = {row.check: row for row in script.figure_rows(job(measured), {"torch": {"float16": 720.0}})}
    assert rows["GPU:0 float16"].result == "ok"
    assert rows["GPU:0 float16"].said == "700 TFLOP/s at 8192, 71% of peak, 1400 x CPU, 0.97 of torch"
    assert rows["time on GPU:0"] == ("time on GPU:0", "ok", "1.5 s, of at most 8 s")
    slow = {row.check: row for row in script.figure_rows(job(measured), {"torch": {"float16": 900.0}})}
    assert slow["GPU:0 float16"].result == "FAILED"


def test_a_benchmark_without_a_gpu_figure_fails(script):
    fallen = FIGURE | {"flags": ["fell-back"], "result_device": "/device:CPU:0"}
    rows = {row.check: row for row in script.figure_rows(job(taken(DEVICE, fallen)), {})}
    assert rows["GPU:0 float16"].result == "FAILED"
    (row,) = script.figure_rows(job(taken(DEVICE), state="failed", result=None, message="It broke."), {})
    assert row == ("benchmark", "FAILED", "It broke.")


def test_a_recorded_machine_is_one_for_the_tests(script, tmp_path, monkeypatch):
    from tests.diagnosis import recorded

    (tmp_path / "alexandra").mkdir()
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "alexandra")
    facts = recorded.machine("healthy-gpu", {"environment.interpreter.prefix": f"{tmp_path}/alexandra/env"})
    (tmp_path / "it.json").write_text(script.recorded(facts))
    monkeypatch.setattr(recorded, "FOLDER", tmp_path)
    again = recorded.machine("it")
    assert again.environment.interpreter.prefix == "/home/ada/env"
    assert "alexandra" not in (tmp_path / "it.json").read_text()
