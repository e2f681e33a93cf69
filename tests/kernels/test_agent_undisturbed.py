"""A hundred questions, in idle and beside a cell, change nothing that the user, another client or a culler can see."""

import asyncio
import json

import psutil
import pytest

from tests.kernels.conftest import IPYKERNELS
from tfgpu_lab.kernels.agent import Unavailable

QUESTIONS = 100
# All that a user's code can look at; what it says itself is not looked at. A figure that is half drawn is lost where
# IPython tells of an execution that is not the user's: that counts also where there is no matplotlib.
PORTRAIT = """
import collections
FIRED = collections.Counter()
for event in ("pre_execute", "pre_run_cell", "post_execute", "post_run_cell"):
    get_ipython().events.register(event, lambda *_, event=event: FIRED.update([event]))
def draw():
    try:
        import matplotlib.pyplot
        matplotlib.pyplot.plot([1, 2])
    except ImportError:
        pass
def portrait():
    import builtins, json, os, signal, sys, threading, warnings
    shell = get_ipython()
    space = {k: id(v) for k, v in shell.user_ns.items() if not k.startswith("_i") and k not in ("_dh", "_oh")}
    return json.dumps({
        "names": space,
        "underscores": [repr(shell.user_ns.get(name)) for name in ("_", "__", "___")],
        "numbers": [len(In), len(Out), shell.execution_count],
        "history": [line for *_, line in shell.history_manager.get_range()],
        "modules": sorted(sys.modules),
        "builtins": sorted(vars(builtins)),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "warnings": [repr(one) for one in warnings.filters],
        "shown": sorted(repr(k) for k in getattr(sys.modules["__main__"], "__warningregistry__", {})),
        "hooks": [repr(getattr(sys, name)) for name in ("displayhook", "excepthook", "stdout", "stderr", "stdin")],
        "trace": [repr(sys.gettrace()), repr(sys.getprofile()), repr(threading._trace_hook)],
        "fired": dict(FIRED),
        "events": {name: [repr(one) for one in found] for name, found in shell.events.callbacks.items()},
        "publisher": repr(shell.display_pub),
        "signals": [repr(signal.getsignal(one)) for one in (signal.SIGINT, signal.SIGTERM)],
        "environment": dict(os.environ),
        "cwd": os.getcwd(),
        "figures": sys.modules["matplotlib.pyplot"].get_fignums() if "matplotlib.pyplot" in sys.modules else None,
        "comms": sorted(shell.kernel.comm_manager.comms),
        "payload": shell.payload_manager.read_payload(),
    })
"""


@pytest.fixture(params=IPYKERNELS)
def kernel_name(request):
    """Every test, with each ipykernel."""
    return request.param


@pytest.fixture
def ready(start, agents):
    """Start a kernel with the agent in it."""

    async def start_ready():
        kernel_id, km = await start()
        await agents.install(kernel_id, km)
        return kernel_id, km

    return start_ready


async def ask(agents, kernel_id, km, number=QUESTIONS):
    for _ in range(number):
        assert (await agents.read(kernel_id, km)).pid == km.provisioner.pid


def changed(before, after):
    """Return what differs between two portraits, but for what the second portrait's own cell brings."""
    first, second = json.loads(before), json.loads(after)
    assert second["numbers"][0] == first["numbers"][0] + 1
    assert second["fired"] == {event: times + 1 for event, times in first["fired"].items()}
    for one in (first, second):
        del one["numbers"], one["history"], one["fired"]
    return {name: (first[name], second[name]) for name in first if first[name] != second[name]}


async def test_nothing_differs_after_a_hundred_questions(ready, agents, tab):
    kernel_id, km = await ready()
    async with tab(km) as it:
        await it.run(PORTRAIT)
        await it.run("40 + 2")
        await it.run("print(portrait())")  # once before, so that what it imports is there
        before = await it.run("print(portrait())")
        await ask(agents, kernel_id, km)
        assert changed(before, await it.run("print(portrait())")) == {}
        assert await it.run("print(_)") == "42\n"


async def test_no_file_stays_open_in_the_kernel(ready, agents, tab, until):
    kernel_id, km = await ready()
    await ask(agents, kernel_id, km, 1)

    def open_files():
        return psutil.Process(km.provisioner.pid).num_fds()

    before = open_files()
    await ask(agents, kernel_id, km)
    await until(lambda: open_files() <= before)  # ZeroMQ closes them in a thread of its own


async def test_nothing_differs_within_a_cell_that_is_asked_about(ready, agents, tab):
    kernel_id, km = await ready()
    async with tab(km) as it:
        await it.run(PORTRAIT)
        await it.run("print(portrait())")
        await it.run(
            "import time\ndef unchanged():\n    draw(); before = portrait(); time.sleep(3); return before == portrait()"
        )
        sent = await it.running("print(unchanged())")
        await ask(agents, kernel_id, km)
        assert (await it.end(sent))["status"] == "ok"
        await it.run("pass")
        assert ("stream", {"name": "stdout", "text": "True\n"}) in it.published(sent)


async def test_a_cell_that_captures_its_output_captures_its_own_only(ready, agents, tab):
    kernel_id, km = await ready()
    async with tab(km) as it:
        sent = await it.running("%%capture out\nimport time\nprint('mine')\ntime.sleep(2)\nprint('still mine')")
        await ask(agents, kernel_id, km)
        assert (await it.end(sent))["status"] == "ok"
        assert (
            await it.run("print(repr(out.stdout), repr(out.stderr), out.outputs)")
            == r"'mine\nstill mine\n' '' []" + "\n"
        )


async def test_a_cell_that_waits_for_input_gets_it(ready, agents, tab):
    kernel_id, km = await ready()
    async with tab(km) as it:
        sent = it.begin("name = input('who? ')\nprint('hello', name)", allow_stdin=True)
        question = await it.client.get_stdin_msg(timeout=30)
        assert question["content"]["prompt"] == "who? "
        await ask(agents, kernel_id, km)
        it.client.input("Ada")
        assert (await it.end(sent))["status"] == "ok"
        await it.run("pass")
        assert ("stream", {"name": "stdout", "text": "hello Ada\n"}) in it.published(sent)


async def test_a_cell_is_interrupted_as_ever(ready, agents, tab):
    kernel_id, km = await ready()
    async with tab(km) as it:
        sent = await it.running("import time\nwhile True: time.sleep(0.01)")
        await ask(agents, kernel_id, km, 10)
        asking = asyncio.ensure_future(ask(agents, kernel_id, km, 30))
        await km.interrupt_kernel()
        assert (await it.end(sent))["ename"] == "KeyboardInterrupt"
        await asking


async def test_what_threads_print_stays_with_their_cell(ready, agents, tab, until):
    kernel_id, km = await ready()
    async with tab(km) as it:
        cell = "import threading, time\ndef work():\n for i in range(20): print(i); time.sleep(0.1)\n"
        sent = it.begin(cell + "thread = threading.Thread(target=work); thread.start()")
        await it.end(sent)
        await ask(agents, kernel_id, km)

        def printed():
            return "".join(content["text"] for kind, content in it.published(sent) if kind == "stream").split()

        await until(lambda: "19" in printed())  # no cell is run meanwhile: it would take over what threads print
        assert printed() == [str(number) for number in range(20)]


async def test_code_that_keeps_the_lock_is_waited_for_and_questions_do_not_pile_up(ready, agents, tab, monkeypatch):
    monkeypatch.setattr("tfgpu_lab.kernels.agent.READ_BUSY_S", 0.5)
    kernel_id, km = await ready()
    async with tab(km) as it:
        sent = await it.running("import time; time.sleep(0.5); x = sum(range(200_000_000)); print('done')")
        await asyncio.sleep(1)  # by now C code holds the lock, for seconds
        for _ in range(3):
            with pytest.raises(Unavailable, match="did not answer within"):
                await asyncio.gather(*(agents.read(kernel_id, km) for _ in range(10)))
        assert (await it.end(sent))["status"] == "ok"
        assert (await agents.read(kernel_id, km)).pid == km.provisioner.pid
        await it.run("pass")
        asked = {
            m["parent_header"]["msg_id"] for m in it.seen if m["parent_header"].get("msg_type") == "comm_info_request"
        }
        assert len(asked) <= 4 + 1, "thirty askers, four questions (and the tab's own)"
