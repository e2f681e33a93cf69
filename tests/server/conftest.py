"""A real Jupyter Server with our extension and its token on, and the kernels and tabs of tests/kernels."""

import asyncio
import json
import time

import pytest

from tests.kernels.conftest import kernel_name, kernels, start, tab, until

__all__ = ["kernel_name", "kernels", "start", "tab", "until"]


@pytest.fixture
def jp_server_config():
    """Enable our extension; a handler without an authentication check is an error."""
    return {
        "ServerApp": {
            "jpserver_extensions": {"tfgpu_lab": True, "jupyter_server_terminals": False},
            "allow_unauthenticated_access": False,
        }
    }


@pytest.fixture
def quick(jp_server_config):
    """Sample quickly, so that a test waits for tenths of seconds; ask for it before the server."""
    pulse = {"sample_interval_s": 0.5, "sample_grace_s": 1.0, "sample_stall_s": 0.5, "sample_processes_every": 1}
    jp_server_config["TfGpuLab"] = pulse
    return pulse


@pytest.fixture
def gpus(jp_fetch, jp_serverapp, jp_asyncio_loop):
    """Poll `gpus` as a panel does until an answer is such: `await gpus(lambda answer: ...)`."""
    sampler = jp_serverapp.web_app.settings["tfgpu_lab"].sampler

    async def poll(holds=lambda answer: True, since=0):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            response = await jp_fetch("tfgpu-lab", "gpus", params={"since": since})
            answer = json.loads(response.body)
            if holds(answer):
                return answer
            await asyncio.sleep(0.1)
        raise AssertionError(answer)

    yield poll
    jp_asyncio_loop.run_until_complete(sampler.close())  # the simulated driver goes before the server does
