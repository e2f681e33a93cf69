"""The agent's text, run as a kernel runs it, and modules that look imported."""

import builtins
import selectors
import socket
import sys
import threading
import time
import types
from importlib.resources import files

import msgspec
import pytest

from tfgpu_lab.kernels import agent as host
from tfgpu_lab.models.live import LiveReport

TEXT = files("tfgpu_lab").joinpath("guest/agent.py").read_text()


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
def waiting():
    """Call something in another thread while the main thread waits for messages, as it does between cells."""

    def call(function):
        ours, theirs = socket.socketpair()
        answer = []

        def work():
            while not agent_is_free():
                time.sleep(0.001)
            answer.append(function())
            theirs.send(b"!")

        def agent_is_free():
            frame = sys._current_frames()[threading.main_thread().ident]
            return frame.f_globals.get("__name__") == "selectors"

        thread = threading.Thread(target=work)
        with ours, theirs, selectors.DefaultSelector() as selector:
            selector.register(ours, selectors.EVENT_READ)
            thread.start()
            selector.select(10)
            thread.join()
        return answer[0]

    return call


@pytest.fixture
def imported(monkeypatch):
    """Make modules look imported: name to attributes."""

    def put(**modules):
        for name, names in modules.items():
            module = types.ModuleType(name.replace("__", "."))
            module.__dict__.update(names)
            monkeypatch.setitem(sys.modules, module.__name__, module)

    return put
