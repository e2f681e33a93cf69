"""Real kernels under a real Jupyter Server, and a tab that runs cells in them."""

import asyncio
import contextlib
import json
from pathlib import Path

import pytest

from tfgpu_lab.kernels.agent import Agents

ANSWER_S = 60
OTHERS = Path(__file__).resolve().parents[2] / ".venvs"
IPYKERNELS = ("python3", "ipykernel-6")
"""The ipykernel of the environment that runs the tests, which is 7 or newer, and 6.29."""


class Tab:
    """What a notebook's tab does: runs cells, and sees all that the kernel publishes."""

    def __init__(self, client):
        self.client = client
        self.seen = []
        self._reader = None

    async def open(self):
        self.client.start_channels()
        await self.client.wait_for_ready(timeout=ANSWER_S)
        self._reader = asyncio.create_task(self._read())

    async def close(self):
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        self.client.stop_channels()

    async def _read(self):
        while True:
            self.seen.append(await self.client.get_iopub_msg())

    def published(self, *parents):
        """Return (message type, content) of what was published, of all parents or of these message ids."""
        messages = [m for m in self.seen if not parents or m["parent_header"].get("msg_id") in parents]
        return [(message["msg_type"], message["content"]) for message in messages]

    def begin(self, code, **options):
        """Send a cell without waiting; return its message id."""
        return self.client.execute(code, **options)

    async def running(self, code):
        """Send a cell and wait until it runs; return its message id."""
        sent = self.begin(code)
        await wait_until(lambda: "execute_input" in dict(self.published(sent)))
        return sent

    async def end(self, sent):
        """Wait until a cell has ended; return its reply's content."""
        while True:
            reply = await self.client.get_shell_msg(timeout=ANSWER_S)
            if reply["parent_header"]["msg_id"] == sent:
                return reply["content"]

    async def run(self, code, **options):
        """Run a cell to its end; return its printed text."""
        sent = self.begin(code, **options)
        reply = await self.end(sent)
        assert reply["status"] == "ok", reply
        await wait_until(lambda: ("status", {"execution_state": "idle"}) in self.published(sent))
        return "".join(content["text"] for kind, content in self.published(sent) if kind == "stream")


async def wait_until(holds):
    """Wait until something holds."""

    async def poll():
        while not holds():  # noqa: ASYNC110 - what is waited for happens in the kernel
            await asyncio.sleep(0.01)

    await asyncio.wait_for(poll(), ANSWER_S)


@pytest.fixture
def until():
    """Wait until something holds: `await until(lambda: ...)`."""
    return wait_until


@pytest.fixture
def kernels(jp_serverapp):
    """The kernel manager of a Jupyter Server."""
    return jp_serverapp.kernel_manager


@pytest.fixture
def kernel_name():
    """The kernelspec that `start` takes; a file of tests overrides it with IPYKERNELS."""
    return "python3"


def other_kernel(name, data_dir):
    """Make the kernelspec of an environment in .venvs; the test is skipped where there is none."""
    python = OTHERS / name / "bin" / "python"
    if not python.exists():
        pytest.skip(f"`make test` makes .venvs/{name}")
    spec = Path(data_dir) / "kernels" / name / "kernel.json"
    spec.parent.mkdir(parents=True, exist_ok=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    # The PYTHONPATH of the test server leads to the environment that runs the tests.
    content = {"argv": argv, "display_name": name, "language": "python", "env": {"PYTHONPATH": ""}}
    if name == "xeus":
        content["argv"] = [str(python), "-m", "xpython_launcher", "-f", "{connection_file}"]
    spec.write_text(json.dumps(content))
    return name


@pytest.fixture
def start(kernels, jp_asyncio_loop, kernel_name, jp_data_dir):
    """Start a kernel and return its id and manager; it is shut down after the test."""
    started = []
    if kernel_name != "python3":
        other_kernel(kernel_name, jp_data_dir)

    async def start_one(**options):
        options.setdefault("kernel_name", kernel_name)
        kernel_id = await kernels.start_kernel(**options)
        started.append(kernel_id)
        return kernel_id, kernels.get_kernel(kernel_id)

    async def stop():
        for kernel_id in started:
            if kernel_id in kernels:
                await kernels.shutdown_kernel(kernel_id, now=True)

    yield start_one
    jp_asyncio_loop.run_until_complete(stop())


@pytest.fixture
def agents(jp_asyncio_loop):
    """The agents under test."""
    made = Agents()
    yield made
    jp_asyncio_loop.run_until_complete(made.close())


@pytest.fixture
def tab():
    """Open a tab on a kernel: `async with tab(km) as it`."""

    @contextlib.asynccontextmanager
    async def opened(km):
        it = Tab(km.client())
        await it.open()
        try:
            yield it
        finally:
            await it.close()

    return opened
