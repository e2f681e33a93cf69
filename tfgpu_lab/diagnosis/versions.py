"""Rules on versions that do not fit: cuDNN, wheels, driver, compute capability (gate 12)."""

import re

import msgspec

from ..models.environment import CudaDevice, Library
from ..models.finding import Fix
from .facts import Facts
from .fixes import FINDING_GONE, NVIDIA_SMI, admin, cuda_extra, kernel_env, pinned, pip_install
from .missing import in_a_wheel
from .requirements import Release, release, requirement, satisfied
from .rule import Match, rule, seen
from .tensorflow_facts import (
    DEPENDENCY_WHEELS,
    DRIVER_FLOOR,
    LAST_WITH_BINARY,
    MINIMUM_CAPABILITY,
    MULTIPROCESSORS_MINIMUM,
    RELEASES,
    runs_compiled,
    runs_natively,
)


@rule(
    "driver-too-old",
    gate=12,
    title="The NVIDIA driver is too old for this TensorFlow",
    label="driver too old",
    listed=True,
)
def driver_too_old(facts: Facts) -> Match | None:
    """Means: the driver supports an older CUDA major than TensorFlow is built with. TensorFlow may still list the GPU,
    and the first operation then fails: `CUDA driver version is insufficient for CUDA runtime version`.

    Seen by: cuDriverGetVersion against `cuda_version` in build_info.py; without it, the driver's version against
    NVIDIA's table.

    Fix: update the driver.

    Source: NVIDIA, CUDA Minor Version Compatibility; https://github.com/tensorflow/tensorflow/issues/21832
    """
    built = release(facts.tensorflow.cuda_version if facts.tensorflow else None)
    if built is None or facts.driver is None or facts.driver.library is None:
        return None
    major, supported = built[0], facts.driver.cuda_version
    installed = (facts.nvml.driver_version if facts.nvml else None) or facts.module_version
    floor = DRIVER_FLOOR.get(major)
    if supported is not None:
        old = supported // 1000 < major
        evidence = seen("cuDriverGetVersion", supported, f"{major}000 or more")
    else:
        have = release(installed)
        old = floor is not None and have is not None and have < (release(floor) or ())
        evidence = seen("version of the driver", installed, f"{floor} or newer")
    if not old:
        return None
    return Match(
        certainty="certain" if supported is not None else "likely",
        title=f"The NVIDIA driver is too old for CUDA {major}, which this TensorFlow uses",
        evidence=[evidence],
        fixes=[
            admin(
                f"Update the driver to {floor or 'a newer one'} or newer, then reboot",
                "Ubuntu: sudo ubuntu-drivers install. Debian: sudo apt install nvidia-driver. Containers: on the host.",
                NVIDIA_SMI,
            )
        ],
    )


@rule("cc-below-minimum", gate=12, title="The GPU is older than TensorFlow supports", label="GPU too old")
def cc_below_minimum(facts: Facts) -> Match | None:
    """Means: TensorFlow ignores GPUs with a compute capability below 3.5.

    Seen by: the compute capability that the CUDA driver reports. TensorFlow says `Ignoring visible gpu device`.

    Fix: another GPU; there is no wheel for this one.

    Source: tensorflow/core/common_runtime/gpu/gpu_device.cc; measured with 2.21.0
    """
    bad = [one for one in _devices(facts) if _capability(one) < MINIMUM_CAPABILITY]
    title = "{} is older than TensorFlow supports"
    return _per_device(facts, bad, title, "3.5 or more", []) if facts.is_cuda_build else None


@rule(
    "cc-no-binary",
    gate=12,
    title="This TensorFlow has no code for the GPU",
    label="GPU too old for this TensorFlow",
    listed=True,
)
def cc_no_binary(facts: Facts) -> Match | None:
    """Means: the wheel has neither machine code nor PTX for this GPU's compute capability. TensorFlow lists the GPU all
    the same, and operations fail; its message about compiling from PTX is misleading here.

    Seen by: `cuda_compute_capabilities` in build_info.py against the compute capability that the driver reports.

    Fix: the last TensorFlow with code for it.

    Source: build_info.py of the wheels 2.14 to 2.21; TensorFlow's .bazelrc on sm_ and compute_
    """
    bad = [one for one in _no_machine_code(facts) if not runs_compiled(_capability(one), _built_for(facts))]
    last = {version for one in bad if (version := LAST_WITH_BINARY.get(_capability(one)))}
    fixes = [pip_install(facts, f"Install TensorFlow {one}", [f"tensorflow[and-cuda]=={one}"]) for one in sorted(last)]
    return _per_device(
        facts, bad, "This TensorFlow has no code for {}", f"one of {', '.join(_built_for(facts))}", fixes
    )


@rule(
    "cc-too-new-ptx-jit",
    gate=12,
    title="The GPU is newer than this TensorFlow",
    label="GPU too new for this TensorFlow",
    severity="degrades",
    listed=True,
)
def cc_too_new(facts: Facts) -> Match | None:
    """Means: the wheel has no machine code for this GPU; the driver compiles it from PTX at the first run, which takes
    up to half an hour. On GeForce RTX 50 (12.0) that compilation is known to fail with CUDA_ERROR_INVALID_PTX.

    Seen by: `cuda_compute_capabilities` in build_info.py against the compute capability that the driver reports.

    Fix: NVIDIA's container, which is built for it; or keep the compiled code in a larger cache.

    Source: https://github.com/tensorflow/tensorflow/issues/101746; https://github.com/tensorflow/tensorflow/issues/99592
    """
    bad = [one for one in _no_machine_code(facts) if runs_compiled(_capability(one), _built_for(facts))]
    fixes = [
        admin(
            "Use NVIDIA's container, which is built for this GPU",
            "nvcr.io/nvidia/tensorflow:25.02-tf2-py3 (docker run --gpus all ...)",
        ),
        kernel_env(
            "Keep what was compiled (kernel.json), then restart the kernel",
            {"CUDA_CACHE_MAXSIZE": "4294967296"},
            "The second start of the same notebook no longer waits.",
        ),
    ]
    return _per_device(facts, bad, "{} is newer than this TensorFlow", f"one of {', '.join(_built_for(facts))}", fixes)


@rule(
    "too-few-multiprocessors",
    gate=12,
    title="TensorFlow ignores a GPU because it is small",
    label="GPU has too few processors",
    severity="degrades",
)
def too_few_multiprocessors(facts: Facts) -> Match | None:
    """Means: TensorFlow ignores GPUs with fewer multiprocessors than 8, or than the largest GPU has if that is less;
    TF_MIN_GPU_MULTIPROCESSOR_COUNT sets another limit.

    Seen by: the number of multiprocessors that the CUDA driver reports. TensorFlow says `Ignoring visible gpu device`.

    Fix: set TF_MIN_GPU_MULTIPROCESSOR_COUNT before TensorFlow is imported.

    Source: tensorflow/core/common_runtime/gpu/gpu_device.cc; measured with 2.21.0
    """
    devices = _devices(facts)
    if not devices or not facts.is_cuda_build:
        return None
    stated = facts.value("TF_MIN_GPU_MULTIPROCESSOR_COUNT") or ""
    limit = min(MULTIPROCESSORS_MINIMUM, max(one.multiprocessors for one in devices))
    limit = int(stated) if stated.isdecimal() else limit
    small = [one for one in devices if 0 < one.multiprocessors < limit]
    if not small:
        return None
    fewest = str(min(one.multiprocessors for one in small))
    variable = {"TF_MIN_GPU_MULTIPROCESSOR_COUNT": fewest}
    return Match(
        severity="blocks-gpu" if len(small) == len(devices) else None,
        evidence=[seen(f"multiprocessors of {one.name}", one.multiprocessors, f"{limit} or more") for one in small],
        fixes=[kernel_env("Lower the limit in the kernel's kernel.json, then restart", variable)],
    )


@rule(
    "cudnn-older-than-compiled",
    gate=12,
    title="cuDNN is older than the one TensorFlow was built with",
    label="cuDNN too old",
    severity="degrades",
    listed=True,
)
def cudnn_older(facts: Facts) -> Match | None:
    """Means: the GPU is registered, but convolutions and recurrent layers fail: `Loaded runtime CuDNN library: 9.1.0
    but source was compiled with: 9.3.0`.

    Seen by: the version of the cuDNN wheel from which libcudnn is loaded, or the one in the file's name elsewhere,
    against the version of TensorFlow's build.

    Fix: install the cuDNN that this TensorFlow asks for; an older one in LD_LIBRARY_PATH must go from there.

    Source: https://github.com/tensorflow/tensorflow/issues/60913; measured with 2.21.0
    """
    known = RELEASES.get((facts.version or ())[:2])
    library = next((one for one in facts.libraries if one.soname.startswith("libcudnn.")), None)
    if known is None or library is None or library.path is None:
        return None
    wheel = next((one for one in facts.wheels if one.name == library.wheel), None)
    by_wheel = "/nvidia/cudnn/lib/" in library.path
    version = (wheel.version if wheel else None) if by_wheel else library.version
    have = release(version)
    if have is None or have[0] != known.cudnn[0] or have[:2] >= known.cudnn:
        return None
    word = ".".join(str(number) for number in known.cudnn)
    wanted = pinned(facts, library.wheel)
    if wanted == library.wheel:
        wanted = known.cudnn_requirement or f"{library.wheel}>={word}"
    install = pip_install(facts, "Install the cuDNN that TensorFlow asks for", [wanted], verified_by=FINDING_GONE)
    return Match(
        title=f"cuDNN {version} is older than the {word} that TensorFlow was built with",
        evidence=[seen(library.wheel if by_wheel else library.path, version, f"{word} or newer")],
        fixes=_without_folders(facts, [library]) if library.found_in == "LD_LIBRARY_PATH" else [install],
    )


@rule(
    "torch-or-jax-overrode-nvidia-wheels",
    gate=12,
    title="The NVIDIA wheels are not in the versions that TensorFlow asks for",
    label="NVIDIA wheels changed",
    severity="degrades",
    listed=True,
)
def overridden_wheels(facts: Facts) -> Match | None:
    """Means: PyTorch and JAX bring the same wheels in other versions; the one installed last wins. Newer ones of the
    same CUDA usually work all the same, and are only noted; older ones may lack what TensorFlow was built against.

    Seen by: installed versions of the wheels that TensorFlow needs for a GPU, against its and-cuda extra.

    Fix: install TensorFlow last, or give each framework an environment of its own.

    Source: metadata of TensorFlow's wheels; https://github.com/tensorflow/tensorflow/issues/60913
    """
    if not facts.is_cuda_build:
        return None
    needed = {one.wheel for one in facts.libraries} | set(DEPENDENCY_WHEELS.values())
    extra = (requirement(line) for line in (facts.tensorflow.and_cuda_requires if facts.tensorflow else []))
    asked = {one.name: one for one in extra if one and one.name in needed}
    wrong = [
        one for one in facts.wheels if one.name in asked and satisfied(one.version, asked[one.name].specifier) is False
    ]
    if not wrong:
        return None
    culprits = [found for name in ("torch", "jax") if (found := facts.distribution(name))]
    evidence = [seen(one.name, one.version, asked[one.name].specifier) for one in wrong]
    evidence += [seen(f"distribution {one.name}", one.version, "an environment of its own") for one in culprits]
    newer = all(_newer_alike(one.version, asked[one.name].specifier) for one in wrong)
    return Match(
        severity="info" if newer else None,
        title="The NVIDIA wheels are newer than those that TensorFlow asks for" if newer else None,
        certainty="likely",
        evidence=evidence,
        fixes=[msgspec.structs.replace(fix, verified_by=FINDING_GONE) for fix in cuda_extra(facts)],
    )


def _newer_alike(version: str, specifier: str) -> bool:
    """Return whether a version is newer than the one that is asked for, and of the same major."""
    have, wanted = release(version), [release(one) or () for one in re.findall(r"(?:==|>=)([\d.]+)", specifier)]
    return have is not None and bool(wanted) and all(have >= one and have[:1] == one[:1] for one in wanted)


@rule(
    "ld-library-path-shadows-wheels",
    gate=12,
    title="LD_LIBRARY_PATH leads to other CUDA libraries than the wheels",
    label="LD_LIBRARY_PATH hides wheels",
    severity="info",
)
def ld_library_path_shadows(facts: Facts) -> Match | None:
    """Means: the loader looks into LD_LIBRARY_PATH before it looks beside TensorFlow, so a system's CUDA wins over the
    wheels. That does harm only where its version does not fit.

    Seen by: the library is found by LD_LIBRARY_PATH while its wheel is installed too.

    Fix: take the folders out of LD_LIBRARY_PATH for this kernel.

    Source: ld.so(8); measured with TensorFlow 2.21.0
    """
    names = {one.name for one in facts.wheels}
    shadowed: list[Library] = [
        one for one in facts.libraries if one.found_in == "LD_LIBRARY_PATH" and one.wheel in names
    ]
    shadowed = [one for one in shadowed if not in_a_wheel(one.path)]
    if not shadowed:
        return None
    return Match(
        evidence=[
            seen(f"{one.soname}, as the loader finds it", one.path, f"the file of {one.wheel}") for one in shadowed
        ],
        fixes=_without_folders(facts, shadowed),
    )


def _without_folders(facts: Facts, libraries: list[Library]) -> list[Fix]:
    """Return how to start the kernel without the folders of these libraries in LD_LIBRARY_PATH."""
    folders = {(one.path or "").rpartition("/")[0] for one in libraries}
    parts = (facts.at_start("LD_LIBRARY_PATH") or "").split(":")
    rest = ":".join(one for one in parts if one.rstrip("/") not in folders)
    title = "Start the kernel without that folder in LD_LIBRARY_PATH (kernel.json), then restart it"
    return [kernel_env(title, {"LD_LIBRARY_PATH": rest}, FINDING_GONE)]


def _built_for(facts: Facts) -> list[str]:
    return facts.tensorflow.compute_capabilities if facts.tensorflow else []


def _devices(facts: Facts) -> list[CudaDevice]:
    """Return the GPUs that CUDA lists for TensorFlow, or would without CUDA_VISIBLE_DEVICES."""
    driver = facts.cuda if facts.cuda and facts.cuda.devices else facts.driver
    return driver.devices if driver else []


def _capability(device: CudaDevice) -> Release:
    return release(device.compute_capability) or ()


def _no_machine_code(facts: Facts) -> list[CudaDevice]:
    built_for = _built_for(facts)
    supported = [
        one for one in _devices(facts) if len(_capability(one)) == 2 and _capability(one) >= MINIMUM_CAPABILITY
    ]
    return [one for one in supported if built_for and not runs_natively(_capability(one), built_for)]


def _per_device(facts: Facts, bad: list[CudaDevice], title: str, expected: str, fixes: list[Fix]) -> Match | None:
    """Return the match on some GPUs, the first of them in the title; it harms little while another one is fine."""
    if not bad:
        return None
    return Match(
        severity=None if len(bad) == len(_devices(facts)) else "info",
        title=title.format(f"{bad[0].name} (compute capability {bad[0].compute_capability})"),
        evidence=[seen(f"compute capability of {one.name}", one.compute_capability, expected) for one in bad],
        fixes=fixes,
    )
