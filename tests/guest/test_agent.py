"""The agent's text, run as the kernel runs it: it reads, and does nothing else."""

import ast
import builtins
import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from tfgpu_lab.kernels import agent as host
from tfgpu_lab.kernels.processes import is_local

TEXT = files("tfgpu_lab").joinpath("guest/agent.py").read_text()


def test_runs_on_python_3_8():
    ast.parse(TEXT, feature_version=(3, 8))


def test_the_object_is_where_the_host_looks_for_it(kernel):
    assert kernel.keys() == {host.COMM_ID}
    assert getattr(builtins, host.NAME) is kernel[host.COMM_ID]


def test_reports_this_process(read):
    report = read()
    assert (report.pid, report.executable, report.cwd) == (os.getpid(), sys.executable, str(Path.cwd()))
    assert report.python_version == ".".join(map(str, sys.version_info[:3]))
    assert is_local(report)
    assert report.tensorflow is None
    assert report.keras is None


def test_a_forked_process_reports_itself():
    """`multiprocessing` forks kernels; what the child holds must not speak for the parent."""
    program = f"""
import json, os, sys, types
kernel = types.SimpleNamespace(comm_manager=types.SimpleNamespace(comms={{}}))
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: types.SimpleNamespace(kernel=kernel))
exec({TEXT!r}, {{"__name__": "agent"}})
parent = os.getpid()
if os.fork() == 0:
    report = json.loads(kernel.comm_manager.comms["{host.COMM_ID}"].target_name[len("{host.PREFIX}"):])
    assert report["pid"] == os.getpid() != parent, report
    os._exit(7)
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    ended = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, "", "")


def test_without_ipython_nothing_is_raised_or_printed():
    ended = subprocess.run([sys.executable, "-W", "error", "-c", TEXT], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["open", "close", "send", "on_msg", "on_close", "handle_msg", "handle_close"])
def test_takes_whatever_is_done_to_a_comm(kernel, read, name):
    agent = kernel[host.COMM_ID]
    assert getattr(agent, name)({"content": {}}) is None
    agent._closed = True
    assert read().pid == os.getpid()


def test_variables_are_those_of_now_and_allowed(monkeypatch, read):
    monkeypatch.setenv("TF_VAR_password", "hunter2")
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    monkeypatch.setenv("LD_LIBRARY_PATH", os.fsdecode(b"/opt/caf\xe9"))
    report = read()
    assert report.variables["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert report.variables["LD_LIBRARY_PATH"] == "/opt/caf?"
    assert "TF_VAR_password" not in report.variables
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH")
    assert "TF_FORCE_GPU_ALLOW_GROWTH" not in read().variables


def test_more_than_the_limit_is_no_report(monkeypatch, read):
    monkeypatch.setenv("PYTHONPATH", "x" * 70000)
    assert read() is None


def test_a_working_folder_that_is_gone_is_null(tmp_path, monkeypatch, read):
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    assert read().cwd is None


def test_reading_imports_nothing(kernel):
    before = set(sys.modules)
    json.loads(kernel[host.COMM_ID]._repr_mimebundle_()["text/plain"][len(host.PREFIX) :])
    assert set(sys.modules) == before
