"""What a probe said is kept, but not what holds for a moment only."""

import types

import msgspec

from tests.diagnosis.cases_shared import GIB, card, devices
from tests.diagnosis.recorded import GPU, machine
from tfgpu_lab.diagnosis.facts import Facts
from tfgpu_lab.diagnosis.rule import diagnose
from tfgpu_lab.kernels.interpreter import Launch
from tfgpu_lab.server import environments


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
