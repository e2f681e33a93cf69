"""Asking a fresh TensorFlow: its answer, its failures, its time, and nothing left behind."""

import asyncio
import os
import sys
import time

import pytest

from tests.kernels import import_cases as cases
from tfgpu_lab.kernels.import_tf import LOG_CHARACTERS, import_tf
from tfgpu_lab.kernels.interpreter import Launch, launch_of_python


def ask(launch, **options):
    return asyncio.run(import_tf(launch, **options))


def test_tells_the_gpus_and_the_log(tmp_path):
    answer = ask(cases.launch(tmp_path, cases.LISTS))
    (gpu,) = answer.gpus
    assert (gpu.name, gpu.device_name, gpu.compute_capability) == ("/physical_device:GPU:0", "Simulated GPU", "9.0")
    assert (answer.tensorflow_version, answer.failure) == ("2.99.0", None)
    assert "Could not load dynamic library 'libcudnn.so.9'" in answer.log
    assert "on stdout None" in answer.log, "what TensorFlow prints is no answer of ours"
    assert 0 < answer.duration_s < 30
    assert answer.at_s > 1_700_000_000


def test_the_kernels_variables_as_they_are_now_count(tmp_path):
    launch = cases.launch(tmp_path, cases.LISTS, CUDA_VISIBLE_DEVICES="0")
    assert ask(launch, now_env={"CUDA_VISIBLE_DEVICES": "-1"}).gpus == []
    hidden = Launch(argv=launch.argv, env={**launch.env, "CUDA_VISIBLE_DEVICES": "-1"})
    assert ask(hidden).gpus == []
    assert len(ask(hidden, now_env={}).gpus) == 1, "the notebook has removed it"


def test_paths_that_were_set_too_late_do_not_count(tmp_path):
    launch = cases.launch(tmp_path, cases.TELLS_VARIABLES)
    answer = ask(launch, now_env={"PYTHONPATH": "/nowhere", "LD_LIBRARY_PATH": "/nowhere"})
    assert answer.gpus
    assert "'TF_CPP_MIN_LOG_LEVEL'" in answer.log
    assert "/nowhere" not in answer.log


def test_the_messages_that_tensorflow_hides_are_on(tmp_path):
    launch = cases.launch(tmp_path, cases.TELLS_VARIABLES, TF_CPP_MIN_LOG_LEVEL="3", TF_CPP_MAX_VLOG_LEVEL="9")
    log = ask(launch, now_env={"TF_CPP_MIN_LOG_LEVEL": "3"}).log
    assert "'TF_CPP_MIN_LOG_LEVEL': '0'" in log
    assert "dso_loader=1,cuda_diagnostics=1,cuda_platform=1,gpu_device=1" in log
    assert "MAX_VLOG" not in log


def test_an_import_that_fails_is_no_answer(tmp_path):
    answer = ask(cases.launch(tmp_path, cases.BREAKS))
    assert answer.gpus is None
    assert "ImportError: libcublas.so.10.0" in answer.failure
    assert "Traceback" in answer.log


@pytest.mark.parametrize(("source", "said"), [(cases.CRASHES, "status -6"), (cases.ANSWERS_NONSENSE, "not understood")])
def test_a_crash_and_nonsense_are_no_answer(tmp_path, source, said):
    answer = ask(cases.launch(tmp_path, source))
    assert answer.gpus is None
    assert said in answer.failure


def test_an_interpreter_that_is_not_there_is_no_answer():
    assert "cannot be started" in ask(Launch(argv=("/no/such/python",), env={})).failure


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_import_that_hangs_is_ended_with_its_children(tmp_path):
    launch = cases.launch(tmp_path, cases.HANGS)
    begin = time.monotonic()
    answer = ask(launch, timeout_s=2.0)
    assert answer.gpus is None
    assert "did not answer within 2 s" in answer.failure
    assert time.monotonic() - begin < 15
    pids = (tmp_path / "site" / "tensorflow" / "__init__.py.pids").read_text().split()
    for _ in range(100):
        if not any(alive(int(pid)) for pid in pids):
            break
        time.sleep(0.05)
    assert [pid for pid in pids if alive(int(pid))] == []


def test_the_log_is_bounded(tmp_path):
    answer = ask(cases.launch(tmp_path, cases.TALKS))
    assert answer.gpus
    assert len(answer.log) <= LOG_CHARACTERS
    assert "libcudnn.so.9" in answer.log, "its end counts"


@pytest.mark.tensorflow
def test_the_real_tensorflow_answers():
    answer = ask(launch_of_python(sys.executable))
    assert answer.failure is None
    assert answer.tensorflow_version.startswith("2.")
    assert "dso_loader.cc" in answer.log
