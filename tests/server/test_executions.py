"""The last cell of a real kernel, told while the kernel is watched: whose cells count, and what is left afterwards."""

import asyncio
import json

import psutil
import pytest

from tests.kernels.conftest import IPYKERNELS
from tests.kernels.gpus import live, tensorflow
from tests.kernels.test_execution import look, on_gpu
from tfgpu_lab.kernels.execution import Ran, Times
from tfgpu_lab.kernels.execution import told as told_of
from tfgpu_lab.server import executions


@pytest.fixture(params=IPYKERNELS)
def kernel_name(request):
    """Every test, with each ipykernel."""
    return request.param


@pytest.fixture
def watches(jp_serverapp):
    """The ids of the kernels that are watched."""
    return jp_serverapp.web_app.settings["tfgpu_lab"].reporter._executions._watches


async def told(jp_fetch, kernel_id):
    return json.loads((await jp_fetch("tfgpu-lab", "kernels", kernel_id)).body)["last_execution"]


async def ended(jp_fetch, kernel_id, number):
    for _ in range(100):
        if (last := await told(jp_fetch, kernel_id)) and last["execution_count"] == number and last["ended_s"]:
            return last
    raise AssertionError(last)


async def test_what_was_computed_between_cells_is_not_the_next_cells(jp_asyncio_loop):
    """As by a button's click, which is no cell."""
    watched = executions.Executions({}, None, None, None)
    watch = watched._watches["k"] = executions._Watch()
    watch.ran, watch.rest = Ran(1, 1, 100.0, 110.0), look(on_gpu(50, 100), mib=9)
    clicked = on_gpu(5000, 9000)
    await watched.last("k", None, live(tensorflow(allocators_unread="A thread computes.")))
    assert watch.rest.live == on_gpu(50, 100), "what is not known is no rest"
    await watched.last("k", None, clicked)
    assert watch.rest.live == clicked
    watch.ran = Ran(2, 1, 120.0, 130.0)
    assert told_of(watch.ran, watch.rest, look(clicked, mib=9), Times({}, None)).computed_on == "unknown"
    await watched.close()


async def test_a_cell_is_told_of_while_its_kernel_is_watched_and_nothing_stays(
    jp_fetch, kernels, start, tab, until, watches, monkeypatch
):
    kernel_id, manager = await start()
    async with tab(manager) as it:
        await jp_fetch("tfgpu-lab", "kernels")
        assert not watches, "a list watches nobody"
        before = psutil.Process().num_fds()
        sent = await it.running("import time; time.sleep(1.5)")
        await until(lambda: manager.execution_state == "busy")
        running = await told(jp_fetch, kernel_id)
        assert (running["execution_count"], running["began_s"], running["ended_s"]) == (None, None, None)
        assert running["reason"] == "TensorFlow is not imported: nothing was computed with it."
        await it.end(sent)
        assert (await ended(jp_fetch, kernel_id, None))["began_s"] is None
        await it.end(it.begin("1", silent=True))  # as ours are
        await it.run("2")
        last = await ended(jp_fetch, kernel_id, 2)
        assert (last["cells"], last["computed_on"]) == (1, "unknown")
        assert "Nobody watches the GPUs" in last["absent"]["gpu_memory_after_bytes"]

        await kernels.restart_kernel(kernel_id)
        await until(lambda: not watches)  # its process has been replaced
        await it.run("1")
        await asyncio.sleep(0.5)  # what the start brings with it has come
        activity, seen = manager.last_activity, len(it.seen)
        assert await told(jp_fetch, kernel_id) is None
        await asyncio.sleep(0.3)
        assert manager.last_activity == activity, "to watch is no activity"
        assert {message["msg_type"] for message in it.seen[seen:]} <= {"status"}

        await it.run("2")
        await until(lambda: watches[kernel_id].last)
        assert watches[kernel_id].last.ended_s, "looked at without being asked"
        monkeypatch.setattr(executions, "LEASE_S", 0.1)
        await told(jp_fetch, kernel_id)
        await until(lambda: not watches)
        await until(lambda: psutil.Process().num_fds() <= before)
