"""Rules on how TensorFlow was built, and for which platform (gate 3)."""

import re

from ..models.finding import Evidence
from .facts import Facts
from .fixes import FINDING_GONE, LISTS_GPU, admin, command, cuda_extra, gpu_tensorflow, metal, windows_ways
from .rule import Match, rule, seen
from .tensorflow_facts import LAST_METAL, LAST_WINDOWS_GPU

_CONDA_TENSORFLOW = frozenset({"tensorflow", "tensorflow-base", "libtensorflow", "libtensorflow_cc", "tensorflow-cpu"})
_CPU_BUILD = re.compile(r"(cpu|mkl|eigen)")


def _build_info(facts: Facts) -> Evidence:
    built = facts.tensorflow
    name = f"{built.distribution} {built.version}" if built and built.distribution else "tensorflow"
    return seen(f"build_info.py of {name}", "is_cuda_build: False", "is_cuda_build: True")


@rule("windows-native-no-gpu", gate=3, title="TensorFlow has no GPU support on native Windows", label="native Windows")
def windows_native(facts: Facts) -> Match | None:
    """Means: TensorFlow 2.10 was the last with CUDA on native Windows; every later wheel computes on the CPU there.

    Seen by: `sys.platform` is win32 and TensorFlow is 2.11 or newer.

    Fix: run Jupyter in WSL2, or let Keras compute on PyTorch. TensorFlow 2.10 (Python 3.10 or older, CUDA 11.2,
    cuDNN 8.1) still works, but gets no more fixes.

    Source: tensorflow/docs site/en/install/pip.md; https://github.com/tensorflow/tensorflow/issues/62080
    """
    if facts.platform != "win32" or facts.version is None or facts.version[:2] <= LAST_WINDOWS_GPU or facts.plugin:
        return None
    word = ".".join(str(number) for number in facts.version)
    return Match(
        title=f"TensorFlow {word} has no GPU support on native Windows",
        evidence=[seen("sys.platform and TensorFlow's version", f"win32, {word}", "Linux, WSL2, or TensorFlow 2.10")],
        fixes=windows_ways(),
    )


@rule(
    "macos-no-metal", gate=3, title="Apple's plugin for TensorFlow is missing or does not fit", label="no Metal plugin"
)
def macos_no_metal(facts: Facts) -> Match | None:
    """Means: macOS has no CUDA; TensorFlow uses the GPU of a Mac only through Apple's plugin tensorflow-metal, whose
    newest release does not load into TensorFlow 2.18 and newer.

    Seen by: `sys.platform` is darwin, and the distribution tensorflow-metal is missing, or TensorFlow is newer than
    2.17.

    Fix: on Apple silicon install TensorFlow 2.17 with tensorflow-metal 1.1.0 (Python 3.12 or older).

    Source: https://github.com/tensorflow/tensorflow/issues/81987; https://github.com/tensorflow/tensorflow/issues/84167
    """
    if facts.platform != "darwin" or facts.tensorflow is None:
        return None
    plugin = facts.distribution("tensorflow-metal")
    if plugin is None:
        if facts.plugin:
            return None
        return Match(
            title="Apple's plugin tensorflow-metal is not installed",
            evidence=[seen("distribution tensorflow-metal", "not installed", "tensorflow-metal with TensorFlow 2.17")],
            fixes=metal(facts),
        )
    if facts.version is None or facts.version[:2] <= LAST_METAL:
        return None
    word = ".".join(str(number) for number in facts.version)
    return Match(
        certainty="likely",
        title=f"tensorflow-metal {plugin.version} does not load into TensorFlow {word}",
        evidence=[seen("versions", f"tensorflow-metal {plugin.version}, TensorFlow {word}", "TensorFlow 2.17")],
        fixes=metal(facts),
    )


@rule(
    "linux-aarch64-wheel-cpu-only",
    gate=3,
    title="PyPI's TensorFlow for ARM is built without GPU support",
    label="CPU-only TensorFlow for ARM",
)
def linux_aarch64(facts: Facts) -> Match | None:
    """Means: the wheel for 64-bit ARM on PyPI is a CPU build, although it offers the and-cuda extra.

    Seen by: `platform.machine()` is aarch64 and `is_cuda_build` in build_info.py is False.

    Fix: NVIDIA's own build: the NGC container, or the JetPack wheel on a Jetson.

    Source: build_info.py of tensorflow-2.21.0-cp311 for aarch64; tensorflow/docs site/en/install/pip.md
    """
    if facts.platform != "linux" or facts.machine != "aarch64" or not facts.is_cpu_build or facts.plugin:
        return None
    return Match(
        evidence=[seen("platform.machine()", "aarch64", "x86_64, for PyPI's CUDA builds"), _build_info(facts)],
        fixes=gpu_tensorflow(facts),
    )


@rule("conda-cpu-build", gate=3, title="conda chose the CPU build of TensorFlow", label="CPU-only TensorFlow (conda)")
def conda_cpu_build(facts: Facts) -> Match | None:
    """Means: conda has CPU and CUDA variants of TensorFlow and chose the CPU one, as it does where it sees no driver.

    Seen by: `is_cuda_build` is False, and the build string in conda-meta says `cpu`, `mkl` or `eigen` (certain); or it
    is False for the distribution `tensorflow` in a conda environment where the wheel of that name from PyPI is always a
    CUDA build (likely): on Linux on x86_64, and on Windows up to 2.10.

    Fix: ask for the CUDA variant by its build string: `conda install -c conda-forge "tensorflow=*=*cuda*"`, with
    CONDA_OVERRIDE_CUDA=12.6 before it on machines without a driver.

    Source: https://github.com/conda-forge/tensorflow-feedstock/issues/174
    """
    windows = _cpu_on_old_windows(facts)
    if not (windows or _cpu_on_linux_x86(facts)) or not _from_conda(facts) or facts.environment is None:
        return None
    prefix = facts.environment.interpreter.prefix
    known = facts.environment.conda
    strings = [one for one in (known.packages if known else []) if one.name in _CONDA_TENSORFLOW]
    evidence = [_build_info(facts), seen("environment", f"conda at {prefix}", "TensorFlow's CUDA variant")]
    evidence += [seen(f"conda's build of {one.name}", one.build, "cuda...") for one in strings]
    return Match(
        certainty="certain" if any(_CPU_BUILD.match(one.build) for one in strings) else "likely",
        evidence=evidence,
        fixes=windows_ways()
        if windows
        else [
            command(
                "Let conda install the CUDA variant, then restart the kernel",
                f'CONDA_OVERRIDE_CUDA="12.6" conda install -p "{prefix}" -c conda-forge "tensorflow=*=*cuda*"',
            )
        ],
    )


@rule("cpu-only-wheel", gate=3, title="The installed TensorFlow is built for the CPU only", label="CPU-only TensorFlow")
def cpu_only_wheel(facts: Facts) -> Match | None:
    """Means: this build of TensorFlow has no GPU code at all, so it never looks for a GPU and prints nothing about one.

    Seen by: `is_cuda_build` and `is_rocm_build` in the package's build_info.py are False, read without importing it.

    Fix: `pip uninstall tensorflow-cpu`, then `pip install "tensorflow[and-cuda]==2.20.0"`, both with the kernel's own
    pip. `tensorflow-cpu[and-cuda]` downloads CUDA and stays on the CPU.

    Source: tensorflow/docs site/en/install/pip.md; measured with tensorflow-cpu 2.21.0
    """
    if not (_cpu_on_linux_x86(facts) or _cpu_on_old_windows(facts)):
        return None
    if _from_conda(facts) or facts.tensorflow is None:
        return None
    name = facts.tensorflow.distribution
    evidence = [_build_info(facts)]
    if name:
        evidence.append(seen("distribution that owns the files", name, "tensorflow, with its and-cuda extra"))
    fixes = gpu_tensorflow(facts, uninstall=[name] if name else [])
    return Match(title=f"{name} is built for the CPU only" if name else None, evidence=evidence, fixes=fixes)


@rule(
    "cpu-only-image",
    gate=3,
    title="The container's image has no TensorFlow for the GPU",
    label="image without CUDA",
    severity="info",
)
def cpu_only_image(facts: Facts) -> Match | None:
    """Means: images such as tensorflow/tensorflow:latest-jupyter and quay.io/jupyter/tensorflow-notebook carry a CPU
    build, or a CUDA build without CUDA's libraries; their variants for the GPU have other tags.

    Seen by: a container, and in it a CPU build of TensorFlow, or none of CUDA's libraries, in an interpreter that is no
    virtual environment of the user's own.

    Fix: start the container from the image for the GPU, tensorflow/tensorflow:latest-gpu-jupyter or
    quay.io/jupyter/tensorflow-notebook:cuda-latest.

    Source: https://hub.docker.com/r/tensorflow/tensorflow; https://jupyter-docker-stacks.readthedocs.io
    """
    bare = facts.is_cuda_build and bool(facts.libraries) and all(one.path is None for one in facts.libraries)
    own = facts.environment is not None and facts.environment.interpreter.manager == "venv"
    if not facts.container or own or not (_cpu_on_linux_x86(facts) or bare):
        return None
    return Match(
        evidence=[
            seen("container", facts.container, "an image with CUDA"),
            seen("libraries", "none found", "found") if bare else _build_info(facts),
        ],
        fixes=[
            admin(
                "Start the container from an image with CUDA",
                "Use tensorflow/tensorflow:latest-gpu-jupyter or quay.io/jupyter/tensorflow-notebook:cuda-latest, "
                "started with the GPU (docker run --gpus all ...).",
                LISTS_GPU,
            )
        ],
    )


@rule(
    "conda-pip-mix",
    gate=3,
    title="TensorFlow is from pip, CUDA's libraries are from conda too",
    label="pip and conda mixed",
    severity="info",
)
def conda_pip_mix(facts: Facts) -> Match | None:
    """Means: a TensorFlow of pip in a conda environment that has CUDA libraries of its own: which of them are loaded
    depends on LD_LIBRARY_PATH, and they may not fit.

    Seen by: records of cudatoolkit, cudnn or cuda-* in conda-meta and none of TensorFlow, which is installed all the
    same.

    Fix: take both from one source.

    Source: https://github.com/tensorflow/tensorflow/issues/51684; https://github.com/tensorflow/tensorflow/issues/60101
    """
    known = facts.environment.conda if facts.environment else None
    if known is None or not facts.is_cuda_build or any(one.name in _CONDA_TENSORFLOW for one in known.packages):
        return None
    cuda = [one for one in known.packages if one.name not in _CONDA_TENSORFLOW]
    if not cuda:
        return None
    names = " ".join(one.name for one in cuda)
    prefix = facts.environment.interpreter.prefix if facts.environment else ""
    return Match(
        certainty="hint",
        evidence=[seen("records in conda-meta", f"{one.name} {one.version}", "none beside pip's") for one in cuda],
        fixes=[
            *cuda_extra(facts),
            command(
                "Remove conda's, then restart the kernel", f'conda remove -p "{prefix}" --force {names}', FINDING_GONE
            ),
        ],
    )


def _cpu_on_linux_x86(facts: Facts) -> bool:
    return facts.platform == "linux" and facts.machine == "x86_64" and facts.is_cpu_build and facts.plugin is None


def _cpu_on_old_windows(facts: Facts) -> bool:
    """Return whether it is a CPU build of a release that still had CUDA on native Windows."""
    old = (facts.version or LAST_WINDOWS_GPU)[:2] <= LAST_WINDOWS_GPU
    return facts.platform == "win32" and old and facts.is_cpu_build and facts.plugin is None


def _from_conda(facts: Facts) -> bool:
    known = facts.environment is not None and facts.environment.interpreter.manager == "conda"
    return known and facts.tensorflow is not None and facts.tensorflow.distribution == "tensorflow"
