"""Lines that Python, the notebook and the package tools write: device lists, exceptions, pip, conda, Keras.

Sources: tensorflow/python/eager/context.py, framework/device_spec.py, platform/self_check.py, distribute/*.py,
mixed_precision/device_compatibility_check.py, keras/src/backend, pip, conda, jax and PyTorch.
"""

from .mark import Mark, mark

_ONE_WORD = r"\s{0,4}(?:$|\r)"

_LISTS: list[Mark] = [
    mark("gpu-listed", "name='/physical_device:GPU:", r"\d", "listed"),
    mark("gpu-listed", 'name: "/device:GPU:', r"\d", "listed"),
    mark("gpu-created", "LogicalDevice(name='/device:GPU:", r"\d", "gpu"),
    mark("gpu-listed", "Found GPU at: /device:GPU:", r"\d", "listed"),
    mark("gpu-listed", "Default GPU Device: /device:GPU:", r"\d", "listed"),
    mark("xla-gpu-listed", "device:XLA_GPU:", r"\d"),
    mark("cpu-listed", "name='/physical_device:CPU:", r"\d"),
    mark("cpu-listed", 'name: "/device:CPU:', r"\d"),
    mark("gpus-counted", "um GPUs", r"(?: Available)?:?\s{1,4}[1-9]", "listed"),
    mark("none-listed", "um GPUs", r"(?: Available)?:?\s{1,4}0", "none"),
    mark("none-listed", "umber of GPUs", r"[^\n\d]{0,20}0\b", "none"),
    mark("gpus-counted", "umber of GPUs", r"[^\n\d]{0,20}[1-9]", "listed"),
    mark("colab-none", "GPU device not found", "", "none"),
    mark("none-listed", "GPU is NOT AVAILABLE", "", "none"),
    mark("gpus-counted", "GPU is available", "", "listed"),
    mark("none-listed", "is_gpu_available", r"(?:\(\))?[^\n\w]{0,6}False", "none"),
    mark("gpus-counted", "is_gpu_available", r"(?:\(\))?[^\n\w]{0,6}True", "listed"),
    mark("none-listed", "Device mapping: no known devices", "", "none"),
    mark("none-listed", "because this machine does not have a GPU", "", "none"),
    mark("none-listed", "There are non-GPU devices in `tf.distribute.Strategy`", "", "none"),
    mark(
        "none-listed", "available devices: /job:localhost/replica:0/task:0/device:CPU:0", r"(?![^\n]{0,300}GPU)", "none"
    ),
    mark("none-listed", "Supported device types [CPU]", "", "none"),
    mark("none-listed", "available devices: [ /job:localhost/replica:0/task:0/device:CPU:0 ]", "", "none"),
    mark("empty-list", "[]", _ONE_WORD),
    mark("false-printed", "False", _ONE_WORD),
    mark("not-built-with-cuda", "is_built_with_cuda", r"(?:\(\))?[^\n\w]{0,6}False"),
    mark("not-built-with-cuda", "'is_cuda_build', False", ""),
    mark("not-built-with-cuda", "uilt with CUDA", r"[^\n\w]{1,6}False"),
    mark("gpu-listed", "compatibility check (mixed_float16): ", "", "listed"),
    mark("strategy-on-cpu", "Strategy with devices (", r"'/job:\w{1,40}/replica:0/task:0/device:CPU:0',?\)"),
    mark("strategy-on-gpu", "Strategy with devices (", r"'/job:\w{1,40}/replica:0/task:0/device:GPU:", "gpu"),
]

_EXCEPTIONS: list[Mark] = [
    mark("init-order", " devices cannot be modified after being initialized"),
    mark("init-order", "Memory growth cannot differ between GPU devices"),
    mark("init-order", "annot set memory growth on device when virtual devices configured"),
    mark("init-order", "parallelism cannot be modified after initialization"),
    mark("init-order", "ollective ops must be configured at program startup"),
    mark("wrong-device-name", "is encountered while parsing the device spec"),
    mark("wrong-device-name", "unknown device."),
    mark("wrong-device-name", "available devices: ", r"[^\n]{0,300}device:GPU:0"),
    mark("op-without-kernel", "no supported kernel for GPU devices is available"),
    mark("wrecked-package", "module 'tensorflow' has no attribute '"),
    mark("wrecked-package", "from 'tensorflow' (unknown location)"),
    mark("no-tensorflow", "No module named 'tensorflow'"),
    mark("no-tensorflow", "No module named tensorflow"),
    mark("tensorflow-version", "tensorflow-", r"(?P<value>\d{1,2}\.\d{1,3}\.\d{1,3})-cp\d"),
    mark("tensorflow-version", "tensorflow[and-cuda]==", r"(?P<value>\d{1,2}\.\d{1,3}\.\d{1,3})"),
    mark("tensorflow-version", "ensorflow version", r"[^\n\d]{0,10}(?P<value>\d{1,2}\.\d{1,3}(?:\.\d{1,3})?)"),
    mark("tensorflow-version", "ensorFlow version", r"[^\n\d]{0,10}(?P<value>\d{1,2}\.\d{1,3}(?:\.\d{1,3})?)"),
    mark("tensorflow-version", "tf.__version__", r"[^\n\d]{0,10}(?P<value>\d{1,2}\.\d{1,3}\.\d{1,3})"),
]

_KERAS: list[Mark] = [
    mark("keras-other-backend", "Using ", r"(?:Theano|CNTK|JAX|PyTorch|torch|jax|NumPy) backend"),
    mark(
        "keras-other-backend", "KERAS_BACKEND", r"['\"\]]{0,2}\s{0,2}=\s{0,2}['\"]?(?:jax|torch|numpy|openvino|theano)"
    ),
    mark("keras-other-backend", '"backend": "', r"(?:jax|torch|numpy|openvino|theano|cntk)"),
    mark("keras-other-backend", "a CUDA-enabled jaxlib is not installed", ""),
    mark("keras-other-backend", "No GPU/TPU found, falling back to CPU", ""),
    mark("keras-other-backend", "Torch not compiled with CUDA enabled", ""),
    mark("keras-other-backend", "ackend.backend()", r"[^\n\w]{0,8}(?:jax|torch|numpy|openvino)"),
]

_CODE: list[Mark] = [
    mark("cvd-hidden-in-code", "CUDA_VISIBLE_DEVICES", r"['\"]?\]?[ =,:]{1,4}(?:['\"](?:-1)?['\"]|-1)"),
    mark("cvd-none-files", "CUDA_VISIBLE_DEVICES", r"[ =:]{1,3}['\"]?NoDevFiles"),
    mark("hidden-in-code", "set_visible_devices(", r"\[\], ?['\"]GPU"),
    mark("hidden-in-code", "device_count", r"\s?=\s?\{['\"]GPU['\"]: ?0"),
    mark("cpu-scope-in-code", "tf.device(", r"['\"]/?(?:device:)?[cC][pP][uU]"),
    mark("ray-worker", "(", r"(?:pid=|\w{1,40} pid=|raylet\b)"),
]

_PACKAGES: list[Mark] = [
    mark("windows-unsupported", "GPU support is not available on native Windows for TensorFlow", "", "none"),
    mark("windows-wheel", "ensorflow_intel-", r"\d"),
    mark("windows-wheel", "ensorflow-intel", r"(?:==|\s{1,40}|-)\d"),
    mark("cpu-wheel", "ensorflow_cpu-", r"\d"),
    mark("cpu-wheel", "ensorflow-cpu", r"(?:==|\s{1,40}|-)\d"),
    mark("cpu-wheel", "intel-tensorflow", r"(?:==|\s{1,40}|-)\d"),
    mark("gpu-package", "ensorflow-gpu", r"(?:==|\s{1,40}|-)\d"),
    mark("gpu-package", "ensorflow_gpu-", r"\d"),
    mark("plain-package", "tensorflow  ", r"\s{0,40}\d{1,2}\.\d"),
    mark("plain-package", "tensorflow==", r"(?P<value>\d{1,2}\.\d{1,3}(?:\.\d{1,3})?)"),
    mark("aarch64-wheel", "ensorflow-", r"[\w.-]{1,60}manylinux[\w.]{1,60}_aarch64"),
    mark("gpu-package-removed", 'he "tensorflow-gpu" package has been removed'),
    mark("gpu-package-removed", 'python_version>"3.7"', ""),
    mark("no-wheel-for-python", "atching distribution found for tensorflow"),
    mark("no-wheel-for-python", "satisfies the requirement tensorflow"),
    mark("no-metal-wheel", "satisfies the requirement tensorflow-m", r"(?:etal|acos)"),
    mark("no-cuda-extra", "does not provide the extra 'and-cuda'"),
    mark("wheel-conflict", " requires nvidia-", r"[\w-]{1,40}cu\d\d[^\n]{0,60}but you have nvidia-"),
    mark("conda-cpu-build", "tensorflow", r"(?:-base)?[ =]{1,40}\d[\w.]{0,12}[ =]{1,20}(?:mkl|eigen|cpu)_py\d"),
    mark("conda-cpu-build", "_tflow_select", r"[ =]{1,40}[\d.]{1,8}[ =]{1,20}(?:mkl|eigen)"),
    mark("conda-cpu-build", "gpu_py", r"\w{0,30}\s{0,20}-->\s{0,20}[^\n]{0,80}(?:mkl|eigen|cpu)_py"),
    mark("mkl-build", "optimized with Intel(R) MKL-DNN"),
    mark("mkl-build", "User settings: KMP_AFFINITY"),
    mark("thread-pool", "reating new thread pool with default inter op setting"),
    mark("hosted-no-gpu", "annot connect to GPU backend"),
    mark("hosted-no-gpu", "annot currently connect to a GPU"),
]

MARKS = [*_LISTS, *_EXCEPTIONS, *_KERAS, *_CODE, *_PACKAGES]
"""Every line of Python and the package tools."""
