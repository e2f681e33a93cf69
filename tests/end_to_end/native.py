"""The simulated driver and CUDA libraries of tests/native, built once a session: nothing of theirs is a measurement."""

import functools
import tempfile
from pathlib import Path

from tests.simulated import NATIVE, SONAMES, library

DRIVER = {"libcuda.so.1": "cuda.c", "libnvidia-ml.so.1": "nvml.c"}
LIBRARIES = {
    "libcudart.so.12": "cudart.c",
    "libcublas.so.12": "cublas.c",
    "libcublasLt.so.12": "cublas.c",
    "libcudnn.so.9": "cudnn.c",
}
"""The other libraries only have to open: they are empty."""


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="simulated-")  # kept by the cache, removed at exit


@functools.cache
def built(name: str) -> Path:
    """Return the simulated library of that name."""
    source = {**DRIVER, **LIBRARIES}.get(name)
    return library(Path(_folder().name) / name, source=NATIVE / source if source else None)


def carried_by(folder: str) -> list[str]:
    """Return the libraries that the wheel with this folder below `nvidia/` carries."""
    return SONAMES[folder]
