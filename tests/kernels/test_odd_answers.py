"""A kernel, or whatever speaks in its place, that answers oddly is unknown with a sentence, and no error of ours."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.session import Session

from tfgpu_lab.kernels import agent, kernelspecs
from tfgpu_lab.kernels.agent import Agents, Unavailable
from tfgpu_lab.kernels.channel import LocalChannel
from tfgpu_lab.kernels.interpreter import LaunchError, launch_of_kernelspec
from tfgpu_lab.kernels.kernelspecs import CannotChange
from tfgpu_lab.kernels.remote import RemoteChannel

DEEP = "[" * 100_000
KM = SimpleNamespace(
    has_kernel=True, shutting_down=False, execution_state="idle", kernel_spec=SimpleNamespace(language="python")
)
INFO = {"implementation": "ipython", "language_info": {"version": "3.12.1"}}
TOLD = {"comms": {agent.COMM_ID: {"target_name": "tfgpu:"}}}


@pytest.fixture
def answering(monkeypatch):
    """Agents whose kernels give these contents, by question."""

    def make(**answers):
        class Fake:
            def __init__(self, km, name):
                pass

            async def ask(self, question, content):
                return answers[question]

            def close(self):
                pass

        monkeypatch.setattr(agent, "LocalChannel", Fake)
        return Agents()

    return make


@pytest.mark.parametrize("language", [[], ["python"], "python", 3, None, {"version": ["3", "12"]}, {}])
async def test_an_odd_description_of_the_language_is_no_error(answering, language):
    agents = answering(kernel_info_request={**INFO, "language_info": language}, comm_info_request=TOLD)
    with pytest.raises(Unavailable, match="cannot be understood"):  # as the report itself is empty
        await agents.read("k", KM)


@pytest.mark.parametrize("deep", ["tfgpu:" + "[" * 60_000, "tfgpu:" + '{"tensorflow":' * 4_000])
async def test_a_report_nested_without_end_is_not_understood(answering, deep):
    told = {"comms": {agent.COMM_ID: {"target_name": deep}}}
    agents = answering(kernel_info_request=INFO, comm_info_request=told)
    with pytest.raises(Unavailable, match="cannot be understood"):
        await agents.read("k", KM)


@pytest.mark.parametrize("values", [[], "x", {"value": "x"}, {"value": {"data": "x"}}, {"value": {"data": [1]}}])
async def test_an_odd_value_is_said_not_to_be_told(answering, values):
    agents = answering(kernel_info_request=INFO, execute_request={"status": "ok", "user_expressions": values})
    with pytest.raises(Unavailable, match="could not tell"):
        await agents.evaluate("k", KM, "1", 1.0)


class Wire:
    """A ZeroMQ stream that answers each question with these parts: header, parent, metadata, content as JSON."""

    def __init__(self, session, *answers):
        self.session, self.answers = session, answers

    def on_recv(self, receive):
        self.receive = receive

    def send_multipart(self, frames, **_):
        asked = json.loads(frames[frames.index(b"<IDS|MSG>") + 2])
        for parent, content in self.answers:
            header = json.dumps({"msg_id": "a", "msg_type": "x", "version": "5.3"})
            parent_header = json.dumps({"msg_id": asked["msg_id"]} if parent == "ours" else parent)
            parts = [part.encode() for part in (header, parent_header, "{}", content)]
            self.receive([b"<IDS|MSG>", self.session.sign(parts), *parts])

    def close(self, **_):
        pass


def channel(*answers):
    session = Session(key=b"key")
    return LocalChannel(SimpleNamespace(session=session, connect_control=lambda: Wire(session, *answers)), "control")


@pytest.mark.parametrize("content", ["[]", "null", '"x"', "[[1, 2]]", "1"])
async def test_content_that_is_no_object_is_not_understood(content):
    with pytest.raises(Unavailable, match="cannot be understood"):
        await asyncio.wait_for(channel(("ours", content)).ask("kernel_info_request", {}), 1)


@pytest.mark.parametrize("odd", [([], "{}"), ("x", "{}"), (None, "{}"), ("ours", DEEP), ("ours", "{")])
async def test_what_is_no_message_is_passed_over(odd):
    good = ("ours", '{"status": "ok"}')
    assert await asyncio.wait_for(channel(odd, good).ask("kernel_info_request", {}), 1) == {"status": "ok"}


async def test_the_same_over_a_gateway():
    class Socket:
        async def send(self, text):
            sent = json.loads(text)
            good = {"msg_type": "kernel_info_reply", "parent_header": {"msg_id": sent["msg_id"]}, "content": {"a": 1}}
            self.answers = [DEEP, "[]", json.dumps({**good, "parent_header": []}), json.dumps(good)]

        async def receive(self):
            return self.answers.pop(0)

    assert await RemoteChannel(Socket(), "control").ask("kernel_info_request", {}) == {"a": 1}


@pytest.fixture
def spec(tmp_path):
    """Write a kernel.json as it stands; returns the manager that reads it."""

    def write(text):
        path = tmp_path / "odd" / "kernel.json"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text)
        return KernelSpecManager(kernel_dirs=[str(tmp_path)])

    return write


@pytest.mark.parametrize(
    "text",
    [
        b"",  # an editor has just emptied it
        b'{"argv": ["python"',
        b"\xff\xfe",
        b"[]",
        b'{"argv": ["python", 3], "language": "python"}',
        b'{"argv": ["python"], "language": "python", "env": {"A": 1}}',
        b'{"argv": ["python"], "language": "python", "env": ["A"]}',
        b'{"argv": ["python"], "language": 3}',
        b'{"argv": ["python"], "unknown": 1, "metadata": 3}',
    ],
)
def test_a_kernelspec_that_is_being_edited_is_a_sentence(spec, text):
    specs = spec(text)
    with pytest.raises(LaunchError, match="kernelspec odd"):
        launch_of_kernelspec("odd", specs)
    with pytest.raises(CannotChange, match="kernelspec odd"):
        kernelspecs.draft(specs, "odd", {"A": "b"})
    with pytest.raises(CannotChange, match="kernelspec"):
        kernelspecs.removal(specs, "odd")
