"""A Python kernel that is not ipykernel: named, left alone, and still seen from outside."""

import pytest

from tfgpu_lab.kernels.agent import Unavailable
from tfgpu_lab.kernels.mapped import look


@pytest.fixture
def kernel_name():
    """xeus-python, where there is a wheel of it."""
    return "xeus"


async def test_is_named_and_left_alone_and_seen_from_outside(start, agents, tab):
    kernel_id, km = await start()
    await agents.install(kernel_id, km)
    assert not agents.wants_install(kernel_id)
    async with tab(km) as it:
        assert await it.run("import builtins; print(hasattr(builtins, '_tfgpu_lab_agent_'))") == "False\n"
        for cell in ("pass", "import time; time.sleep(1)"):
            sent = it.begin(cell)
            with pytest.raises(Unavailable, match="xeus-python, not ipykernel"):
                await agents.read(kernel_id, km)
            with pytest.raises(Unavailable, match="not ipykernel"):
                await agents.evaluate(kernel_id, km, "1", 5)
            assert (await it.end(sent))["status"] == "ok"
    seen = look(km, None)
    assert (seen.pid, seen.tensorflow) == (km.provisioner.pid, False)
