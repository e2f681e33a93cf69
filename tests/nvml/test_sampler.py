"""One thread, one sweep an interval, for any number of readers; nothing when nobody looks; a hang holds nobody up."""

import asyncio
import logging
import threading
import time

import pytest

from tests import scenario
from tfgpu_lab.nvml.sampler import Sampler

INTERVAL_S, GRACE_S, STALL_S = 0.05, 0.5, 0.2
LIMIT_S = 20


@pytest.fixture
def sampler(nvml, jp_asyncio_loop):
    """Make samplers with a quick pulse; they are closed after the test."""
    made = []

    def make(**options):
        options = {"interval_s": INTERVAL_S, "grace_s": GRACE_S, "stall_s": STALL_S} | options
        made.append(Sampler(**options))
        return made[-1]

    yield make
    nvml.say("gpus 1")  # what hangs goes on
    for one in made:
        jp_asyncio_loop.run_until_complete(one.close())


def threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("tfgpu-lab sampler")]


async def reads_until(sampler, holds):
    """Read as a panel does, until an answer is such; return it."""
    began = time.monotonic()
    while time.monotonic() - began < LIMIT_S:
        answer = await sampler.read()
        if holds(answer):
            return answer
        await asyncio.sleep(INTERVAL_S)
    raise AssertionError(answer)


def states(answer):
    return [gpu.state for gpu in answer.devices]


async def test_a_cursor_gets_only_what_is_new(nvml, sampler):
    it = sampler()
    first = await it.read()
    later = await reads_until(it, lambda answer: answer.seq >= first.seq + 3)
    rest = await it.read(first.seq)
    assert [sample.seq for sample in rest.samples] == list(range(first.seq + 1, rest.seq + 1))
    assert rest.seq >= later.seq
    # A cursor from before a restart of the server is of another life: everything is new.
    assert (await it.read(10**6)).samples[0].seq == 1


async def test_keeps_no_more_than_its_history(nvml, sampler):
    it = sampler(history_s=3 * INTERVAL_S)
    answer = await reads_until(it, lambda answer: answer.seq >= 6)
    assert len(answer.samples) == 3


async def test_calls_do_not_grow_with_clients(nvml, sampler):
    """The sweeps of a window, and the calls of each, are the same for 1, 4 and 64 readers."""
    nvml.say("gpus 8")
    it = sampler(thorough_every=10**6)
    await it.read()
    per_sweep, sweeps = {}, {}
    for clients in (1, 4, 64):
        window_s, done = 20 * INTERVAL_S, time.monotonic() + 20 * INTERVAL_S
        calls, seq = nvml.total(), (await it.read()).seq

        async def client(until_s=done):
            while time.monotonic() < until_s:
                await it.read(10**3)
                await asyncio.sleep(INTERVAL_S / 2)

        await asyncio.gather(*(client() for _ in range(clients)))
        sweeps[clients] = (await it.read()).seq - seq
        per_sweep[clients] = (nvml.total() - calls) / sweeps[clients]
        assert sweeps[clients] <= window_s / INTERVAL_S + 5
    one = 1 + 8 * 7  # the count, and seven values a GPU
    assert all(one * 0.8 < calls < one * 1.25 for calls in per_sweep.values()), per_sweep
    assert len(threads()) == 1


async def test_process_lists_are_read_at_every_nth_sweep_and_pcie_never(nvml, sampler):
    nvml.say("gpus 2")
    it = sampler(thorough_every=4)
    await reads_until(it, lambda answer: answer.seq >= 9)
    calls = nvml.calls()
    sweeps, lists = calls["nvmlDeviceGetUtilizationRates"] / 2, calls["nvmlDeviceGetComputeRunningProcesses_v3"] / 2
    assert sweeps / 4 - 1 <= lists <= sweeps / 4 + 1
    assert not [name for name in calls if "Pcie" in name]


async def test_nothing_is_asked_once_the_last_reader_has_been_gone_for_the_grace_time(nvml, sampler, until):
    it = sampler(history_s=4 * INTERVAL_S)
    await reads_until(it, lambda answer: answer.seq >= 2)
    assert it.newest is not None
    await until(lambda: not threads())
    assert nvml.calls()["nvmlShutdown"] == nvml.calls()["nvmlInit"] == 1
    assert it.newest is None
    before = nvml.total()
    await asyncio.sleep(5 * INTERVAL_S)
    assert nvml.total() == before
    again = await it.read()  # and it begins again
    assert again.devices
    assert len(again.samples) == 1, "what was read long ago is no history of now"
    assert nvml.calls()["nvmlInit"] == 2


async def test_reading_the_newest_sweep_does_not_wake_nvml(nvml, sampler):
    it = sampler()
    assert it.newest is None
    assert nvml.total() == 0


async def test_a_gpu_that_hangs_is_left_out_the_others_go_on_and_it_recovers(nvml, sampler):
    nvml.say("gpus 8")
    it = sampler()
    await reads_until(it, lambda answer: answer.seq >= 2)
    hang = "hang nvmlDeviceGetUtilizationRates 3"
    nvml.add(hang)
    began_s = time.time()
    answer = await reads_until(it, lambda answer: "stalled" in states(answer))
    assert [i for i, state in enumerate(states(answer)) if state == "stalled"] == [3]
    stalled = answer.devices[3]
    assert began_s - 2 * INTERVAL_S <= stalled.stalled_since_s <= time.time()
    assert stalled.problem.startswith("The driver has not answered for this GPU since ")
    assert stalled.name == "Simulated GPU"
    seq = answer.seq
    answer = await reads_until(it, lambda answer: answer.seq > seq + 5)
    assert all(sample.utilization_percent == 0 for i, sample in enumerate(answer.samples[-1].gpus) if i != 3)
    assert answer.samples[-1].gpus[3].utilization_percent is None
    assert len(threads()) == 2  # the one that hangs, and one for the rest: no more
    nvml.take(hang)
    await reads_until(it, lambda answer: answer.devices and set(states(answer)) == {"ok"})


async def test_several_gpus_may_hang(nvml, sampler):
    nvml.say("gpus 4", "hang nvmlDeviceGetTemperature 0", "hang nvmlDeviceGetPowerUsage 2")
    it = sampler()
    answer = await reads_until(it, lambda answer: states(answer) == ["stalled", "ok", "stalled", "ok"])
    assert [gpu.name for gpu in answer.devices] == ["GPU 0", "Simulated GPU", "GPU 2", "Simulated GPU"]
    assert len(threads()) == 3
    nvml.say("gpus 4")
    await reads_until(it, lambda answer: states(answer) == ["ok"] * 4)


@pytest.mark.parametrize("function", ["nvmlInit", "nvmlDeviceGetCount_v2"])
async def test_a_driver_that_hangs_holds_up_no_reader_and_says_since_when(nvml, sampler, function):
    nvml.say("gpus 2", f"hang {function}")
    it = sampler()
    began = time.monotonic()
    answer = await reads_until(it, lambda answer: answer.stalled_since_s)
    assert answer.error.startswith("The NVIDIA driver has not answered since ")
    ticks = time.monotonic()
    for _ in range(100):
        await it.read()
    assert time.monotonic() - ticks < ticks - began  # once it is known to hang, nobody waits for it
    assert len(threads()) == 1
    nvml.say("gpus 2")
    answer = await reads_until(it, lambda answer: states(answer) == ["ok", "ok"])
    assert (answer.error, answer.stalled_since_s) == (None, None)


async def test_the_event_loop_runs_while_the_driver_hangs(nvml, sampler):
    """Beats of the loop while a call hangs, against the same without: none is missed."""

    async def beats(seconds):
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(0.01)
            count += 1
        return count

    async def reading():
        while True:
            await it.read()
            await asyncio.sleep(INTERVAL_S)

    it = sampler()
    await it.read()
    task = asyncio.create_task(reading())
    without = await beats(1)
    nvml.say("gpus 1", "hang nvmlDeviceGetMemoryInfo_v2")
    with_hang = await beats(1)
    task.cancel()
    assert with_hang > without * 0.5


async def test_a_gpu_slow_at_every_sweep_costs_the_others_less_and_less(nvml, sampler):
    """Not one gap a sweep for ever: it is asked more and more seldom, and that is told once."""
    told, stalls = [], set()

    def many_sweeps(answer):
        stalls.update(gpu.stalled_since_s for gpu in answer.devices if gpu.state == "stalled")
        return answer.seq > 50

    nvml.say("gpus 2", f"delay nvmlDeviceGetPowerUsage {int(STALL_S * 2000)} 1")
    it = sampler(on_change=lambda found: told.extend(one.kind for one in found))
    await reads_until(it, many_sweeps)
    assert 2 <= len(stalls) < 50 / 5
    assert told.count("gpu-stalled") <= 1


async def test_a_driver_that_changes_under_way_is_followed_and_logged_once_a_change(nvml, sampler, caplog):
    told = []
    it = sampler(on_change=lambda found: told.extend(one.kind for one in found))
    with caplog.at_level(logging.INFO, logger="tfgpu_lab.nvml.sampler"):
        await reads_until(it, lambda answer: answer.seq >= 2)
        for code in (scenario.MISMATCH, scenario.NOT_LOADED):
            nvml.say("gpus 1", f"error nvmlInit {code}", f"error nvmlDeviceGetCount_v2 {code}")
            answer = await reads_until(it, lambda answer, code=code: answer.driver.nvml_code == code)
            assert answer.error == answer.driver.reason
            await asyncio.sleep(5 * INTERVAL_S)
        nvml.say("gpus 2", f"error * {scenario.LOST} 1")
        await reads_until(it, lambda answer: "lost" in states(answer))
        await asyncio.sleep(5 * INTERVAL_S)
        nvml.say("gpus 2")
        await reads_until(it, lambda answer: states(answer) == ["ok", "ok"])
        await asyncio.sleep(3 * INTERVAL_S)
    assert told == ["driver-failed", "driver-failed", "driver-returned", "gpu-lost", "gpu-returned"]
    assert len(caplog.records) == 1 + len(told)


async def test_what_changed_while_nobody_looked_is_told(nvml, sampler, until):
    told = []
    it = sampler(on_change=lambda found: told.extend(one.kind for one in found))
    await it.read()
    await until(lambda: not threads())
    nvml.say("gpus 1", f"error nvmlInit {scenario.MISMATCH}")
    await it.read()
    await until(lambda: told == ["driver-failed"])


async def test_a_binding_that_breaks_is_said_and_does_not_end_the_thread(nvml, sampler, monkeypatch):
    from tfgpu_lab.nvml import driver

    it = sampler()
    with monkeypatch.context() as broken:
        broken.setattr(driver, "read", lambda device: 1 / 0)
        answer = await it.read()
        assert "ZeroDivisionError" in answer.error
    await reads_until(it, lambda answer: states(answer) == ["ok"])


async def test_sampling_may_go_on_without_readers(nvml, sampler, until):
    it = sampler(always=True)
    it.start()
    calls = []

    def swept():
        calls.append(nvml.calls().get("nvmlDeviceGetCount_v2", 0))
        return calls[-1] >= 3 * GRACE_S / INTERVAL_S

    await until(swept)
    assert it.newest is not None


async def test_a_hang_is_noticed_also_without_readers(nvml, sampler, until):
    nvml.say("gpus 2", "hang nvmlDeviceGetPowerUsage 1")
    it = sampler(always=True)
    it.start()
    await until(lambda: it.newest and [gpu.state for gpu in it.newest.devices] == ["ok", "stalled"])
