"""Which real kernel holds which simulated GPU, through a real server."""

import json
import os

import pytest

from tfgpu_lab.server import bindings

MIB = 1 << 20


@pytest.fixture(autouse=True)
def _simulated_and_quick(nvml, quick, monkeypatch):
    """The driver first, then the server; the pids here count as the machine's, also in a container."""
    monkeypatch.setattr(bindings, "in_outermost_namespace", lambda: True)
    quick["sample_grace_s"] = 30.0  # the first report of a kernel may take longer than a second


@pytest.fixture
def report(jp_fetch):
    """Fetch a kernel's report."""

    async def fetch(kernel_id):
        return json.loads((await jp_fetch("tfgpu-lab", "kernels", kernel_id)).body)

    return fetch


def pid_of(manager):
    return manager.provisioner.pid


async def test_the_notebook_that_holds_a_gpu_is_named(nvml, gpus, start, report, jp_fetch, jp_serverapp):
    kernel_id, manager = await start()
    idle_id, _ = await start()
    await jp_serverapp.session_manager.create_session(
        path="work/train.ipynb", name="train", type="notebook", kernel_id=kernel_id
    )
    nvml.say("gpus 2", f"process 1 {pid_of(manager)} 300", f"process 1 {os.getpid()} 20", "process 1 4194304 7")
    answer = await gpus(lambda answer: answer["processes"] and answer["processes"][1]["processes"])
    empty, full = answer["processes"]
    assert (empty["processes"], empty["others"], empty["others_memory_used_bytes"]) == ([], 0, 0)
    kernel, own = full["processes"]
    assert (kernel["owner"], kernel["kernel_id"], kernel["path"]) == ("kernel", kernel_id, "work/train.ipynb")
    assert (kernel["kernel_name"], kernel["memory_used_bytes"]) == (manager.kernel_name, 300 * MIB)
    assert (own["owner"], own["pid"], own["kernel_id"]) == ("user", os.getpid(), None)
    assert (full["others"], full["others_memory_used_bytes"]) == (1, 7 * MIB)

    binding = (await report(kernel_id))["binding"]
    assert (binding["certainty"], binding["memory_used_bytes"]) == ("exact", 300 * MIB)
    assert [(use["index"], use["pids"]) for use in binding["gpus"]] == [(1, [pid_of(manager)])]
    await gpus()
    binding = (await report(idle_id))["binding"]
    assert (binding["certainty"], binding["gpus"], binding["memory_used_bytes"]) == ("exact", [], 0)
    await gpus()
    rows = json.loads((await jp_fetch("tfgpu-lab", "kernels")).body)["kernels"]
    assert {row["kernel_id"]: row["gpu_memory_used_bytes"] for row in rows} == {kernel_id: 300 * MIB, idle_id: 0}


class TestOpenedByTheAdministrator:
    """With the trait that shows each process to everybody who may see this server."""

    @pytest.fixture(autouse=True)
    def _open(self, quick):
        quick["show_all_processes"] = True

    async def test_each_process_of_others_is_shown(self, nvml, gpus):
        nvml.say("gpus 1", "process 0 1 20", "process 0 4194304 7")
        answer = await gpus(lambda answer: answer["processes"])
        (on_it,) = answer["processes"]
        assert on_it["others"] == 0
        shown = {one["pid"]: (one["owner"], one["process_name"]) for one in on_it["processes"]}
        assert shown[4194304] == ("other", None)
        assert shown[1][1]


async def test_a_process_that_a_cell_started_counts_for_its_kernel(nvml, gpus, start, tab, report):
    kernel_id, manager = await start()
    async with tab(manager) as it:
        code = "import subprocess; p = subprocess.Popen(['sleep', '60']); print(p.pid)"
        child = int(await it.run(code))
        # The shell ends at once: what it left in the background has no parent below the kernel any more.
        orphan = int(await it.run("print(subprocess.getoutput('sleep 60 >/dev/null 2>&1 & echo $!'))"))
        nvml.say("gpus 1", f"process 0 {child} 300", f"process 0 {orphan} 200")
        answer = await gpus(lambda answer: answer["processes"] and len(answer["processes"][0]["processes"]) == 2)
        assert {one["kernel_id"] for one in answer["processes"][0]["processes"]} == {kernel_id}
        assert {one["process_name"] for one in answer["processes"][0]["processes"]} == {"sleep"}
        (use,) = (await report(kernel_id))["binding"]["gpus"]
        assert (use["pids"], use["memory_used_bytes"]) == ([child, orphan], 500 * MIB)
        await it.run(f"p.kill(); p.wait(); __import__('os').kill({orphan}, 9)")


async def test_a_report_does_not_wake_the_driver_when_nobody_watches(nvml, start, report, jp_fetch):
    kernel_id, _ = await start()
    binding = (await report(kernel_id))["binding"]
    assert (binding["certainty"], binding["memory_used_bytes"], binding["at_s"]) == ("unknown", None, None)
    assert binding["reason"].startswith("Nobody watches the GPUs now")
    rows = json.loads((await jp_fetch("tfgpu-lab", "kernels")).body)["kernels"]
    assert rows[0]["gpu_memory_used_bytes"] is None
    assert nvml.total() == 0


async def test_proc_is_looked_at_once_for_each_list_however_many_ask(nvml, gpus, start, report, monkeypatch):
    kernel_id, _ = await start()
    looks = []
    look = bindings._look_at_processes
    monkeypatch.setattr(bindings, "_look_at_processes", lambda *a: looks.append(a[1].listed_at_s) or look(*a))
    await gpus()
    for _ in range(10):
        await gpus()
        await report(kernel_id)
    assert len(looks) == len(set(looks))


async def test_what_keeps_proc_from_being_read_is_logged_once(gpus, monkeypatch, caplog):
    def broken():
        raise PermissionError("hidden")

    monkeypatch.setattr(bindings, "census", broken)
    seq = (await gpus())["seq"]
    answer = await gpus(lambda answer: answer["seq"] > seq + 2)
    assert (answer["error"], answer["processes"]) == (None, [])
    assert len([record for record in caplog.records if record.name == bindings.__name__]) == 1


async def test_without_a_driver_no_process_is_looked_at(nvml, gpus, monkeypatch):
    looks = []
    monkeypatch.setattr(bindings, "census", lambda: looks.append(1) or bindings.Census({}, {}, {}))
    nvml.say("gpus 1", "error nvmlDeviceGetCount_v2 9")
    for _ in range(3):
        answer = await gpus()
        assert (answer["driver"]["state"], answer["processes"]) == ("not-loaded", [])
    assert not looks
    nvml.say("gpus 1")
    await gpus(lambda answer: answer["processes"])
    assert looks, "the control: with a driver they are looked at"


async def test_an_idle_kernel_that_holds_much_is_told_with_its_notebook(nvml, gpus, start, jp_serverapp, monkeypatch):
    monkeypatch.setattr("tfgpu_lab.kernels.pressure.IDLE_S", 0)
    kernel_id, manager = await start()
    await jp_serverapp.session_manager.create_session(
        path="work/left.ipynb", name="left", type="notebook", kernel_id=kernel_id
    )
    nvml.say("gpus 1", f"process 0 {pid_of(manager)} 12000")
    answer = await gpus(lambda answer: answer["idle_holders"])
    (holder,) = answer["idle_holders"]
    assert (holder["kernel_id"], holder["path"], holder["gpu_index"]) == (kernel_id, "work/left.ipynb", 0)
    assert holder["memory_used_bytes"] == 12000 * MIB
    assert holder["idle_since_s"] == manager.last_activity.timestamp()
    manager.execution_state = "busy"
    assert (await gpus())["idle_holders"] == []
