"""Gauges at /metrics: what the newest sweep says, no call for a scrape, no names of people or notebooks."""

import re

import prometheus_client
import pytest

from tests import scenario

MIB = 1 << 20


@pytest.fixture(autouse=True)
def _simulated_and_quick(nvml, quick):
    """The driver first, then the server."""


@pytest.fixture
def scrape(jp_fetch):
    """Fetch /metrics; returns our lines as name and labels to value."""

    async def fetch():
        text = (await jp_fetch("metrics")).body.decode()
        lines = re.findall(r"^(tfgpu_\S+(?:\{.*\})?) (\S+)$", text, re.MULTILINE)
        return {name: float(value) for name, value in lines}

    return fetch


async def test_each_gpu_has_its_values_and_a_lost_one_none(nvml, gpus, scrape):
    nvml.say("gpus 2", "set utilization 50", f"error * {scenario.LOST} 1")
    answer = await gpus()
    found = await scrape()
    labels = [f'{{gpu="{gpu["index"]}",uuid="{gpu["uuid"]}"}}' for gpu in answer["devices"]]
    assert found["tfgpu_watched"] == found["tfgpu_driver_up"] == 1
    assert [found[f"tfgpu_gpu_up{one}"] for one in labels] == [1, 0]
    assert found[f"tfgpu_gpu_memory_used_bytes{labels[0]}"] == 1024 * MIB
    assert found[f"tfgpu_gpu_utilization_ratio{labels[0]}"] == 0.5
    assert f"tfgpu_gpu_utilization_ratio{labels[1]}" not in found
    assert found['tfgpu_kernels{verdict="gpu"}'] == 0


async def test_a_scrape_asks_the_driver_nothing(nvml, scrape):
    found = await scrape()
    assert found["tfgpu_watched"] == 0
    assert not [name for name in found if name.startswith("tfgpu_gpu_")]
    assert nvml.total() == 0


async def test_labels_are_bounded_and_name_nobody(nvml, gpus, scrape, start):
    kernel_id, manager = await start()
    nvml.say("gpus 16", f"process 0 {manager.provisioner.pid} 5")
    await gpus(lambda answer: answer["processes"])
    found = await scrape()
    names = {name for line in found for name in re.findall(r'(\w+)="', line)}
    assert names == {"gpu", "uuid", "verdict"}
    assert kernel_id not in str(found)
    assert len(found) < 16 * 10 + 20


async def test_they_go_with_the_server(jp_serverapp):
    def ours():
        return [c for c in prometheus_client.REGISTRY._collector_to_names if type(c).__module__.startswith("tfgpu_lab")]

    assert len(ours()) == 1
    await jp_serverapp.extension_manager.stop_all_extensions()
    assert not ours()


class TestSwitchedOff:
    """With the trait off."""

    @pytest.fixture(autouse=True)
    def _off(self, quick):
        quick["metrics"] = False

    async def test_there_are_none(self, scrape):
        assert await scrape() == {}


class TestAlways:
    """With sampling that never ends."""

    @pytest.fixture(autouse=True)
    def _always(self, quick):
        quick["sample_always"] = True

    async def test_they_are_there_without_a_reader(self, scrape, jp_serverapp):
        found = {}
        while not found.get("tfgpu_watched"):
            found = await scrape()
        assert found["tfgpu_driver_up"] == 1
        await jp_serverapp.extension_manager.stop_all_extensions()
