"""A real kernel whose TensorFlow computes on a simulated GPU, told by a real server on a simulated driver."""

import asyncio
import json
import time

import pytest

from tests import plugin
from tfgpu_lab.kernels.execution import NONE_TAKEN
from tfgpu_lab.server import bindings, executions

pytestmark = [pytest.mark.tensorflow, pytest.mark.timeout(300)]

MIB = 1 << 20
MEMORY = "tf.config.experimental.get_memory_info('GPU:0')"
FIT = """
import numpy as np, keras
model = keras.Sequential([keras.layers.Dense(32, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", "mse", jit_compile=False)
x = np.random.default_rng(0).random((256, 8)).astype("float32")
losses = model.fit(x, x.sum(1, keepdims=True), epochs=5, verbose=0).history["loss"]
"""


@pytest.fixture
def patient(nvml, quick):
    """Keep the GPUs watched while TensorFlow is imported; ask for it before the server."""
    quick["sample_grace_s"] = 60.0


@pytest.fixture
def on_gpu(nvml, patient, gpus, start, tab, monkeypatch):
    """Start a kernel with simulated GPUs, which the simulated driver lists: `async with await on_gpu() as it`."""
    monkeypatch.setattr(bindings, "in_outermost_namespace", lambda: True)

    async def begin(count=1, memory_mb=2048, **env):
        nvml.say(f"gpus {count}", f"set total_mb {memory_mb}")
        for name, value in {**plugin.variables(count, memory_mb), "TF_CPP_MIN_LOG_LEVEL": "3", **env}.items():
            monkeypatch.setenv(name, value)
        kernel_id, manager = await start()
        nvml.add(f"process 0 {manager.provisioner.pid} {memory_mb - 300}")
        await gpus(lambda answer: answer["processes"] and answer["processes"][0]["processes"])
        return kernel_id, manager

    return begin


@pytest.fixture
def report(jp_fetch):
    """Fetch a kernel's report."""

    async def fetch(kernel_id):
        return json.loads((await jp_fetch("tfgpu-lab", "kernels", kernel_id, request_timeout=60)).body)

    return fetch


@pytest.fixture
def ran(report):
    """What the cell of a number did, once that is known."""

    async def told(kernel_id, number):
        for _ in range(50):
            last = (await report(kernel_id))["last_execution"]
            if last and last["execution_count"] == number and last["ended_s"]:
                return last
        raise AssertionError(last)

    return told


async def test_a_fit_that_runs_on_the_gpu_is_seen_with_what_it_needs_of_the_memory(
    on_gpu, report, ran, tab, nvml, monkeypatch
):
    kernel_id, manager = await on_gpu()
    async with tab(manager) as it:
        assert (await report(kernel_id))["last_execution"] is None, "from now on it is watched"
        await it.run("import tensorflow as tf")
        importing = await ran(kernel_id, 1)
        assert (importing["computed_on"], importing["cells"]) == ("unknown", 1)
        assert importing["reason"] == "TensorFlow has not computed anything in this kernel yet."
        await it.run("with tf.device('/CPU:0'): tf.matmul(tf.ones((64, 64)), tf.ones((64, 64)))")
        pinned = await ran(kernel_id, 2)
        assert (pinned["computed_on"], pinned["devices"], pinned["reason"]) == ("cpu", [], NONE_TAKEN)
        nvml.take(f"process 0 {manager.provisioner.pid} 1748")
        nvml.add(f"process 0 {manager.provisioner.pid} 1750")
        await it.run(FIT)
        fitted = await ran(kernel_id, 3)
        assert (fitted["computed_on"], fitted["devices"]) == ("gpu", ["GPU:0"])
        assert fitted["began_s"] < fitted["ended_s"] <= time.time()
        memory = [fitted[f"gpu_memory_{when}_bytes"] for when in ("before", "after")]
        assert memory == [1748 * MIB, 1750 * MIB]
        assert fitted["tensorflow_peak_before_bytes"] == 0 < fitted["tensorflow_peak_after_bytes"]

        sent = it.begin("import time; time.sleep(3)")
        nvml.add(f"work 0 {manager.provisioner.pid} 40")
        await asyncio.sleep(1.7)
        running = (await report(kernel_id))["last_execution"]
        assert (running["ended_s"], running["computed_on"], running["gpu_time_percent"]) == (None, "gpu", 40.0)
        nvml.take(f"work 0 {manager.provisioner.pid} 40")
        monkeypatch.setattr(executions, "SETTLE_S", 60.0)
        await it.end(sent)
        for code in ("pass", "pass"):
            await it.end(it.begin(code))
        several = await ran(kernel_id, 6)
        assert (several["cells"], several["gpu_time_percent"]) == (3, 40.0)
        assert (await it.run("print(losses[-1] < losses[0], model.weights[0].value.device)")).split() == [
            "True",
            "/job:localhost/replica:0/task:0/device:GPU:0",
        ]
        told = await report(kernel_id)
        assert (told["verdict"], told["basis"]) == ("gpu", "observed")
        assert told["binding"]["gpus"], told["binding"]
        (use,) = told["binding"]["gpus"]
        assert (use["tensorflow_device"], use["index"], use["certainty"]) == ("GPU:0", 0, "exact")
        assert use["memory_used_bytes"] == 1750 * MIB
        now = json.loads(
            await it.run("import json; print(json.dumps(tf.config.experimental.get_memory_info('GPU:0')))")
        )
        assert (use["tensorflow_used_bytes"], use["tensorflow_peak_bytes"]) == (now["current"], now["peak"])
        assert 0 < now["current"] < use["memory_used_bytes"] / 10


async def test_code_that_hides_the_gpu_is_named(on_gpu, report, tab):
    kernel_id, manager = await on_gpu()
    async with tab(manager) as it:
        await it.run("import tensorflow as tf; tf.config.set_visible_devices([], 'GPU'); tf.constant(1)")
        told = await report(kernel_id)
    assert (told["verdict"], told["basis"]) == ("cpu-fallback", "observed")
    assert told["last_execution"] is None, "nobody watched"
    assert told["findings"][0]["id"] == "visible-devices-emptied"


async def test_two_logical_gpus_on_one_are_two_of_one(on_gpu, report, tab):
    kernel_id, manager = await on_gpu()
    async with tab(manager) as it:
        await it.run(
            "import tensorflow as tf\n"
            "half = tf.config.LogicalDeviceConfiguration(memory_limit=256)\n"
            "tf.config.set_logical_device_configuration(tf.config.list_physical_devices('GPU')[0], [half, half])\n"
            "with tf.device('GPU:1'): held = tf.zeros((1024, 1024))"
        )
        told = await report(kernel_id)
    assert told["verdict"] == "gpu"
    (use,) = told["binding"]["gpus"]
    assert (use["index"], use["certainty"]) == (0, "exact")
    assert use["tensorflow_used_bytes"] >= 4 * MIB


async def test_a_cell_that_runs_out_of_memory_is_an_event_each_time_and_once(on_gpu, report, tab, jp_fetch):
    kernel_id, manager = await on_gpu(memory_mb=1024)

    async def lacks():
        await report(kernel_id)
        events = json.loads((await jp_fetch("tfgpu-lab", "events")).body)["events"]
        return [one["text"] for one in events if one["kind"] == "kernel-out-of-memory"]

    async with tab(manager) as it:
        await it.run("import tensorflow as tf; tf.constant(1)")
        assert await lacks() == []
        for times in (1, 2):
            reply = await it.end(it.begin("tf.zeros((1 << 30,))"))
            assert reply["ename"] == "ResourceExhaustedError"
            for _ in range(2):
                found = await lacks()
                assert found == ["A cell of this kernel failed: TensorFlow ran out of memory on GPU:0."] * times
