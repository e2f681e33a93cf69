"""Logs of rarer causes, tools and platforms: (log, cause, verdict)."""

from tests.diagnosis.log_cases import (
    CPU,
    CREATED,
    HANDLE,
    NO_DEVICE,
    NODE_ABSENT,
    UNKNOWN,
    T,
    cuinit,
    device,
    diagnostics,
    missing,
    opened,
)

SMI = "| NVIDIA-SMI 550.54.14    Driver Version: 550.54.14    CUDA Version: {}     |\n"
USED = "gpu-used-but-looks-idle"
STUB_CALL = cuinit("UNKNOWN ERROR (-1)", "2.10")
DOCKER = "root@0123456789ab:/# python -c 'import tensorflow'\n"
DENIED = "open /dev/nvidia0: Operation not permitted\n"
REFUSED = "modprobe: ERROR: could not insert 'nvidia': Required key not available\n"
RAY = "(RolloutWorker pid=3343) "
VERSION = "TensorFlow version: 2.15.0\n"

RARE = {
    "Windows and its version": (f"C:\\Users\\ada>\n{VERSION}[]\n", "windows-native-no-gpu", CPU),
    "no wheel of Apple's plugin": (
        "ERROR: Could not find a version that satisfies the requirement tensorflow-metal\n",
        "macos-no-metal",
        CPU,
    ),
    "Apple's plugin finds none": ("No supported GPU was found.\n", "macos-no-metal", CPU),
    "macOS without plugin": ("macOS 14.1\n[]\n", "macos-no-metal", CPU),
    "HIP": ("failed call to hipInit: HIP_ERROR_NoDevice\n", "amd-needs-rocm", CPU),
    "HIP without code": (
        "hipErrorNoBinaryForGpu: Unable to find code object for all devices!\n",
        "amd-needs-rocm",
        CPU,
    ),
    "ROCm and no GPU": (opened("libamdhip64.so.5") + "/opt/rocm/lib\nNum GPUs Available:  0\n", "amd-needs-rocm", CPU),
    "MKL": (
        T + "I cpu_feature_guard.cc:142] This TensorFlow binary is optimized with Intel(R) MKL-DNN\n",
        "conda-cpu-build",
        CPU,
    ),
    "MKL's thread pool": (
        T + "I process_util.cc:115] Creating new thread pool with default inter op setting: 2.\n",
        "conda-cpu-build",
        UNKNOWN,
    ),
    "ARM": (
        "Downloading tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl\n",
        "linux-aarch64-wheel-cpu-only",
        CPU,
    ),
    "removed package": ('The "tensorflow-gpu" package has been removed!\n', "tensorflow-gpu-package", UNKNOWN),
    "Colab's example": ("SystemError: GPU device not found\n", "hosted-runtime-cpu", CPU),
    "two environments": (
        opened("libcudart.so.11.0", "libcublas.so.11") + missing("libcudart.so.11.0", "libcublas.so.11"),
        "cuda-lib-missing",
        CPU,
    ),
    "device gone": (
        "InternalError: CUDA error: Failed call to cuDeviceGet: CUDA_ERROR_INVALID_DEVICE: invalid device ordinal\n",
        "env-changed-after-device-query",
        CPU,
    ),
    "context refused": (
        "failed call to cuDevicePrimaryCtxRetain: CUDA_ERROR_INVALID_DEVICE: invalid device ordinal\n",
        "compute-mode-exclusive",
        CPU,
    ),
    "Metal, symbol of a newer macOS": (
        "dlopen(/env/libmetal_plugin.dylib, 0x0006): symbol not found in flat namespace '_TF_Example'\n",
        "macos-no-metal",
        CPU,
    ),
    "no kernel for the operation": (
        "Could not satisfy '/device:GPU:0' because no supported kernel for GPU devices is available.\n",
        "op-without-gpu-kernel",
        UNKNOWN,
    ),
    "CPU scope": ("with tf.device('/CPU:0'):\n", "device-scope-cpu", UNKNOWN),
    "stub in a container": (opened("libcuda.so.1") + STUB_CALL + NODE_ABSENT, "container-no-gpu", CPU),
    "container without libcuda": (DOCKER + cuinit("UNKNOWN ERROR (303)"), "container-no-gpu", CPU),
    "container without compute": (DOCKER + SMI.format("N/A"), "container-driver-capabilities", CPU),
    "Kubernetes": ("0/5 nodes are available: 5 Insufficient nvidia.com/gpu.\n", "scheduler-no-gpu", CPU),
    "WSL and an error": ("Linux 5.15-microsoft-standard-WSL2\n" + cuinit(NO_DEVICE, "2.15"), "wsl2-no-cuda", CPU),
    "WSL's driver": (
        cuinit("UNKNOWN ERROR (1)", "2.10")
        + diagnostics('Invalid argument: expected %d.%d form for driver version; got "1"', "2.10"),
        "wsl2-no-cuda",
        CPU,
    ),
    "no adapters": ("nvidia-container-cli: WSL environment detected but no adapters were found\n", "wsl2-no-cuda", CPU),
    "MIG, no instance": ("No MIG devices found\n", "mig-misconfigured", CPU),
    "MIG, wrong instance": (
        "name: NVIDIA A100 MIG 1g.5gb\n" + cuinit("CUDA_ERROR_INVALID_DEVICE: invalid device ordinal", "2.15"),
        "mig-misconfigured",
        CPU,
    ),
    "MIG, context": (
        "name: NVIDIA A100 MIG 1g.5gb\nfailed call to cuDevicePrimaryCtxRetain: CUDA_ERROR_INVALID_DEVICE\n",
        "mig-misconfigured",
        CPU,
    ),
    "Ray": (RAY + cuinit(NO_DEVICE, "2.10"), "cvd-hides-gpu", CPU),
    "nouveau": ("\tKernel driver in use: nouveau\n", "nouveau-or-vfio-bound", CPU),
    "vfio": ("\tKernel driver in use: vfio-pci\n", "nouveau-or-vfio-bound", CPU),
    "nvidia-smi without CUDA": (SMI.format("N/A"), "driver-not-installed", CPU),
    "nvidia-smi without NVML": (
        "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system.\n",
        "driver-not-installed",
        CPU,
    ),
    "container tool without driver": (
        "nvidia-container-cli: initialization error: nvml error: driver not loaded\n",
        "driver-not-installed",
        CPU,
    ),
    "container tool without driver, in a container": (
        DOCKER + "nvidia-container-cli: initialization error: nvml error: driver not loaded\n",
        "driver-not-installed",
        CPU,
    ),
    "no nvidia-smi": ("bash: nvidia-smi: command not found\n", "driver-not-installed", UNKNOWN),
    "libcuda not in the process": (
        diagnostics(
            "libcuda reported version is: Not found: was unable to find libcuda.so DSO loaded into this program", "2.10"
        ),
        "driver-not-installed",
        CPU,
    ),
    "NVML without driver": ("Failed to initialize NVML: Driver Not Loaded\n", "kernel-module-not-loaded", CPU),
    "NVML without permission": ("Failed to initialize NVML: Insufficient Permissions\n", "device-node-permission", CPU),
    "Secure Boot": (REFUSED, "kernel-module-not-loaded", CPU),
    "driver's version unreadable": (
        diagnostics(
            "kernel reported version is: Permission denied: could not open driver version path for reading", "2.10"
        ),
        "device-node-permission",
        UNKNOWN,
    ),
    "compat folder": (
        cuinit("CUDA_ERROR_UNKNOWN: unknown error", "2.15")
        + diagnostics("found DLL info with resolved path: /usr/local/cuda/compat/libcuda.so.545.23"),
        "cuda-compat-shadow",
        CPU,
    ),
    "stubs folder": (
        diagnostics("found DLL info with resolved path: /usr/local/cuda/lib64/stubs/libcuda.so"),
        "libcuda-is-stub",
        CPU,
    ),
    "stub": (opened("libcuda.so.1") + STUB_CALL, "libcuda-is-stub", CPU),
    "no devices": ("No devices were found\n", "gpu-hardware-lost", CPU),
    "defective memory": (CREATED + "uncorrectable ECC error encountered\n", "gpu-hardware-lost", CPU),
    "defective memory at the start": (cuinit("CUDA_ERROR_ECC_UNCORRECTABLE: ecc", "2.15"), "gpu-hardware-lost", CPU),
    "device rules": (DENIED, "device-cgroup-denied", CPU),
    "function missing": (
        CREATED + "Could not load symbol cublasGetSmCountTarget from libcublas.so.11. Error: undefined symbol\n",
        "cuda-major-mismatch",
        CPU,
    ),
    "function of cuDNN missing": (CREATED + "undefined symbol: cudnnGetVersion\n", "cudnn-older-than-compiled", CPU),
    "DLL": ("ImportError: DLL load failed: The specified module could not be found.\n", "cuda-lib-missing", UNKNOWN),
    "cuDNN fails": (CREATED + "UNIMPLEMENTED: DNN library is not found.\n", "cudnn-older-than-compiled", CPU),
    "cuDNN and the driver": (
        CREATED + HANDLE + "NOT_INITIALIZED\nPossibly insufficient driver version: 384.111.0\n",
        "driver-too-old",
        CPU,
    ),
    "cuBLAS and memory": (
        CREATED + "failed to create cublas handle: CUBLAS_STATUS_ALLOC_FAILED\n",
        "gpu-memory-hogged",
        CPU,
    ),
    "container too old for the GPU": (
        "Detected NVIDIA GeForce RTX 5090 GPU, which may not yet be supported in this version of the container\n",
        "cc-too-new-ptx-jit",
        UNKNOWN,
    ),
    "build too old for the GPU": (
        "RTX 5080 with CUDA capability sm_120 is not compatible with the current installation.\n",
        "cc-too-new-ptx-jit",
        UNKNOWN,
    ),
    "JIT for a new GPU fails": (
        device("kernel binaries compatible with compute capability 12.0. CUDA kernels") + "CUDA_ERROR_INVALID_HANDLE\n",
        "cc-too-new-ptx-jit",
        CPU,
    ),
    "DirectML finds none": ("DirectML device enumeration: found 0 compatible adapters\n", None, CPU),
    "no GPU counted": ("GPU is NOT AVAILABLE\n", None, CPU),
    "NVML opened": (opened("libnvidia-ml.so.1", "/usr/lib/directml.so") + cuinit(NO_DEVICE), "cvd-hides-gpu", CPU),
    "strategy on GPUs": (
        "Using MirroredStrategy with devices ('/job:localhost/replica:0/task:0/device:GPU:0',)\n",
        USED,
        "gpu",
    ),
    "Task Manager": (CREATED + "Task Manager shows 2 %\n", USED, "gpu"),
    "a process on the GPU": ("|    0   N/A  N/A      1234      C   python                7000MiB |\n", USED, UNKNOWN),
    "StreamExecutor": ("StreamExecutor device (0): Tesla T4, Compute Capability 7.5\n", USED, UNKNOWN),
}
"""Each cause, platform and tool that no other case has."""
