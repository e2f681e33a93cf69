"""JupyterLab's debugger, at a breakpoint: the agent answers beside it, and the debugger goes on as ever."""

import asyncio

import pytest

from tests.kernels.conftest import IPYKERNELS, wait_until

CODE = "import os\nvalue = 40\nvalue += 2\nprint(value)"


@pytest.fixture(params=IPYKERNELS)
def kernel_name(request):
    """Every test, with each ipykernel."""
    return request.param


class Debugger:
    """What JupyterLab's debugger does, over the control channel of a tab."""

    def __init__(self, tab):
        self.tab = tab
        self.number = 0

    async def request(self, command, **arguments):
        """Send a request and return its answer."""
        self.number += 1
        content = {"type": "request", "seq": self.number, "command": command, "arguments": arguments}
        message = self.tab.client.session.msg("debug_request", content)
        self.tab.client.control_channel.send(message)
        while True:
            reply = await self.tab.client.get_control_msg(timeout=30)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                assert reply["content"].get("success", True), reply["content"]
                return reply["content"].get("body") or {}

    def events(self, name):
        """Return the events of that name so far."""
        found = [content for kind, content in self.tab.published() if kind == "debug_event"]
        return [one for one in found if one.get("event") == name]


def printed(published):
    """Return what a cell has printed; a busy machine sends it in pieces."""
    return "".join(content["text"] for kind, content in published if kind == "stream" and content["name"] == "stdout")


async def test_answers_at_a_breakpoint_and_the_cell_goes_on(start, agents, tab):
    kernel_id, km = await start()
    await agents.install(kernel_id, km)
    async with tab(km) as it:
        debugger = Debugger(it)
        await debugger.request("initialize", clientID="test", adapterID="", pathFormat="path")
        await debugger.request("attach")
        path = (await debugger.request("dumpCell", code=CODE))["sourcePath"]
        marks = await debugger.request("setBreakpoints", source={"path": path}, breakpoints=[{"line": 3}])
        assert marks["breakpoints"][0]["verified"]
        await debugger.request("configurationDone")
        sent = it.begin(CODE)
        await wait_until(lambda: debugger.events("stopped"))

        for _ in range(20):
            assert (await agents.read(kernel_id, km)).pid == km.provisioner.pid
        assert len(debugger.events("stopped")) == 1
        thread = debugger.events("stopped")[0]["body"]["threadId"]
        stack = await debugger.request("stackTrace", threadId=thread)
        assert stack["stackFrames"][0]["line"] == 3

        await debugger.request("continue", threadId=thread)
        assert (await it.end(sent))["status"] == "ok"
        await wait_until(lambda: printed(it.published(sent)) == "42\n")
        await asyncio.wait_for(debugger.request("disconnect", restart=False, terminateDebuggee=False), 30)
        assert await it.run("print(value)") == "42\n"
