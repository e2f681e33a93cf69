"""Jupyter Server's own culler, at work: a training that is asked about lives, and asking keeps no idle kernel alive."""

import asyncio

import pytest


@pytest.fixture
def jp_server_config():
    """Cull kernels that have been idle for two seconds, connected or not."""
    culling = {"cull_idle_timeout": 2, "cull_interval": 1, "cull_connected": True, "cull_busy": False}
    return {"MappingKernelManager": culling}


async def test_a_cell_that_is_asked_about_outlives_the_culler_and_the_idle_kernel_does_not(
    start, kernels, agents, tab, until
):
    kernel_id, km = await start()
    await agents.install(kernel_id, km)
    async with tab(km) as it:
        sent = await it.running("import time; time.sleep(8)")
        for _ in range(35):
            await agents.read(kernel_id, km)
            await asyncio.sleep(0.2)
        assert kernel_id in kernels, "it was culled while it computed"
        assert (await it.end(sent))["status"] == "ok"
        for _ in range(60):
            if kernel_id not in kernels:
                break
            try:
                await asyncio.wait_for(agents.read(kernel_id, km), 2)
            except Exception:  # noqa: BLE001 - it is being shut down
                break
            await asyncio.sleep(0.2)
        await until(lambda: kernel_id not in kernels)
