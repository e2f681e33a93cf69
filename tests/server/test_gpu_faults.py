"""Each fault that breaks other monitors, through a real server: a sentence for it, and the healthy GPUs go on.

That the panel shows the sentence is held by faults.spec.tsx, with the answers that are kept here. The faults are
simulated below the real pynvml; what a real driver does in them was not measured.
"""

import time

import pytest

from tests import scenario
from tests.server.faults import keep

MIB = 1 << 20
LOST = "The driver no longer reaches this GPU (it has fallen off the bus): reset it, or restart the machine."


@pytest.fixture(autouse=True)
def _simulated_and_quick(nvml, quick):
    """The driver first, then the server: pynvml must find it."""


def states(answer):
    return [gpu["state"] for gpu in answer["devices"]]


def healthy_go_on(answer, *bad):
    newest = answer["samples"][-1]["gpus"]
    assert answer["error"] is None
    assert all(newest[i]["memory_used_bytes"] == 1024 * MIB for i in range(len(newest)) if i not in bad)
    assert all(gpu["problem"] is None for i, gpu in enumerate(answer["devices"]) if i not in bad)


async def test_one_of_several_gpus_lost_mid_run(nvml, gpus):
    nvml.say("gpus 8", "set name Simulated_H200")
    assert states(await gpus()) == ["ok"] * 8
    nvml.add(f"error * {scenario.LOST} 3")
    answer = await gpus(lambda answer: states(answer)[3] == "lost")
    healthy_go_on(answer, 3)
    assert answer["devices"][3]["name"] == "Simulated H200"
    assert answer["devices"][3]["problem"] == LOST
    assert answer["samples"][-1]["gpus"][3]["absent"]["memory_used_bytes"] == answer["devices"][3]["problem"]
    keep("one of several lost", answer)
    nvml.say("gpus 8", "set name Simulated_H200")
    healthy_go_on(await gpus(lambda answer: set(states(answer)) == {"ok"}))


async def test_the_first_gpu_lost_at_the_start(nvml, gpus):
    nvml.say("gpus 4", f"error * {scenario.LOST} 0")
    answer = await gpus()
    assert states(answer) == ["lost", "ok", "ok", "ok"]
    healthy_go_on(answer, 0)
    keep("the first lost at the start", answer)


async def test_a_function_that_nobody_needs_fails_at_the_start(nvml, gpus):
    nvml.say("gpus 2", "error nvmlDeviceGetNvLinkVersion 999", "error nvmlDeviceGetMaxClockInfo 999")
    answer = await gpus()
    healthy_go_on(answer)
    assert answer["devices"][0]["absent"] == {"clock_sm_max_mhz": "NVML says: Unknown Error."}
    keep("NvLinkVersion fails at the start", answer)


@pytest.mark.parametrize(
    ("code", "state", "sentence"),
    [
        (
            scenario.MISMATCH,
            "version-mismatch",
            "The NVIDIA driver's library and its kernel module have different versions: reboot after a driver update.",
        ),
        (scenario.NOT_LOADED, "not-loaded", "The NVIDIA driver is installed and its module is not loaded."),
        (scenario.NO_PERMISSION, "no-permission", "This user may not talk to the NVIDIA driver."),
        (999, "failed", "The NVIDIA driver answers with error 999: NVML says: Unknown Error."),
    ],
)
async def test_nvml_cannot_be_opened_and_is_seen_when_it_can(nvml, gpus, code, state, sentence):
    nvml.say("gpus 1", f"error nvmlInit {code}")
    answer = await gpus()
    assert (answer["driver"]["state"], answer["driver"]["nvml_code"]) == (state, code)
    assert (answer["devices"], answer["error"]) == ([], sentence)
    keep(f"nvmlInit answers {code}", answer)
    nvml.say("gpus 1")  # put right, with no restart of the server
    healthy_go_on(await gpus(lambda answer: states(answer) == ["ok"]))


async def test_no_library_and_it_is_seen_when_it_comes(nvml, gpus):
    nvml.vanish()
    answer = await gpus()
    assert answer["driver"]["state"] == "no-library"
    assert answer["error"].endswith(".")
    keep("no library", {**answer, "error": "This machine has no NVIDIA GPU."})  # what it says depends on the machine
    nvml.say("gpus 1")
    healthy_go_on(await gpus(lambda answer: states(answer) == ["ok"]))


async def test_a_call_that_takes_long_on_one_gpu(nvml, gpus, jp_fetch):
    """The server answers at once all the while, and the other GPUs' values stay fresh."""
    nvml.say("gpus 8")
    await gpus()
    nvml.add("delay nvmlDeviceGetUtilizationRates 5000 3")
    took_s = []

    def stalled(answer):
        return states(answer)[3] == "stalled"

    answer = await gpus(stalled)
    healthy_go_on(answer, 3)
    assert answer["devices"][3]["problem"].startswith("The driver has not answered for this GPU since ")
    keep("a call takes long on one GPU", answer)
    seq = answer["seq"]
    while answer["seq"] < seq + 3:
        began = time.monotonic()
        await jp_fetch("api", "status")
        took_s.append(time.monotonic() - began)
        answer = await gpus()
    assert max(took_s) < 5 / 5, "a fifth of the delay: the event loop did not wait for it"
    nvml.say("gpus 8")
    healthy_go_on(await gpus(lambda answer: set(states(answer)) == {"ok"}))


@pytest.mark.parametrize("function", ["nvmlInit", "nvmlDeviceGetCount_v2", "nvmlDeviceGetName", "nvmlDeviceGetUUID"])
async def test_a_call_that_hangs_from_the_start(nvml, gpus, jp_fetch, function):
    nvml.say("gpus 2", f"hang {function}")
    answer = await gpus(lambda answer: answer["stalled_since_s"] or "stalled" in states(answer))
    sentences = [answer["error"], *(gpu["problem"] for gpu in answer["devices"])]
    assert any("has not answered" in sentence for sentence in sentences if sentence)
    if function == "nvmlInit":  # in the others it is a matter of time which GPUs are given up so far
        keep("nvmlInit hangs", answer)
    began = time.monotonic()
    await jp_fetch("api", "status")
    assert time.monotonic() - began < 1
    nvml.say("gpus 2")
    healthy_go_on(await gpus(lambda answer: states(answer) == ["ok", "ok"]))


async def test_a_listed_process_that_has_vanished(nvml, gpus):
    nvml.say("gpus 1", "process 0 4194304 512")  # beyond the largest pid of Linux
    answer = await gpus(lambda answer: answer["processes"])
    healthy_go_on(answer)
    (on_it,) = answer["processes"]
    assert (on_it["processes"], on_it["others"], on_it["others_memory_used_bytes"]) == ([], 1, 512 * MIB)
    keep("a listed process vanished", answer, processes=True)


@pytest.mark.parametrize("code", [scenario.NO_PERMISSION, scenario.TIMEOUT])
@pytest.mark.parametrize(
    ("function", "field"),
    [("nvmlDeviceGetUtilizationRates", "utilization_percent"), ("nvmlDeviceGetPowerUsage", "power_w")],
)
async def test_one_function_refuses(nvml, gpus, function, field, code):
    nvml.say("gpus 2", f"error {function} {code}")
    answer = await gpus()
    healthy_go_on(answer)
    sample = answer["samples"][-1]["gpus"][0]
    sentence = {4: "This user may not read it.", 10: "The driver gave up waiting for the GPU."}[code]
    assert (sample[field], sample["absent"][field]) == (None, sentence)
    assert sample["temperature_c"] == 40
    keep(f"{field} fails with {code}", answer)


@pytest.mark.parametrize("function", ["nvmlDeviceGetName", "nvmlDeviceGetUUID"])
@pytest.mark.parametrize("code", [scenario.NO_PERMISSION, scenario.TIMEOUT])
async def test_a_gpu_does_not_say_who_it_is(nvml, gpus, function, code):
    nvml.say("gpus 2", f"error {function} {code} 0")
    answer = await gpus()
    healthy_go_on(answer, 0)
    assert len(answer["devices"]) == 2
    keep(f"{function} fails with {code}", answer)


async def test_mig_is_on(nvml, gpus):
    nvml.say("gpus 2", "mig 0 2 10240", "process 0 4194304 512 1")
    answer = await gpus(lambda answer: answer["processes"])
    healthy_go_on(answer)
    first, second = answer["samples"][-1]["gpus"]
    assert "MIG" in first["absent"]["utilization_percent"]
    assert [part["memory_used_bytes"] for part in first["mig"]] == [0, 512 * MIB]
    assert second["utilization_percent"] == 0
    assert len(answer["devices"][0]["mig"]) == 2
    keep("MIG is on", answer, processes=True)


async def test_no_pcie_figures(nvml, gpus):
    nvml.say("gpus 1", "error nvmlDeviceGetPciInfo_v3 3", "error nvmlDeviceGetCurrPcieLinkGeneration 3")
    answer = await gpus()
    healthy_go_on(answer)
    assert answer["devices"][0]["absent"]["pci_bus_id"] == "This GPU or its driver does not tell it."
    keep("no PCIe figures", answer)


async def test_no_gpu(nvml, gpus):
    nvml.say("gpus 0")
    answer = await gpus()
    assert (answer["driver"]["state"], answer["devices"]) == ("ok", [])
    assert answer["error"] == "The NVIDIA driver answers and lists no GPU."
    keep("no GPU", answer)


async def test_nothing_is_logged_twice(nvml, gpus, caplog):
    nvml.say("gpus 4")
    await gpus()
    nvml.add(f"error * {scenario.LOST} 1")
    seq = (await gpus(lambda answer: "lost" in states(answer)))["seq"]
    await gpus(lambda answer: answer["seq"] > seq + 3)
    lines = [record for record in caplog.records if record.name.startswith("tfgpu_lab.nvml") and record.levelno > 20]
    assert len(lines) == 1
