"""Lines on the driver: cuInit's answer, cuda_diagnostics.cc, nvidia-smi, the kernel's own log, container runtimes.

Sources: xla/stream_executor/cuda/{cuda_platform,cuda_driver,cuda_diagnostics}.cc and their forms since 1.13, CUresult
in cuda.h, nvmlReturn_t in nvml.h, NVIDIA's kernel module (NVRM), libnvidia-container, nvidia-smi.
"""

from .mark import Mark, mark

_CUINIT = "ailed call to cuInit: "
_CODES = {
    "cuinit-no-device": ("CUDA_ERROR_NO_DEVICE", 100),
    "cuinit-unknown": ("CUDA_ERROR_UNKNOWN", 999),
    "cuinit-driver-mismatch": ("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", 803),
    "cuinit-compat": ("CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", 804),
    "cuinit-not-ready": ("CUDA_ERROR_SYSTEM_NOT_READY", 802),
    "cuinit-stub": ("CUDA_ERROR_STUB_LIBRARY", 34),
    "cuinit-os": ("CUDA_ERROR_OPERATING_SYSTEM", 304),
    "cuinit-busy": ("CUDA_ERROR_DEVICE_UNAVAILABLE", 46),
    "cuinit-invalid-device": ("CUDA_ERROR_INVALID_DEVICE", 101),
    "cuinit-not-permitted": ("CUDA_ERROR_NOT_PERMITTED", 800),
    "cuinit-no-memory": ("CUDA_ERROR_OUT_OF_MEMORY", 2),
    "cuinit-not-initialized": ("CUDA_ERROR_NOT_INITIALIZED", 3),
    "cuinit-driver-too-old": ("CUDA_ERROR_INSUFFICIENT_DRIVER", 35),
    "cuinit-ecc": ("CUDA_ERROR_ECC_UNCORRECTABLE", 214),
}
_VERSION = r"(?P<value>\d{1,4}\.\d{1,4}(?:\.\d{1,4})?)"

_ANSWERS: list[Mark] = [
    # 303 comes from TensorFlow's own stub: libcuda.so.1 was not found at all (measured).
    mark("cuinit-303", _CUINIT, r"(?:UNKNOWN ERROR |CUresult)\(303\)", "none"),
    # -1 is what the empty libcuda of CUDA's images and of old toolkits answers.
    mark("cuinit-minus-1", _CUINIT, r"(?:UNKNOWN ERROR |CUresult)\(-1\)", "none"),
    # Before CUDA's errors had names in TensorFlow's table, their numbers stood in brackets.
    *(
        mark(kind, _CUINIT, rf"(?:{name}\b|(?:UNKNOWN ERROR |CUresult)\({code}\))", "none")
        for kind, (name, code) in _CODES.items()
    ),
    mark("cuinit-failed", _CUINIT, r"(?!INTERNAL|RESOURCE_EXHAUSTED|Internal)", "none"),
]

_DIAGNOSTICS: list[Mark] = [
    mark("module-absent", "kernel driver does not appear to be running on this host", "", "none"),
    mark("device-node-absent", "no NVIDIA GPU device is present: /dev/nvidia", "", "none"),
    mark("versions-differ", "kernel version ", rf"{_VERSION} does not match DSO version (?P<library>[\d.]{{1,20}})"),
    mark("versions-match", "kernel version seems to match DSO", ""),
    mark("cvd-set-and-hides", "CUDA_VISIBLE_DEVICES is set to ", r"[^\n]{0,60}hides all GPUs", "none"),
    mark("cvd-none-files", 'env: CUDA_VISIBLE_DEVICES="NoDevFiles', "", "none"),
    mark("cvd-mig", 'env: CUDA_VISIBLE_DEVICES="', r"(?P<value>MIG-[^\"\n]{0,100})"),
    mark("cvd-hiding-value", 'env: CUDA_VISIBLE_DEVICES="', r'(?P<value>-?|-1[^"\n]{0,20}|[a-zA-Z][^"\n]{0,40})"'),
    mark("cvd-value", 'env: CUDA_VISIBLE_DEVICES="', r'(?P<value>[^"\n]{0,100})"'),
    mark("libcuda-not-loaded", "was unable to find libcuda.so DSO", "", "none"),
    mark("module-version-unreadable", "could not open driver version path for reading", ""),
    mark("libcuda-path-compat", "resolved path: ", r"\S{0,200}/compat/"),
    mark("libcuda-path-stubs", "resolved path: ", r"\S{0,200}/stubs/"),
]

_NVIDIA_SMI: list[Mark] = [
    mark("versions-differ", "Failed to initialize NVML: Driver/library version mismatch"),
    mark("nvml-unknown-error", "Failed to initialize NVML: Unknown Error"),
    mark("nvml-driver-not-loaded", "Failed to initialize NVML: Driver Not Loaded"),
    mark("nvml-no-permission", "Failed to initialize NVML: Insufficient Permissions"),
    mark("nvml-blocked-by-os", "GPU access blocked by the operating system"),
    mark("nvml-blocked-by-os", "WSL environment detected but no adapters were found"),
    mark("smi-no-driver", "NVIDIA-SMI has failed because it couldn"),
    mark("smi-no-nvml", "NVIDIA-SMI couldn"),
    mark("smi-absent", "nvidia-smi: command not found"),
    mark("smi-absent", "nvidia-smi: not found"),
    mark("smi-absent", "'nvidia-smi' is not recognized"),
    mark("smi-no-devices", "No devices were found"),
    mark("gpu-lost", "GPU is lost"),
    mark("gpu-lost", "Unable to determine the device handle for GPU"),
    mark("smi-cuda-absent", "CUDA Version: ", r"N/A"),
    mark("smi-cuda", "CUDA Version: ", r"(?P<value>\d{1,2}\.\d{1,2})"),
    mark("smi-driver", "Driver Version: ", r"(?P<value>\d{3}\.\d{1,3}(?:\.\d{1,3})?)"),
    mark("smi-mig-none", "No MIG devices found"),
    mark("smi-python-on-gpu", "   C   ", r"[^\n]{0,80}python[^\n]{0,60}\d{1,6}MiB"),
    mark("smi-python-on-gpu", " C+G   ", r"[^\n]{0,80}python"),
]

_KERNEL_LOG: list[Mark] = [
    mark("versions-differ", "NVRM: API mismatch"),
    mark("gpu-lost", "GPU has fallen off the bus"),
    mark("gpu-lost", "NVRM: RmInitAdapter failed"),
    mark("uvm-refused", "could not insert 'nvidia", "_uvm"),
    mark("module-refused", "could not insert 'nvidia"),
    mark("module-refused", "Module nvidia not found in directory"),
    mark("module-refused", "modinfo: ERROR: Module nvidia not found"),
    mark("nouveau-bound", "Kernel driver in use: nouveau"),
    mark("vfio-bound", "Kernel driver in use: vfio-pci"),
    mark("node-permission", "/dev/nvidia", r"[\w-]{0,20}\W{0,2}: Permission denied"),
    mark("node-denied", "/dev/nvidia", r"[\w-]{0,20}\W{0,2}: Operation not permitted"),
]

_CONTAINER: list[Mark] = [
    mark("container-without-driver", "The NVIDIA Driver was not detected", "", "none"),
    mark("container-toolkit-absent", 'could not select device driver "'),
    mark("container-toolkit-absent", "nknown runtime specified nvidia"),
    mark("container-toolkit-absent", "unknown or invalid runtime name: nvidia"),
    mark("container-toolkit-absent", "unresolvable CDI devices nvidia.com/gpu"),
    mark("container-driver-too-old", "nvidia-container-cli: requirement error: unsatisfied condition: "),
    mark("container-driver-too-old", "This container was built for NVIDIA Driver Release "),
    mark("container-no-driver", "nvidia-container-cli: initialization error: ", r"(?:nvml|driver|load)"),
    mark("scheduler-has-none", "Insufficient nvidia.com/gpu"),
    mark("container-gpu-too-new", "which may not yet be supported in this version of the container"),
]

MARKS = [*_ANSWERS, *_DIAGNOSTICS, *_NVIDIA_SMI, *_KERNEL_LOG, *_CONTAINER]
"""Every line about the driver."""
