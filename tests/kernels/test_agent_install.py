"""Putting the agent into a kernel leaves no trace for the user, and happens only where and when it may."""

import asyncio
import json
import sys

import pytest

from tests.kernels.conftest import IPYKERNELS
from tfgpu_lab.kernels.agent import Agents, Unavailable

# Everything a user could notice; the control is a kernel that never had the agent.
SURROUNDINGS = """
import sys as _s, threading as _t, warnings as _w
get_ipython().run_line_magic("who", "")
print(sorted(dir()), len(In), len(Out), repr(_), repr(__))
print([line for *_, line in get_ipython().history_manager.get_range()])
print(sorted(_s.modules), _t.active_count(), _w.filters)
"""

TINY_KERNEL = """
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel
class Tiny(Kernel):
    implementation, implementation_version, banner = "tiny", "1", "tiny"
    language_info = {"name": "python", "version": "3.11.0", "mimetype": "text/plain", "file_extension": ".txt"}
IPKernelApp.launch_instance(kernel_class=Tiny)
"""

IN_KERNEL = "get_ipython().kernel.comm_manager.comms"


@pytest.fixture(params=IPYKERNELS)
def kernel_name(request):
    """Every test, with each ipykernel."""
    return request.param


@pytest.fixture
def tiny(tmp_path, jp_data_dir):
    """A kernelspec that says Python and is not ipykernel's; returns how to change its language."""
    program = tmp_path / "tiny.py"
    program.write_text(TINY_KERNEL)
    spec = jp_data_dir / "kernels/tiny/kernel.json"
    spec.parent.mkdir(parents=True)

    def write(language):
        argv = [sys.executable, str(program), "-f", "{connection_file}"]
        spec.write_text(json.dumps({"argv": argv, "display_name": "Tiny", "language": language}))

    write("python")
    return write


async def test_leaves_no_trace_in_the_users_namespace_modules_or_history(start, agents, tab):
    seen = []
    for instrumented in (False, True):
        kernel_id, km = await start()
        if instrumented:
            await agents.install(kernel_id, km)
        async with tab(km) as it:
            seen.append(await it.run(SURROUNDINGS))
            assert [content["execution_count"] for kind, content in it.published() if kind == "execute_input"] == [1]
    assert seen[0] == seen[1]
    assert "Interactive namespace is empty" in seen[0]


async def test_publishes_nothing_but_busy_and_idle_and_keeps_the_last_result(start, agents, tab):
    kernel_id, km = await start()
    async with tab(km) as it:
        await it.run("40 + 2")
        before = len(it.seen)
        await agents.install(kernel_id, km)
        await it.run("pass", silent=True)  # whatever the installation published has arrived
        assert {kind for kind, _ in it.published()[before:]} == {"status"}
        assert await it.run("print(_, len(In))") == "42 3\n"
    assert (await agents.read(kernel_id, km)).pid == km.provisioner.pid


async def test_a_second_agent_replaces_the_first(start, agents, tab):
    kernel_id, km = await start()
    for _ in range(3):
        await agents.install(kernel_id, km)
    async with tab(km) as it:
        ours = "sum(type(thing).__module__ == 'tfgpu_lab_agent' for thing in gc.get_objects())"
        count = f"import gc; gc.collect(); print(len({IN_KERNEL}), {ours})"
        assert await it.run(count) == "1 1\n"


async def test_a_kernel_that_runs_a_cell_is_left_alone_until_it_is_idle(start, agents, tab):
    kernel_id, km = await start()
    async with tab(km) as it:
        sent = await it.running("import time; time.sleep(6); print('done')")
        before = len(it.seen)
        await agents.install(kernel_id, km)
        assert agents.wants_install(kernel_id)
        with pytest.raises(Unavailable, match="a cell was running"):
            await agents.read(kernel_id, km)
        parents = {message["parent_header"].get("msg_type") for message in it.seen[before:]}
        assert parents <= {"kernel_info_request", "comm_info_request"}
        assert km.execution_state == "busy"
        assert (await it.end(sent))["status"] == "ok"
        assert await it.run(f"print(len({IN_KERNEL}))") == "0\n"
        await agents.install(kernel_id, km)
    assert not agents.wants_install(kernel_id)
    assert (await agents.read(kernel_id, km)).tensorflow is None


async def test_a_cell_that_slips_in_only_delays_it(start, agents, tab, monkeypatch):
    monkeypatch.setattr("tfgpu_lab.kernels.agent.INSTALL_S", 0.5)
    free = asyncio.Event()

    async def cell_slips_in(shell, km):
        await it.running("import time; time.sleep(2)")
        free.set()
        return True

    monkeypatch.setattr("tfgpu_lab.kernels.agent._is_free", cell_slips_in)
    kernel_id, km = await start()
    async with tab(km) as it:
        with pytest.raises(Unavailable, match="did not answer"):
            await agents.install(kernel_id, km)
        assert free.is_set()
        with pytest.raises(Unavailable, match="did not answer"):
            await agents.read(kernel_id, km)
        assert await it.run("print(len(In))") == "3\n"
    assert (await agents.read(kernel_id, km)).pid == km.provisioner.pid


@pytest.mark.parametrize("busy", [False, True])
async def test_a_restarted_kernel_needs_it_anew(start, kernels, agents, tab, busy):
    kernel_id, km = await start()
    await agents.install(kernel_id, km)
    first = await agents.read(kernel_id, km)
    if busy:
        async with tab(km) as it:
            await it.running("import time; time.sleep(60)")
    await (await kernels.restart_kernel(kernel_id, now=True))
    agents.forget(kernel_id)
    with pytest.raises(Unavailable, match="not in this kernel yet"):
        await agents.read(kernel_id, km)
    await agents.install(kernel_id, km)
    assert (await agents.read(kernel_id, km)).pid == km.provisioner.pid != first.pid


@pytest.mark.parametrize(("language", "reason"), [("python", "tiny, not ipykernel"), ("bash", "bash, not Python")])
async def test_a_kernel_that_is_not_ipykernel_is_named_and_left_alone(start, agents, tiny, language, reason):
    tiny(language)
    kernel_id, km = await start(kernel_name="tiny")
    await agents.install(kernel_id, km)
    assert not agents.wants_install(kernel_id)
    with pytest.raises(Unavailable, match=reason):
        await agents.read(kernel_id, km)


async def test_says_so_when_switched_off_and_asks_nothing(start, tab):
    agents = Agents(enabled=False)
    kernel_id, km = await start()
    async with tab(km) as it:
        before = len(it.seen)
        await agents.install(kernel_id, km)
        with pytest.raises(Unavailable, match="switched off"):
            await agents.read(kernel_id, km)
        await it.run("pass", silent=True)
        assert {message["parent_header"]["msg_type"] for message in it.seen[before:]} == {"execute_request"}


async def test_a_server_that_counts_our_question_as_activity_is_not_asked(start, kernels, agents):
    kernel_id, km = await start()
    kernels.untracked_message_types = ["kernel_info_request"]
    with pytest.raises(Unavailable, match=r"older than 2\.15"):
        await agents.read(kernel_id, km)


async def test_a_gateway_is_named_where_no_connection_to_it_can_be_made(jp_serverapp, agents):
    from jupyter_server.gateway.managers import GatewayKernelManager

    km = GatewayKernelManager(parent=jp_serverapp.kernel_manager)
    km.kernel = {"id": "remote"}
    with pytest.raises(Unavailable, match="gateway"):
        await agents.read("remote", km)


async def test_a_kernel_that_is_gone_is_not_waited_for(start, kernels, agents):
    kernel_id, km = await start()
    await agents.install(kernel_id, km)
    await kernels.shutdown_kernel(kernel_id, now=True)
    with pytest.raises(Unavailable, match="restarting or shutting down"):
        await agents.read(kernel_id, km)
