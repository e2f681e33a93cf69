"""How a GPU is connected: asked of a simulated driver through a real server."""

import asyncio
import json
import threading

import pytest
from tornado.httpclient import HTTPClientError

from tfgpu_lab.server import links

FIRST = "GPU-00000000-0000-4000-8000-000000000000"


@pytest.fixture
def ask(nvml, jp_fetch):
    """Fetch the links of a GPU, the first one if none is named."""

    async def fetch(uuid=FIRST):
        return json.loads((await jp_fetch("tfgpu-lab", "gpus", uuid, "links")).body)

    return fetch


def problem(refused):
    return refused.value.code, json.loads(refused.value.response.body)


async def test_pcie_and_nvlink_are_told(nvml, ask):
    nvml.say("gpus 1", "set lanes 8", "set pcie_kbps 2000", "set nvlinks 18", "set nvlinks_up 17")
    told = await ask()
    assert (told["pcie_lanes"], told["pcie_lanes_max"], told["pcie_generation"], told["pcie_generation_max"]) == (
        8,
        16,
        4,
        4,
    )
    assert (told["pcie_transmit_bytes_per_s"], told["pcie_receive_bytes_per_s"]) == (1000 * 1024, 2000 * 1024)
    assert (told["nvlinks"], told["nvlinks_active"], told["absent"]) == (18, 17, {})


async def test_a_card_without_nvlink_has_none(ask):
    told = await ask()
    assert (told["nvlinks"], told["nvlinks_active"], told["absent"]) == (0, 0, {})


async def test_what_cannot_be_read_is_absent_with_its_reason(nvml, ask):
    nvml.say("gpus 1", "error nvmlDeviceGetPcieThroughput 3", "error nvmlDeviceGetNvLinkState 4")
    told = await ask()
    assert told["pcie_receive_bytes_per_s"] is None
    assert told["nvlinks"] is None
    assert set(told["absent"].values()) == {"This GPU or its driver does not tell it.", "This user may not read it."}
    assert told["pcie_lanes"] == 16


async def test_a_generation_of_pcie_that_nobody_knows_yet_or_none_is_no_error(nvml, ask):
    nvml.say("gpus 1", "set pcie_generation 7")
    assert (await ask())["pcie_generation"] == 7
    nvml.say("gpus 1", "error nvmlDeviceGetCurrPcieLinkGeneration 3", "error nvmlDeviceGetMaxPcieLinkGeneration 3")
    told = await ask()
    assert (told["pcie_generation"], told["pcie_lanes"]) == (None, 16)
    assert told["absent"]["pcie_generation"] == "This GPU or its driver does not tell it."


async def test_an_unknown_gpu_and_a_driver_that_fails_are_different_answers(nvml, ask):
    with pytest.raises(HTTPClientError) as refused:
        await ask("GPU-nobody")
    assert problem(refused)[0] == 404
    nvml.say("gpus 1", "error nvmlInit 9")
    with pytest.raises(HTTPClientError) as refused:
        await ask()
    code, said = problem(refused)
    assert (code, said["reason"]) == (503, "gpu-unreadable")


async def test_a_driver_that_hangs_costs_one_thread_and_is_asked_again_when_it_answers(nvml, ask, monkeypatch):
    monkeypatch.setattr(links, "LIMIT_S", 0.3)
    nvml.say("gpus 1", "hang nvmlDeviceGetPcieThroughput")
    answers = await asyncio.gather(*(ask() for _ in range(5)), return_exceptions=True)
    assert {answer.code for answer in answers} == {503}
    hanging = [one for one in threading.enumerate() if one.name == "tfgpu-lab links"]
    assert [one.daemon for one in hanging] == [True]
    nvml.say("gpus 1")
    hanging[0].join(5)
    assert (await ask())["pcie_lanes"] == 16


async def test_the_sampler_goes_on_beside_it(nvml, gpus, ask):
    seq = (await gpus())["seq"]
    await ask()
    await gpus(lambda answer: answer["seq"] > seq and answer["devices"])
