"""Questions to a kernel at their edges: long answers, requests that come too late, looking that is switched off."""

import asyncio
import json
import threading

import pytest
from jupyter_client.session import Session

from tests.kernels.test_odd_answers import INFO, KM, channel
from tfgpu_lab.kernels import agent
from tfgpu_lab.kernels.agent import Agents, Unavailable
from tfgpu_lab.kernels.channel import ASIDE_BYTES, REPLY_LIMIT_BYTES
from tfgpu_lab.kernels.remote import RemoteChannel


def comms(length):
    return json.dumps({"status": "ok", "comms": {"x": {"target_name": "w" * length}}})


@pytest.mark.parametrize(("length", "aside"), [(10, False), (ASIDE_BYTES, True)])
async def test_a_long_answer_is_read_beside_the_event_loop(monkeypatch, length, aside):
    readers = []
    deserialize = Session.deserialize
    monkeypatch.setattr(
        Session, "deserialize", lambda *given: readers.append(threading.current_thread()) or deserialize(*given)
    )
    answer = await channel(("ours", comms(length))).ask("comm_info_request", {})
    assert len(answer["comms"]["x"]["target_name"]) == length
    assert [reader is not threading.main_thread() for reader in readers] == [aside]


async def test_an_answer_that_is_too_long_is_not_read():
    with pytest.raises(Unavailable, match="too long"):
        await channel(("ours", comms(REPLY_LIMIT_BYTES))).ask("comm_info_request", {})


async def test_a_long_answer_of_a_gateway_is_read_beside_the_event_loop():
    class Socket:
        async def send(self, text):
            parent = {"msg_id": json.loads(text)["msg_id"]}
            content = json.loads(comms(ASIDE_BYTES))
            self.answer = {"msg_type": "comm_info_reply", "parent_header": parent, "content": content}

        async def receive(self):
            return json.dumps(self.answer)

    ticking = asyncio.ensure_future(asyncio.sleep(0))
    assert await RemoteChannel(Socket(), "control").ask("comm_info_request", {})
    assert ticking.done(), "the loop went on meanwhile"


@pytest.fixture
def evaluated(monkeypatch):
    """Let `evaluate` ask a kernel that never answers; returns what it asked to be evaluated."""
    asked = []

    class Silent:
        def __init__(self, km, name):
            pass

        async def ask(self, question, content):
            if question == "kernel_info_request":
                return INFO
            asked.append(content["user_expressions"]["value"])
            return await asyncio.sleep(60, {})

        def close(self):
            pass

    monkeypatch.setattr(agent, "LocalChannel", Silent)
    return asked


async def test_what_waited_behind_a_cell_for_too_long_does_nothing_when_its_turn_comes(evaluated, until):
    ran = []
    with pytest.raises(Unavailable, match=r"did not answer within 0\.2 s"):
        await Agents().evaluate("k", KM, "ran.append(1)", 0.2)
    assert eval(evaluated[0], {"ran": ran}) is None
    assert ran == []

    asking = asyncio.ensure_future(Agents().evaluate("k", KM, "ran.append(1)", 30))
    await until(lambda: len(evaluated) == 2)
    eval(evaluated[-1], {"ran": ran})
    assert ran == [1], "in time it does"
    asking.cancel()


async def test_switched_off_means_that_nothing_is_run_in_the_kernel_either(evaluated):
    with pytest.raises(Unavailable, match="switched off"):
        await Agents(enabled=False).evaluate("k", KM, "1", 1.0)
    assert evaluated == []
