"""Why the loader does not find a CUDA library: each missing one is put down to one cause."""

import re

from ..models.environment import Library
from .facts import Facts
from .requirements import release

# Wherever pip put them: site-packages, Debian's and Colab's dist-packages, the folder of --target.
_WHEEL_FOLDER = re.compile(r"/nvidia/(cu\d+|cuda_\w+|cublas|cudnn|cufft|curand|cusolver|cusparse|nvjitlink)/lib/")


def why_missing(facts: Facts, library: Library) -> str | None:
    """Return the id of the cause for which the loader finds no file of this library; None when it finds one."""
    built = facts.tensorflow
    if library.path is not None or built is None:
        return None
    wheel = next((one for one in facts.wheels if one.name == library.wheel), None)
    version = release(wheel.version) if wheel else None
    if is_cudnn(library) and version and str(version[0]) != library.soname.rpartition(".")[2]:
        return "cudnn-major-mismatch"
    if is_cudnn(library) and wheel is None and not library.elsewhere and library.other_versions:
        return "cudnn-major-mismatch"
    if beside(facts, library) and built.runpath:
        if built.version == "2.16.1":
            return "tf2161-runpath"
        if library.soname.startswith("libcusolver.") and not any("nvidia/cusolver" in one for one in built.runpath):
            return "tf221-cusolver-runpath"
    elif any(in_a_wheel(path) for path in library.elsewhere):
        return "nvidia-wheels-elsewhere"
    elif wheel is None and not library.elsewhere:
        if _other_wheels(facts, library) or (library.other_versions and _another_cuda(facts)):
            return "cuda-major-mismatch"
        if _nothing_installed(facts):
            return "cuda-extra-missing"
    return "cuda-lib-missing"


def missing_for(facts: Facts, cause: str) -> list[Library]:
    """Return the libraries that are missing for this cause."""
    return [one for one in facts.libraries if why_missing(facts, one) == cause]


def in_a_wheel(path: str | None) -> bool:
    """Return whether a file is one of NVIDIA's wheels."""
    return _WHEEL_FOLDER.search(path or "") is not None


def is_cudnn(library: Library) -> bool:
    """Return whether a library is cuDNN."""
    return library.soname.startswith("libcudnn.")


def site(facts: Facts) -> str:
    """Return the folder that holds the package tensorflow."""
    origin = facts.tensorflow.origin if facts.tensorflow else ""
    return origin.rpartition("/")[0].rpartition("/")[0]


def beside(facts: Facts, library: Library) -> str | None:
    """Return the file in the nvidia wheels beside TensorFlow, where its RUNPATH should lead."""
    return next((path for path in library.elsewhere if path.startswith(f"{site(facts)}/nvidia/")), None)


def other_majors(facts: Facts, library: Library) -> list[str]:
    """Return the installed wheels that carry this library for another CUDA major, and its files of another major."""
    return [*_other_wheels(facts, library), *library.other_versions]


def _other_wheels(facts: Facts, library: Library) -> list[str]:
    stem = re.sub(r"-cu\d+$", "", library.wheel)
    same = [one for one in facts.wheels if re.sub(r"-cu\d+$", "", one.name) == stem and one.name != library.wheel]
    return [f"{one.name} {one.version}" for one in same]


def _another_cuda(facts: Facts) -> bool:
    """Return whether the machine has a whole CUDA of another major: one stray library of it says nothing."""
    missing = [one for one in facts.libraries if one.path is None and not is_cudnn(one)]
    return 2 * sum(bool(one.other_versions) for one in missing) > len(missing)


def _nothing_installed(facts: Facts) -> bool:
    names = {one.name for one in facts.wheels}
    return not _another_cuda(facts) and all(
        one.path is None and not one.elsewhere and one.wheel not in names for one in facts.libraries
    )
