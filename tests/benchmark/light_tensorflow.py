"""A TensorFlow of numpy that starts at once and mostly sleeps: for tests whose subject is the job.

A test copies it as tensorflow.py into a folder of the guest's PYTHONPATH. LIGHT_GPUS is how many GPUs it lists,
LIGHT_NAME their name, in LIGHT_IMPORT_S seconds it is imported. Nothing in it is a measurement.
"""

import os
import time
from contextlib import contextmanager
from types import SimpleNamespace

import numpy

PRODUCT_S = 0.003
time.sleep(float(os.environ.get("LIGHT_IMPORT_S", "0")))
__version__ = "2.0.light"
_state = SimpleNamespace(where="CPU:0")


class Tensor:
    """Numbers and the device that they are on."""

    def __init__(self, array):
        self.array, self.dtype = numpy.asarray(array), numpy.asarray(array).dtype
        self.device = f"/job:localhost/replica:0/task:0/device:{_state.where}"

    def __getitem__(self, key):
        return Tensor(self.array[key])

    def __truediv__(self, other):
        return Tensor(self.array / other)

    def __array__(self, dtype=None, copy=None):
        return self.array.astype(dtype or self.dtype)

    def __float__(self):
        return float(self.array)

    def assign_add(self, other):
        time.sleep(PRODUCT_S)


def _matmul(a, b, output_type=None):
    time.sleep(PRODUCT_S)
    return Tensor(a.array @ b.array)


@contextmanager
def device(name):
    before, _state.where = _state.where, name.lstrip("/")
    yield
    _state.where = before


def _identity(tensor):
    time.sleep(PRODUCT_S)
    return Tensor(tensor.array)


def _gpus(kind):
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("-1", "")
    count = 0 if hidden else int(os.environ.get("LIGHT_GPUS", "0"))
    return [SimpleNamespace(name=f"/physical_device:GPU:{number}") for number in range(count)]


int8, int32, float64 = (numpy.dtype(name) for name in ("int8", "int32", "float64"))
cast, identity, Variable = (lambda x, kind: Tensor(x.array.astype(kind))), _identity, lambda x: x
tile = lambda tensor, times: tensor  # noqa: E731 - a table of names
dtypes = SimpleNamespace(as_dtype=numpy.dtype)
random = SimpleNamespace(normal=lambda shape, seed=0: Tensor(numpy.random.default_rng(seed).normal(size=shape)))
linalg = SimpleNamespace(matmul=_matmul)
function = lambda run, jit_compile=None, autograph=True: run  # noqa: E731
test = SimpleNamespace(experimental=SimpleNamespace(sync_devices=lambda: None))
sysconfig = SimpleNamespace(get_build_info=dict)
config = SimpleNamespace(
    list_physical_devices=_gpus,
    set_visible_devices=lambda devices, kind: None,
    experimental=SimpleNamespace(
        get_device_details=lambda gpu: {
            "device_name": os.environ.get("LIGHT_NAME", "LIGHT"),
            "compute_capability": (9, 0),
        },
        enable_tensor_float_32_execution=lambda enabled: None,
    ),
)
errors = SimpleNamespace(
    **{
        name: type(name, (Exception,), {})
        for name in (
            "ResourceExhaustedError",
            "InvalidArgumentError",
            "NotFoundError",
            "UnimplementedError",
            "InternalError",
        )
    }
)
