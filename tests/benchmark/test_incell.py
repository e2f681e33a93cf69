"""The cell that measures inside a kernel: what it prints, and that it leaves nothing."""

import os
import subprocess
import sys

import pytest

from tests import plugin
from tfgpu_lab.benchmark.matmul import cell

CHECK = """
before, settings = set(globals()), tf.config.experimental.tensor_float_32_execution_enabled()
exec(CELL)
assert set(globals()) == before | {"before", "settings"}, set(globals()) - before
assert tf.config.experimental.tensor_float_32_execution_enabled() == settings
"""


def run(*, gpus):
    code = f"import tensorflow as tf\nCELL = {cell()!r}\n{CHECK}"
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", **(plugin.variables() if gpus else {})}
    command = [sys.executable, "-c", code.replace("exec(CELL)", f"exec({small()!r})")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr
    return done.stdout


def small():
    """The same cell with matrices that a loaded processor multiplies in no time."""
    sizes = '(2048, 4096, 8192) if device.device_type == "GPU" else (512, 1024, 2048)'
    assert sizes in cell()
    return cell().replace(sizes, "(64, 128, 256)")


@pytest.mark.tensorflow
@pytest.mark.parametrize(("gpus", "device"), [(0, "CPU:0"), (1, "GPU:0")])
def test_prints_where_and_how_fast_and_leaves_no_name(gpus, device):
    lines = run(gpus=gpus).splitlines()
    assert lines[0].startswith(f"TFGPU Lab, inside this kernel on /device:{device}, TensorFlow 2.")
    assert lines[1].startswith("   64: ")
    assert lines[1].endswith(f"computed on {device}")
    assert float(lines[1].split()[1]) > 0
    assert any("TF32 is on" in line for line in lines) == bool(gpus)
