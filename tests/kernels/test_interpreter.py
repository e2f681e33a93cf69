"""Starting a kernel's interpreter and running guests in it: nothing survives, nothing corrupts the answers."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from tests.kernels.conftest import wait_until
from tfgpu_lab.kernels import interpreter
from tfgpu_lab.kernels.interpreter import Launch, LaunchError, launch_of_kernelspec, launch_of_process, run_guest

HERE = Launch(argv=(sys.executable,), env=dict(os.environ))


@pytest.fixture
def guest(tmp_path, monkeypatch):
    """Run a text as a guest."""
    (tmp_path / "guest").mkdir()
    monkeypatch.setattr(interpreter, "files", lambda _: tmp_path)

    def run(source, launch=HERE, *, request=None, timeout_s=20.0):
        (tmp_path / "guest" / "it.py").write_text(source)
        lines = []
        return run_guest(launch, "it", request or {}, timeout_s=timeout_s, on_line=lines.append), lines

    return run


def alive(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def gone(pid, within_s=10.0):
    deadline = time.monotonic() + within_s
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


def test_hands_over_the_request_and_each_answer(guest):
    running, lines = guest("emit({'got': REQUEST['n']})\nemit({'name': __name__})", request={"n": 7})
    ended = asyncio.run(running)
    assert (ended.returncode, ended.timed_out) == (0, False)
    assert lines == [{"got": 7}, {"name": "__main__"}]


def test_noise_on_stdout_does_not_reach_the_answers(guest):
    source = "import os\nprint('{\"a\": 1}')\nos.write(1, b'{\"b\": 2}\\n' * 100000)\nemit({'c': 3})\nprint(input)"
    running, lines = guest(source)
    ended = asyncio.run(running)
    assert lines == [{"c": 3}]
    assert '{"b": 2}' in ended.stderr_tail
    assert len(ended.stderr_tail) <= interpreter.STDERR_TAIL_BYTES


def test_a_guest_that_breaks_tells_its_last_words(guest):
    running, lines = guest("raise SystemExit('no such thing')")
    ended = asyncio.run(running)
    assert (ended.returncode, lines) == (1, [])
    assert ended.stderr_tail.strip() == "no such thing"


FAMILY = """
import os, subprocess, sys, time, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
emit({"pids": [os.getpid(), child.pid]})
time.sleep(300)
"""


def test_after_its_time_the_whole_group_is_gone(guest):
    running, lines = guest(FAMILY, timeout_s=1.5)
    ended = asyncio.run(running)
    assert ended.timed_out
    assert all(gone(pid) for pid in lines[0]["pids"])


def test_cancelling_leaves_nothing(guest):
    async def cancel():
        running, lines = guest(FAMILY)
        task = asyncio.create_task(running)
        await wait_until(lambda: lines)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return lines[0]["pids"]

    assert all(gone(pid) for pid in asyncio.run(cancel()))


def test_a_guest_dies_with_the_server(tmp_path):
    source = "import os, time\nemit({'pid': os.getpid()})\ntime.sleep(300)"
    host = """
import asyncio, json, sys
from pathlib import Path
from tfgpu_lab.kernels import interpreter as i
folder = Path(sys.argv[1]); i.files = lambda _: folder
launch = i.Launch(argv=(sys.executable,), env={})
asyncio.run(i.run_guest(launch, "it", {}, timeout_s=300, on_line=lambda line: print(json.dumps(line), flush=True)))
"""
    (tmp_path / "guest").mkdir()
    (tmp_path / "guest" / "it.py").write_text(source)
    with subprocess.Popen([sys.executable, "-c", host, str(tmp_path)], stdout=subprocess.PIPE) as server:
        pid = json.loads(server.stdout.readline())["pid"]
        assert alive(pid)
        os.kill(server.pid, signal.SIGKILL)
    assert gone(pid)


def test_an_interpreter_that_is_not_there_is_an_error(guest):
    running, _ = guest("", Launch(argv=("/no/such/python",), env={}))
    with pytest.raises(LaunchError, match="/no/such/python cannot be started"):
        asyncio.run(running)


@pytest.fixture
def specs(tmp_path, monkeypatch):
    """A kernelspec manager that sees one folder."""
    manager = KernelSpecManager(kernel_dirs=[str(tmp_path)])

    def write(name, argv, *, language="python", env=None):
        (tmp_path / name).mkdir()
        spec = {"argv": argv, "display_name": name, "language": language, "env": env or {}}
        (tmp_path / name / "kernel.json").write_text(json.dumps(spec))
        return manager

    return write


END = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]


@pytest.mark.parametrize(
    ("argv", "prefix"),
    [
        (["python", *END], (sys.executable,)),
        (["/opt/env/bin/python", "-Xfrozen_modules=off", *END], ("/opt/env/bin/python",)),
        (["env", "A=1", "/opt/env/bin/python", *END], ("env", "A=1", "/opt/env/bin/python")),
        (["conda", "run", "-p", "/opt/env", "python", *END], ("conda", "run", "-p", "/opt/env", "python")),
    ],
)
def test_takes_the_interpreter_out_of_a_kernelspec(specs, argv, prefix):
    assert launch_of_kernelspec("it", specs("it", argv)).argv == prefix


def test_takes_the_environment_of_a_kernelspec(specs, monkeypatch):
    monkeypatch.setenv("BASE", "/base")
    manager = specs("it", ["python", *END], env={"LD_LIBRARY_PATH": "${BASE}/lib:${UNSET_ONE}"})
    assert launch_of_kernelspec("it", manager).env["LD_LIBRARY_PATH"] == "/base/lib:${UNSET_ONE}"


def test_refuses_kernelspecs_that_are_not_python(specs):
    manager = specs("deno", ["deno", "jupyter"], language="typescript")
    with pytest.raises(LaunchError, match="typescript"):
        launch_of_kernelspec("deno", manager)
    with pytest.raises(LaunchError, match="no kernelspec named nothing"):
        launch_of_kernelspec("nothing", manager)


def test_takes_the_environment_a_process_was_started_with(tmp_path):
    env = {"PATH": os.environ["PATH"], "CUDA_VISIBLE_DEVICES": "3", "ODD": "a=b\nc"}
    command = [sys.executable, "-c", "print('here', flush=True); input()"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=env, cwd=tmp_path, **pipes) as process:
        process.stdout.readline()  # its environment is empty for a moment after its start
        launch = launch_of_process(process.pid, "/opt/env/bin/python")
        process.communicate(b"\n")
    assert launch == Launch(argv=("/opt/env/bin/python",), env=env, cwd=str(tmp_path))
    with pytest.raises(LaunchError, match="cannot be read"):
        launch_of_process(process.pid, sys.executable)


async def test_a_file_in_the_working_folder_is_not_taken_for_a_module_of_pythons(guest, tmp_path):
    """A notebook's folder may hold a json.py, which is run by nobody's click; TensorFlow is looked for there all the
    same, as the kernel does."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name in ("json", "os", "threading", "ast", "glob", "time"):
        (folder / f"{name}.py").write_text("raise SystemExit('run')")
    (folder / "own.py").write_text("")
    source = "import glob\nimport time\ntry:\n    import own\nexcept ImportError: own = None\nemit({'own': bool(own)})"
    running, lines = guest(source, Launch(argv=(sys.executable,), env=dict(os.environ), cwd=str(folder)))
    done = await running
    assert (done.returncode, lines) == (0, [{"own": True}]), done.stderr_tail
