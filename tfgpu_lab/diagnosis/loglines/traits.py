"""What follows from several lines of a log together: log -> words that signatures can ask for."""

import re
from collections.abc import Callable

from ..log import Log
from ..requirements import Release, release
from ..tensorflow_facts import LAST_WINDOWS_GPU, RELEASES

_CUDA_OF_SONAME = re.compile(r"cudart(?:\.so\.|64_)(\d{2})(?:\.?(\d))?")
_DRIVER_FLOOR: dict[Release, int] = {(12,): 525, (11,): 450, (10, 1): 418, (10, 0): 410, (9,): 384}
"""CUDA to the oldest major version of NVIDIA's Linux driver (CUDA Toolkit release notes, table of drivers)."""

_LINES_OF_2161 = {"2251"}
"""Where gpu_device.cc of TensorFlow 2.16 says that libraries cannot be opened (tag v2.16.1)."""


def traits(log: Log) -> frozenset[str]:
    """Return the kinds of lines in the log and the traits that hold."""
    return frozenset(log.sightings) | {name for name, holds in TRAITS.items() if holds(log)}


def missing(log: Log) -> set[str]:
    """Return CUDA's libraries, without cuDNN, that are missing and were not opened later."""
    opened = log.values("cuda-library-opened")
    return {name for name, at in log.values("cuda-library-missing").items() if at > opened.get(name, -1)}


def missing_libraries(log: Log) -> list[str]:
    """Return every library that the log names as missing, the driver's and cuDNN among them."""
    kinds = ("libcuda", "nvml", "cuda-library", "cudnn", "rocm-library")
    names = set(missing(log))
    for kind in kinds:
        if kind != "cuda-library":
            opened = log.values(f"{kind}-opened")
            names |= {name for name, at in log.values(f"{kind}-missing").items() if at > opened.get(name, -1)}
    if "cudart-not-found" in log.sightings and not any("cudart" in name for name in names):
        names.add("libcudart")  # cudart_stub.cc does not say which
    return sorted(names)


def _opened(log: Log) -> set[str]:
    return set(log.values("cuda-library-opened")) - missing(log)


def _cudnn_missing(log: Log) -> set[str]:
    opened = log.values("cudnn-opened")
    return {name for name, at in log.values("cudnn-missing").items() if at > opened.get(name, -1)}


def _only_cudnn(log: Log) -> bool:
    return bool(_cudnn_missing(log)) and not missing(log) and "cudart-not-found" not in log.sightings


def _only_cusolver(log: Log) -> bool:
    return missing(log) == {"libcusolver.so.11"} and not _cudnn_missing(log) and "libcudart.so.12" in _opened(log)


def _wanted_cuda(log: Log) -> Release | None:
    """Return the CUDA that this TensorFlow is built for: by the name of libcudart, else by TensorFlow's version."""
    for name in [*missing(log), *log.values("cuda-library-opened")]:
        if found := _CUDA_OF_SONAME.search(name):
            major, minor = int(found.group(1)), int(found.group(2) or 0)
            return (major,) if major >= 11 else (major, minor)  # from 11 on the soname stands for all minors
    for version in _version_words(log):
        known = RELEASES.get((release(version) or ())[:2])
        if known:
            return (release(known.cuda) or (0,))[:1]
    return None


def _toolkits(log: Log) -> set[Release]:
    """Return the CUDA toolkits that paths in the log name."""
    paths = [path for kind in ("cuda-library-missing", "cudnn-missing") for path in log.values(kind, "path")]
    named = [found for path in paths for found in re.findall(r"cuda[-/v]{1,2}(\d{1,2}\.\d{1,2})", path)]
    return {version for one in [*named, *log.values("toolkit")] if (version := release(one))}


def _other_cuda(log: Log) -> bool:
    wanted, there = _wanted_cuda(log), _toolkits(log)
    lacking = bool(missing(log)) or "cudart-not-found" in log.sightings
    return lacking and wanted is not None and bool(there) and all(one[: len(wanted)] != wanted for one in there)


def _other_cudnn(log: Log) -> bool:
    wanted = {found for name in _cudnn_missing(log) for found in re.findall(r"\d+", name.removeprefix("cudnn64"))}
    return bool(wanted) and bool(set(log.values("other-cudnn")) - wanted)


def _capabilities(log: Log) -> list[Release]:
    kinds = ("gpu-capability", "gpu-found", "no-code-new-gpu", "no-code-old-gpu", "capability-too-low")
    return [version for kind in kinds for one in log.values(kind) if (version := release(one))]


def _driver_below_floor(log: Log) -> bool:
    wanted = _wanted_cuda(log)
    floor = _DRIVER_FLOOR.get(wanted) if wanted else None
    drivers = [version[0] for one in log.values("smi-driver") if (version := release(one))]
    return floor is not None and bool(drivers) and max(drivers) < floor


def _versions(log: Log) -> list[Release]:
    return [version for one in _version_words(log) if (version := release(one))]


def _version_words(log: Log) -> list[str]:
    return [*log.values("tensorflow-version"), *log.values("plain-package")]


def _says_none(log: Log) -> bool:
    return log.last_at("none") > log.last_at("gpu", "listed")


def _cuda_spoke(log: Log) -> bool:
    """Whether any line comes from a build with CUDA or from the driver."""
    return log.last_at("none", "fails", "gpu", "listed") >= 0


TRAITS: dict[str, Callable[[Log], bool]] = {
    "libraries-missing": lambda log: bool(missing(log)),
    "only-cudnn-missing": _only_cudnn,
    "only-cusolver-missing": _only_cusolver,
    # curand and cusolver kept their names over several CUDA versions: some found and some not is a wrong version
    "libraries-partly-opened": lambda log: bool(missing(log)) and bool(_opened(log)) and not _only_cusolver(log),
    "other-cuda": _other_cuda,
    "other-cudnn-major": _other_cudnn,
    "tensorflow-2.16.1": lambda log: (
        (2, 16, 1) in _versions(log)
        or (not _versions(log) and not _LINES_OF_2161.isdisjoint(log.values("libraries-skipped-at")))
    ),
    "after-windows-gpu": lambda log: any(one[:2] > LAST_WINDOWS_GPU for one in _versions(log)),
    "old-gpu": lambda log: bool(_capabilities(log)) and max(_capabilities(log)) < (6, 0),
    "new-gpu": lambda log: any(one >= (8, 0) for one in _capabilities(log)),
    "cuda-older-than-gpu": lambda log: (
        any(one >= (8, 0) for one in _capabilities(log)) and (_wanted_cuda(log) or (99,))[0] <= 10
    ),
    "driver-below-floor": _driver_below_floor,
    "cudnn-symbol-missing": lambda log: any(name.startswith("cudnn") for name in log.values("symbol-missing")),
    "says-none": _says_none,
    "says-nothing-of-cuda": lambda log: not _cuda_spoke(log),
    "gpu-proven": lambda log: log.last_at("gpu", "listed") >= 0,
    "opened-once-missing-later": lambda log: bool(missing(log) & set(log.values("cuda-library-opened"))),
}
