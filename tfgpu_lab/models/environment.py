"""What is true of a kernel's interpreter and its surroundings before TensorFlow is imported (by guest/probe)."""

from typing import Literal

from msgspec import Struct, field

from .gpu import Hardware


class Interpreter(Struct, frozen=True, kw_only=True):
    """The Python that the kernel runs."""

    executable: str
    """`sys.executable`."""
    prefix: str
    """`sys.prefix`: the environment's folder."""
    base_prefix: str
    """`sys.base_prefix`: differs from `prefix` in a virtual environment."""
    version: str
    """Such as `3.11.7`."""
    platform: str
    """`sys.platform`: `linux`, `darwin`, `win32`."""
    machine: str
    """`platform.machine()`: `x86_64`, `aarch64`, `arm64`."""
    manager: Literal["venv", "conda", "system"]
    """What made the environment: decides how fixes are written."""


class Distribution(Struct, frozen=True, kw_only=True):
    """An installed Python distribution (importlib.metadata)."""

    name: str
    """Normalised name, such as `tensorflow-cpu`."""
    version: str
    """Its version."""
    location: str
    """The folder (site-packages) in which it is installed."""


class TensorFlowInstall(Struct, frozen=True, kw_only=True):
    """The TensorFlow that `import tensorflow` would import, read from its files without importing it."""

    origin: str
    """Path of the package's `__init__.py` (or the file that shadows it)."""
    distribution: str | None
    """Distribution whose RECORD matches the files on disk; null when none claims them."""
    version: str | None
    """Version of that distribution."""
    is_cuda_build: bool | None
    """From `tensorflow/python/platform/build_info.py`; null when it could not be read."""
    is_rocm_build: bool | None
    """From `build_info.py`; null when it could not be read."""
    cuda_version: str | None
    """CUDA version it was built with, such as `12.5.1`; null for a CPU build."""
    cudnn_version: str | None
    """cuDNN version it was built with, such as `9`; null for a CPU build."""
    compute_capabilities: list[str]
    """Such as `sm_60`, `compute_90`; empty for a CPU build."""
    runpath: list[str]
    """RUNPATH of libtensorflow_framework.so.2, `$ORIGIN` expanded; empty when it has none or could not be read."""
    and_cuda_requires: list[str]
    """Requirements of the `and-cuda` extra in the metadata, such as `nvidia-cudnn-cu12<10.0,>=9.3.0.75`."""


class Library(Struct, frozen=True, kw_only=True):
    """One shared library that this TensorFlow opens at its first device query, and where the loader finds it."""

    soname: str
    """Such as `libcudnn.so.9`."""
    path: str | None
    """The file that dlopen would open, by the loader's own search order; null when there is none."""
    found_in: Literal["LD_LIBRARY_PATH", "RUNPATH", "ld.so.cache", "default"] | None
    """Which step of the search order found it."""
    load_error: str | None
    """dlopen's own message when the file is there and does not load (tried in a child process); null otherwise."""
    elsewhere: list[str]
    """Files of that name that exist in places where the loader does not look (nvidia wheels, /usr/local/cuda*)."""
    wheel: str
    """PyPI distribution that carries it, such as `nvidia-cudnn-cu12`."""
    version: str | None = None
    """Version in the real file's name, such as `9.1.0` of libcudnn.so.9.1.0; null where the name has none, as in
    NVIDIA's wheels."""
    preloads: str | None = None
    """A file of `elsewhere` that loads when it is opened by its full path (tried in a child process, and only where
    the loader finds none): opening it first mends the search. Null when there is none or none was tried."""
    other_versions: list[str] = []
    """Where the loader finds none: files of this library in another major version outside of the wheels, such as
    `/usr/local/cuda-13.0/lib64/libcublas.so.13`. They cannot stand in for it."""


class CudaDevice(Struct, frozen=True, kw_only=True):
    """A GPU as the CUDA driver lists it; no context is made to read this."""

    name: str
    """Product name."""
    compute_capability: str
    """Such as `9.0`."""
    multiprocessors: int
    """Number of streaming multiprocessors."""
    memory_total_bytes: int
    """Memory of the card, in bytes."""


class CudaDriver(Struct, frozen=True, kw_only=True):
    """What libcuda.so.1 answers in a child process with the kernel's environment (the only place of cuInit)."""

    library: str | None
    """Resolved path of libcuda.so.1 as loaded; null when it could not be loaded."""
    library_error: str | None
    """dlopen's message when it could not be loaded."""
    elsewhere: list[str]
    """libcuda.so.1 files in known folders where the loader does not look."""
    cuinit_code: int | None
    """Return code of cuInit(0) (CUresult); 0 is success; null when it was not reached."""
    cuinit_name: str | None
    """Such as `CUDA_ERROR_NO_DEVICE`; null when not reached."""
    cuda_version: int | None
    """cuDriverGetVersion, such as 12080 for CUDA 12.8; null when not reached."""
    devices: list[CudaDevice]
    """The devices, in CUDA's order under this environment."""
    failure: str | None
    """Why the child gave no answer (timed out after N s, killed by signal), one sentence; null when it answered."""


class NvmlProcess(Struct, frozen=True, kw_only=True):
    """A process of the kernel's user that computes on a GPU."""

    pid: int
    """Its pid on this machine."""
    memory_used_bytes: int | None
    """GPU memory it holds, in bytes; null when NVML does not say."""


class NvmlDevice(Struct, frozen=True, kw_only=True):
    """A GPU as NVML lists it; CUDA_VISIBLE_DEVICES does not matter to NVML."""

    uuid: str | None
    """`GPU-...`; null when it could not be read."""
    name: str | None
    """Product name; null when it could not be read."""
    memory_total_bytes: int | None
    """All memory of the card, in bytes; null when it could not be read."""
    memory_free_bytes: int | None
    """Memory that nobody holds, in bytes; null when it could not be read."""
    compute_mode: int | None
    """nvmlComputeMode_t: 0 default, 2 prohibited, 3 exclusive process; null when it could not be read."""
    mig_enabled: bool | None
    """Whether it is divided into MIG instances; null when it has no MIG or it could not be read."""
    processes: list[NvmlProcess]
    """Those of the kernel's user that compute on it; empty when there are none or they could not be read."""
    others: int = 0
    """How many more compute on it: of other users, or outside this container."""


class Nvml(Struct, frozen=True, kw_only=True):
    """What libnvidia-ml.so.1 answers in a child process with the kernel's environment; TensorFlow 2.21 needs it."""

    library: str | None
    """Resolved path as loaded; null when it could not be loaded."""
    library_error: str | None
    """dlopen's message when it could not be loaded."""
    init_code: int | None
    """Return code of nvmlInit_v2 (nvmlReturn_t); 0 is success; null when not reached."""
    driver_version: str | None
    """nvmlSystemGetDriverVersion; null when not reached."""
    devices: list[NvmlDevice] = []
    """The GPUs, in NVML's order; empty when there are none or it was not reached."""


class DeviceNode(Struct, frozen=True, kw_only=True):
    """A device file that CUDA or ROCm opens, and whether this user may open it for reading and writing."""

    path: str
    """Such as `/dev/nvidia0`."""
    error: str | None
    """Errno of open(O_RDWR): `EACCES` mode or group, `EPERM` device cgroup, `ENOENT` ...; null when it opens."""


class KernelModule(Struct, frozen=True, kw_only=True):
    """The NVIDIA kernel module of the running host."""

    version: str | None
    """From /proc/driver/nvidia/version or /sys/module/nvidia/version; null when it is not loaded or not visible."""
    source: str | None
    """The file that said so."""
    cards: list[str] = []
    """Models of the cards it drives, by /proc/driver/nvidia/gpus; the host's, also in a container."""


class Surroundings(Struct, frozen=True, kw_only=True):
    """What encloses the interpreter and may keep a GPU from it."""

    container: str | None
    """`docker`, `podman`, `kubernetes`, `singularity`, `lxc`, `container` (kind unknown); null when none is seen."""
    scheduler: str | None
    """`slurm`, `pbs`, `lsf`; null when none was recognised."""
    hosted: str | None
    """`colab`, `kaggle`, `sagemaker`, `binder`, `jupyterhub`; null when none was recognised."""
    wsl: Literal[1, 2] | None
    """Version of the Windows Subsystem for Linux; null elsewhere."""


class Variable(Struct, frozen=True, kw_only=True):
    """One allow-listed environment variable of the kernel."""

    name: str
    """Its name."""
    at_start: str | None
    """Value when the kernel process started; null when it was not set."""
    now: str | None
    """Value in the running kernel now; equal to `at_start` when no kernel runs."""


class CondaPackage(Struct, frozen=True, kw_only=True):
    """A package of a conda environment, by its record in conda-meta."""

    name: str
    """Such as `tensorflow-base`."""
    version: str
    """Its version."""
    build: str
    """Build string, such as `cpu_py311h6ac8430_0` or `cuda126py311h0fd3d9a_200`."""


class ActivateScript(Struct, frozen=True, kw_only=True):
    """A script that `conda activate` runs and a kernelspec that names the interpreter does not."""

    path: str
    """The script in etc/conda/activate.d."""
    variables: dict[str, str]
    """Allow-listed variables that it sets; `$CONDA_PREFIX` is expanded, nothing else."""


class Conda(Struct, frozen=True, kw_only=True):
    """What conda knows of the environment."""

    packages: list[CondaPackage]
    """Records of TensorFlow's and CUDA's packages; others are not read."""
    scripts: list[ActivateScript]
    """Scripts of etc/conda/activate.d that set allow-listed variables."""


class Neighbour(Struct, frozen=True, kw_only=True):
    """The interpreter of another kernelspec, probed in the same way."""

    kernel_name: str
    """Name of the kernelspec."""
    display_name: str
    """Its name for people."""
    executable: str
    """Its interpreter."""
    tensorflow_version: str | None
    """Version of its TensorFlow; null when there is none or it could not be read."""
    is_cuda_build: bool | None
    """Whether that TensorFlow is a CUDA build; null when it could not be read."""
    missing: list[str]
    """Libraries that this TensorFlow needs and would not find or load."""


class LoginShell(Struct, frozen=True, kw_only=True):
    """What the user's login shell would have given the kernel: the same probe with its LD_LIBRARY_PATH."""

    library_path: str
    """LD_LIBRARY_PATH of the login shell; empty when it sets none."""
    missing: list[str]
    """Libraries that TensorFlow would still not find or load with it."""
    driver_found: bool
    """Whether libcuda.so.1 loads with it."""


class Keras(Struct, frozen=True, kw_only=True):
    """Which backend Keras would use."""

    version: str | None
    """Version of the keras distribution; null when it is not installed."""
    backend: str
    """`tensorflow`, `jax`, `torch`, `numpy`, `openvino`, or whatever the source says."""
    source: str
    """Where that comes from: `KERAS_BACKEND`, the path of keras.json, or `default`."""


class Environment(Struct, frozen=True, kw_only=True):
    """The static probe's report: facts only, no judgement."""

    interpreter: Interpreter
    """The Python that would import TensorFlow."""
    distributions: list[Distribution]
    """TensorFlow, Keras and other frameworks' distributions: tensorflow*, tf-nightly*, keras, tf-keras, torch, jax."""
    nvidia_wheels: list[Distribution]
    """Distributions named `nvidia-*`."""
    tensorflow: TensorFlowInstall | None
    """Null when `import tensorflow` would fail for want of a package."""
    libraries: list[Library]
    """The libraries this TensorFlow needs to register a GPU; empty for a CPU build."""
    cuda: CudaDriver | None
    """The CUDA driver under the kernel's environment; null where it was not asked (macOS)."""
    cuda_unmasked: CudaDriver | None
    """The same child without CUDA_VISIBLE_DEVICES, run only where that is set: the difference is a proof."""
    nvml: Nvml | None
    """NVML under the kernel's environment; null where it was not asked."""
    kernel_module: KernelModule
    """The NVIDIA kernel module."""
    hardware: Hardware
    """Display controllers on the PCI bus as the interpreter sees it."""
    device_nodes: list[DeviceNode]
    """/dev/nvidia*, /dev/dxg, /dev/kfd: those that exist, and those that must exist when a driver is loaded."""
    surroundings: Surroundings
    """Container, scheduler, hosted service, WSL."""
    variables: list[Variable]
    """Allow-listed variables that are set at start or now; nothing else of the environment is ever reported."""
    keras: Keras
    """Keras and its backend."""
    conda: Conda | None = None
    """Null where the environment is not conda's."""
    neighbours: list[Neighbour] | None = None
    """Interpreters of the other kernelspecs; null when they were not looked at."""
    login_shell: LoginShell | None = None
    """Null when the login shell was not asked."""
    unread: dict[str, str] = field(default_factory=dict)
    """What could not be read: part to reason."""
    duration_s: float = 0.0
    """How long the probe took inside the interpreter, in seconds."""
