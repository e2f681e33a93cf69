"""The benchmark with the real TensorFlow on simulated GPUs: each way it can go. No speed here is a measurement."""

import asyncio
import os
import sys

import msgspec
import pytest

from tests import plugin
from tests.benchmark.test_guest_process import steps
from tests.benchmark.test_watch import process
from tests.kernels.gpus import gpu, sweep
from tfgpu_lab.benchmark.matmul import MatmulBenchmarks
from tfgpu_lab.kernels.interpreter import Launch
from tfgpu_lab.models.benchmark import BenchmarkRequest
from tfgpu_lab.models.process import GpuProcesses

pytestmark = [pytest.mark.tensorflow, pytest.mark.timeout(300)]
SMALL = {"kernel_id": "k", "dtypes": ["float32"], "sizes": [64]}
CARD = msgspec.structs.replace(gpu(0), pci_bus_id="00000000:01:00.0")


def on_plugin(request, **options):
    env = {**os.environ, **plugin.variables(**options)}
    return asyncio.run(steps(Launch(argv=(sys.executable,), env=env), lambda job: None, request))


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


def on_cuda(environment, request, observe=observed, **env):
    """Run in the environment whose CUDA is simulated: it lists and allocates, and computes nothing."""

    async def run():
        jobs = MatmulBenchmarks(observe=observe)
        try:
            job = jobs.create(request, environment.launch(**env))
            while job.state in {"queued", "running"}:
                await asyncio.sleep(0.05)
                job = jobs.get(job.id)
            return job
        finally:
            await jobs.close()

    return asyncio.run(run())


def test_a_gpu_that_computes_beside_the_cpu():
    job = on_plugin(BenchmarkRequest(**SMALL))
    assert job.state == "done", job.message
    cpu, on_gpu = job.result.throughputs
    assert cpu.result_device.endswith("/device:CPU:0")
    assert (on_gpu.device, on_gpu.device_name, on_gpu.flags) == ("GPU:0", "SIMULATED", [])
    assert on_gpu.result_device.endswith("/device:GPU:0")
    assert on_gpu.speedup_over_cpu == pytest.approx(on_gpu.throughput_tflops / cpu.throughput_tflops)
    assert (on_gpu.peak_tflops, on_gpu.peak_source) == (None, None)
    assert on_gpu.circumstances.absent == "Nobody watched the GPUs."
    (copy,) = job.result.copies
    assert copy.host_to_device_gbps > 0
    assert [one.device for one in job.result.memory] == ["CPU:0", "GPU:0"]


def test_one_gpu_of_several_is_alone_and_ends_where_its_memory_does():
    request = BenchmarkRequest(**SMALL | {"device": "GPU:1", "sizes": [64, 1024]})
    job = on_plugin(request, gpus=2, memory_mb=12)
    assert job.state == "done", job.message
    (one,) = job.result.throughputs
    assert (one.device, one.size) == ("GPU:1", 64)
    assert one.result_device.endswith("/device:GPU:0")  # the only one that its process sees
    (skipped,) = job.result.skipped
    assert skipped.reason == "Matrices of 1024: The device's memory ran out."
    assert any("its memory could not be timed" in note for note in job.result.notes)


def test_an_element_type_that_has_no_kernel_for_gpus_fell_back():
    job = on_plugin(BenchmarkRequest(**SMALL | {"device": "GPU:0", "dtypes": ["float32", "int8"]}))
    assert job.state == "done", job.message
    real, fallen = job.result.throughputs
    assert (real.dtype, real.flags) == ("float32", [])
    assert (fallen.dtype, fallen.flags) == ("int8", ["fell-back"])
    assert fallen.result_device.endswith("/device:CPU:0")
    assert (fallen.peak_tflops, fallen.speedup_over_cpu, fallen.circumstances) == (None, None, None)


def test_a_gpu_whose_products_are_wrong_has_no_figure(environment):
    environment.mend()
    job = on_cuda(environment, BenchmarkRequest(**SMALL | {"device": "GPU:0"}), SIMULATED_MEMORY_MB="4096")
    assert (job.state, job.partial) == ("failed", [])
    assert job.message == "GPU:0 stopped working: its random numbers are not random."


def test_a_gpu_that_is_full_is_refused_and_its_holder_named(environment):
    environment.mend()
    job = on_cuda(environment, BenchmarkRequest(**SMALL | {"device": "GPU:0"}), SIMULATED_CONTEXT_ERROR="2")
    assert (job.state, job.partial) == ("failed", [])
    assert job.message == "GPU:0 cannot be used: its memory is full. python3 (train.ipynb) holds 60.0 GiB."


def test_a_gpu_that_is_nearly_full_is_not_filled_and_its_holder_named(environment):
    environment.mend()
    job = on_cuda(
        environment,
        BenchmarkRequest(**SMALL | {"device": "GPU:0", "sizes": [4096]}),
        SIMULATED_MEMORY_MB="81920",
        SIMULATED_MEMORY_FREE_MB="300",
    )
    assert (job.state, job.partial) == ("failed", [])
    assert job.message == (
        "Nothing could be measured. GPU:0 float32: There is not enough free memory for it. "
        "GPU:0 has 300 MiB of free memory: float32 matrices of 4096 and larger, which need 448 MiB, are left out. "
        "python3 (train.ipynb) holds 60.0 GiB."
    )


def test_a_mig_instance_tells_its_own_size(environment):
    """What the driver says of it reaches the guest; that the peak then is its part is shown in tests/benchmark."""
    environment.mend()
    code = (
        "import json, types; space = {'__name__': 'device'}\n"
        f"exec({(plugin.SOURCE.parents[2] / 'tfgpu_lab/guest/device.py').read_text()!r}, space)\n"
        "print(json.dumps(space['cuda'](0, 'NVIDIA H100 80GB HBM3 MIG 1g.10gb')))\n"
        "print(json.dumps(space['cuda'](0, 'another')))"
    )
    name = "NVIDIA H100 80GB HBM3 MIG 1g.10gb"
    said = environment.run(code, SIMULATED_NAME=name, SIMULATED_MULTIPROCESSORS="16", SIMULATED_MEMORY_MB="9856")
    known, other = (msgspec.json.decode(line) for line in said.splitlines())
    assert known == {
        "name": name,
        "multiprocessors": 16,
        "free_bytes": 9856 << 20,
        "total_bytes": 9856 << 20,
        "pci_bus_id": "0000:01:00.0",
        "uuid": "01" * 16,
    }
    assert other == {"free_bytes": None}  # TensorFlow counts other devices than CUDA does
