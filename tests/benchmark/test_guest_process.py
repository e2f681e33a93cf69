"""The guest's process: it ends with its server, whatever it hangs in, and whoever cancels it leaves nothing."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.benchmark import light
from tfgpu_lab.benchmark import matmul
from tfgpu_lab.benchmark.matmul import MatmulBenchmarks, asked
from tfgpu_lab.kernels.interpreter import Launch
from tfgpu_lab.models.benchmark import BenchmarkRequest

HOST = """
import asyncio, sys
from tests.benchmark.test_guest_process import launch, steps
asyncio.run(steps(launch(sys.argv[1] or None), lambda job: print(job.step, flush=True)))
"""
# Holds the interpreter's lock, as a driver that hangs may do: no thread of the guest can notice anything.
HANGS = "import ctypes\nctypes.PyDLL(None).sleep(300)\n"


def launch(folder=None):
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return Launch(argv=(sys.executable,), env=env | ({"PYTHONPATH": folder} if folder else {}))


def hurried(request, limit_s):
    """What the guest is sent, when it shall be content with few repetitions; in place of `matmul.asked`."""
    return asked(request, 0.0)


async def steps(where, said=lambda job: None, request=None, **options):
    """Run a benchmark and hand over the job whenever its step changes."""
    jobs = MatmulBenchmarks(**options)
    try:
        job = await jobs.create(request or BenchmarkRequest(kernel_id="k", device="CPU:0"), where)
        step = ""
        while job.state in {"queued", "running"}:
            await asyncio.sleep(0.01)
            job = jobs.get(job.id)
            if job.step != step:
                step = job.step
                said(job)
        return job
    finally:
        await jobs.close()


def group(leader):
    """Return the processes of a process group that have not ended."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(fields[2]) == leader and fields[0] not in "ZX":
                    found.append(int(folder.name))
    return found


def guests(parent):
    """Return the leaders of the groups that a process has started guests in."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == parent and b"_lifeline" in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
    return found


def ends(leader, within_s=20.0):
    deadline = time.monotonic() + within_s
    while group(leader) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not group(leader)


def until(process, word):
    for line in process.stdout:
        if word in line:
            return
    raise AssertionError(f"it never came to {word!r}")


@pytest.mark.parametrize(
    ("word", "hangs"),
    [
        ("Importing TensorFlow", True),
        pytest.param("looking for the best size", False, marks=pytest.mark.tensorflow),
    ],
)
def test_a_server_that_is_killed_leaves_no_guest(tmp_path, word, hangs):
    if hangs:
        (tmp_path / "tensorflow").mkdir()
        (tmp_path / "tensorflow" / "__init__.py").write_text(HANGS)
    command = [sys.executable, "-c", HOST, str(tmp_path) if hangs else ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as server:
        try:
            until(server, word)
            (leader,) = guests(server.pid)
            assert group(leader)
        finally:
            server.send_signal(signal.SIGKILL)
    assert ends(leader)


@pytest.mark.parametrize(
    ("phase", "is_real"),
    [
        ("Starting the interpreter", False),
        pytest.param("Importing TensorFlow", True, marks=pytest.mark.tensorflow),
        ("CPU:0 float32: looking for the best size", False),
        pytest.param("CPU:0 float32, 1024", True, marks=pytest.mark.tensorflow),
        ("CPU:0: reading and writing its memory", False),
    ],
)
def test_cancelled_in_any_phase_it_is_gone_when_the_answer_comes(tmp_path, phase, is_real):
    where = launch() if is_real else light.launch(tmp_path)
    request = BenchmarkRequest(kernel_id="k", device="CPU:0", sizes=[1024 if is_real else 64])

    async def run():
        jobs = MatmulBenchmarks()
        job = await jobs.create(request, where)
        while not job.step.startswith(phase):
            assert job.state in {"queued", "running"}, job
            await asyncio.sleep(0.005)
            job = jobs.get(job.id)
        leaders = guests(os.getpid())
        job = await jobs.cancel(job.id)
        assert (job.state, job.result, job.left_s) == ("cancelled", None, None)
        assert not any(group(leader) for leader in leaders)
        await jobs.close()

    asyncio.run(run())


def test_what_takes_too_long_is_ended_and_said(tmp_path):
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text(HANGS)

    async def run():
        jobs = MatmulBenchmarks(timeout_s=2.0)
        job = await jobs.create(BenchmarkRequest(kernel_id="k", device="CPU:0"), launch(str(tmp_path)))
        leaders = []
        while job.state in {"queued", "running"}:
            leaders = leaders or guests(os.getpid())
            await asyncio.sleep(0.05)
            job = jobs.get(job.id)
        assert (job.state, job.message) == ("failed", "The benchmark did not end within 2 s and was stopped.")
        assert leaders
        assert not any(group(leader) for leader in leaders)
        await jobs.close()

    asyncio.run(run())


def test_an_interpreter_without_tensorflow_is_one_sentence(tmp_path):
    (tmp_path / "tensorflow.py").write_text("raise ModuleNotFoundError(\"No module named 'tensorflow'\")")
    job = asyncio.run(steps(launch(str(tmp_path))))
    assert (job.state, job.message) == ("failed", f"There is no TensorFlow in {sys.executable}.")


@pytest.mark.parametrize(("gpus", "listed"), [(0, "no GPU"), (1, "1 GPU"), (2, "2 GPUs")])
def test_a_gpu_that_tensorflow_does_not_list_cannot_be_measured(tmp_path, gpus, listed):
    request = BenchmarkRequest(kernel_id="k", device="GPU:2")
    job = asyncio.run(steps(light.launch(tmp_path, gpus), request=request))
    said = f"TensorFlow lists {listed} here, so GPU:2 cannot be measured."
    assert (job.state, job.message) == ("failed", said)


@pytest.mark.tensorflow
def test_the_element_types_and_modes_of_a_cpu_are_measured_or_skipped_with_the_reason(monkeypatch):
    monkeypatch.setattr(matmul, "asked", hurried)
    dtypes = ["float32", "float16", "bfloat16", "float64", "int8", "float8", "tf32"]
    request = BenchmarkRequest(kernel_id="k", device="CPU:0", dtypes=dtypes, sizes=[64], modes=["eager", "xla"])
    job = asyncio.run(steps(launch(), request=request))
    assert job.state == "done", job.message
    figures = {(one.dtype, one.mode): one for one in job.result.throughputs}
    for dtype in ("float32", "float16", "bfloat16", "float64"):
        for mode in ("eager", "xla"):
            one = figures[dtype, mode]
            assert one.result_device.endswith("device:CPU:0")
            assert 0 < one.p10 <= one.throughput_tflops <= one.p90 <= one.max
            assert one.flags == []
    skipped = {one.dtype: one.reason for one in job.result.skipped}
    assert "8-bit floating point" in skipped["float8"]
    assert "TF32 is a way of GPUs" in skipped["tf32"]
    assert ("int8", "eager") in figures
    assert job.result.memory[0].gbps > 0
    assert job.result.conditions.load_before is not None
