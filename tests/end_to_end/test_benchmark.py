"""The benchmark with the real TensorFlow on simulated GPUs: each way it can go. No speed here is a measurement."""

import asyncio
import os
import subprocess
import sys

import msgspec
import pytest

from tests import plugin
from tests.benchmark import light
from tests.benchmark.slow import GUEST
from tests.benchmark.test_guest_process import hurried, steps
from tests.benchmark.test_watch import process
from tests.kernels.gpus import gpu, sweep
from tests.simulated import cuda_driver
from tfgpu_lab.benchmark import matmul
from tfgpu_lab.benchmark.matmul import asked
from tfgpu_lab.kernels.interpreter import Launch
from tfgpu_lab.models.benchmark import BenchmarkRequest
from tfgpu_lab.models.process import GpuProcesses

pytestmark = [pytest.mark.tensorflow, pytest.mark.timeout(300)]
SMALL = {"kernel_id": "k", "dtypes": ["float32"], "sizes": [64]}
CARD = msgspec.structs.replace(gpu(0), pci_bus_id="00000000:01:00.0")


@pytest.fixture(scope="module", autouse=True)
def _hurried():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matmul, "asked", hurried)
        yield


def on_plugin(request, options=None, observe=None, **more):
    """Run on a GPU that computes."""
    env = {**os.environ, **plugin.variables(**options or {}), **more}
    return asyncio.run(steps(Launch(argv=(sys.executable,), env=env), request=request, observe=observe))


async def observed():
    holders = GpuProcesses(
        uuid=CARD.uuid,
        at_s=0,
        processes=[process(7, 60 << 30, path="train.ipynb")],
        others=0,
        others_memory_used_bytes=0,
        absent=None,
    )
    return sweep([], devices=[CARD]), [holders]


def on_cuda(environment, request, **env):
    """Run in the environment whose CUDA is simulated: it lists and allocates, and computes nothing."""
    environment.mend()
    return asyncio.run(steps(environment.launch(**env), request=request, observe=observed))


@pytest.fixture(scope="module")
def computed():
    """A run of the CPU and of a GPU, of an element type with a kernel for GPUs and one without."""
    job = on_plugin(BenchmarkRequest(**SMALL | {"dtypes": ["float32", "int8"]}))
    assert job.state == "done", job.message
    figures = {(one.device, one.dtype): one for one in job.result.throughputs}
    assert list(figures) == [("CPU:0", "float32"), ("CPU:0", "int8"), ("GPU:0", "float32"), ("GPU:0", "int8")]
    return figures, job.result


def test_a_gpu_that_computes_beside_the_cpu(computed):
    figures, result = computed
    cpu, on_gpu = figures["CPU:0", "float32"], figures["GPU:0", "float32"]
    assert cpu.result_device.endswith("/device:CPU:0")
    assert (on_gpu.device_name, on_gpu.flags) == ("SIMULATED", [])
    assert on_gpu.result_device.endswith("/device:GPU:0")
    assert on_gpu.speedup_over_cpu == pytest.approx(on_gpu.throughput_tflops / cpu.throughput_tflops)
    assert (on_gpu.peak_tflops, on_gpu.peak_source) == (None, None)
    assert on_gpu.circumstances.absent == "Nobody watched the GPUs."
    (copy,) = result.copies
    assert copy.host_to_device_gbps > 0
    assert [one.device for one in result.memory] == ["CPU:0", "GPU:0"]


def test_an_element_type_that_has_no_kernel_for_gpus_fell_back(computed):
    fallen = computed[0]["GPU:0", "int8"]
    assert fallen.flags == ["fell-back"]
    assert fallen.result_device.endswith("/device:CPU:0")
    assert (fallen.peak_tflops, fallen.speedup_over_cpu, fallen.circumstances) == (None, None, None)


def test_one_gpu_of_several_is_alone_and_ends_where_its_memory_does(monkeypatch):
    monkeypatch.setattr(matmul, "asked", asked)  # there is time for more than the memory allows
    request = BenchmarkRequest(**SMALL | {"device": "GPU:1", "sizes": [64, 1024]})
    job = on_plugin(request, {"gpus": 2, "memory_mb": 12})
    assert job.state == "done", job.message
    (one,) = job.result.throughputs
    assert (one.device, one.size) == ("GPU:1", 64)
    assert one.result_device.endswith("/device:GPU:0")  # the only one that its process sees
    (skipped,) = job.result.skipped
    assert skipped.reason == "Matrices of 1024: The device's memory ran out."
    assert any("its memory could not be timed" in note for note in job.result.notes)


def test_a_gpu_that_is_lost_mid_run_ends_it_in_its_own_words():
    job = on_plugin(BenchmarkRequest(**SMALL | {"device": "GPU:0"}), TFGPU_SIMULATED_GPU_LASTS="20")
    assert (job.state, job.partial, job.result) == ("failed", [], None)
    assert job.message.startswith("GPU:0 stopped working: ")


def test_a_gpu_that_is_full_is_refused_and_its_holder_named(environment):
    job = on_cuda(environment, BenchmarkRequest(**SMALL | {"device": "GPU:0"}), SIMULATED_CONTEXT_ERROR="2")
    assert (job.state, job.partial) == ("failed", [])
    assert job.message == "GPU:0 cannot be used: its memory is full. python3 (train.ipynb) holds 60.0 GiB."


def test_one_that_is_nearly_full_is_not_filled_its_holder_is_named_and_wrong_products_are_no_figure(environment):
    job = on_cuda(
        environment,
        BenchmarkRequest(**SMALL | {"device": "GPU:0", "sizes": [64, 4096]}),
        SIMULATED_MEMORY_MB="81920",
        SIMULATED_MEMORY_FREE_MB="300",
    )
    assert (job.state, job.partial) == ("failed", [])
    assert job.message == (
        "GPU:0 stopped working: its random numbers are not random. "
        "GPU:0 has 300 MiB of free memory: float32 matrices of 4096 and larger, which need 448 MiB, are left out. "
        "python3 (train.ipynb) holds 60.0 GiB."
    )


def test_a_mig_instance_has_its_part_of_the_peak_its_readings_and_word_of_the_other(tmp_path):
    """The driver's side is the subject: a TensorFlow of numpy calls itself by the name that the driver says."""
    cuda_driver(tmp_path)
    name = "NVIDIA H100 80GB HBM3 MIG 1g.10gb"
    env = {"LIGHT_NAME": name, "LD_LIBRARY_PATH": str(tmp_path), "SIMULATED_NAME": name}
    size = {"SIMULATED_MULTIPROCESSORS": "16", "SIMULATED_MEMORY_MB": "9856"}
    whole = gpu(1, "NVIDIA H100 80GB HBM3", mig=2)
    mine = msgspec.structs.replace(whole.mig[1], uuid="MIG-" + "01" * 16)  # as the simulated CUDA says

    async def observe():
        return sweep([], devices=[msgspec.structs.replace(whole, mig=[whole.mig[0], mine])]), []

    where = light.launch(tmp_path / "light", gpus=1, **env, **size)
    job = asyncio.run(steps(where, request=BenchmarkRequest(**SMALL | {"device": "GPU:0"}), observe=observe))
    assert job.state == "done", job.message
    (one,) = job.result.throughputs
    assert (one.device, one.device_name, one.flags) == ("GPU:0", name, [])
    assert one.peak_tflops == pytest.approx(67 * 16 / 132)
    assert one.peak_source.endswith("; 16 of 132 multiprocessors")
    assert one.fraction_of_peak == pytest.approx(one.throughput_tflops / one.peak_tflops)
    # Found among the driver's by its uuid.
    (note,) = job.result.notes
    assert note.startswith("GPU:0 is one MIG instance of 2")
    assert note.endswith(f"tfgpu-lab bench --device {whole.mig[0].uuid}")
    # Where TensorFlow counts other devices than CUDA does, nothing is known.
    code = (GUEST / "device.py").read_text() + "\nprint(cuda(0, 'another'))"
    done = subprocess.run([sys.executable, "-c", code], env=env | size, capture_output=True, text=True)
    assert done.stdout == "{'free_bytes': None}\n", done.stderr
