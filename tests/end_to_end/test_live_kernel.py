"""A real kernel with the real TensorFlow on a simulated GPU: what its agent tells, and what /proc shows beside it."""

import json

import pytest

from tests.kernels.conftest import agents, kernel_name, kernels, start, tab, until
from tfgpu_lab.kernels import placement
from tfgpu_lab.kernels.mapped import look

__all__ = ["agents", "kernel_name", "kernels", "start", "tab", "until"]
pytestmark = [pytest.mark.tensorflow, pytest.mark.timeout(300)]


def kernelspec(environment, data_dir, **env):
    """Make the kernelspec of the simulated environment; return its name."""
    spec = data_dir / "kernels" / "simulated" / "kernel.json"
    spec.parent.mkdir(parents=True)
    argv = [str(environment.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    variables = environment.variables(SIMULATED_MEMORY_MB="4096", TF_CPP_MIN_LOG_LEVEL="2", **env)
    variables["PYTHONPATH"] = ""  # the test server's leads to the environment that runs the tests
    spec.write_text(json.dumps({"argv": argv, "display_name": "GPU", "language": "python", "env": variables}))
    return "simulated"


@pytest.fixture
def on_gpus(environment, start, agents, jp_data_dir):
    """Start a kernel on simulated GPUs, with the agent in it: `await on_gpus(SIMULATED_GPUS="2")`."""

    async def one(**env):
        environment.mend()
        kernel_id, km = await start(kernel_name=kernelspec(environment, jp_data_dir, **env))
        await agents.install(kernel_id, km)
        return kernel_id, km

    return one


async def test_tells_of_limits_growth_and_the_allocator(on_gpus, agents, tab):
    kernel_id, km = await on_gpus(SIMULATED_GPUS="2")

    async def live():
        return (await agents.read(kernel_id, km)).tensorflow

    async with tab(km) as it:
        await it.run("import tensorflow as tf; gpus = tf.config.list_physical_devices('GPU')")
        await it.run(
            "tf.config.experimental.set_memory_growth(gpus[1], True)\n"
            "half = tf.config.LogicalDeviceConfiguration(memory_limit=512)\n"
            "tf.config.set_logical_device_configuration(gpus[0], [half, half])"
        )
        before = await live()
        assert before.context == "created"
        assert before.memory_limits_mb == {"/physical_device:GPU:0": [512, 512]}
        assert before.memory_growth == {"/physical_device:GPU:1": True}
        assert (before.allocators, before.allocators_unread) == (None, "TensorFlow is not initialised.")

        await it.run("tf.config.experimental.set_memory_growth(gpus[1], False)")  # it may still be changed: nothing was
        await it.run("with tf.device('/GPU:2'): held = tf.zeros((1024, 1024))")  # initialised by asking
        after = await live()
        assert after.logical_of == {
            "/physical_device:GPU:0": ["/device:GPU:0", "/device:GPU:1"],
            "/physical_device:GPU:1": ["/device:GPU:2"],
        }
        told = await it.run("print([tf.config.experimental.get_memory_info(f'GPU:{i}') for i in range(3)])")
        assert [{"current": one.current_bytes, "peak": one.peak_bytes} for one in after.allocators] == eval(told)
        assert after.allocators[2].current_bytes >= 4 << 20

        sent = await it.running("import time; time.sleep(2)")
        assert "A cell runs" in (await live()).allocators_unread
        await it.end(sent)


async def test_the_libraries_of_a_kernel_are_seen_from_outside(on_gpus, environment, agents, tab):
    kernel_id, km = await on_gpus()
    assert look(km, None).libraries == []
    async with tab(km) as it:
        await it.run("import tensorflow as tf; tf.config.list_physical_devices()")
        seen = look(km, await agents.read(kernel_id, km))
    paths = {one.name.partition(".so")[0]: one.path for one in seen.libraries}
    assert seen.tensorflow
    assert paths["libcudnn"] == str(environment.lib("cudnn") / "libcudnn.so.9")
    assert paths["libcuda"].startswith(str(environment.driver))
    assert look(km, None) == seen


async def test_strategy_and_policy_of_the_main_thread_are_read_beside_it(on_gpus, agents, tab):
    kernel_id, km = await on_gpus()
    async with tab(km) as it:
        await it.run("import tensorflow as tf, keras")
        fresh = await agents.read(kernel_id, km)
        assert (fresh.keras.dtype_policy, fresh.tensorflow.strategy) == ("float32", None)
        await it.run("keras.mixed_precision.set_global_policy('mixed_float16')")
        await it.run("tf.distribute.experimental_set_strategy(tf.distribute.OneDeviceStrategy('/cpu:0'))")
        report = await agents.read(kernel_id, km)
        assert report.keras.dtype_policy == "mixed_float16"
        assert report.tensorflow.strategy.name == "OneDeviceStrategy"
        assert report.tensorflow.strategy.devices == ["/job:localhost/replica:0/task:0/device:CPU:0"]
        await it.run("tf.distribute.experimental_set_strategy(None)")
        assert (await agents.read(kernel_id, km)).tensorflow.strategy is None


async def test_a_model_made_on_the_cpu_is_found_there(on_gpus, agents, tab):
    kernel_id, km = await on_gpus()
    async with tab(km) as it:
        await it.run("import tensorflow as tf, keras")
        await it.run("with tf.device('/CPU:0'): slow = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8)])")
        await it.run("fast = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8)])")
        found = await placement.look(agents, kernel_id, km, await agents.read(kernel_id, km))
    on = {one.name: [share.device for share in one.values] for one in found.things}
    assert on == {"slow": ["CPU:0"], "fast": ["GPU:0"]}
    assert found.logical_gpus == ["GPU:0"]
    assert found.says == "On the GPU: `fast`. On the CPU, although TensorFlow has GPU:0: `slow`."


CALLBACKS = "print([repr(one) for one in get_ipython().events.callbacks['post_run_cell']])"
MIXED = """
@tf.function
def double(x):
    return x + x
double(held)
with tf.device('/CPU:0'):
    tf.matmul(here, here)
    tf.matmul(here, here)
tf.strings.length('text')
"""


async def test_the_operations_of_one_cell_are_followed_and_no_more(on_gpus, agents, tab):
    kernel_id, km = await on_gpus()
    async with tab(km) as it:
        await it.run("import tensorflow as tf")
        assert "not initialised yet" in await placement.follow(agents, kernel_id, km)
        assert (await agents.read(kernel_id, km)).tensorflow.context == "none", "asking has initialised nothing"

        await it.run("with tf.device('/GPU:0'): held = tf.zeros((64, 64))")
        await it.run("with tf.device('/CPU:0'): here = tf.ones((8, 8))")
        before = await it.run(CALLBACKS)
        assert await placement.follow(agents, kernel_id, km) is None
        assert (await agents.read(kernel_id, km)).followed is None
        await it.run(MIXED)
        found = (await agents.read(kernel_id, km)).followed
        assert [(one.op, one.count) for one in found.on_cpu] == [("MatMul", 1)], "the second is of no new kind"
        assert found.on_gpu >= 1
        assert found.other_on_cpu >= 1
        assert ([one.op for one in found.without_gpu_kernel], found.missing_gpus) == (["StringLength"], [])
        assert placement.followed_says(found).startswith("On the CPU in cell [5]: MatMul (1); on the GPU: ")

        assert await it.run(CALLBACKS) == before
        await it.run("with tf.device('/CPU:0'): tf.nn.softmax(here)")
        assert (await agents.read(kernel_id, km)).followed == found, "only one cell is followed"
        assert await placement.follow(agents, kernel_id, km) is None
        await it.run("with tf.device('/CPU:0'): tf.nn.softmax(here)\ntf.device('/GPU:7')")
        last = (await agents.read(kernel_id, km)).followed
        assert (last.on_cpu, last.missing_gpus) == ([], ["GPU:7"])


async def test_a_cell_that_fails_is_followed_as_well(on_gpus, agents, tab):
    kernel_id, km = await on_gpus()
    async with tab(km) as it:
        await it.run("import tensorflow as tf\nwith tf.device('/CPU:0'): here = tf.ones((8, 8))")
        assert await placement.follow(agents, kernel_id, km) is None
        sent = it.begin("with tf.device('/CPU:0'): tf.nn.relu(here)\n1 / 0")
        assert (await it.end(sent))["ename"] == "ZeroDivisionError"
        assert [one.op for one in (await agents.read(kernel_id, km)).followed.on_cpu] == ["Relu"]
