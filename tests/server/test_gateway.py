"""A kernel behind a gateway: a real second Jupyter Server with a token, on loopback."""

import asyncio
import json
import os
import subprocess
import sys
from urllib.request import Request, urlopen

import psutil
import pytest
from jupyter_client.jsonutil import json_default
from jupyter_client.session import Session
from jupyter_server.gateway.gateway_client import GatewayClient
from tornado import web
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

TOKEN = "secret-of-the-gateway"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """A Jupyter Server of its own process, without our extension; its address."""
    folder = tmp_path_factory.mktemp("gateway")
    env = {**os.environ, "IDENTITY_TOKEN": TOKEN, "JUPYTER_RUNTIME_DIR": str(folder), "JUPYTER_CONFIG_DIR": str(folder)}
    options = [
        "--port=0",
        "--no-browser",
        "--allow-root",
        f"--IdentityProvider.token={TOKEN}",
        f"--notebook-dir={folder}",
    ]
    options += ["--ServerApp.jpserver_extensions={}", "--ip=127.0.0.1"]
    command = [sys.executable, "-m", "jupyter_server", *options]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=env, cwd=folder, stdout=log, stderr=log)
    try:
        yield _address(process, folder)
    finally:
        process.terminate()
        process.wait(20)


def _address(process, folder):
    for _ in range(300):
        assert process.poll() is None, (folder / "log").read_text()
        for file in folder.glob("jpserver-*.json"):
            return json.loads(file.read_text())["url"].rstrip("/")
        __import__("time").sleep(0.1)
    raise AssertionError((folder / "log").read_text())


@pytest.fixture(autouse=True)
def _behind_it(gateway, jp_server_config):
    """Make the server under test use it; ask for it before the server."""
    GatewayClient.clear_instance()
    jp_server_config["GatewayClient"] = {"url": gateway, "auth_token": TOKEN}
    yield
    GatewayClient.clear_instance()


@pytest.fixture
def kernel(kernels, jp_asyncio_loop):
    """A kernel of the gateway."""
    kernel_id = jp_asyncio_loop.run_until_complete(kernels.start_kernel(kernel_name="python3"))
    yield kernel_id
    jp_asyncio_loop.run_until_complete(kernels.shutdown_kernel(kernel_id, now=True))


@pytest.fixture
def notebook(gateway, kernel):
    """Connect to the kernel as the server of a notebook does: `await notebook()`, a websocket."""

    async def connect():
        url = f"{gateway.replace('http', 'ws')}/api/kernels/{kernel}/channels?session_id=notebook"
        return await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {TOKEN}"}))

    return connect


@pytest.fixture
def watched(kernel, notebook, jp_asyncio_loop):
    """A kernel of the gateway to which a notebook is connected."""
    connection = jp_asyncio_loop.run_until_complete(notebook())
    yield kernel
    connection.close()


@pytest.fixture
def report(jp_fetch):
    """Fetch a kernel's report."""

    async def fetch(kernel_id):
        return json.loads((await jp_fetch("tfgpu-lab", "kernels", kernel_id, request_timeout=60)).body)

    return fetch


def open_files():
    """Return how many files and sockets this process has open."""
    return psutil.Process().num_fds()


def remote(gateway, path):
    """Ask the gateway itself."""
    with urlopen(Request(f"{gateway}/api/{path}", headers={"Authorization": f"token {TOKEN}"})) as answer:
        return json.loads(answer.read())


async def test_its_agent_is_installed_and_read_through_the_gateway(gateway, kernels, watched, report):
    assert type(kernels).__name__ == "GatewayMappingKernelManager", "the control"
    answer = await report(watched)
    assert answer["live_unavailable"] is None
    assert answer["live"]["pid"] != os.getpid()
    assert answer["verdict"] == "not-loaded"
    assert answer["name"] == "python3"
    assert "gateway" in answer["environment_unavailable"]
    assert [one["id"] for one in remote(gateway, "kernels")] == [watched]


async def test_nothing_is_left_open_on_either_side(gateway, watched, report, until):
    for _ in range(3):
        await report(watched)
    before = open_files()
    for _ in range(20):
        await report(watched)
    await until(lambda: open_files() <= before)
    await until(lambda: remote(gateway, f"kernels/{watched}")["connections"] == 1)


async def test_a_question_moves_no_activity_there(gateway, watched, report):
    await report(watched)
    await asyncio.sleep(1)
    before = remote(gateway, f"kernels/{watched}")["last_activity"]
    for _ in range(3):
        await report(watched)
    assert remote(gateway, f"kernels/{watched}")["last_activity"] == before


async def test_a_gateway_that_is_gone_is_unknown_with_a_sentence(watched, report, monkeypatch):
    await report(watched)
    with monkeypatch.context() as changed:
        changed.setattr(GatewayClient.instance(), "ws_url", "ws://127.0.0.1:9")
        answer = await report(watched)
    assert (answer["verdict"], answer["live"]) == ("unknown", None)
    assert "gateway" in answer["live_unavailable"]


async def test_a_wrong_token_is_told(watched, report, monkeypatch):
    await report(watched)
    with monkeypatch.context() as changed:
        changed.setattr(GatewayClient.instance(), "auth_token", "wrong")
        answer = await report(watched)
    assert answer["verdict"] == "unknown"
    assert "does not let us" in answer["live_unavailable"]


async def test_an_older_gateway_is_asked_while_the_kernel_is_idle_only(kernels, watched, report, monkeypatch):
    monkeypatch.setattr("tfgpu_lab.server.gateways.KNOWS_UNTRACKED", (99,))
    for _ in range(20):  # it counts our putting the agent in as busy, for a moment
        if (await report(watched))["live"]:
            break
        await asyncio.sleep(0.2)
    else:
        raise AssertionError("never idle")
    km = kernels.get_kernel(watched)

    async def refresh_model(model=None):
        km.execution_state = "busy"

    monkeypatch.setattr(km, "refresh_model", refresh_model)
    assert "older than 2.15" in (await report(watched))["live_unavailable"]

    async def refused(model=None):
        raise web.HTTPError(503, "Error from Gateway: [%s] %s.", "Service Unavailable", "it restarts")

    monkeypatch.setattr(km, "refresh_model", refused)
    answer = await report(watched)
    assert (answer["verdict"], answer["live"]) == ("unknown", None)
    assert "The gateway does not answer: " in answer["live_unavailable"]
    assert "it restarts" in answer["live_unavailable"]


async def test_its_kernelspec_is_not_offered_to_be_changed(jp_fetch, watched):
    answer = json.loads((await jp_fetch("tfgpu-lab", "kernels", watched, "actions", request_timeout=60)).body)
    offers = {one["action"]: one for one in answer["offers"]}
    assert "gateway" in offers["create-kernelspec"]["why_not"]
    assert offers["verify"]["possible"]


async def test_what_a_kernel_prints_is_kept_for_the_notebook_that_returns(kernel, notebook, report):
    """A gateway keeps it while nobody is connected, and drops it when another than the notebook connects."""
    connection = await notebook()
    assert (await report(kernel))["live"]
    sent = Session().msg("execute_request", {"code": "import time; time.sleep(1); print('kept')", "silent": False})
    sent |= {"channel": "shell", "buffers": []}
    await connection.write_message(json.dumps(sent, default=json_default))
    while json.loads(await connection.read_message())["msg_type"] != "execute_input":
        pass
    connection.close()
    for _ in range(100):
        answer = await report(kernel)
        if answer["live"] is None:
            break
    assert (answer["verdict"], answer["live"]) == ("unknown", None)
    assert "No notebook is connected" in answer["live_unavailable"]
    await asyncio.sleep(1.5)
    await report(kernel)
    connection = await notebook()
    seen = []
    while "kept" not in str(seen):
        seen.append(json.loads(await asyncio.wait_for(connection.read_message(), 10)))
    connection.close()
