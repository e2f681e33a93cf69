"""What a probe said is kept as long as its kernel, but not what holds for a moment only; nobody waits for nothing."""

import asyncio
import types

import msgspec
import pytest

from tests.diagnosis.cases_shared import GIB, card, devices
from tests.diagnosis.recorded import GPU, machine
from tests.kernels.gpus import live
from tfgpu_lab.diagnosis.facts import Facts
from tfgpu_lab.diagnosis.rule import diagnose
from tfgpu_lab.kernels.interpreter import Launch
from tfgpu_lab.models.confirmation import Confirmation
from tfgpu_lab.server import environments

LIMIT_S = 5
MANAGER = types.SimpleNamespace(provisioner=types.SimpleNamespace(pid=1))
ENVIRONMENT = machine(GPU).environment


async def test_nobody_is_accused_of_holding_memory_by_an_old_look(monkeypatch):
    full = machine(GPU, devices(card(10 * GIB, pids=(4711,), others=2))).environment

    async def probe(launch, **_):
        return full

    monkeypatch.setattr(environments, "probe", probe)
    monkeypatch.setattr(environments.Environments, "launch", lambda *_: Launch(argv=("python",), env={}))
    kept = environments.Environments(None, timeout_s=1)
    manager = types.SimpleNamespace(provisioner=types.SimpleNamespace(pid=1))

    async def found():
        return {one.id for one in diagnose(Facts(environment=await kept.get("a", manager, None), live=None))}

    assert "gpu-memory-hogged" in await found()
    monkeypatch.setattr(environments, "PERISHABLE_S", 0)
    assert "gpu-memory-hogged" not in await found()
    old = await kept.get("a", manager, None)
    assert msgspec.structs.replace(old, nvml=None) == msgspec.structs.replace(full, nvml=None), "the rest stays"


@pytest.fixture
def asked(monkeypatch, jp_asyncio_loop):
    """Environments whose probes and imports wait to be let go; `begun` are the variables that each was begun with."""
    it = types.SimpleNamespace(begun=[], go=asyncio.Event(), probe=None, import_tf=None)

    async def probe(launch, *, now_env, **_):
        it.begun.append(now_env)
        await it.go.wait()
        return ENVIRONMENT

    async def import_tf(launch, *, now_env):
        it.begun.append(now_env)
        await it.go.wait()
        return Confirmation(gpus=[], failure=None, tensorflow_version="2.21.0")

    monkeypatch.setattr(environments, "probe", probe)
    monkeypatch.setattr(environments, "import_tf", import_tf)
    monkeypatch.setattr(environments.Environments, "launch", lambda *_: Launch(argv=("python",), env={}))
    it.kept = environments.Environments(None, timeout_s=1)
    yield it
    jp_asyncio_loop.run_until_complete(it.kept.close())


async def answers(asked, *waiting):
    await asyncio.sleep(0.05)
    asked.go.set()
    return await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), LIMIT_S)


async def at_once(ask):
    """Ask before and after a variable has changed, the first answer still outstanding."""
    tasks = []
    for variables in ({}, {"CUDA_VISIBLE_DEVICES": "1"}):
        tasks.append(asyncio.ensure_future(ask("a", MANAGER, live(**variables))))
        await asyncio.sleep(0.01)
    return tasks


async def test_who_asked_before_a_variable_changed_gets_the_newer_answer(asked):
    tasks = await at_once(asked.kept.get)
    assert await answers(asked, *tasks) == [ENVIRONMENT] * 2
    assert asked.begun == [{}, {"CUDA_VISIBLE_DEVICES": "1"}], "neither takes the other's answer away, again and again"


async def test_the_same_when_tensorflow_is_asked(asked):
    tasks = await at_once(asked.kept.confirm)
    first, second = await answers(asked, *tasks)
    assert (first, second) == (second, first)
    assert first.tensorflow_version == "2.21.0"
    assert len(asked.begun) == 2


async def test_one_that_is_forgotten_while_it_is_waited_for_is_probed_again(asked):
    task = asyncio.ensure_future(asked.kept.get("a", MANAGER, None))
    await asyncio.sleep(0.01)
    asked.kept.forget("a")
    assert await answers(asked, task) == [ENVIRONMENT]
    assert len(asked.begun) == 2


async def test_a_probe_that_fails_is_tried_again_by_the_next_who_asks_and_not_for_ever(asked, monkeypatch):
    monkeypatch.setattr(environments, "FAILED_S", -1.0)  # it took longer to fail than a failure is kept

    async def fails(launch, *, now_env, **_):
        asked.begun.append(now_env)
        raise environments.ProbeFailed("It took too long.")

    monkeypatch.setattr(environments, "probe", fails)
    for times in (1, 2):
        with pytest.raises(environments.ProbeFailed):
            await asyncio.wait_for(asked.kept.get("a", MANAGER, None), LIMIT_S)
        assert len(asked.begun) == times


async def test_nothing_begins_once_it_is_closed(asked):
    tasks = [asyncio.ensure_future(ask("a", MANAGER, None)) for ask in (asked.kept.get, asked.kept.confirm)]
    await asyncio.sleep(0.01)
    await asked.kept.close()
    assert [type(one) for one in await answers(asked, *tasks)] == [asyncio.CancelledError] * 2
    assert len(asked.begun) == 2


async def test_an_import_that_goes_wrong_in_an_odd_way_is_said_then_and_later(asked, monkeypatch):
    async def broken(launch, *, now_env):
        raise AttributeError("'list' object has no attribute 'get'")

    monkeypatch.setattr(environments, "import_tf", broken)
    told = await asked.kept.confirm("a", MANAGER, None)
    assert told.gpus is None
    assert told.failure.endswith(".")
    assert asked.kept.confirmation("a", MANAGER, None) == told


async def test_environments_of_kernels_that_are_gone_are_forgotten(asked):
    asked.go.set()
    for kernel_id in "abc":
        await asked.kept.get(kernel_id, MANAGER, None)
        await asked.kept.confirm(kernel_id, MANAGER, None)
    asked.kept.keep(["b"])
    assert set(asked.kept._entries) == set(asked.kept._confirmations) == {"b"}
