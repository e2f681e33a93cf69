"""The cell that measures inside a kernel: what it prints, and that it leaves nothing."""

import os
import subprocess
import sys

import pytest

from tests import plugin
from tfgpu_lab.benchmark.matmul import cell

# Both in one process: a second one would have to import TensorFlow, too.
CODE = """
import tensorflow as tf
def run():
    space = {"tf": tf}
    before, settings = set(space), tf.config.experimental.tensor_float_32_execution_enabled()
    exec(CELL, space)
    assert set(space) - {"__builtins__", "__doc__"} == before, set(space) - before
    assert tf.config.experimental.tensor_float_32_execution_enabled() == settings
    print("end of it")
run()
tf.config.list_logical_devices = lambda kind, of=tf.config.list_logical_devices: of(kind) if kind == "CPU" else []
run()
"""


def small():
    """The same cell with matrices that a loaded processor multiplies in no time."""
    sizes = '(2048, 4096, 8192) if device.device_type == "GPU" else (512, 1024, 2048)'
    assert sizes in cell()
    return cell().replace(sizes, "(64, 128, 256)")


@pytest.mark.tensorflow
def test_prints_where_and_how_fast_and_leaves_no_name():
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", **plugin.variables()}
    command = [sys.executable, "-c", f"CELL = {small()!r}\n{CODE}"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr
    parts = done.stdout.split("end of it\n")
    for part, device in zip(parts, ["GPU:0", "CPU:0"], strict=False):
        lines = part.splitlines()
        assert lines[0].startswith(f"TFGPU Lab, inside this kernel on /device:{device}, TensorFlow 2.")
        assert lines[1].startswith("   64: ")
        assert lines[1].endswith(f"computed on {device}")
        assert float(lines[1].split()[1]) > 0
        assert any("TF32 is on" in line for line in lines) == (device == "GPU:0")
