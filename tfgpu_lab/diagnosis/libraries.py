"""Rules on CUDA's libraries: which TensorFlow needs, which the loader finds, why one is missing (gate 11)."""

import re

from ..models.environment import Library
from ..models.finding import Evidence, Fix
from .facts import Facts
from .fixes import (
    LISTS_GPU,
    code,
    command,
    cuda_extra,
    gpu_tensorflow,
    kernel_env,
    pinned,
    pip_install,
    restart,
    with_folder,
)
from .missing import beside, is_cudnn, missing_for, other_majors, site
from .rule import Match, rule, seen
from .tensorflow_facts import DEPENDENCY_WHEELS, RECOMMENDED, RELEASES

_NEEDED = re.compile(r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file")
_DAMAGED = re.compile(r"file too short|invalid ELF header|wrong ELF class|not an ELF")


def _not_found(libraries: list[Library]) -> list[Evidence]:
    return [
        seen(one.soname, f"not found; lies at {', '.join(one.elsewhere)}" if one.elsewhere else "not found", "found")
        for one in libraries
    ]


@rule(
    "cuda-extra-missing",
    gate=11,
    title="TensorFlow was installed without CUDA's libraries",
    label="CUDA libraries not installed",
)
def cuda_extra_missing(facts: Facts) -> Match | None:
    """Means: `pip install tensorflow` alone brings no CUDA libraries, and this machine has none of its own.

    Seen by: a CUDA build, no NVIDIA wheels, and none of the libraries that TensorFlow needs is found anywhere.
    TensorFlow says `Could not find cuda drivers on your machine`: it means libcudart, not the driver.

    Fix: install the extra and-cuda for the TensorFlow that is installed, such as
    `pip install "tensorflow[and-cuda]==2.20.0"` with the kernel's own pip.

    Source: tensorflow/docs site/en/install/pip.md; https://github.com/tensorflow/tensorflow/issues/62080
    """
    missing = missing_for(facts, "cuda-extra-missing")
    if not missing or not facts.is_cuda_build:
        return None
    return Match(
        evidence=[
            seen("nvidia-* wheels", "none of those needed", "those of the extra and-cuda"),
            seen("search of LD_LIBRARY_PATH, RUNPATH, ld.so.cache", f"{len(missing)} libraries not found", "all found"),
        ],
        fixes=cuda_extra(facts),
    )


@rule(
    "tf221-cusolver-runpath",
    gate=11,
    title="TensorFlow does not find the cuSOLVER that it installed",
    label="cuSOLVER not found (TF bug)",
)
def tf221_cusolver_runpath(facts: Facts) -> Match | None:
    """Means: TensorFlow 2.21.0 was released without `nvidia/cusolver/lib` in the search path of its own library, so it
    skips every GPU although `tensorflow[and-cuda]` installed all it needs.

    Seen by: libcusolver.so.11 lies in the wheel beside TensorFlow, the RUNPATH of libtensorflow_framework.so.2 has no
    such entry, and no other folder of the loader has the file.

    Fix: for good, a link in site-packages (`ln -s ../../cusolver/lib/libcusolver.so.11 nvidia/cublas/lib/`), or the
    folder nvidia/cusolver/lib in LD_LIBRARY_PATH of the kernel's kernel.json, or TensorFlow 2.20.0. In a kernel that
    has not listed devices yet, `ctypes.CDLL` with the file's full path mends it at once. The links into `tensorflow/`
    that the installation guide suggests do not help here.

    Source: https://github.com/tensorflow/tensorflow/pull/112973; measured with 2.20.0 and 2.21.0
    """
    missing = missing_for(facts, "tf221-cusolver-runpath")
    if not missing or facts.tensorflow is None:
        return None
    path = beside(facts, missing[0]) or ""
    here = site(facts)
    lists = "`tf.config.list_physical_devices('GPU')` lists the GPU."
    now = code("Now, before TensorFlow looks for devices", f'import ctypes\nctypes.CDLL("{path}")', lists)
    fixes = [] if facts.asked else [now]
    tried = (
        seen("the same file opened by its full path", "it loads", "the loader finds it")
        if missing[0].preloads
        else None
    )
    if any(one.endswith("nvidia/cublas/lib") for one in facts.tensorflow.runpath):
        link = f'ln -s ../../cusolver/lib/{missing[0].soname} "{here}/nvidia/cublas/lib/"'
        fixes.append(command("For this environment: link it where TensorFlow looks, then restart the kernel", link))
    fixes += [
        kernel_env("For this kernel (kernel.json), then restart it", with_folder(facts, path.rpartition("/")[0])),
        pip_install(facts, f"Install TensorFlow {RECOMMENDED} instead", [f"tensorflow[and-cuda]=={RECOMMENDED}"]),
    ]
    return Match(
        title=f"TensorFlow {facts.tensorflow.version or ''} does not find the cuSOLVER that it installed".replace(
            "  ", " "
        ),
        evidence=[
            *_not_found(missing),
            seen(
                "RUNPATH of libtensorflow_framework.so.2", "no entry nvidia/cusolver/lib", f"{here}/nvidia/cusolver/lib"
            ),
            *([tried] if tried else []),
        ],
        fixes=fixes,
    )


@rule(
    "tf2161-runpath",
    gate=11,
    title="TensorFlow 2.16.1 does not find the CUDA libraries that it installed",
    label="TF 2.16.1 finds no CUDA libraries",
)
def tf2161_runpath(facts: Facts) -> Match | None:
    """Means: TensorFlow 2.16.1 searches only one of its NVIDIA wheels, so it skips every GPU.

    Seen by: version 2.16.1, and libraries that lie in the wheels beside TensorFlow but in no folder of its RUNPATH.

    Fix: TensorFlow 2.16.2 or newer.

    Source: https://github.com/tensorflow/tensorflow/issues/63362; RUNPATH read from the wheels
    """
    missing = missing_for(facts, "tf2161-runpath")
    if not missing:
        return None
    folders = ":".join(dict.fromkeys((beside(facts, one) or "").rpartition("/")[0] for one in missing))
    return Match(
        evidence=_not_found(missing),
        fixes=[
            pip_install(facts, "Install TensorFlow 2.16.2", ["tensorflow[and-cuda]==2.16.2"]),
            kernel_env("Name the folders in the kernel's kernel.json, then restart", with_folder(facts, folders)),
        ],
    )


@rule(
    "nvidia-wheels-elsewhere",
    gate=11,
    title="The NVIDIA wheels are in another place than TensorFlow",
    label="NVIDIA wheels elsewhere",
)
def nvidia_wheels_elsewhere(facts: Facts) -> Match | None:
    """Means: TensorFlow looks for its libraries beside its own folder; the wheels were installed into another
    site-packages (the user's, or that of a base environment).

    Seen by: the missing libraries lie in `nvidia/*/lib` of another folder than TensorFlow's.

    Fix: install both in the same environment with the same command.

    Source: measured with a simulated driver
    """
    missing = missing_for(facts, "nvidia-wheels-elsewhere")
    if not missing:
        return None
    evidence = _not_found(missing)
    evidence.append(seen("folder of TensorFlow", site(facts), "the folder of the NVIDIA wheels"))
    return Match(evidence=evidence, fixes=cuda_extra(facts))


@rule("cuda-major-mismatch", gate=11, title="CUDA of another major version is installed", label="wrong CUDA version")
def cuda_major_mismatch(facts: Facts) -> Match | None:
    """Means: TensorFlow needs the libraries of one CUDA major (12 from 2.15 on); those of another cannot stand in.

    Seen by: the needed library is missing, while the NVIDIA wheel of another major is installed, or most of the missing
    libraries lie on this machine in another major version.

    Fix: install the extra and-cuda (`pip install "tensorflow[and-cuda]==2.20.0"`); it brings the right ones beside the
    others. Never link one major to another.

    Source: https://github.com/tensorflow/tensorflow/issues/59413; https://github.com/tensorflow/tensorflow/issues/117538
    """
    missing = missing_for(facts, "cuda-major-mismatch")
    if not missing:
        return None
    others = sorted({name for one in missing for name in other_majors(facts, one)})
    return Match(
        evidence=[*_not_found(missing), seen("installed instead", ", ".join(others), missing[0].soname)],
        fixes=cuda_extra(facts),
    )


@rule("cudnn-major-mismatch", gate=11, title="cuDNN of another major version is installed", label="wrong cuDNN version")
def cudnn_major_mismatch(facts: Facts) -> Match | None:
    """Means: TensorFlow opens one major of cuDNN (9 from 2.18 on, 8 before) and finds another.

    Seen by: the needed libcudnn is missing, while its wheel or a file of it is installed in another major version.

    Fix: install the cuDNN wheel that this TensorFlow asks for.

    Source: metadata of TensorFlow's wheels; https://github.com/tensorflow/tensorflow/issues/60913
    """
    missing = missing_for(facts, "cudnn-major-mismatch")
    if not missing:
        return None
    wheel = missing[0].wheel
    have = next((one.version for one in facts.wheels if one.name == wheel), None)
    wanted = pinned(facts, wheel)
    known = RELEASES.get((facts.version or ())[:2])
    if wanted == wheel and known and known.cudnn_requirement:
        wanted = known.cudnn_requirement
    other = missing[0].other_versions
    there = f"cuDNN {have}" if have else other[0].rpartition("/")[2]
    return Match(
        title=f"{there} is installed, TensorFlow needs {missing[0].soname}",
        evidence=[*_not_found(missing), seen(wheel if have else "installed instead", have or ", ".join(other), wanted)],
        # A release without pins does not look into the wheels either.
        fixes=cuda_extra(facts)
        if wanted == wheel
        else [pip_install(facts, "Install the cuDNN that TensorFlow asks for", [wanted])],
    )


@rule("cuda-lib-missing", gate=11, title="A CUDA library is missing", label="CUDA library missing")
def cuda_lib_missing(facts: Facts) -> Match | None:
    """Means: TensorFlow opens seven libraries before it registers a GPU, all or nothing; at least one is missing.

    Seen by: the loader's own search order (LD_LIBRARY_PATH at start, RUNPATH, ld.so.cache, default folders) leads to no
    file. TensorFlow says `Cannot dlopen some GPU libraries` and does not say which.

    Fix: install the wheel that carries it (nvidia-cudnn-cu12, nvidia-cublas-cu12 ...), in the version that TensorFlow
    asks for; or name the folder where it lies in LD_LIBRARY_PATH of the kernel's kernel.json.

    Source: xla/tsl/platform/default/dlopen_checker.cc; https://github.com/tensorflow/tensorflow/issues/66987
    """
    missing = missing_for(facts, "cuda-lib-missing")
    if not missing or facts.tensorflow is None:
        return None
    names = ", ".join(one.soname for one in missing)
    fixes: list[Fix] = []
    loads = [one.preloads for one in missing if one.preloads]
    if len(loads) == len(missing) and not facts.asked:
        text = "import ctypes\n" + "\n".join(f'ctypes.CDLL("{path}")' for path in loads)
        lists = "`tf.config.list_physical_devices('GPU')` lists the GPU."
        fixes.append(code("Now, before TensorFlow looks for devices", text, lists))
    if all(one.elsewhere for one in missing):
        folders = ":".join(dict.fromkeys(one.elsewhere[0].rpartition("/")[0] for one in missing))
        found = with_folder(facts, folders)
        fixes.append(kernel_env("Name the folders in the kernel's kernel.json, then restart the kernel", found))
    if facts.tensorflow.and_cuda_requires:
        wheels = dict.fromkeys(pinned(facts, one.wheel) for one in missing)
        title = "Install the wheels that carry them"
        fixes.append(pip_install(facts, title, wheels, "--force-reinstall --no-deps "))
    else:
        fixes += gpu_tensorflow(facts)
    return Match(
        title=f"{names} {'is' if len(missing) == 1 else 'are'} missing",
        family="cudnn-missing" if all(is_cudnn(one) for one in missing) else None,
        evidence=_not_found(missing),
        fixes=fixes,
    )


@rule(
    "cuda-lib-dependency-missing",
    gate=11,
    title="A CUDA library lacks a library that it needs itself",
    label="CUDA library lacks another",
)
def cuda_lib_dependency_missing(facts: Facts) -> Match | None:
    """Means: the file is there, but one that it depends on is not (libcusparse needs libnvJitLink).

    Seen by: dlopen of the file in a child process fails and names another library.

    Fix: install the wheel of the other library in the version that TensorFlow asks for.

    Source: dlopen(3); measured with TensorFlow 2.21.0
    """
    needed = {one.soname: found.group(1) for one in facts.libraries if (found := _dependency(one))}
    if not needed:
        return None
    wheels = dict.fromkeys(
        pinned(facts, DEPENDENCY_WHEELS[name]) for name in needed.values() if name in DEPENDENCY_WHEELS
    )
    fixes = cuda_extra(facts)
    if wheels:
        fixes.insert(
            0, pip_install(facts, "Install the library that is needed", wheels, "--force-reinstall --no-deps ")
        )
    return Match(
        title="; ".join(f"{library} needs {other}, which is missing" for library, other in needed.items()),
        evidence=[
            seen(f"dlopen {one.path}", one.load_error, "it loads") for one in facts.libraries if one.soname in needed
        ],
        fixes=fixes,
    )


@rule("cuda-lib-corrupt", gate=11, title="A CUDA library is there and does not load", label="CUDA library damaged")
def cuda_lib_corrupt(facts: Facts) -> Match | None:
    """Means: the file is cut short, belongs to another kind of machine, or does not fit its neighbours.

    Seen by: dlopen of the file in a child process fails, and not for want of another library.

    Fix: install its wheel anew; look whether the disk is full.

    Source: dlopen(3); measured with TensorFlow 2.21.0
    """
    broken = [one for one in facts.libraries if one.load_error and not _dependency(one)]
    if not broken:
        return None
    wheels = dict.fromkeys(pinned(facts, one.wheel) for one in broken)
    certain = all(_DAMAGED.search(one.load_error or "") for one in broken)
    fixes = [pip_install(facts, "Install them anew", wheels, "--force-reinstall --no-cache-dir --no-deps ")]
    if any(one.found_in == "LD_LIBRARY_PATH" for one in broken):
        fixes = [restart("Take the folder out of LD_LIBRARY_PATH where it is set, then restart the kernel.", LISTS_GPU)]
    return Match(
        certainty="certain" if certain else "likely",
        title=f"{', '.join(one.soname for one in broken)} {'does' if len(broken) == 1 else 'do'} not load",
        evidence=[seen(f"dlopen {one.path}", one.load_error, "it loads") for one in broken],
        fixes=fixes,
    )


def _dependency(library: Library) -> "re.Match[str] | None":
    found = _NEEDED.search(library.load_error or "")
    return found if found and found.group(1) != library.soname else None
