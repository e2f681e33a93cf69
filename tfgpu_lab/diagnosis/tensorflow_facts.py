"""What is known of TensorFlow's releases and of CUDA: data with sources, nothing guessed for releases not listed."""

from msgspec import Struct

from .requirements import Release


class TensorFlowRelease(Struct, frozen=True):
    """One line of releases, such as 2.20.x, on Linux x86_64."""

    python: tuple[Release, Release]
    """Oldest and newest Python with a wheel."""
    cuda: str
    """CUDA version that it is built with."""
    cudnn: Release
    """cuDNN version that it is built with: the same major and at least this minor must be loaded."""
    cudnn_requirement: str | None
    """cuDNN wheel of its and-cuda extra; null where that is not known."""


RELEASES: dict[Release, TensorFlowRelease] = {
    (2, 21): TensorFlowRelease(((3, 10), (3, 13)), "12.5", (9, 3), "nvidia-cudnn-cu12>=9.3.0.75,<10"),
    (2, 20): TensorFlowRelease(((3, 9), (3, 13)), "12.5", (9, 3), "nvidia-cudnn-cu12>=9.3.0.75,<10"),
    (2, 19): TensorFlowRelease(((3, 9), (3, 12)), "12.5", (9, 3), "nvidia-cudnn-cu12==9.3.0.75"),
    (2, 18): TensorFlowRelease(((3, 9), (3, 12)), "12.5", (9, 3), "nvidia-cudnn-cu12==9.3.0.75"),
    (2, 17): TensorFlowRelease(((3, 9), (3, 12)), "12.3", (8, 9), "nvidia-cudnn-cu12==8.9.7.29"),
    (2, 16): TensorFlowRelease(((3, 9), (3, 12)), "12.3", (8, 9), "nvidia-cudnn-cu12==8.9.7.29"),
    (2, 15): TensorFlowRelease(((3, 9), (3, 11)), "12.2", (8, 9), "nvidia-cudnn-cu12==8.9.4.25"),
    (2, 14): TensorFlowRelease(((3, 9), (3, 11)), "11.8", (8, 7), None),
    (2, 13): TensorFlowRelease(((3, 8), (3, 11)), "11.8", (8, 6), None),
    (2, 12): TensorFlowRelease(((3, 8), (3, 11)), "11.8", (8, 6), None),
    (2, 11): TensorFlowRelease(((3, 7), (3, 10)), "11.2", (8, 1), None),
    (2, 10): TensorFlowRelease(((3, 7), (3, 10)), "11.2", (8, 1), None),
    (2, 9): TensorFlowRelease(((3, 7), (3, 10)), "11.2", (8, 1), None),
    (2, 8): TensorFlowRelease(((3, 7), (3, 10)), "11.2", (8, 1), None),
    (2, 7): TensorFlowRelease(((3, 7), (3, 9)), "11.2", (8, 1), None),
    (2, 6): TensorFlowRelease(((3, 6), (3, 9)), "11.2", (8, 1), None),
    (2, 5): TensorFlowRelease(((3, 6), (3, 9)), "11.2", (8, 1), None),
    (2, 4): TensorFlowRelease(((3, 6), (3, 8)), "11.0", (8, 0), None),
}
"""Tested build configurations (tensorflow/docs site/en/install/source.md), pins as in the wheels' metadata."""

AND_CUDA_SINCE: Release = (2, 14)
"""First line with the extra of `pip install tensorflow[and-cuda]`."""

RECOMMENDED = "2.20.0"
"""Newest release whose and-cuda extra works as installed: 2.21.0 misses cuSOLVER (tensorflow PR 112973, measured)."""

WHEEL_PYTHONS: tuple[Release, Release] = RELEASES[2, 20].python
"""Pythons for which the recommended release has a wheel (read from PyPI)."""

BROKEN_EXTRAS = {"2.21.0": "2.20.0", "2.16.1": "2.16.2"}
"""Releases whose RUNPATH misses wheels of their own and-cuda extra, to a neighbour that has them (measured)."""

NVML_SINCE: Release = (2, 21)
"""First release that lists no GPU without NVML (measured with 2.20.0 and 2.21.0)."""

NEWEST_KNOWN: Release = max(RELEASES)
"""Newest line of releases that this table knows."""

LAST_WINDOWS_GPU: Release = (2, 10)
"""Last line with GPU support on native Windows (tensorflow/docs site/en/install/pip.md)."""

LAST_METAL: Release = (2, 17)
"""Last line that loads tensorflow-metal 1.x (tensorflow issues 81987 and 84167)."""

DRIVER_FLOOR: dict[int, str] = {11: "450.80.02", 12: "525.60.13", 13: "580"}
"""CUDA major to the oldest Linux driver that runs it (NVIDIA, CUDA Minor Version Compatibility)."""

MINIMUM_CAPABILITY: Release = (3, 5)
"""TensorFlow ignores GPUs below this compute capability (gpu_device.cc, measured with 2.21.0)."""

LAST_WITH_BINARY: dict[Release, str] = {(5, 0): "2.16.2", (5, 2): "2.16.2", (3, 5): "2.14.1"}
"""Compute capability to the last wheel that carries code for it (read from the wheels' build_info)."""

MULTIPROCESSORS_MINIMUM = 8
"""TensorFlow ignores GPUs with fewer, unless the largest GPU has fewer too (gpu_device.cc)."""

CONTEXT_BYTES = 500 << 20
"""About what a CUDA context with TensorFlow's kernels needs before any tensor; it differs between GPUs."""

PACKAGE_OWNERS = frozenset(
    {
        "tensorflow",
        "tensorflow-cpu",
        "tensorflow-gpu",
        "tensorflow-rocm",
        "tf-nightly",
        "tf-nightly-cpu",
        "intel-tensorflow",
    }
)
"""Distributions that install the package folder `tensorflow/`: any two of them overwrite each other (measured)."""

PLUGIN_DISTRIBUTIONS = ("tensorflow-metal", "tensorflow-directml-plugin", "intel-extension-for-tensorflow")
"""Distributions that add a device to any TensorFlow build as a plugin."""

DEPENDENCY_WHEELS = {
    "libnvJitLink.so.12": "nvidia-nvjitlink-cu12",
    "libcublas.so.12": "nvidia-cublas-cu12",
    "libcublasLt.so.12": "nvidia-cublas-cu12",
    "libcusparse.so.12": "nvidia-cusparse-cu12",
    "libcudart.so.12": "nvidia-cuda-runtime-cu12",
    "libnvrtc.so.12": "nvidia-cuda-nvrtc-cu12",
}
"""Libraries that CUDA's libraries themselves need, to the wheel that carries them (read from the wheels)."""

COMPILER_WHEEL = "nvidia-cuda-nvcc-cu12"
"""Carries ptxas and libdevice, with which XLA compiles for the GPU (read from the wheel)."""

NVML_MEANINGS = {
    4: "no permission",
    9: "the driver is not loaded",
    12: "a library of the driver was not found",
    15: "a GPU has fallen off the bus",
    18: "driver and library have different versions",
    999: "unknown error",
}
"""nvmlReturn_t of nvmlInit_v2 to its meaning (nvml.h)."""


def runs_natively(capability: Release, built_for: list[str]) -> bool:
    """Return whether a build has machine code for a GPU: that for X.Y runs on X.Z, Z >= Y (TensorFlow's .bazelrc)."""
    return any(
        major == capability[0] and minor <= capability[1] for major, minor in _targets(built_for, "sm", "compute")
    )


def runs_compiled(capability: Release, built_for: list[str]) -> bool:
    """Return whether a build has PTX that the driver can compile for a GPU: PTX for X.Y runs on X.Y and newer."""
    return any(target <= capability for target in _targets(built_for, "compute"))


def _targets(built_for: list[str], *kinds: str) -> list[tuple[int, int]]:
    """`sm_86` is (8, 6), `compute_120` is (12, 0)."""
    pairs = [entry.partition("_")[::2] for entry in built_for]
    numbers = [digits.rstrip("abf") for kind, digits in pairs if kind in kinds]
    return [(int(n[:-1]), int(n[-1])) for n in numbers if n.isdigit() and len(n) > 1]
