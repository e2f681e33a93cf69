"""What a process has loaded is seen from outside: TensorFlow, CUDA's libraries, and whether their files still are."""

import os
import subprocess
import sys
import time

import pytest

from tests.simulated import library
from tfgpu_lab.kernels.mapped import look, look_at, told_from_outside
from tfgpu_lab.kernels.processes import Unreadable, kernel_pid
from tfgpu_lab.models.live import Mapped, MappedLibrary


@pytest.fixture
def process():
    """Start a process that loads libraries and then waits; it is ended after the test."""
    started = []

    def start(*paths):
        program = f"import ctypes, time\nfor path in {[str(p) for p in paths]!r}: ctypes.CDLL(path)\nprint(flush=True)"
        one = subprocess.Popen([sys.executable, "-c", program + "\ntime.sleep(60)"], stdout=subprocess.PIPE)
        started.append(one)
        one.stdout.readline()
        return one

    yield start
    for one in started:
        one.kill()
        one.wait()
        one.stdout.close()


def test_names_the_libraries_and_where_they_lie(process, tmp_path):
    cudnn = library(tmp_path / "with space" / "libcudnn_ops.so.9")
    other = library(tmp_path / "libcudaish.so.1")
    seen = look_at(process(cudnn, other).pid)
    assert seen.libraries == [MappedLibrary(name="libcudnn_ops.so.9", path=str(cudnn), replaced=False)]
    assert (seen.tensorflow, seen.driver_open) == (False, False)


def test_a_library_that_was_replaced_meanwhile_is_told(process, tmp_path):
    path = library(tmp_path / "libcublas.so.12")
    pid = process(path).pid
    path.unlink()
    library(path)
    assert look_at(pid).libraries == [MappedLibrary(name="libcublas.so.12", path=str(path), replaced=True)]


def test_tensorflow_is_told_by_its_libraries(process, tmp_path):
    assert look_at(process(library(tmp_path / "libtensorflow_framework.so.2")).pid).tensorflow


def test_a_process_that_has_ended_is_not_taken_for_one_without_tensorflow(process):
    one = process()
    one.kill()
    time.sleep(0.1)  # a zombie now: it is still there, and maps nothing
    with pytest.raises(Unreadable, match="ended"):
        look_at(one.pid)
    one.wait()
    with pytest.raises(Unreadable, match="cannot be read"):
        look_at(one.pid)


async def test_a_kernel_that_was_never_asked_is_seen_as_well(start, until):
    _, km = await start()
    await until(lambda: kernel_pid(km))  # it listens only some time after its start
    seen = look(km, None)
    assert (seen.pid, seen.tensorflow, seen.libraries) == (km.provisioner.pid, False, [])
    assert seen.pid != os.getpid()


@pytest.mark.parametrize(
    ("tensorflow", "names", "driver_open", "words"),
    [
        (False, ["libcuda.so.1"], True, "has not loaded TensorFlow"),
        (True, ["libcuda.so.1"], True, "driver open"),
        (True, ["libcuda.so.1"], False, "no NVIDIA device open"),
        (True, ["libcuda.so.1"], None, "CUDA's driver library."),
        (True, ["libcudart.so.12"], False, "not used an NVIDIA GPU so far"),
    ],
)
def test_says_in_a_sentence_what_was_seen(tensorflow, names, driver_open, words):
    libraries = [MappedLibrary(name=name, path=f"/lib/{name}", replaced=False) for name in names]
    said = told_from_outside(Mapped(pid=1, tensorflow=tensorflow, libraries=libraries, driver_open=driver_open))
    assert words in said
    assert said.endswith(".")
