"""Signatures of the driver: not there, not running, not fitting, not allowed (gates 6 to 9)."""

from .signature import Signature

_CUDA_H = "CUDA driver API, CUresult"
_DIAGNOSTICS = "xla/stream_executor/cuda/cuda_diagnostics.cc"
_NVML_H = "nvml.h, nvmlReturn_t"
_NO_LIBCUDA = ("libcuda-missing", "cuinit-303", "libcuda-not-loaded", "cuinit-minus-1")
# Lines that say more precisely what keeps the driver's library away
_ENCLOSED = (
    "device-node-absent",
    "wsl",
    "container-without-driver",
    "container-toolkit-absent",
    "cudnn-wants-libcuda",
    "directml-library-missing",
)

SIGNATURES: list[Signature] = [
    # The driver is not there or not running
    Signature(
        cause="nouveau-or-vfio-bound",
        any=("nouveau-bound", "vfio-bound"),
        certainty="certain",
        says="lspci names another kernel driver than nvidia for the card.",
        source="Linux, lspci(8)",
    ),
    Signature(
        cause="driver-not-installed",
        any=_NO_LIBCUDA,
        none=(*_ENCLOSED, "smi-cuda", "libcuda-opened"),
        says="The driver's library libcuda.so.1 (nvcuda.dll) was not found; 303 is TensorFlow's own code for that. "
        "Either the driver is not installed, or this machine has no NVIDIA GPU.",
        source="xla/stream_executor/cuda/cuda_stub.cc; measured with TensorFlow 2.21",
    ),
    Signature(
        cause="driver-not-installed",
        any=("smi-no-nvml", "smi-cuda-absent", "container-no-driver"),
        none=("wsl", "container"),
        says="NVIDIA's own tools do not find the libraries of the driver.",
        source="nvidia-smi(1); libnvidia-container",
    ),
    Signature(
        cause="driver-not-installed",
        any=("container-no-driver",),
        says="NVIDIA's container runtime finds no working driver on the host.",
        source="libnvidia-container",
    ),
    Signature(
        cause="driver-not-installed",
        any=("smi-absent", "cuinit-failed", *_NO_LIBCUDA),
        none=(*_ENCLOSED, "gpu-proven"),
        certainty="hint",
        says="The driver may not be installed: its tools or its library are not found.",
        source="NVIDIA, Driver Installation Guide",
    ),
    Signature(
        cause="libcuda-not-on-search-path",
        all=("smi-cuda",),
        any=_NO_LIBCUDA,
        none=("container", "device-node-absent", "wsl", "module-absent"),
        says="nvidia-smi loads the driver's library and shows its CUDA version, TensorFlow's loader does not find it.",
        source="ld.so(8)",
    ),
    Signature(
        cause="libcuda-not-on-search-path",
        all=("cudnn-wants-libcuda",),
        certainty="certain",
        says="cuDNN looks for libcuda.so by the loader's search path and does not find it (WSL: /usr/lib/wsl/lib).",
        source="https://github.com/microsoft/WSL/issues/8587",
    ),
    Signature(
        cause="kernel-module-not-loaded",
        any=("nvml-driver-not-loaded", "module-refused"),
        certainty="certain",
        says="The NVIDIA kernel module is not loaded, or the kernel refuses it (Secure Boot, kernel update).",
        source=f"{_NVML_H}; modprobe(8)",
    ),
    Signature(
        cause="kernel-module-not-loaded",
        any=("module-absent", "smi-no-driver"),
        none=("wsl", "cuinit-303", "libcuda-missing", "directml-library-missing"),
        says="The driver's library is there, its kernel module is not running (/proc/driver/nvidia/version is absent).",
        source=_DIAGNOSTICS,
    ),
    Signature(
        cause="intel-or-no-nvidia-gpu",
        any=("module-absent", "cuinit-303"),
        none=("wsl", "smi-cuda", "device-node-absent", "gpu-proven"),
        certainty="hint",
        says="A machine without an NVIDIA GPU and without its driver writes the same lines.",
        source="measured with TensorFlow 2.21",
    ),
    # The driver does not fit or does not work
    Signature(
        cause="driver-library-mismatch",
        any=("versions-differ", "cuinit-driver-mismatch", "driver-unsupported"),
        certainty="certain",
        says="The driver's library and the running kernel module have different versions.",
        source=f"{_DIAGNOSTICS}; {_CUDA_H} 803; {_NVML_H} 18",
    ),
    Signature(
        cause="cuda-compat-shadow",
        any=("cuinit-compat", "compat-attempted"),
        none=("versions-differ",),
        says="A libcuda of the package cuda-compat is loaded; it works on data-center GPUs only.",
        source=f"{_CUDA_H} 804; https://github.com/NVIDIA/nvidia-docker/issues/1515",
    ),
    Signature(
        cause="cuda-compat-shadow",
        all=("libcuda-path-compat", "says-none"),
        none=("versions-differ", "cuinit-compat"),
        says="The libcuda that was loaded lies in a folder `compat`.",
        source=_DIAGNOSTICS,
    ),
    Signature(
        cause="libcuda-is-stub",
        any=("cuinit-stub", "libcuda-path-stubs"),
        certainty="certain",
        says="The libcuda that was loaded is the toolkit's stub for linking.",
        source=f"{_CUDA_H} 34",
    ),
    Signature(
        cause="libcuda-is-stub",
        all=("cuinit-minus-1", "libcuda-opened"),
        none=("device-node-absent",),
        says="The libcuda that was loaded answers -1, as the empty ones of CUDA's images do.",
        source="CUDA Toolkit, folder stubs",
    ),
    Signature(
        cause="driver-too-old",
        any=("driver-insufficient", "cuinit-driver-too-old", "container-driver-too-old"),
        certainty="certain",
        says="The driver supports an older CUDA than the libraries that TensorFlow uses.",
        source="https://github.com/tensorflow/tensorflow/issues/21832; NVIDIA, CUDA Compatibility",
    ),
    Signature(
        cause="driver-too-old",
        any=("driver-below-floor", "driver-perhaps-old"),
        says="The driver that the log names is older than the CUDA of this TensorFlow needs.",
        source="CUDA Toolkit release notes, table of drivers",
    ),
    Signature(
        cause="uvm-missing-or-suspend",
        any=("cuinit-unknown", "cuinit-os", "context-unknown-error"),
        none=(
            "versions-differ",
            "module-absent",
            "device-node-absent",
            "wsl",
            "libcuda-path-compat",
            "libcuda-path-stubs",
        ),
        says="CUDA answers `unknown error` although the driver runs: nvidia_uvm is missing, or broken by a suspend.",
        source="https://github.com/tensorflow/tensorflow/issues/5777",
    ),
    Signature(
        cause="uvm-missing-or-suspend",
        any=("uvm-refused",),
        certainty="certain",
        says="The kernel refuses the module nvidia_uvm, which CUDA needs.",
        source="modprobe(8)",
    ),
    Signature(
        cause="uvm-missing-or-suspend",
        all=("cuinit-not-initialized",),
        certainty="hint",
        says="CUDA does not initialise although its library is there.",
        source=f"{_CUDA_H} 3",
    ),
    Signature(
        cause="fabric-manager-down",
        any=("cuinit-not-ready", "system-not-ready"),
        says="CUDA waits for the NVSwitch fabric.",
        source=f"{_CUDA_H} 802",
    ),
    Signature(
        cause="gpu-hardware-lost",
        any=("gpu-lost", "gpu-hardware-error", "cuinit-ecc"),
        certainty="certain",
        says="The driver reports that the GPU no longer answers or has defective memory.",
        source="NVIDIA, Xid Errors; nvidia-smi(1)",
    ),
    Signature(
        cause="gpu-hardware-lost",
        all=("smi-no-devices",),
        none=("container", "smi-mig-none"),
        says="The driver runs and lists no GPU.",
        source="nvidia-smi(1)",
    ),
    Signature(
        cause="device-node-permission",
        any=("node-permission", "nvml-no-permission"),
        certainty="certain",
        says="The user may not open /dev/nvidia*.",
        source=f"open(2), EACCES; {_NVML_H} 4",
    ),
    Signature(
        cause="device-node-permission",
        any=("cuinit-not-permitted", "module-version-unreadable"),
        none=("node-permission", "node-denied"),
        certainty="hint",
        says="The driver denies this user or process.",
        source=f"{_CUDA_H} 800",
    ),
    Signature(
        cause="device-cgroup-denied",
        all=("node-denied",),
        certainty="certain",
        says="The device rules of the container, job or service deny /dev/nvidia*.",
        source="Linux, cgroup device controller, EPERM",
    ),
]
"""Every signature of the driver."""
