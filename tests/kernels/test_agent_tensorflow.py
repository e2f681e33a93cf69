"""The agent follows the real TensorFlow from its import to its first operation, and changes nothing on the way."""

import asyncio

import pytest

pytestmark = [pytest.mark.tensorflow, pytest.mark.timeout(400)]

STILL_FREE = "tf.config.set_soft_device_placement(False); tf.config.threading.set_inter_op_parallelism_threads(2)"


async def test_follows_tensorflow_from_import_to_first_operation(start, agents, tab):
    kernel_id, km = await start()
    await agents.install(kernel_id, km)
    assert (await agents.read(kernel_id, km)).tensorflow is None
    async with tab(km) as it:
        importing = it.begin("import tensorflow as tf")
        ended = asyncio.ensure_future(it.end(importing))
        seen = []
        while not ended.done():
            seen.append((await agents.read(kernel_id, km)).tensorflow)
            assert not [kind for kind, _ in it.published(importing) if kind == "error"]
            await asyncio.sleep(0.02)
        assert any(report and report.importing for report in seen), "read during the import"
        assert all(report is None or report.context == "none" for report in seen)

        report = (await agents.read(kernel_id, km)).tensorflow
        assert report.version == (await it.run("print(tf.__version__)")).strip()
        assert (report.importing, report.context, report.physical_devices) == (False, "none", None)

        await it.run("from tensorflow.python.eager import context as c; c.context()")
        report = (await agents.read(kernel_id, km)).tensorflow
        assert (report.context, report.physical_devices) == ("created", None)

        await it.run(STILL_FREE)  # raises RuntimeError where a reading had initialised TensorFlow
        await it.run("tf.config.list_physical_devices()")
        report = (await agents.read(kernel_id, km)).tensorflow
        assert report.context == "created"
        assert "/physical_device:CPU:0" in report.physical_devices
        assert report.visible_devices == report.physical_devices
        assert report.logical_devices is None
        assert report.soft_placement is False

        await it.run("tf.constant(1)")
        after = await agents.read(kernel_id, km)
        assert after.tensorflow.context == "initialized"
        listed = await it.run("print(*(d.name for d in tf.config.list_logical_devices()))")
        assert after.tensorflow.logical_devices == listed.split()
        assert "/device:CPU:0" in after.tensorflow.logical_devices

        await it.run("import keras")
        keras = (await agents.read(kernel_id, km)).keras
        assert f"{keras.version} {keras.backend}\n" == await it.run("print(keras.__version__, keras.backend.backend())")


async def test_answers_during_a_fit_and_the_fit_goes_on(start, agents, tab):
    kernel_id, km = await start()
    await agents.install(kernel_id, km)
    async with tab(km) as it:
        await it.run("import keras, numpy as np; x = np.ones((512, 32)); y = np.ones((512, 1))")
        await it.run(
            "model = keras.Sequential([keras.layers.Dense(64), keras.layers.Dense(1)]); model.compile(loss='mse')"
        )
        sent = await it.running("history = model.fit(x, y, epochs=40, verbose=0)")
        ended = asyncio.ensure_future(it.end(sent))
        contexts = []
        while not ended.done():
            contexts.append((await agents.read(kernel_id, km)).tensorflow.context)
            assert ended.done() or km.execution_state == "busy"
            await asyncio.sleep(0.05)
        assert contexts[-1] == "initialized"
        assert (await ended)["status"] == "ok"
        assert await it.run("print(len(history.epoch))") == "40\n"
