"""Logs of each kind, in the forms of several releases, and what they must be taken for: (log, cause, verdict)."""

T = "2024-01-01 00:00:00.000000: "
OLD, XLA = T + "{} tensorflow/stream_executor/cuda/", T + "{} external/local_xla/xla/stream_executor/cuda/"
NEW = "{}0000 00:00:1700000000.000001    4711 "
LOADER = T + "W tensorflow/stream_executor/platform/default/dso_loader.cc:60] "
SKIP = "Skipping registering GPU devices...\n"
DLOPEN = (
    "Cannot dlopen some GPU libraries. Please make sure the missing libraries mentioned above are installed properly "
    "if you would like to use GPU.\n"
)
NO_FILE = "cannot open shared object file: No such file or directory"


def cuinit(text, release="2.21"):
    """Return the line of a failed cuInit as a release writes it."""
    return {
        "1.14": OLD.format("E") + f"cuda_driver.cc:318] failed call to cuInit: {text}\n",
        "2.10": OLD.format("W") + f"cuda_driver.cc:263] failed call to cuInit: {text}\n",
        "2.15": XLA.format("E") + f"cuda_driver.cc:274] failed call to cuInit: {text}\n",
        "2.20": XLA.format("E")
        + f"cuda_platform.cc:51] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: {text}\n",
        "2.21": NEW.format("E")
        + f"cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: {text}\n",
    }[release]


def missing(*names, path=None, needle="Could not load dynamic library"):
    """Return what dso_loader.cc says of libraries that are not found."""
    tail = f"; LD_LIBRARY_PATH: {path}" if path else ""
    return "".join(f"{LOADER}{needle} '{one}'; dlerror: {one}: {NO_FILE}{tail}\n" for one in names)


def missing_dll(*names):
    """Return what dso_loader.cc says on Windows."""
    return "".join(f"{LOADER}Could not load dynamic library '{one}'; dlerror: {one} not found\n" for one in names)


def opened(*names):
    """Return what dso_loader.cc says of libraries that are found."""
    where = T + "I tensorflow/stream_executor/platform/default/dso_loader.cc:49] "
    return "".join(f"{where}Successfully opened dynamic library {one}\n" for one in names)


def diagnostics(text, release="2.21", level="I"):
    """Return a line of cuda_diagnostics.cc."""
    return (NEW if release == "2.21" else OLD).format(level) + f"cuda_diagnostics.cc:200] {text}\n"


def device(text, level="W"):
    """Return a line of gpu_device.cc."""
    return T + f"{level} tensorflow/core/common_runtime/gpu/gpu_device.cc:1850] {text}\n"


STUB = NEW.format("I") + "cudart_stub.cc:31] Could not find cuda drivers on your machine, GPU will not be used.\n"
NO_DEVICE = "CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected"
MODULE_ABSENT = diagnostics(
    "kernel driver does not appear to be running on this host (vm): /proc/driver/nvidia/version does not exist"
)
NODE_ABSENT = diagnostics("no NVIDIA GPU device is present: /dev/nvidia0 does not exist")
MATCH = diagnostics("kernel version seems to match DSO: 550.54.14", "2.10")
CREATED = device(
    "Created device /job:localhost/replica:0/task:0/device:GPU:0 with 5368 MB memory:  -> device: 0, name: Tesla T4, "
    "pci bus id: 0000:00:04.0, compute capability: 7.5",
    "I",
)
LISTED = "[PhysicalDevice(name='/physical_device:GPU:0', device_type='GPU')]\n"
CUDA11 = ("libcublas.so.11", "libcufft.so.10", "libcurand.so.10", "libcusolver.so.11", "libcusparse.so.11")
HANDLE = "E cuda_dnn.cc:338] Could not create cudnn handle: CUDNN_STATUS_"

HARMLESS = [
    T + "I tensorflow/core/util/port.cc:113] oneDNN custom operations are on. You may see other results.\n",
    T + "I tensorflow/core/platform/cpu_feature_guard.cc:182] This TensorFlow binary is optimized to use available CPU "
    "instructions in performance-critical operations.\n",
    "To enable the following instructions: AVX2, in other operations, rebuild TensorFlow with the appropriate\n",
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n",
    XLA.format("I") + "cuda_executor.cc:887] could not open file to read NUMA node: /sys/bus/pci/devices/0/numa_node\n",
    "Your kernel may have been built without NUMA support.\n",
    OLD.format("I")
    + "cuda_gpu_executor.cc:936] successful NUMA node read from SysFS had negative value (-1), but there "
    "must be at least one NUMA node, so returning NUMA node zero\n",
    T + "W tensorflow/compiler/tf2tensorrt/utils/py_utils.cc:38] TF-TRT Warning: Could not find TensorRT\n",
    missing("libnvinfer.so.7", "libnvinfer_plugin.so.7", "libcupti.so.11.2"),
    missing_dll("nvinfer64_7.dll", "cupti64_112.dll"),
    *(
        XLA.format("E") + f"{file}] Unable to register cu{part} factory: Attempting to register factory for plugin "
        f"cu{part} when one has already been registered\n"
        for part, file in (("DNN", "cuda_dnn.cc:9261"), ("FFT", "cuda_fft.cc:607"), ("BLAS", "cuda_blas.cc:1515"))
    ),
    T + "I tensorflow/compiler/jit/xla_cpu_device.cc:41] Not creating XLA devices, tf_xla_enable_xla_devices not set\n",
    NEW.format("W") + "cuda_executor.cc:1755] Failed to determine cuDNN version (Note that this is expected if the "
    "application doesn't link the cuDNN plugin): INTERNAL: cuDNN error: CUDNN_STATUS_INTERNAL_ERROR\n",
    T + "I tensorflow/stream_executor/cuda/cudart_stub.cc:29] Ignore above cudart dlerror if you do not have a GPU "
    "set up on your machine.\n",
    device("Overriding orig_value setting because the TF_FORCE_GPU_ALLOW_GROWTH environment variable is set.", "I"),
    T + "W tensorflow/core/common_runtime/bfc_allocator.cc:290] Allocator (GPU_0_bfc) ran out of memory trying to "
    "allocate 2.03GiB with freed_by_count=0. The caller indicates that this is not a failure, but may mean that there "
    "could be performance gains if more memory were available.\n",
    device("Device interconnect StreamExecutor with strength 1 edge matrix:", "I"),
    "Epoch 1/10\n 45/1563 [>......] - ETA: 12s - loss: 0.6931 - accuracy: 0.5012\r",
]

CPU, GPU, READY, UNKNOWN = "cpu-fallback", "gpu", "gpu-ready", "unknown"
BY_CODE = {
    NO_DEVICE: "cvd-hides-gpu",
    "CUDA_ERROR_INSUFFICIENT_DRIVER: CUDA driver version is insufficient for CUDA runtime version": "driver-too-old",
    "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH: system has unsupported display driver / cuda driver combination": (
        "driver-library-mismatch"
    ),
    "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE: forward compatibility was attempted on non supported HW": (
        "cuda-compat-shadow"
    ),
    "CUDA_ERROR_UNKNOWN: unknown error": "uvm-missing-or-suspend",
    "CUDA_ERROR_OPERATING_SYSTEM: OS call failed or operation not supported on this OS": "uvm-missing-or-suspend",
    "CUDA_ERROR_SYSTEM_NOT_READY: system not yet initialized": "fabric-manager-down",
    "CUDA_ERROR_NOT_INITIALIZED: initialization error": "uvm-missing-or-suspend",
    "CUDA_ERROR_OUT_OF_MEMORY: out of memory": "gpu-memory-hogged",
    "CUDA_ERROR_STUB_LIBRARY: CUDA driver is a stub library": "libcuda-is-stub",
    "CUDA_ERROR_DEVICE_UNAVAILABLE: CUDA-capable device(s) is/are busy or unavailable": "compute-mode-exclusive",
    "CUDA_ERROR_INVALID_DEVICE: invalid device ordinal": "cvd-bad-entry",
    "CUDA_ERROR_NOT_PERMITTED: operation not permitted": "device-node-permission",
    "UNKNOWN ERROR (303)": "driver-not-installed",
    "UNKNOWN ERROR (803)": "driver-library-mismatch",
    "UNKNOWN ERROR (34)": "libcuda-is-stub",
}
"""What cuInit answers, and the cause that this alone shows."""

NAMES = {
    "nothing found, 2.21": (STUB * 2 + cuinit("UNKNOWN ERROR (303)"), "driver-not-installed", CPU),
    "no driver, all libraries, 2.20": (cuinit("UNKNOWN ERROR (303)", "2.20"), "driver-not-installed", CPU),
    "no driver, Windows": (
        missing_dll("nvcuda.dll") + cuinit("UNKNOWN ERROR (303)", "2.10"),
        "driver-not-installed",
        CPU,
    ),
    "nothing found, 2.6": (
        missing("libcudart.so.11.0") + missing("libcuda.so.1") + cuinit("UNKNOWN ERROR (303)", "2.10") + MODULE_ABSENT,
        "driver-not-installed",
        CPU,
    ),
    "module not loaded": (
        opened("libcuda.so.1") + cuinit(NO_DEVICE, "2.10") + MODULE_ABSENT,
        "kernel-module-not-loaded",
        CPU,
    ),
    "container without GPU": (cuinit("UNKNOWN ERROR (303)", "2.10") + NODE_ABSENT, "container-no-gpu", CPU),
    "NGC container without GPU": (
        "WARNING: The NVIDIA Driver was not detected.  GPU functionality will not be available.\n",
        "container-no-gpu",
        CPU,
    ),
    "no container toolkit": (
        'docker: Error response from daemon: could not select device driver "" with capabilities: [[gpu]].\n',
        "container-no-gpu",
        CPU,
    ),
    "container needs a newer driver": (
        "nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.3, please update your driver\n",
        "driver-too-old",
        CPU,
    ),
    "masked, 2.21": (
        cuinit(NO_DEVICE)
        + diagnostics('env: CUDA_VISIBLE_DEVICES="-1"')
        + diagnostics("CUDA_VISIBLE_DEVICES is set to -1 - this hides all GPUs from CUDA"),
        "cvd-hides-gpu",
        CPU,
    ),
    "masked by an empty string": (
        cuinit(NO_DEVICE)
        + diagnostics("CUDA_VISIBLE_DEVICES is set to an empty string - this hides all GPUs from CUDA"),
        "cvd-hides-gpu",
        CPU,
    ),
    "masked by a number that is not there": (
        cuinit(NO_DEVICE) + diagnostics('env: CUDA_VISIBLE_DEVICES="7"') + MATCH,
        "cvd-bad-entry",
        CPU,
    ),
    "masked, before 2.21": (cuinit(NO_DEVICE, "1.14") + MATCH, "cvd-hides-gpu", CPU),
    "no GPU asked of Slurm": (cuinit(NO_DEVICE) + "CUDA_VISIBLE_DEVICES=NoDevFiles\n", "scheduler-no-gpu", CPU),
    "MIG by another name": (
        cuinit(NO_DEVICE) + diagnostics('env: CUDA_VISIBLE_DEVICES="MIG-GPU-5d5ba0d6/1/0"'),
        "mig-misconfigured",
        CPU,
    ),
    "driver updated, not rebooted": (
        cuinit("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH: system has unsupported display driver", "2.15")
        + diagnostics(
            "kernel version 535.54.3 does not match DSO version 550.54.14 -- cannot find working devices in this "
            "configuration",
            level="E",
        ),
        "driver-library-mismatch",
        CPU,
    ),
    "nvidia-smi without module": (
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n",
        "kernel-module-not-loaded",
        CPU,
    ),
    "NVML versions": ("Failed to initialize NVML: Driver/library version mismatch\n", "driver-library-mismatch", CPU),
    "NVML in a container": ("Failed to initialize NVML: Unknown Error\n", "container-lost-gpu", CPU),
    "NVML in WSL": ("Failed to initialize NVML: GPU access blocked by the operating system\n", "wsl2-no-cuda", CPU),
    "WSL without driver": (
        missing("libcuda.so.1", path="/usr/lib/wsl/lib:/usr/local/cuda/lib64") + cuinit("UNKNOWN ERROR (303)", "2.10"),
        "wsl2-no-cuda",
        CPU,
    ),
    "GPU lost": (
        "Unable to determine the device handle for GPU 0000:01:00.0: GPU is lost.  Reboot the system to recover it\n",
        "gpu-hardware-lost",
        CPU,
    ),
    "nvidia-smi sees CUDA, TensorFlow does not": (
        "| NVIDIA-SMI 550.54.14    Driver Version: 550.54.14    CUDA Version: 12.4   |\n"
        + cuinit("UNKNOWN ERROR (303)"),
        "libcuda-not-on-search-path",
        CPU,
    ),
}
"""The driver, its access and its absence."""

LIBRARIES = {
    "cudart missing, 2.17": (STUB, "cuda-extra-missing", CPU),
    "some missing, 2.18": (device(DLOPEN.strip()) + SKIP, "cuda-lib-missing", CPU),
    "one missing, 1.14": (
        missing("libcublas.so.10.0", needle="Could not dlopen library") + SKIP,
        "cuda-lib-missing",
        CPU,
    ),
    "all missing, 2.6": (missing("libcudart.so.11.0", *CUDA11, "libcudnn.so.8") + SKIP, "cuda-lib-missing", CPU),
    "all missing, Windows": (
        missing_dll("cudart64_110.dll", "cublas64_11.dll", "cudnn64_8.dll"),
        "cuda-lib-missing",
        CPU,
    ),
    "missing at import, 1.13": (f"ImportError: libcublas.so.10.0: {NO_FILE}\n", "cuda-lib-missing", CPU),
    "missing at import, Windows 1.15": (
        "ImportError: Could not find 'cudart64_100.dll'. TensorFlow requires that this DLL be installed\n",
        "cuda-lib-missing",
        CPU,
    ),
    "only cuDNN missing": (
        opened("libcudart.so.11.0", *CUDA11) + missing("libcudnn.so.8") + device(DLOPEN.strip()),
        "cuda-lib-missing",
        CPU,
    ),
    "only cuDNN missing, Windows": (
        opened("cudart64_110.dll", "cublas64_11.dll") + missing_dll("cudnn64_8.dll"),
        "cuda-lib-missing",
        CPU,
    ),
    "cuDNN of another major": (
        opened("libcudart.so.12") + missing("libcudnn.so.9") + "/usr/lib/libcudnn.so.8.9.7\n",
        "cudnn-major-mismatch",
        CPU,
    ),
    "CUDA of another version in the path": (
        missing("libcudart.so.11.0", path="/usr/local/cuda-12.1/lib64") + SKIP,
        "cuda-major-mismatch",
        CPU,
    ),
    "CUDA 10.2 for 10.1": (
        missing("libcudart.so.10.1", path="/usr/local/cuda-10.2/lib64") + opened("libcublas.so.10", "libcudnn.so.7"),
        "cuda-major-mismatch",
        CPU,
    ),
    "cuSOLVER of the next minor": (
        opened("libcudart.so.11.0", "libcublas.so.11", "libcudnn.so.8") + missing("libcusolver.so.10") + SKIP,
        "cuda-major-mismatch",
        CPU,
    ),
    "TensorFlow for 11 beside CUDA 12": (
        "tensorflow==2.13.1\nCuda compilation tools, release 12.1, V12.1.105\n" + STUB,
        "cuda-major-mismatch",
        CPU,
    ),
    "cuSOLVER of 2.21": (
        opened("libcuda.so.1", "libcudart.so.12", "libcublas.so.12", "libcudnn.so.9")
        + NEW.format("I")
        + f"dso_loader.cc:144] Could not load dynamic library 'libcusolver.so.11'; "
        f"dlerror: libcusolver.so.11: {NO_FILE}\n",
        "tf221-cusolver-runpath",
        CPU,
    ),
    "2.16.1": ("tensorflow==2.16.1\n" + device(DLOPEN.strip()) + SKIP, "tf2161-runpath", CPU),
    "NVML missing, 2.21": (opened("libcuda.so.1") + missing("libnvidia-ml.so.1"), "nvml-missing", CPU),
    "damaged": (
        f"{LOADER}Could not load dynamic library 'libcudnn.so.9'; dlerror: /env/libcudnn.so.9: file too short\n",
        "cuda-lib-corrupt",
        CPU,
    ),
    "dependency": (
        f"{LOADER}Could not load dynamic library 'libcusparse.so.12'; dlerror: libnvJitLink.so.12: {NO_FILE}\n",
        "cuda-lib-dependency-missing",
        CPU,
    ),
    "zlib, Windows": (
        "Could not locate zlibwapi.dll. Please make sure it is in your library path!\n",
        "cuda-lib-dependency-missing",
        CPU,
    ),
    "cuDNN wants libcuda.so": (
        CREATED + f"Could not load library libcudnn_cnn_infer.so.8. Error: libcuda.so: {NO_FILE}\n",
        "libcuda-not-on-search-path",
        CPU,
    ),
    "part of cuDNN": (
        CREATED + "Could not load library libcudnn_ops_infer.so.8. Error: libcudnn_ops_infer.so.8: " + NO_FILE + "\n",
        "cuda-lib-missing",
        CPU,
    ),
    "part of cuDNN 9": (
        "Unable to load any of {libcudnn_cnn.so.9.1.0, libcudnn_cnn.so.9.1, libcudnn_cnn.so.9}\n",
        "cuda-lib-missing",
        CPU,
    ),
    "XLA_GPU and no GPU": (
        '[name: "/device:CPU:0"\n, name: "/job:localhost/replica:0/task:0/device:XLA_GPU:0"]\n',
        "cuda-lib-missing",
        CPU,
    ),
    "no extra yet": (
        "WARNING: tensorflow 2.13.1 does not provide the extra 'and-cuda'\n",
        "cuda-extra-missing",
        CPU,
    ),
    "cuDNN too old": (
        CREATED
        + XLA.format("E")
        + "cuda_dnn.cc:454] Loaded runtime CuDNN library: 9.1.0 but source was compiled with: 9.3.0.  CuDNN library "
        "needs to have matching major version and equal or higher minor version.\n",
        "cudnn-older-than-compiled",
        CPU,
    ),
    "pip's conflict": (
        "tensorflow 2.18.0 requires nvidia-cudnn-cu12==9.3.0.75; but you have nvidia-cudnn-cu12 9.1.0.70.\n",
        "torch-or-jax-overrode-nvidia-wheels",
        UNKNOWN,
    ),
}
"""CUDA's libraries and their versions."""
