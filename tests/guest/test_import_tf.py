"""The import's guest: what it calls of TensorFlow, and in which order."""

import asyncio

from tests.kernels import import_cases as cases
from tfgpu_lab.kernels.import_tf import import_tf

ALLOWED = """
import sys
__version__ = "2.99.0"
class _Refuse:
    def __getattr__(self, name):
        raise AssertionError("the guest used " + name)
class _Gpu:
    name = "GPU:0"
class _Experimental(_Refuse):
    get_device_details = staticmethod(lambda gpu: {})
class _Config(_Refuse):
    experimental = _Experimental()
    list_physical_devices = staticmethod(lambda kind: [_Gpu()])
config = _Config()
"""


def ask(launch):
    return asyncio.run(import_tf(launch))


def test_calls_nothing_that_makes_a_context_or_takes_memory(tmp_path):
    answer = ask(cases.launch(tmp_path, ALLOWED))
    assert answer.failure is None
    assert [gpu.name for gpu in answer.gpus] == ["GPU:0"]


def test_a_gpu_without_details_is_listed_all_the_same(tmp_path):
    source = ALLOWED.replace("lambda gpu: {}", "lambda gpu: 1 / 0")
    (gpu,) = ask(cases.launch(tmp_path, source)).gpus
    assert (gpu.device_name, gpu.compute_capability) == (None, None)


def test_does_not_wait_for_what_tensorflow_does_at_its_exit(tmp_path):
    answer = ask(cases.launch(tmp_path, ALLOWED + "import atexit, time\natexit.register(lambda: time.sleep(300))\n"))
    assert answer.failure is None
    assert answer.duration_s < 30
