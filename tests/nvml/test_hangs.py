"""A hang in any call that is made to the driver: the event loop does not wait, it is said, and it passes."""

import asyncio
import time

from tfgpu_lab.nvml.sampler import Sampler

INTERVAL_S, STALL_S, LIMIT_S = 0.02, 0.1, 20
SCENARIO = ("gpus 2", "mig 1 1 10240", "process 0 10 100")


async def reads_until(sampler, holds, what):
    """Read as a panel does, until an answer is such; return the longest that one answer took, in seconds."""
    end, longest_s = time.monotonic() + LIMIT_S, 0.0
    while time.monotonic() < end:
        began = time.monotonic()
        answer = await sampler.read()
        longest_s = max(longest_s, time.monotonic() - began)
        if holds(answer):
            return longest_s
        await asyncio.sleep(INTERVAL_S)
    raise AssertionError((what, answer.error, [(gpu.state, gpu.problem) for gpu in answer.devices]))


def states(answer):
    return [gpu.state for gpu in answer.devices]


async def test_whichever_call_hangs_no_reader_waits_and_it_passes(nvml, monkeypatch):
    monkeypatch.setattr("tfgpu_lab.nvml.sampler.FIRST_SWEEP_S", 0.0)
    nvml.say(*SCENARIO)
    functions = None
    while functions is None or functions:
        function = functions.pop() if functions else None
        on_one = function is not None and function.startswith("nvmlDeviceGet") and "Count_v2" not in function
        nvml.say(*SCENARIO, *([f"hang {function} {1 if on_one else ''}"] if function else []))
        sampler = Sampler(interval_s=INTERVAL_S, grace_s=60, stall_s=STALL_S, thorough_every=1)
        took_s = 0.0
        try:
            if on_one:
                took_s = await reads_until(sampler, lambda answer: states(answer) == ["ok", "stalled"], function)
            elif function:
                took_s = await reads_until(sampler, lambda answer: answer.stalled_since_s is not None, function)
            nvml.say(*SCENARIO)
            took_s = max(took_s, await reads_until(sampler, lambda answer: states(answer) == ["ok", "ok"], function))
        finally:
            nvml.say(*SCENARIO)
            await sampler.close()
        assert took_s < LIMIT_S / 10, function
        if functions is None:  # the first time round nothing hangs: that tells which calls there are
            functions = sorted(set(nvml.calls()) - {"nvmlShutdown"})
            assert len(functions) > 25


async def test_a_driver_that_hangs_while_it_is_closed_keeps_nobody_from_the_next_look(nvml, until):
    sampler = Sampler(interval_s=INTERVAL_S, grace_s=0.2, stall_s=STALL_S)
    try:
        await reads_until(sampler, lambda answer: answer.devices, "before")
        nvml.say("gpus 1", "hang nvmlShutdown")
        await until(lambda: sampler.newest is None)
        await reads_until(sampler, lambda answer: answer.devices and answer.error is None, "nvmlShutdown")
    finally:
        nvml.say("gpus 1")
        await sampler.close()
