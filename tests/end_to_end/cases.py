"""One simulated machine a cause: what is wrong with it, and what TensorFlow then does."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.end_to_end.environment import WHEELS, SimulatedEnvironment
from tests.end_to_end.machine import ABSENT, DENIED, FORBIDDEN, HEALTHY, NO_NODES, OPENS, Machine
from tests.end_to_end.native import built
from tests.simulated import library

Prepare = Callable[[SimulatedEnvironment], object]


@dataclass(frozen=True)
class Case:
    """What is changed, and what comes of it."""

    cause: str
    """The first finding."""
    prepare: Prepare = lambda environment: environment.mend()
    """What is changed in an environment with all wheels."""
    env: dict[str, str] = field(default_factory=dict)
    """Variables of the kernel: knobs of the simulated driver, or real ones."""
    machine: Machine | None = None
    """What else the kernel sees."""
    gpus: int = 0
    """How many GPUs TensorFlow lists."""
    verdict: str = "cpu-fallback"
    """What is foretold."""
    error: str | None = None
    """What TensorFlow's first operation says, when it fails."""
    says: str | None = None
    """What TensorFlow writes to stderr."""
    alone: bool = False
    """Whether TensorFlow is imported without any wheel."""
    name: str = ""
    """Which of several cases of a cause."""


def mended(*changes: Prepare) -> Prepare:
    """Return the preparation of an environment in which nothing but these changes is wrong."""

    def prepare(environment: SimulatedEnvironment) -> None:
        environment.mend()
        for change in changes:
            change(environment)

    return prepare


def _without_dependency(environment: SimulatedEnvironment) -> None:
    there = environment.lib("cusparse")
    needed = library(environment.home / "libnvJitLink.so.12")
    library(there / "libcusparse.so.12", needs=[needed], rpath="$ORIGIN/../../nvjitlink/lib")
    needed.unlink()
    environment.remove("nvjitlink")


def _cuda_13(environment: SimulatedEnvironment) -> None:
    environment.remove("cufft")
    environment.wheel("cufft", "12.0.0.61", major="cu13", names=["libcufft.so.12"])


def _cudnn_8(environment: SimulatedEnvironment) -> None:
    environment.remove("cudnn")
    environment.wheel("cudnn", "8.9.7.29", names=["libcudnn.so.8"])


def _system(*names: str) -> Prepare:
    return lambda environment: [environment.driver_file(environment.system, name) for name in names]


_CUDA_11 = _system("libcudart.so.11.0", "libcublas.so.11", "libcublasLt.so.11", "libcufft.so.10", "libcudnn.so.8")


def _cudnn_91(environment: SimulatedEnvironment) -> None:
    environment.remove("cudnn")
    environment.wheel("cudnn", "9.1.0.70")


def _moved(environment: SimulatedEnvironment) -> None:
    (environment.site / "nvidia").rename(environment.home / "nvidia")
    for info in environment.site.glob("nvidia_*_cu12-*.dist-info"):
        info.rename(environment.home / info.name)


def _no_driver(environment: SimulatedEnvironment) -> None:
    environment.without("libcuda.so.1")
    environment.without("libnvidia-ml.so.1")


def _stub(environment: SimulatedEnvironment) -> None:
    environment.driver_file(environment.stubs)


def _compat(environment: SimulatedEnvironment) -> None:
    environment.driver_file(environment.compat)


def _cut_short(environment: SimulatedEnvironment) -> None:
    (environment.lib("cudnn") / "libcudnn.so.9").write_bytes(b"\x7fELF")


CUINIT, NVML = "SIMULATED_CUINIT", "SIMULATED_NVML"
NO_GPU = "CUDA_ERROR_NO_DEVICE"
SKIPPED = "Cannot dlopen some GPU libraries"
WSL2 = "5.15.167.4-microsoft-standard-WSL2"
POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}

LIBRARIES = [
    Case("tf221-cusolver-runpath", lambda environment: None, says="'libcusolver.so.11'"),
    Case("cuda-extra-missing", lambda environment: environment.remove(*WHEELS), alone=True, says=SKIPPED),
    Case("cuda-lib-missing", mended(lambda e: e.remove("cudnn")), name="cudnn", says="'libcudnn.so.9'"),
    Case("cuda-lib-missing", mended(lambda e: e.remove("cusparse")), name="cusparse", says="'libcusparse.so.12'"),
    Case("cuda-lib-dependency-missing", mended(_without_dependency), says="libnvJitLink.so.12: cannot open"),
    Case("cuda-lib-corrupt", mended(_cut_short), says="file too short"),
    Case("cuda-major-mismatch", mended(_cuda_13), name="wheel", says=SKIPPED),
    Case(
        "cuda-major-mismatch",
        mended(_CUDA_11, lambda e: e.remove(*WHEELS)),
        name="system",
        alone=True,
        says=SKIPPED,
    ),
    Case("cudnn-major-mismatch", mended(_cudnn_8), name="wheel", says=SKIPPED),
    Case(
        "cudnn-major-mismatch",
        mended(_system("libcudnn.so.8"), lambda e: e.remove("cudnn")),
        name="system",
        says=SKIPPED,
    ),
    Case(
        "cudnn-older-than-compiled",
        mended(_cudnn_91),
        env={"SIMULATED_CUDNN": "90100"},
        gpus=1,
        verdict="gpu-ready",
    ),
    Case(
        "ld-library-path-shadows-wheels",
        mended(lambda e: e.driver_file(e.system, "libcudnn.so.9")),
        gpus=1,
        verdict="gpu-ready",
    ),
    Case("nvidia-wheels-elsewhere", _moved, env={"PYTHONPATH": "$HOME"}, says=SKIPPED),
]

_DRIVER = [
    Case("nvml-missing", mended(lambda e: e.without("libnvidia-ml.so.1")), says="'libnvidia-ml.so.1'"),
    *(Case("nvml-init-failed", env={NVML: code}, name=code) for code in ("4", "9", "18", "999")),
    Case(
        "driver-too-old",
        env={"SIMULATED_CUDA_VERSION": "11040", "SIMULATED_GET_DEVICE_ERROR": "35"},
        gpus=1,
        error="CUDA driver version is insufficient",
    ),
    Case("libcuda-is-stub", mended(_stub), env={CUINIT: "34"}, machine=HEALTHY, says="CUDA_ERROR_STUB_LIBRARY"),
    Case("cuda-compat-shadow", mended(_compat), env={CUINIT: "804"}, machine=HEALTHY, says="COMPAT_NOT_SUPPORTED"),
    Case(
        "libcuda-not-on-search-path",
        mended(_no_driver),
        machine=Machine(files={"/usr/local/nvidia/lib64/libcuda.so.1": built("libcuda.so.1")}),
        says="303",
    ),
    Case(
        "driver-library-mismatch",
        env={CUINIT: "803", NVML: "18"},
        machine=Machine(module="535.54.03"),
        says="kernel version 535.54.3 does not match DSO version 550.54.14",
    ),
    Case("driver-not-installed", mended(_no_driver), machine=Machine((("10de", None),), None, NO_NODES), says="303"),
    Case(
        "nouveau-or-vfio-bound", mended(_no_driver), machine=Machine((("10de", "nouveau"),), None, NO_NODES), says="303"
    ),
    Case(
        "kernel-module-not-loaded",
        env={CUINIT: "100", NVML: "9"},
        machine=Machine((("10de", None),), None, NO_NODES),
        says=NO_GPU,
    ),
    Case(
        "uvm-missing-or-suspend",
        env={CUINIT: "999"},
        machine=Machine(nodes={**HEALTHY.nodes, "nvidia-uvm": ABSENT}),
        says="CUDA_ERROR_UNKNOWN",
    ),
    Case("uvm-missing-or-suspend", env={CUINIT: "999"}, machine=HEALTHY, name="suspend", says="CUDA_ERROR_UNKNOWN"),
    Case("fabric-manager-down", env={CUINIT: "802"}, machine=HEALTHY, says="CUDA_ERROR_SYSTEM_NOT_READY"),
    Case("gpu-hardware-lost", env={CUINIT: "100", NVML: "15"}, machine=HEALTHY, says=NO_GPU),
    Case(
        "intel-or-no-nvidia-gpu",
        mended(_no_driver),
        machine=Machine((), None, NO_NODES),
        verdict="cpu-only",
        says="303",
    ),
    Case(
        "nouveau-or-vfio-bound",
        mended(_no_driver),
        machine=Machine((("10de", "vfio-pci"),), None, NO_NODES),
        name="vfio",
        says="303",
    ),
    *(
        Case("wsl2-no-cuda", prepare, env=env, machine=Machine((), None, nodes, release), verdict=verdict, name=name)
        for name, prepare, env, nodes, release, verdict in (
            ("no-dxg", mended(_no_driver), {}, NO_NODES, WSL2, "unknown"),
            ("no-driver-in-windows", mended(_no_driver), {}, {"dxg": OPENS}, WSL2, "cpu-fallback"),
            ("linux-driver-inside", mended(), {CUINIT: "100", NVML: "9"}, {"dxg": OPENS}, WSL2, "cpu-fallback"),
            ("version-1", mended(_no_driver), {}, NO_NODES, "4.4.0-22621-Microsoft", "unknown"),
        )
    ),
    Case("amd-needs-rocm", mended(_no_driver), machine=Machine((("1002", "amdgpu"),), None, NO_NODES), says="303"),
]
DRIVER = [replace(one, machine=replace(one.machine, bare_metal=True)) if one.machine else one for one in _DRIVER]
"""Outside of a container, wherever the tests themselves run."""

AROUND = [
    Case("container-no-gpu", mended(_no_driver), env=POD, machine=Machine(nodes=NO_NODES), says="303"),
    Case(
        "container-driver-capabilities",
        mended(lambda e: e.without("libnvidia-ml.so.1")),
        name="utility",
        env={**POD, "NVIDIA_DRIVER_CAPABILITIES": "compute"},
        machine=HEALTHY,
    ),
    Case(
        "container-driver-capabilities",
        mended(lambda e: e.without("libcuda.so.1")),
        name="compute",
        env={**POD, "NVIDIA_DRIVER_CAPABILITIES": "utility"},
        machine=HEALTHY,
        says="303",
    ),
    Case("scheduler-no-gpu", env={"SLURM_JOB_ID": "7", "CUDA_VISIBLE_DEVICES": "NoDevFiles"}, machine=HEALTHY),
    Case(
        "hosted-runtime-cpu",
        mended(_no_driver),
        env={"COLAB_RELEASE_TAG": "release-colab"},
        machine=Machine((), None, NO_NODES),
        verdict="cpu-only",
        says="303",
    ),
    Case(
        "cvd-hides-gpu",
        env={"CUDA_VISIBLE_DEVICES": "-1"},
        name="-1",
        machine=HEALTHY,
        says="CUDA_VISIBLE_DEVICES is set to -1 - this hides all GPUs",
    ),
    Case("cvd-hides-gpu", env={"CUDA_VISIBLE_DEVICES": ""}, name="empty", says=NO_GPU),
    Case("cvd-bad-entry", env={"CUDA_VISIBLE_DEVICES": "7"}, name="7", says=NO_GPU),
    Case(
        "cvd-bad-entry",
        env={"CUDA_VISIBLE_DEVICES": "0,9", "SIMULATED_GPUS": "2"},
        name="0,9",
        gpus=1,
        verdict="gpu-ready",
    ),
]

VERSIONS = [
    Case("cc-below-minimum", env={"SIMULATED_CAPABILITY": "30"}, says="The minimum required Cuda capability is 3.5"),
    Case("cc-no-binary", env={"SIMULATED_CAPABILITY": "50"}, gpus=1, says="compute capability 5.0"),
    Case(
        "cc-too-new-ptx-jit",
        env={"SIMULATED_CAPABILITY": "120"},
        gpus=1,
        verdict="gpu-ready",
        says="compute capability 12.0",
    ),
    Case(
        "too-few-multiprocessors",
        env={"SIMULATED_GPUS": "2", "SIMULATED_MULTIPROCESSORS": "132,5"},
        gpus=1,
        verdict="gpu-ready",
        name="second",
        says="with core count: 5",
    ),
    Case(
        "too-few-multiprocessors",
        env={"TF_MIN_GPU_MULTIPROCESSOR_COUNT": "200"},
        name="limit",
        says="with core count: 132",
    ),
]

SHARED = [
    Case("mig-misconfigured", env={CUINIT: "100", "SIMULATED_MIG": "1"}, machine=HEALTHY, says=NO_GPU),
    Case(
        "compute-mode-exclusive",
        env={"SIMULATED_COMPUTE_MODE": "2", "SIMULATED_CONTEXT_ERROR": "46"},
        gpus=1,
        name="prohibited",
        error="busy or unavailable",
    ),
    Case(
        "compute-mode-exclusive",
        gpus=1,
        name="taken",
        error="busy or unavailable",
        env={"SIMULATED_COMPUTE_MODE": "3", "SIMULATED_SET_DEVICE_ERROR": "46", "SIMULATED_PROCESS_PID": "4711"},
    ),
    Case(
        "gpu-init-oom-then-hang",
        gpus=1,
        error="out of memory",
        env={"SIMULATED_MEMORY_FREE_MB": "300", "SIMULATED_CONTEXT_ERROR": "2"},
    ),
    Case(
        "gpu-memory-hogged",
        gpus=1,
        verdict="gpu-ready",
        env={"SIMULATED_MEMORY_FREE_MB": "4000", "SIMULATED_PROCESS_PID": "4711"},
    ),
    Case(
        "device-node-permission",
        env={CUINIT: "100", NVML: "4"},
        machine=Machine(nodes=dict.fromkeys(HEALTHY.nodes, FORBIDDEN), powerless=True),
    ),
    Case(
        "device-cgroup-denied",
        env={CUINIT: "100", NVML: "4", "SLURM_JOB_ID": "7", "SLURM_JOB_GPUS": "0"},
        machine=Machine(nodes=dict.fromkeys(HEALTHY.nodes, DENIED)),
    ),
    Case(
        "container-lost-gpu",
        env={**POD, CUINIT: "100", NVML: "999"},
        machine=Machine(nodes=dict.fromkeys(HEALTHY.nodes, DENIED)),
    ),
]
"""Those on device files only: what the real driver answers there is not known; the errno is real."""

CASES = [*LIBRARIES, *DRIVER, *AROUND, *VERSIONS, *SHARED]
