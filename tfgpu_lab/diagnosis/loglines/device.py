"""Lines on devices: registered, ignored, created, short of memory, failing; CUDA, ROCm, Metal and DirectML.

Sources: tensorflow/core/common_runtime/gpu/gpu_device.cc and bfc_allocator.cc, stream_executor/cuda/*.cc,
compiler/mlir/tools/kernel_gen/tf_gpu_runtime_wrappers.cc, pluggable_device/*.cc, tensorflow-metal, tensorflow-directml.
"""

from .mark import Mark, mark

_TASK = r"/job:\w{1,40}/replica:\d{1,6}/task:\d{1,6}/"
_JOB = r"[^\n]{0,20}" + _TASK
_GPU = r"(?:device:)?[gG][pP][uU]:\d"
_CC = r"(?P<value>\d{1,2}\.\d)"
_FAILED = "ailed. Status: "
# gpu_device.cc of 2.0 to 2.21, cuda_gpu_executor.cc, statusor.cc: one cause, many wordings.
_BUSY = r"(?:all )?CUDA-capable device(?:\(s\)|s)? (?:is/are|are) busy or unavailable"

_CREATED: list[Mark] = [
    mark("gpu-created", "Created device ", _JOB + _GPU, "gpu"),
    mark("gpu-created", "Created TensorFlow device (", _JOB + _GPU, "gpu"),
    mark("gpu-created", "Creating TensorFlow device (", "/" + _GPU, "gpu"),
    mark("gpu-placed", ": /job:", r"\w{1,40}/replica:\d{1,6}/task:\d{1,6}/" + _GPU + r"\s{0,3}$", "gpu"),
    mark("gpu-placed", "Executing op ", r"[\w/]{1,80} in device " + _TASK + _GPU, "gpu"),
    mark("gpu-placed", "/job:", r"\w{1,40}/replica:\d{1,6}/task:\d{1,6}/device:GPU:\d{1,3} -> device: ", "gpu"),
    mark("gpu-placed", "shape=", r"[^\n]{0,200}, device=/job:\w{1,40}/replica:\d/task:\d/device:GPU:", "gpu"),
    mark("gpu-created", "Metal device set to: ", r"\w", "gpu"),
    mark("gpu-created", "DirectML: creating device on adapter ", "", "gpu"),
    mark("gpu-worked", "Loaded cuDNN version ", r"\d", "gpu"),
    mark("gpu-worked", "TensorFloat-32 will be used", "", "gpu"),
    mark("gpu-worked", "Plugin optimizer for device_type GPU is enabled", "", "gpu"),
    mark("gpu-listed", "Adding visible gpu devices: ", r"\d", "listed"),
    mark("gpu-found", "ound device ", r"\d{1,3} with properties"),
    mark("gpu-found", "StreamExecutor device (", rf"\d{{1,3}}\): (?!Host)[^\n]{{1,100}}, Compute Capability {_CC}"),
    mark("gpu-capability", "compute capability: ", _CC),
    mark("gpu-capability", "computeCapability: ", _CC),
]

_IGNORED: list[Mark] = [
    mark("capability-too-low", "The minimum required Cuda capability is ", r"(?P<value>[\d.]{1,6})", "none"),
    # The usual limit is 8, or what the largest GPU has: the largest always stays. More than 8 was set by a variable.
    mark("small-gpu-ignored", "The minimum required count is ", r"[1-8]\b"),
    mark("too-few-multiprocessors", "The minimum required count is ", r"(?P<value>\d{1,4})", "none"),
    mark("amdgpu-unsupported", "with AMDGPU version : ", r"(?P<value>\w{1,20})", "none"),
    mark("no-code-old-gpu", "kernel binaries compatible with compute capability ", r"(?P<value>[1-5]\.\d)", "listed"),
    mark("no-code-new-gpu", "kernel binaries compatible with compute capability ", r"(?P<value>\d{1,2}\.\d)", "listed"),
]

_MEMORY: list[Mark] = [
    # The allocator asks for room to be faster and goes on without: "this is not a failure".
    mark("allocator-asks", "ran out of memory trying to allocate ", r"\S{1,20} with freed_by_count", "harmless"),
    mark("allocator-asks", "The caller indicates that this is not a failure", "", "harmless"),
    mark("out-of-memory", "Allocator (GPU_", r"[^\n]{1,30} ran out of memory trying to allocate (?!\S{1,20} with f)"),
    mark("out-of-memory", "by allocator GPU_", r"\d"),
    mark("out-of-memory", "from device: ", r"[A-Z_: ]{0,30}CUDA_ERROR_OUT_OF_MEMORY"),
    mark("out-of-memory", "Out of memory while trying to allocate"),
    mark("out-of-memory", "Dst tensor is not initialized"),
    mark("context-no-memory", "cuDevicePrimaryCtxRetain: ", r"[^\n]{0,40}CUDA_ERROR_OUT_OF_MEMORY", "fails"),
    mark("context-no-memory", "CUDA_ERROR_OUT_OF_MEMORY: out of memory; total memory reported", "", "fails"),
    mark("context-no-memory", "Bad StatusOr access: RESOURCE_EXHAUSTED: : CUDA_ERROR_OUT_OF_MEMORY", "", "fails"),
    mark("context-no-memory", _FAILED, "out of memory", "fails"),
    mark("handle-no-memory", "UBLAS_STATUS_ALLOC_FAILED", "", "fails"),
    mark("handle-no-memory", "UDNN_STATUS_ALLOC_FAILED", "", "fails"),
    mark("handle-no-memory", "failed to create cublas handle: ", "", "fails"),
    mark("device-busy", "CUDA_ERROR_DEVICE_UNAVAILABLE", "", "fails"),
    mark("device-busy", _FAILED, _BUSY, "fails"),
    mark("device-busy", "CUDA-capable devices are busy or unavailable", "", "fails"),
    mark("device-busy", "CUDA-capable device(s) is/are busy or unavailable", "", "fails"),
    mark("context-refused", "cuDevicePrimaryCtxRetain: CUDA_ERROR_INVALID_DEVICE", "", "fails"),
    mark("context-invalid-device", "cuDeviceGet: CUDA_ERROR_INVALID_DEVICE", "", "fails"),
]

_FAILING: list[Mark] = [
    mark("driver-insufficient", "CUDA driver version is insufficient for CUDA runtime version", "", "fails"),
    mark("driver-insufficient", "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "", "fails"),
    mark("driver-insufficient", "PTX was compiled with an unsupported toolchain", "", "fails"),
    mark("driver-insufficient", "driver on your system is too old", "", "fails"),
    mark("driver-perhaps-old", "ossibly insufficient driver version", ""),
    mark("context-unknown-error", _FAILED, "unknown error", "fails"),
    mark("context-unknown-error", "cuDevicePrimaryCtxRetain: CUDA_ERROR_UNKNOWN", "", "fails"),
    mark("context-unknown-error", "could not retrieve CUDA device count: CUDA_ERROR", "", "none"),
    mark("context-unknown-error", "ailed to get device properties, error code: ", r"(?:30|999)\b", "fails"),
    mark("driver-unsupported", "system has unsupported display driver", "", "fails"),
    mark("system-not-ready", "system not yet initialized", "", "none"),
    mark("compat-attempted", "forward compatibility was attempted on non supported HW", ""),
    mark("no-device", "no CUDA-capable device is detected", "", "none"),
    mark("kernel-image-missing", "no kernel image is available for execution on the device", "", "fails"),
    mark("kernel-image-missing", "device kernel image is invalid", "", "fails"),
    mark("kernel-image-missing", "CUDA_ERROR_NO_BINARY_FOR_GPU", "", "fails"),
    mark("kernel-image-missing", "CUDA_ERROR_INVALID_IMAGE", "", "fails"),
    mark("kernel-image-missing", "CUDA_ERROR_INVALID_SOURCE", "", "fails"),
    mark("kernel-image-missing", "_STATUS_ARCH_MISMATCH", "", "fails"),
    mark("ptx-invalid", "CUDA_ERROR_INVALID_PTX", "", "fails"),
    mark("ptx-invalid", "a PTX JIT compilation failed", "", "fails"),
    mark("handle-invalid", "CUDA_ERROR_INVALID_HANDLE", "", "fails"),
    mark("ptxas-knows-no-gpu", "ptxas fatal", r"\s{0,4}: Value 'sm_(?P<value>\d{2,3})", ""),
    mark("ptxas-knows-no-gpu", "nsupported gpu architecture 'compute_", r"(?P<value>\d{2,3})", ""),
    mark("gpu-newer-than-build", "with CUDA capability sm_", r"(?:[89]\d|1\d\d) is not compatible"),
    mark("ptxas-knows-no-gpu", "ptxas does not support CC ", r"(?P<value>\d{1,2}\.\d)", ""),
    mark("gpu-hardware-error", "CUDA_ERROR_ECC_UNCORRECTABLE", "", "fails"),
    mark("gpu-hardware-error", "uncorrectable ECC error encountered", "", "fails"),
    mark("cudnn-differs", "Loaded runtime CuDNN library: ", r"(?P<value>[\d.]{1,12}\d)", "fails"),
    mark("cudnn-differs", "Loaded runtime CuDNN library ", r"(?P<value>\d{4,6})", "fails"),
    mark("cudnn-differs", "UDNN_STATUS_VERSION_MISMATCH", "", "fails"),
    mark("cudnn-differs", "UDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH", "", "fails"),
    mark("cudnn-fails", "DNN library initialization failed", "", "fails"),
    mark("cudnn-fails", "DNN library is not found", "", "fails"),
    mark("cudnn-fails", "No DNN in stream executor", "", "fails"),
    mark("cudnn-handle-fails", "ould not create cudnn handle: ", "", "fails"),
    mark("cudnn-handle-fails", "probably because cuDNN failed to initialize", "", "fails"),
    mark("blas-fails", "GEMM launch failed", "", "fails"),
    mark("blas-fails", "BLAS operation using StreamExecutor without BLAS support", "", "fails"),
    mark("libdevice-missing", "libdevice not found at", ""),
    mark("libdevice-missing", "Can't find libdevice directory", ""),
    mark("ptxas-missing", "ouldn't invoke ptxas", ""),
    mark("ptxas-missing", "ouldn't get ptxas version", ""),
    mark("ptxas-missing", "No PTX compilation provider is available", ""),
]

_OTHER_VENDORS: list[Mark] = [
    mark("hip-fails", "ailed call to hipInit", "", "none"),
    mark("hip-fails", "hipErrorNoBinaryForGpu", "", "fails"),
    mark("hip-fails", "hipErrorNoDevice", "", "none"),
    mark("hip-fails", "HIP_ERROR_", r"\w", "none"),
    mark("hip-fails", "HSA_STATUS_ERROR", "", "none"),
    mark("hip-fails", "ROCk module is NOT loaded", "", "none"),
    mark("rocm-configure", "rocm_configure"),
    mark("rocm-configure", "ROCm Configuration Error"),
    mark("kfd-denied", "/dev/kfd", r"[^\n]{0,60}(?:[Pp]ermission denied|[Oo]peration not permitted)", "none"),
    mark("kfd-denied", "nable to open /dev/kfd", "", "none"),
    mark("hip-fails", "MIOpen Error", "", "fails"),
    mark("metal-symbol", "ymbol not found", r"(?:: | in flat namespace)"),
    mark("metal-plugin", "libmetal_plugin.dylib"),
    mark("metal-none", "No supported GPU was found"),
    mark("directml-none", "DirectML device enumeration: found 0 compatible adapters", "", "none"),
]

MARKS = [*_CREATED, *_IGNORED, *_MEMORY, *_FAILING, *_OTHER_VENDORS]
"""Every line about devices."""
