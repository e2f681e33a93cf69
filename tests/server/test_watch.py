"""`tfgpu-lab watch` in a process of its own, beside a real server with a real kernel on a simulated GPU."""

import asyncio
import json
import os
import sys

import pytest

from tfgpu_lab.server import bindings

MIB = 1 << 20


@pytest.fixture
def watch(nvml, nvml_library, quick, jp_environ, jp_runtime_dir, monkeypatch):
    """Run the command with the simulated driver below it; returns its exit status and what it printed."""
    monkeypatch.setattr(bindings, "in_outermost_namespace", lambda: True)
    quick["sample_grace_s"] = 30.0

    async def run(*options):
        command = [sys.executable, "-m", "tfgpu_lab", "watch", *options]
        env = {**os.environ, "LD_LIBRARY_PATH": str(nvml_library.parent), "JUPYTER_RUNTIME_DIR": str(jp_runtime_dir)}
        process = await asyncio.create_subprocess_exec(*command, env=env, stdout=asyncio.subprocess.PIPE)
        out, _ = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode, out.decode()

    return run


@pytest.fixture
def announce(gpus, http_server, jp_http_port, jp_serverapp, jp_runtime_dir):
    """Write the file by which a running server tells of itself; in a test another port than it thinks is open."""
    for path in jp_runtime_dir.glob("jpserver-*.json"):
        path.unlink()

    def write(name="jpserver-1.json", **changes):
        url = f"http://127.0.0.1:{jp_http_port}{jp_serverapp.base_url}"
        info = {"pid": os.getpid(), "url": url, "token": jp_serverapp.identity_provider.token, **changes}
        (jp_runtime_dir / name).write_text(json.dumps(info))

    return write


async def test_shows_the_gpus_and_who_holds_them_by_notebook(watch, nvml, start, jp_serverapp, announce):
    kernel_id, manager = await start()
    await jp_serverapp.session_manager.create_session(
        path="work/train.ipynb", name="train", type="notebook", kernel_id=kernel_id
    )
    announce()
    nvml.say("gpus 2", "set used_mb 3072 1", f"process 1 {manager.provisioner.pid} 2048")
    status, page = await watch("--once")
    assert status == 0
    assert "GPU 1  Simulated GPU" in page
    assert "      2.0 GiB  work/train.ipynb" in page
    assert "work/train.ipynb  not-loaded" in page or "work/train.ipynb  no-tensorflow" in page

    status, text = await watch("--once", "--json")
    seen = json.loads(text)
    assert [row["path"] for row in seen["kernels"]] == ["work/train.ipynb"]
    assert seen["problems"] == []
    assert len(seen["gpus"]["devices"]) == 2


async def test_says_which_servers_do_not_tell_and_goes_on(watch, nvml, announce, jp_runtime_dir):
    announce(token="")
    announce("jpserver-2.json", url="http://127.0.0.1:9/")
    announce("jpserver-3.json", pid=2**22)  # ended, and left its file
    (jp_runtime_dir / "jpserver-4.json").write_text("{")
    status, page = await watch()
    assert status == 0, "without a terminal, one page"
    assert page.count("The server ") == 2
    assert "asks for a password" in page
    assert "does not answer" in page
    assert "GPU 0  Simulated GPU" in page


async def test_without_a_driver_it_ends_as_doctor_would(watch, nvml):
    nvml.say("gpus 1", "error nvmlInit 9")
    assert (await watch("--once"))[0] == 2
    nvml.say("gpus 1")
    assert (await watch("--once"))[0] == 0


async def test_a_bad_interval_is_a_sentence(watch):
    assert (await watch("--interval", "0"))[0] == 3
