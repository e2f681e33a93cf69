"""Logs on devices, programs and packages, and what they must be taken for: (log, cause, verdict)."""

from tests.diagnosis.log_cases import (
    CPU,
    CREATED,
    GPU,
    HANDLE,
    LISTED,
    NEW,
    OLD,
    READY,
    SKIP,
    UNKNOWN,
    T,
    device,
    missing,
    missing_dll,
    opened,
)

FAKE = "(device: 0, name: GeForce X, pci bus id: 0000:01:00.0, compute capability: 3.0)"
STATUS = "tensorflow.python.framework.errors_impl.InternalError: cudaGetDevice() failed. Status: "
JIT = (
    "TensorFlow was not built with CUDA kernel binaries compatible with compute capability {}. CUDA kernels will be "
    "jit-compiled from PTX, which could take 30 minutes or longer."
)
USED = "gpu-used-but-looks-idle"

DEVICES = {
    "too old": (
        device(
            f"Ignoring visible gpu device {FAKE} with Cuda compute capability 3.0. "
            "The minimum required Cuda capability is 3.5."
        ),
        "cc-below-minimum",
        CPU,
    ),
    "too small": (
        device(f"Ignoring visible gpu device {FAKE} with core count: 5. The minimum required count is 8."),
        "too-few-multiprocessors",
        UNKNOWN,  # by TensorFlow's own rule a larger one stays
    ),
    "smaller than a variable asks for": (
        device(f"Ignoring visible gpu device {FAKE} with core count: 132. The minimum required count is 200."),
        "too-few-multiprocessors",
        CPU,
    ),
    "a small one beside a large one": (
        device(f"Ignoring visible gpu device {FAKE} with core count: 5. The minimum required count is 8.") + CREATED,
        "too-few-multiprocessors",
        GPU,
    ),
    "no code for 5.0": (device(JIT.format("5.0")), "cc-no-binary", READY),
    "no code for 12.0": (
        NEW.format("W") + "gpu_device.cc:2459] " + JIT.format("12.0a") + "\n",
        "cc-too-new-ptx-jit",
        READY,
    ),
    "new and failing": (
        CREATED + "'cuModuleLoadData(&module, data)' failed with 'CUDA_ERROR_INVALID_PTX'\n",
        "cc-too-new-ptx-jit",
        CPU,
    ),
    "no image, GPU unknown": (STATUS + "device kernel image is invalid\n", "cc-no-binary", CPU),
    "no image, new GPU": (
        CREATED.replace("capability: 7.5", "capability: 8.9")
        + "no kernel image is available for execution on the device\n",
        "cc-too-new-ptx-jit",
        CPU,
    ),
    "RTX 30 with CUDA 10": (
        opened("libcudart.so.10.1")
        + CREATED.replace("capability: 7.5", "capability: 8.6")
        + "InternalError: Blas GEMM launch failed : a.shape=(32, 784)\n",
        "cc-too-new-ptx-jit",
        CPU,
    ),
    "driver too old at the first operation": (
        STATUS + "CUDA driver version is insufficient for CUDA runtime version\n",
        "driver-too-old",
        CPU,
    ),
    "nvidia-smi shows a driver too old": (
        "| NVIDIA-SMI 418.87.00    Driver Version: 418.87.00    CUDA Version: 10.1     |\n"
        + missing("libcudart.so.11.0"),
        "cuda-lib-missing",
        CPU,
    ),
    "memory used up": (
        CREATED + T + "W tensorflow/core/common_runtime/bfc_allocator.cc:457] Allocator (GPU_0_bfc) ran out of memory "
        "trying to allocate 1.17GiB (rounded to 1258291200)requested by op Fill\n",
        "gpu-memory-hogged",
        GPU,
    ),
    "no memory for a context, 1.15": (
        OLD.format("E")
        + "cuda_driver.cc:828] failed call to cuDevicePrimaryCtxRetain: CUDA_ERROR_OUT_OF_MEMORY: out of "
        "memory; total memory reported: 11721506816\n",
        "gpu-memory-hogged",
        CPU,
    ),
    "no memory for a context, 2.21": (
        LISTED + "RuntimeError: Bad StatusOr access: RESOURCE_EXHAUSTED: : CUDA_ERROR_OUT_OF_MEMORY: out of memory\n",
        "gpu-memory-hogged",
        CPU,
    ),
    "no memory for cuDNN": (CREATED + HANDLE + "INTERNAL_ERROR\n", "gpu-memory-hogged", CPU),
    "busy, 2.21": (
        LISTED
        + "RuntimeError: Bad StatusOr access: INTERNAL: CUDA error: : CUDA_ERROR_DEVICE_UNAVAILABLE: CUDA-capable "
        "device(s) is/are busy or unavailable\n",
        "compute-mode-exclusive",
        CPU,
    ),
    "busy, 2.0": (STATUS + "all CUDA-capable devices are busy or unavailable\n", "compute-mode-exclusive", CPU),
    "unknown error": (STATUS + "unknown error\n", "uvm-missing-or-suspend", CPU),
    "ROCm, unsupported GPU": (
        device(
            f"Ignoring visible gpu device {FAKE} with AMDGPU version : gfx803. The supported AMDGPU versions are gfx900"
        ),
        "amd-needs-rocm",
        CPU,
    ),
    "ROCm, no permission": ("Unable to open /dev/kfd read-write: Permission denied\n", "amd-needs-rocm", CPU),
    "ROCm, library": (missing("libamdhip64.so.5"), "amd-needs-rocm", CPU),
    "Metal, symbol": (
        "NotFoundError: dlopen(/env/tensorflow-plugins/libmetal_plugin.dylib, 0x0006): Symbol not found: _TF_Example\n",
        "macos-no-metal",
        CPU,
    ),
    "DirectML without WSL's library": (missing("libd3d12.so"), "wsl2-no-cuda", CPU),
    "XLA without libdevice": (
        CREATED + "libdevice not found at ./libdevice.10.bc\n",
        "xla-libdevice-or-ptxas-missing",
        GPU,
    ),
    "no system, PyTorch's words": ("Error 802: system not yet initialized\n", "fabric-manager-down", CPU),
    "uvm refused": (
        "modprobe: ERROR: could not insert 'nvidia_uvm': Invalid argument\n",
        "uvm-missing-or-suspend",
        CPU,
    ),
    "another process denied": ("open /dev/nvidia-uvm: Permission denied\n", "device-node-permission", CPU),
    "nvcc too old": ("nvcc fatal   : Unsupported gpu architecture 'compute_120'\n", "cc-too-new-ptx-jit", UNKNOWN),
    "ROCm is configured": ("third_party/gpus/rocm_configure.bzl:191: no such target\n", "amd-needs-rocm", CPU),
}
"""Devices that are refused or fail."""

USED_GPU = {
    "created, 2.21": (NEW.format("I") + CREATED.partition("] ")[2], USED, GPU),
    "created, 2.4": (
        device("Created TensorFlow device (/job:localhost/replica:0/task:0/device:GPU:0 with 14249 MB memory)", "I"),
        USED,
        GPU,
    ),
    "created, 1.4": (device("Creating TensorFlow device (/device:GPU:0) -> (device: 0, name: K80)", "I"), USED, GPU),
    "Metal": ("Metal device set to: Apple M1\n", USED, GPU),
    "DirectML": ("I tensorflow/c/logging.cc:34] DirectML: creating device on adapter 0 (NVIDIA GeForce)\n", USED, GPU),
    "placed": ("Executing op MatMul in device /job:localhost/replica:0/task:0/device:GPU:0\n", USED, GPU),
    "listed": (LISTED, USED, READY),
    "counted": ("Num GPUs Available:  1\n", USED, READY),
    "listed by device_lib": ('name: "/device:GPU:0"\ndevice_type: "GPU"\n', USED, READY),
    "cuDNN at work": (T + "I tensorflow/stream_executor/cuda/cuda_dnn.cc:368] Loaded cuDNN version 8204\n", USED, GPU),
    "after a run without": (missing("libcudart.so.11.0") + SKIP + CREATED, USED, GPU),
    "no ptxas": (CREATED + "Couldn't invoke ptxas --version\n", USED, GPU),
    "asked by is_gpu_available": ("tf.test.is_gpu_available(): True\n", USED, READY),
    "NUMA and nothing else": (
        OLD.format("I") + "cuda_gpu_executor.cc:936] successful NUMA node read from SysFS had negative value (-1)\n",
        USED,
        UNKNOWN,
    ),
    "the allocator asks": (
        CREATED + "Allocator (GPU_0_bfc) ran out of memory trying to allocate 2.03GiB with freed_by_count=0.\n",
        USED,
        GPU,
    ),
    "optional libraries": (missing("libnvinfer.so.7") + missing_dll("cupti64_112.dll") + CREATED, USED, GPU),
}
"""Logs in which the GPU is used."""

PROGRAMS = {
    "growth too late": (
        LISTED + "RuntimeError: Physical devices cannot be modified after being initialized\n",
        "memory-growth-too-late",
        READY,
    ),
    "visible too late": (
        "Visible devices cannot be modified after being initialized\n",
        "memory-growth-too-late",
        UNKNOWN,
    ),
    "growth differs": (
        "ValueError: Memory growth cannot differ between GPU devices\n",
        "memory-growth-too-late",
        UNKNOWN,
    ),
    "device name": (
        "ValueError: Unknown attribute 'cuda' is encountered while parsing the device spec: 'cuda:0'.\n",
        "wrong-device-name",
        UNKNOWN,
    ),
    "hidden by the program": ("tf.config.set_visible_devices([], 'GPU')\n[]\n", "visible-devices-emptied", CPU),
    "masked by the program": ('os.environ["CUDA_VISIBLE_DEVICES"] = "-1"\n', "cvd-hides-gpu", CPU),
    "another backend": ("Using Theano backend.\n", "keras-backend-not-tensorflow", UNKNOWN),
    "no TensorFlow": ("ModuleNotFoundError: No module named 'tensorflow'\n", "tensorflow-not-installed", CPU),
    "wreck": ("AttributeError: module 'tensorflow' has no attribute 'config'\n", "mixed-tensorflow-dists", CPU),
    "native Windows": (
        "WARNING:tensorflow:TensorFlow GPU support is not available on native Windows for TensorFlow >= 2.11.\n",
        "windows-native-no-gpu",
        CPU,
    ),
    "Intel's wheel": ("Downloading tensorflow_intel-2.18.0-cp312-cp312-win_amd64.whl\n", "windows-native-no-gpu", CPU),
    "CPU wheel": ("tensorflow-cpu            2.21.0\n", "cpu-only-wheel", CPU),
    "not built with CUDA": ("tf.test.is_built_with_cuda() False\n[]\n", "cpu-only-wheel", CPU),
    "conda": ("tensorflow-base           2.3.0           mkl_py38h7075554_0\n", "conda-cpu-build", CPU),
    "two packages": ("tensorflow==2.3.0\ntensorflow-gpu==2.2.0\n", "mixed-tensorflow-dists", CPU),
    "no wheel": (
        "ERROR: Could not find a version that satisfies the requirement tensorflow (from versions: none)\n",
        "python-unsupported",
        CPU,
    ),
    "Colab": ("Cannot connect to GPU backend\n", "hosted-runtime-cpu", "cpu-only"),
    "strategy": (
        "INFO:tensorflow:Using MirroredStrategy with devices ('/job:localhost/replica:0/task:0/device:CPU:0',)\n",
        "strategy-or-distribution-cpu",
        UNKNOWN,
    ),
}
"""Programs and packages."""
