"""Actions on a real kernel with the real TensorFlow on a simulated GPU: what the code does, and the verdict then."""

import json

import pytest
from tornado.httpclient import HTTPClientError

from tests.end_to_end.test_live_kernel import kernelspec
from tests.kernels.conftest import kernel_name, kernels, start, tab, until
from tests.server.conftest import jp_server_config

__all__ = ["jp_server_config", "kernel_name", "kernels", "start", "tab", "until"]
pytestmark = [pytest.mark.tensorflow, pytest.mark.timeout(300)]


@pytest.fixture
def fetch(jp_fetch):
    """Get or post below `kernels/`."""

    async def one(*path, body=None):
        options = {} if body is None else {"method": "POST", "body": json.dumps(body)}
        try:
            answer = await jp_fetch("tfgpu-lab", "kernels", *path, request_timeout=60, **options)
        except HTTPClientError as refused:
            raise AssertionError(refused.response.body) from refused
        return json.loads(answer.body)

    return one


async def test_opening_the_library_that_is_not_found_gives_the_gpu(environment, start, fetch, tab, jp_data_dir):
    kernel_id, km = await start(kernel_name=kernelspec(environment, jp_data_dir))  # 2.21.0 does not find its cuSOLVER
    result = await fetch(kernel_id, "actions", "preload-library", body={})
    assert result["before"]["verdict"] == "not-loaded"
    assert result["report"]["forecast"] in ("cpu-fallback", "cpu-only")
    (cell,) = result["cells"]
    assert "libcusolver.so.11" in cell["code"]
    async with tab(km) as it:
        await it.run(cell["code"])
        assert await it.run("import tensorflow as tf; print(len(tf.config.list_physical_devices('GPU')))") == "1\n"
        assert (await fetch(kernel_id))["verdict"] == "gpu-ready"
    late = await fetch(kernel_id, "actions")
    assert next(one for one in late["offers"] if one["action"] == "preload-library")["needs_restart"]


async def test_without_it_there_is_none(environment, start, fetch, tab, jp_data_dir):
    kernel_id, km = await start(kernel_name=kernelspec(environment, jp_data_dir))
    async with tab(km) as it:
        assert await it.run("import tensorflow as tf; print(len(tf.config.list_physical_devices('GPU')))") == "0\n"
    assert (await fetch(kernel_id))["verdict"] in ("cpu-fallback", "cpu-only")


async def test_memory_growth_is_on_time_then_too_late_then_first_after_a_restart(
    environment, start, fetch, tab, until, jp_data_dir
):
    environment.mend()
    kernel_id, km = await start(kernel_name=kernelspec(environment, jp_data_dir))
    async with tab(km) as it:
        await it.run("import tensorflow as tf; tf.config.list_logical_devices()")
        await until(lambda: km.execution_state == "idle")  # the server hears it a moment after the tab
        late = await fetch(kernel_id, "actions", "memory-growth", body={})
        assert "too late in this kernel" in late["says"]
        assert late["cells"][0]["place"] == "first"
        sent = it.begin(late["cells"][0]["code"])
        assert (await it.end(sent))["ename"] == "RuntimeError", "it was the truth"

    again = await fetch(kernel_id, "actions", "restart", body={})
    assert (again["before"]["verdict"], again["after"]["verdict"]) == ("gpu", "not-loaded")
    async with tab(km) as it:
        await it.run(late["cells"][0]["code"])
        report = await fetch(kernel_id)
        assert report["live"]["tensorflow"]["memory_growth"] == {"/physical_device:GPU:0": True}
        offers = (await fetch(kernel_id, "actions"))["offers"]
        assert "on already" in next(one for one in offers if one["action"] == "memory-growth")["why_not"]


async def test_a_kernelspec_mends_what_the_fix_says(environment, start, fetch, tab, jp_data_dir, kernels):
    environment.mend()
    kernel_id, _ = await start(kernel_name=kernelspec(environment, jp_data_dir, CUDA_VISIBLE_DEVICES="-1"))
    report = await fetch(kernel_id)
    fixes = [fix for finding in report["findings"] for fix in finding["fixes"] if fix["action"]]
    call = fixes[0]["action"]
    assert (report["findings"][0]["id"], call["action"]) == ("cvd-hides-gpu", "create-kernelspec")
    made = await fetch(kernel_id, "actions", call["action"], body=call["request"])
    assert made["after"]["verdict"] == "gpu-ready"
    second, km = await start(kernel_name=made["kernelspec"])
    async with tab(km) as it:
        await it.run("import tensorflow as tf; tf.config.list_logical_devices()")
    assert (await fetch(second))["verdict"] == "gpu"
