"""A benchmark on a GPU over HTTP: the real pynvml on a simulated driver, and what is seen of it.

TensorFlow is the real one on a simulated GPU where its device is the subject, else a light one of numpy.
"""

import asyncio
import json
import sys

import pytest

from tests import plugin
from tests.benchmark import light

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def on_gpu(nvml, start, jp_asyncio_loop, jp_data_dir, jp_fetch, jp_serverapp):
    """Measure on GPU:0 of a kernel that has one: `await on_gpu()`; the driver says what the test lets it say."""

    async def one(name="light"):
        kernel_id, _ = await start(kernel_name=name)
        request = {"kernel_id": kernel_id, "device": "GPU:0", "dtypes": ["float32"], "sizes": [64]}
        response = await jp_fetch("tfgpu-lab", "benchmarks", method="POST", body=json.dumps(request))
        job = json.loads(response.body)
        while job["state"] in {"queued", "running"}:
            await asyncio.sleep(0.1)
            job = json.loads((await jp_fetch("tfgpu-lab", "benchmarks", job["id"])).body)
        assert job["state"] == "done", job["message"]
        (figure,) = job["result"]["throughputs"]
        return figure, job

    light.kernelspec(jp_data_dir, gpus=1)
    yield one
    app = next(app for app in jp_serverapp.extension_manager.extension_apps["tfgpu_lab"])
    jp_asyncio_loop.run_until_complete(app._watching.close())  # the simulated driver goes before the server does


@pytest.mark.tensorflow
async def test_the_drivers_readings_stand_beside_the_figure(nvml, on_gpu, jp_data_dir):
    spec = jp_data_dir / "kernels" / "simulated" / "kernel.json"
    spec.parent.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": argv, "display_name": "GPU", "language": "python", "env": plugin.variables()}))
    nvml.say("gpus 1", "set throttle 4", "set sm_mhz 1410", "set power_mw 698000", "set utilization 60")
    figure, job = await on_gpu("simulated")
    assert figure["result_device"].endswith("/device:GPU:0")
    assert figure["flags"] == ["throttled", "busy-gpu"]
    seen = figure["circumstances"]
    assert seen["samples"] > 0
    assert (seen["clock_sm_mhz"], seen["clock_sm_max_mhz"]) == (1410, 1980)
    assert (seen["power_w"], seen["power_limit_w"]) == (698, 700)
    assert (seen["throttle_reasons"], seen["busy_before_percent"], seen["absent"]) == (["power limit"], 60, None)
    assert job["result"]["conditions"]["driver_version"] == "550.54.14"


async def test_a_regression_is_said_with_the_reason_that_the_readings_show(nvml, on_gpu, jp_data_dir):
    nvml.say("gpus 1")
    figure, _ = await on_gpu()
    assert figure["flags"] == []
    path = jp_data_dir / "tfgpu-lab" / "benchmarks.json"
    kept = json.loads(path.read_text())
    for one in kept["figures"]:  # as if it had been a thousand times as fast
        for name in ("throughput_tflops", "p10", "p90"):
            one[name] *= 1000
    path.write_text(json.dumps(kept))
    nvml.say("gpus 1", "set throttle 4")
    figure, _ = await on_gpu()
    assert figure["before"]["regression"].startswith("GPU:0 is ")
    assert figure["before"]["regression"].endswith(": power-capped.")


async def test_a_driver_that_does_not_answer_is_said_and_the_figure_stands(nvml, on_gpu):
    nvml.vanish()
    figure, job = await on_gpu()
    assert figure["throughput_tflops"] > 0
    assert figure["circumstances"]["absent"] == "The NVIDIA driver's library libnvidia-ml.so.1 is not here."
    assert job["result"]["conditions"]["driver_version"] is None
