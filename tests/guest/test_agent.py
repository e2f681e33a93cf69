"""The agent's text, run as the kernel runs it: it reads, and does nothing else."""

import ast
import builtins
import importlib.util
import json
import os
import subprocess
import sys
import types
from importlib.machinery import ModuleSpec
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from tfgpu_lab.kernels import agent as host
from tfgpu_lab.kernels.processes import is_local
from tfgpu_lab.models.live import LiveReport

TEXT = files("tfgpu_lab").joinpath("guest/agent.py").read_text()


class Device(NamedTuple):
    name: str
    device_type: str


CPU, GPU = Device("/physical_device:CPU:0", "CPU"), Device("/physical_device:GPU:0", "GPU")


class Context:
    """TensorFlow's eager context: all that may be read is its `__dict__`; every attribute may have an effect."""

    def __init__(self, **changes):
        fresh = {"_initialized": False, "_physical_devices": None, "_visible_device_list": []}
        fresh |= {"_memory_growth_map": None, "_soft_device_placement": None}
        object.__getattribute__(self, "__dict__").update(fresh | changes)

    def __getattribute__(self, name):
        pytest.fail(f"read with effect: {name}")


@pytest.fixture
def kernel(monkeypatch):
    """A shell as far as the agent needs one; returns the kernel's comms after the text has run."""
    comms = {}
    shell = types.SimpleNamespace(kernel=types.SimpleNamespace(comm_manager=types.SimpleNamespace(comms=comms)))
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr(builtins, host.NAME, None, raising=False)
    exec(TEXT, {"__name__": "tfgpu_lab_agent"})
    return comms


@pytest.fixture
def read(kernel):
    """Return the report, or None when there is none."""

    def read_now():
        text = kernel[host.COMM_ID].target_name
        assert text.startswith(host.PREFIX)
        text = text[len(host.PREFIX) :]
        return msgspec.json.decode(text, type=LiveReport) if text else None

    return read_now


@pytest.fixture
def imported(monkeypatch):
    """Make modules look imported: name to attributes."""

    def put(**modules):
        for name, names in modules.items():
            module = types.ModuleType(name.replace("__", "."))
            module.__dict__.update(names)
            monkeypatch.setitem(sys.modules, module.__name__, module)

    return put


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


def test_a_lazy_module_is_not_loaded(tmp_path, monkeypatch, read):
    (tmp_path / "tensorflow.py").write_text("raise ImportError('loaded')")
    monkeypatch.syspath_prepend(tmp_path)
    spec = importlib.util.find_spec("tensorflow")
    spec.loader = importlib.util.LazyLoader(spec.loader)
    lazy = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "tensorflow", lazy)
    spec.loader.exec_module(lazy)
    assert read().tensorflow is None
    with pytest.raises(ImportError, match="loaded"):  # the control: it was one
        lazy.__version__  # noqa: B018


def test_an_import_under_way_is_told(imported, read):
    spec = ModuleSpec("tensorflow", None)
    spec._initializing = True
    imported(tensorflow={"__spec__": spec})
    assert read().tensorflow.importing
    spec._initializing = False
    assert not read().tensorflow.importing


def test_before_the_first_operation_nothing_is_listed(imported, read):
    imported(tensorflow={"__version__": "2.21.0"}, tensorflow__python__eager__context={"_context": None})
    report = read().tensorflow
    assert (report.version, report.context) == ("2.21.0", "none")
    assert (report.physical_devices, report.visible_devices, report.logical_devices) == (None, None, None)


def test_the_context_is_read_without_touching_it(imported, read):
    context = Context(
        _physical_devices=[CPU, GPU],
        _visible_device_list=[CPU],
        _memory_growth_map={CPU: None, GPU: True},
        _soft_device_placement=False,
    )
    imported(tensorflow={"__version__": "2.21.0"}, tensorflow__python__eager__context={"_context": context})
    report = read().tensorflow
    assert report.context == "created"
    assert report.physical_devices == [CPU.name, GPU.name]
    assert report.visible_devices == [CPU.name]
    assert report.logical_devices is None
    assert report.memory_growth == {GPU.name: True}
    assert report.soft_placement is False
    object.__getattribute__(context, "__dict__").update(
        _initialized=True, _logical_devices=[Device("/device:CPU:0", "CPU")]
    )
    report = read().tensorflow
    assert (report.context, report.logical_devices) == ("initialized", ["/device:CPU:0"])


def test_a_tensorflow_it_does_not_know_gives_no_report_and_no_guess(imported, read):
    imported(tensorflow={"__version__": "9.0"})
    assert read() is None
    imported(tensorflow__python__eager__context={})
    assert read() is None
    imported(tensorflow__python__eager__context={"_context": types.SimpleNamespace()})
    assert read() is None


def test_a_folder_called_tensorflow_is_not_taken_for_one(imported, read):
    imported(tensorflow={})
    report = read().tensorflow
    assert (report.version, report.context) == (None, "none")


@pytest.mark.parametrize(
    ("modules", "expected"),
    [
        ({"keras": {"__version__": "3.9"}, "keras__src__backend__config": {"_BACKEND": "jax"}}, ("3.9", "jax")),
        ({"keras": {"__version__": "3.9"}}, ("3.9", None)),
        ({"keras": {"__version__": "2.15.0"}}, ("2.15.0", "tensorflow")),
        ({"tf_keras": {"__version__": "2.19.0"}}, ("2.19.0", "tensorflow")),
    ],
)
def test_keras_and_its_backend(imported, read, modules, expected):
    imported(**modules)
    assert (read().keras.version, read().keras.backend) == expected


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
