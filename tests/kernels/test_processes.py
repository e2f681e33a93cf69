"""What /proc says is compared with real processes, and what it does not say is told."""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from tfgpu_lab.kernels import processes

# Prints its pid, then starts itself one generation deeper.
FAMILY = """
import os, subprocess, sys, time
print(os.getpid(), flush=True)
depth = int(sys.argv[1])
if depth:
    subprocess.run([sys.executable, "-c", os.environ["FAMILY"], str(depth - 1)])
time.sleep(60)
"""

# A wrapper as `uv run` is one: the kernel is its child, and the kernel has a forked child that holds its sockets too.
WRAPPER = '#!/bin/sh\nVIA=wrapper {python} -m ipykernel_launcher "$@"\nexit $?\n'
FORK = "import os, time; child = os.fork() or time.sleep(60)"


@pytest.fixture
def family():
    """Three generations of processes; returns their pids, parents first."""
    env = {**os.environ, "FAMILY": FAMILY, "LINES": "a=b\nc"}
    command = [sys.executable, "-c", FAMILY, "2"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, start_new_session=True) as process:
        yield [int(process.stdout.readline()) for _ in range(3)]
        os.killpg(process.pid, 9)


@pytest.fixture
def wrapped(tmp_path, jp_data_dir):
    """The name of a kernelspec whose process is a wrapper around the kernel."""
    program = tmp_path / "wrapper.sh"
    program.write_text(WRAPPER.format(python=sys.executable))
    program.chmod(0o755)
    spec = jp_data_dir / "kernels/wrapped/kernel.json"
    spec.parent.mkdir(parents=True)
    argv = [str(program), "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": argv, "display_name": "Wrapped", "language": "python"}))
    return "wrapped"


def test_descendants_are_all_and_parents_come_first(family):
    first, second, third = family
    assert processes.descendants(first) == [second, third]
    assert processes.descendants(third) == []


def test_the_start_environment_is_read_value_by_value(family):
    assert processes.start_environment(family[0])["LINES"] == "a=b\nc"


def test_the_start_environment_is_not_that_of_now(monkeypatch):
    monkeypatch.setenv("SET_LATER", "1")
    assert "SET_LATER" not in processes.start_environment(os.getpid())


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
async def test_the_kernels_pid_is_found_behind_a_wrapper(start, agents, tab, wrapped, transport, kernels):
    if transport == "ipc":
        kernels.config.KernelManager.transport = "ipc"
        kernels.connection_dir = tempfile.mkdtemp()  # the path of a Unix socket has at most 107 bytes
    kernel_id, km = await start(kernel_name=wrapped)
    await agents.install(kernel_id, km)
    live = await agents.read(kernel_id, km)
    assert km.transport == transport
    assert processes.kernel_pid(km) == live.pid != km.provisioner.pid
    assert processes.is_local(live)
    async with tab(km) as it:
        await it.run(FORK)
        assert len(processes.descendants(km.provisioner.pid)) > 1
        assert processes.kernel_pid(km) == live.pid


@pytest.mark.parametrize("provisioner", [None, SimpleNamespace(), SimpleNamespace(pid=None)])
def test_a_kernel_that_is_no_local_process_has_no_pid(provisioner):
    assert processes.kernel_pid(SimpleNamespace(provisioner=provisioner)) is None


def test_a_pid_that_is_gone_is_told_and_not_guessed(family):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with pytest.raises(processes.Unreadable, match=rf"/proc/{gone.pid}/environ cannot be read: No such"):
        processes.start_environment(gone.pid)
    with pytest.raises(processes.Unreadable):
        processes.descendants(gone.pid)
    assert processes.mapped_tensorflow(gone.pid) is None


def test_a_machine_without_proc_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "PROC", tmp_path)
    with pytest.raises(processes.Unreadable):
        processes.descendants(os.getpid())
    with pytest.raises(processes.Unreadable):
        processes.start_environment(os.getpid())
    assert processes.mapped_tensorflow(os.getpid()) is None
    assert processes.kernel_pid(SimpleNamespace(provisioner=SimpleNamespace(pid=1), transport="tcp")) is None


def test_a_process_without_tensorflow_maps_none():
    assert processes.mapped_tensorflow(os.getpid()) is False


@pytest.mark.tensorflow
def test_a_process_with_tensorflow_maps_it():
    program = "import tensorflow; print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        assert processes.mapped_tensorflow(process.pid) is True
        process.kill()


def test_the_census_has_every_process_with_its_user_and_finds_what_is_below(family):
    everyone = processes.census()
    assert everyone.uids[os.getpid()] == os.getuid()
    assert everyone.below(family[0]) == family
    assert set(family) < set(everyone.below(os.getpid()))
    assert everyone.below(4194304) == []


def test_one_that_outlived_its_parent_is_below_the_leader_of_its_session():
    """As what a cell leaves running in the background; a kernel leads a session of its own."""
    script = "subprocess.check_output(['sh', '-c', 'sleep 60 >/dev/null & echo $!'], text=True)"  # and sh has ended
    program = f"import subprocess, time; print({script}, flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as leader:
        orphan = int(leader.stdout.readline())
        everyone, descendants = processes.census(), processes.descendants(leader.pid)
        os.killpg(leader.pid, 9)
    assert orphan not in descendants, "the control"
    assert everyone.below(leader.pid) == [leader.pid, orphan]
    assert everyone.below(orphan) == [orphan]


def test_the_drivers_open_files_are_told(tmp_path, monkeypatch):
    """The device files are simulated by ordinary ones of the same names elsewhere."""
    pattern = processes.DRIVER_FILE.pattern.replace("/dev/", re.escape(f"{tmp_path}/"))
    monkeypatch.setattr(processes, "DRIVER_FILE", re.compile(pattern))
    assert processes.gpu_files(os.getpid()) == processes.GpuFiles(driver=False, minors=frozenset())
    with contextlib.ExitStack() as stack:
        for name in ("nvidiactl", "nvidia0", "nvidia11", "nvidia-caps-of-another-kind"):
            stack.enter_context((tmp_path / name).open("w"))
        assert processes.gpu_files(os.getpid()) == processes.GpuFiles(driver=True, minors=frozenset({0, 11}))
    with (tmp_path / "dxg").open("w"):
        assert processes.gpu_files(os.getpid()) == processes.GpuFiles(driver=True, minors=frozenset())


def test_the_open_files_of_a_process_that_is_not_there_are_not_none():
    assert processes.gpu_files(4194304) is None
    assert processes.process_name(4194304) is None
    assert processes.process_name(os.getpid())


def test_a_pid_namespace_of_its_own_is_told(monkeypatch):
    monkeypatch.setattr(processes, "OUTERMOST", str(Path("/proc/self/ns/pid").readlink()))
    assert processes.in_outermost_namespace()
    monkeypatch.setattr(processes, "OUTERMOST", "pid:[1]")
    assert not processes.in_outermost_namespace()


def test_a_system_without_proc_has_no_processes_to_see(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "PROC", tmp_path / "nowhere")
    assert processes.census().below(os.getpid()) == []
    assert processes.gpu_files(os.getpid()) is None
    assert not processes.in_outermost_namespace()


async def test_a_kernel_that_names_another_process_or_program_is_not_believed(start, agents):
    """What it says would make the server start a program, and with the environment of a process of others."""
    kernel_id, km = await start()
    await agents.install(kernel_id, km)
    live = await agents.read(kernel_id, km)
    started = km.provisioner.pid
    assert processes.is_own(live, started)
    replace = msgspec.structs.replace
    assert not processes.is_own(replace(live, pid=os.getpid()), started)
    assert not processes.is_own(replace(live, executable="/bin/sh"), started)
    for nowhere in ("/nowhere", "/bin/\0", "\ud800"):
        assert not processes.is_own(replace(live, executable=nowhere), started)
    assert not processes.is_own(live, None)
