"""A GPU on which the real TensorFlow computes: tests/native/gpu_plugin.cc, built once for each TensorFlow.

Its memory is the host's and its kernels are the CPU's: nothing that it does is a measurement.
"""

import hashlib
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "native" / "gpu_plugin.cc"
KEPT = Path(__file__).parent.parent / ".venvs" / "plugin"
"""The compiler needs a quarter of a minute: what it made is kept as long as source and TensorFlow are the same."""
VARIABLE = "TF_PLUGGABLE_DEVICE_LIBRARY_PATH"


def built(site_packages: Path | None = None) -> Path:
    """Return the library for the TensorFlow in a site-packages folder, that of the tests if none is given."""
    site = site_packages or Path(sysconfig.get_paths()["purelib"])
    version = next(site.glob("tensorflow-*.dist-info"), None)
    if version is None or shutil.which("g++") is None:
        pytest.skip("Needs TensorFlow's CUDA build and g++.", allow_module_level=True)
    key = hashlib.sha256(SOURCE.read_bytes() + version.name.encode()).hexdigest()[:16]
    library = KEPT / f"{key}.so"
    if not library.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        half = library.with_suffix(f".{os.getpid()}")
        package = site / "tensorflow"
        flags = [
            "-O1",
            "-shared",
            "-fPIC",
            "-std=c++17",
            "-w",
            "-D_GLIBCXX_USE_CXX11_ABI=1",
            "-DEIGEN_MAX_ALIGN_BYTES=64",
        ]
        where = [f"-I{package / 'include'}", f"-L{package}", "-l:libtensorflow_framework.so.2"]
        subprocess.run(["g++", *flags, "-o", half, SOURCE, *where], check=True)
        half.rename(library)  # two that build at once make the same
    return library


def variables(gpus: int = 1, memory_mb: int = 2048) -> dict[str, str]:
    """Return the environment of a process that is to have such GPUs."""
    return {
        VARIABLE: str(built()),
        "TFGPU_SIMULATED_GPUS": str(gpus),
        "TFGPU_SIMULATED_GPU_MB": str(memory_mb),
    }
