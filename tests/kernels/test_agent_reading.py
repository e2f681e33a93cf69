"""The agent answers while a cell runs; the cell and the server's idea of the kernel are not touched."""

import asyncio
import os
import signal
from pathlib import Path

import msgspec
import pytest

from tests.kernels.conftest import IPYKERNELS
from tfgpu_lab.kernels.agent import Agents, Unavailable
from tfgpu_lab.kernels.processes import is_local

LOOP = "import time\nend = time.monotonic() + 3\nturns = 0\nwhile time.monotonic() < end: turns += 1"
COMMS = "get_ipython().kernel.comm_manager.comms"


@pytest.fixture(params=IPYKERNELS)
def kernel_name(request):
    """Every test, with each ipykernel."""
    return request.param


@pytest.fixture
def ready(start, agents):
    """Start a kernel with the agent in it."""

    async def start_ready(**options):
        kernel_id, km = await start(**options)
        await agents.install(kernel_id, km)
        return kernel_id, km

    return start_ready


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("cell", ["import time; time.sleep(3)", LOOP], ids=["sleep", "pure Python"])
async def test_answers_while_a_cell_runs_and_does_not_touch_it(ready, kernels, agents, tab, cell):
    kernel_id, km = await ready()
    async with tab(km) as it:
        sent = await it.running(f"{cell}\nprint('done')")
        before = len(it.seen)
        for _ in range(10):
            assert (await agents.read(kernel_id, km)).pid == km.provisioner.pid
            assert km.execution_state == "busy"
        kernels.cull_idle_timeout = 0  # every kernel that is not busy is now culled
        await kernels.cull_kernel_if_idle(kernel_id)
        assert kernel_id in kernels
        assert all(kind != "stream" for kind, _ in it.published(sent)), "the cell still runs"
        ours = [m for m in it.seen[before:] if m["parent_header"].get("msg_id") != sent]
        assert {m["parent_header"]["msg_type"] for m in ours} <= {"comm_info_request"}
        assert {m["msg_type"] for m in ours} <= {"status"}
        assert (await it.end(sent))["status"] == "ok"
        await it.run("pass")
        assert ("stream", {"name": "stdout", "text": "done\n"}) in it.published(sent)


async def test_an_idle_kernel_stays_idle_since_when_it_was(ready, agents):
    kernel_id, km = await ready()
    before = None
    while before != km.last_activity:  # the installation's own messages are still on their way
        before = km.last_activity
        await asyncio.sleep(0.3)
    for _ in range(5):
        await agents.read(kernel_id, km)
    await asyncio.sleep(0.3)
    assert km.last_activity == before
    assert km.execution_state == "idle"


async def test_reports_the_process_as_it_is_now(ready, agents, tab, tmp_path):
    kernel_id, km = await ready()
    async with tab(km) as it:
        await it.run(f"import os, keyword; os.chdir({str(tmp_path)!r}); os.environ['CUDA_VISIBLE_DEVICES'] = '-1'")
        report = await agents.read(kernel_id, km)
        assert report.cwd == str(tmp_path)
        assert report.variables["CUDA_VISIBLE_DEVICES"] == "-1"
        assert await it.run("import sys; print(sys.executable, sys.prefix)") == f"{report.executable} {report.prefix}\n"
    assert is_local(report)
    assert not is_local(msgspec.structs.replace(report, boot_id="another machine"))
    assert not is_local(msgspec.structs.replace(report, pid=os.getpid()))


async def test_no_variable_leaves_the_kernel_that_is_not_allowed(ready, agents):
    secrets = {"AWS_SECRET_ACCESS_KEY": "hunter2", "TF_VAR_password": "hunter2", "TF_TOKEN_example_org": "hunter2"}
    env = {**os.environ, **secrets, "TF_CPP_MIN_LOG_LEVEL": "1"}
    kernel_id, km = await ready(env=env)
    report = await agents.read(kernel_id, km)
    assert report.variables["TF_CPP_MIN_LOG_LEVEL"] == "1"
    assert b"hunter2" not in msgspec.json.encode(report)


async def test_survives_reset(ready, agents, tab):
    kernel_id, km = await ready()
    async with tab(km) as it:
        await it.run("%reset -f")
        await agents.read(kernel_id, km)


async def test_survives_the_closing_of_all_comms(ready, agents, tab):
    pytest.importorskip("debugpy")
    kernel_id, km = await ready()
    async with tab(km) as it:
        await it.run(f"{COMMS}.clear()")
        assert (await agents.read(kernel_id, km)).pid == km.provisioner.pid
        await it.run("import builtins; del builtins._tfgpu_lab_agent_")
        with pytest.raises(Unavailable, match="no longer"):
            await agents.read(kernel_id, km)
        assert agents.wants_install(kernel_id)


async def test_readers_at_once_are_all_answered(ready, agents):
    kernel_id, km = await ready()
    shared = await asyncio.gather(*(agents.read(kernel_id, km) for _ in range(16)))
    assert all(report is shared[0] for report in shared), "one question serves all who wait"
    others = [Agents() for _ in range(16)]
    reports = await asyncio.gather(*(other.read(kernel_id, km) for other in others))
    assert {report.pid for report in reports} == {km.provisioner.pid}


async def test_a_reader_who_leaves_does_not_take_the_answer_from_others(ready, agents):
    kernel_id, km = await ready()
    first, second = (asyncio.ensure_future(agents.read(kernel_id, km)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).pid == km.provisioner.pid
    assert first.cancelled()


async def test_a_kernel_that_hangs_is_not_waited_for_and_a_restart_ends_the_wait(ready, agents, tab, monkeypatch):
    monkeypatch.setattr("tfgpu_lab.kernels.agent.READ_BUSY_S", 1)
    kernel_id, km = await ready()
    async with tab(km) as it:
        await it.running("import time; time.sleep(60)")
        os.kill(km.provisioner.pid, signal.SIGSTOP)
        try:
            with pytest.raises(Unavailable, match="did not answer within 1 s"):
                await agents.read(kernel_id, km)
            reading = asyncio.ensure_future(agents.read(kernel_id, km))
            await asyncio.sleep(0.1)
            agents.forget(kernel_id)
            with pytest.raises(Unavailable, match="restarted or shut down"):
                await reading
        finally:
            os.kill(km.provisioner.pid, signal.SIGCONT)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("'tfgpu:{}'", "understood"),
        ("'tfgpu:'", "understood"),
        ("'tfgpu:' + chr(92) + 'ud800'", "understood"),
        (f"{COMMS}['tfgpu-lab-agent'].target_name + ' ' * 70000", "understood"),
        ("'tfgpu:' + 'x' * 10**7", "too long"),
        ("12", "understood"),
        ("None", "understood"),
        ("'other'", "understood"),
    ],
)
async def test_what_a_kernel_says_is_not_trusted(ready, agents, tab, name, reason):
    kernel_id, km = await ready()
    async with tab(km) as it:
        await it.run(f"{COMMS}['tfgpu-lab-agent'] = type('Fake', (), {{'target_name': {name}}})()")
    with pytest.raises(Unavailable, match=reason):
        await agents.read(kernel_id, km)


async def test_leaves_no_open_files_over_reads_and_restarts(ready, kernels, agents, until):
    kernel_id, km = await ready()
    await agents.read(kernel_id, km)
    before = open_files() + 3  # what earlier tests left opens and closes meanwhile; a leak would be one a reading
    for _ in range(30):
        await agents.read(kernel_id, km)
    await until(lambda: open_files() <= before)  # zmq closes them in a thread of its own
    for _ in range(5):
        await (await kernels.restart_kernel(kernel_id, now=True))
        agents.forget(kernel_id)
        await agents.install(kernel_id, km)
        await agents.read(kernel_id, km)
    await until(lambda: open_files() <= before)
