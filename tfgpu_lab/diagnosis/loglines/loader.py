"""Lines on shared libraries: dso_loader.cc in every era, dynamic loaders, cuDNN's own loader, cudart_stub.cc.

Sources: tensorflow/stream_executor/platform/default/dso_loader.cc (1.13 to 2.10), tensorflow/tsl and
xla/tsl/platform/default/dso_loader.cc (from 2.11 on), xla/tsl/cuda/cudart_stub.cc, dlopen(3), NVIDIA's cuDNN.
"""

from .mark import Mark, mark

_QUOTE = r"\W{0,3}"  # straight, curly, or none
_NAME = r"[\w.+-]{0,60}"
_PATH = r"(?:\S{0,200}[/\\])?"
_REST = _QUOTE + r"(?:; dlerror: [^;\n]{0,300}(?:; LD_LIBRARY_PATH: (?P<path>\S{0,500}))?)?"
_LIBCUDA = rf"(?P<value>libcuda\.so{_NAME}|nvcuda\.dll)"
_CUDNN = rf"(?P<value>libcudnn{_NAME}|cudnn{_NAME}\.dll)"
_PARTS = "(?:dart|blas|fft|rand|solver|sparse)"
_CUDA = rf"(?P<value>(?:libcu{_PARTS}|cu{_PARTS}\w{{0,4}}64_){_NAME})"
_NVML = rf"(?P<value>libnvidia-ml{_NAME}|nvml\.dll)"
_ROCM = rf"(?P<value>lib(?:amdhip64|hip|roc|MIOpen|rccl|hsa){_NAME})"
_DIRECTML = rf"(?P<value>(?:lib)?(?:d3d12|dxcore|directml){_NAME})"
_OPTIONAL = rf"(?:lib)?(?:nvinfer|cupti|nccl|nvrtc|hdfs|OpenCL|nvToolsExt){_NAME}"
# A library of whose needs the loader speaks, not of itself: 'libcusparse.so.12'; dlerror: libnvJitLink.so.12: cannot
_NEEDS = rf"(?P<library>lib{_NAME}){_QUOTE}; dlerror: (?!(?P=library)|/)(?P<value>lib{_NAME}): cannot open"
_DAMAGED = (
    rf"(?P<value>lib{_NAME}){_QUOTE}; dlerror: [^;\n]{{0,300}}(?:file too short|invalid ELF header|wrong ELF class)"
)


def _not_loaded(needle: str) -> list[Mark]:
    return [
        mark("optional-library-missing", needle, _QUOTE + _OPTIONAL, "harmless"),
        mark("libcuda-missing", needle, _QUOTE + _LIBCUDA + _REST, "none"),
        mark("nvml-missing", needle, _QUOTE + _NVML, "none"),
        mark("library-damaged", needle, _QUOTE + _DAMAGED, "none"),
        mark("library-needs-library", needle, _QUOTE + _NEEDS, "none"),
        mark("cudnn-missing", needle, _QUOTE + _CUDNN + _REST, "none"),
        mark("cuda-library-missing", needle, _QUOTE + _CUDA + _REST, "none"),
        mark("rocm-library-missing", needle, _QUOTE + _ROCM, "none"),
        mark("directml-library-missing", needle, _QUOTE + _DIRECTML, "none"),
    ]


MARKS = [
    # dso_loader.cc: "Could not load dynamic library", 1.14 "Could not dlopen library"
    *_not_loaded("ould not load dynamic library "),
    *_not_loaded("ould not dlopen library "),
    # dso_loader.cc before 1.13
    mark("cuda-library-missing", "ouldn't open CUDA library ", _CUDA, "none"),
    mark("cudnn-missing", "ouldn't open CUDA library ", _CUDNN, "none"),
    mark("libcuda-missing", "ouldn't open CUDA library ", _LIBCUDA, "none"),
    mark("libcuda-opened", "ccessfully opened dynamic library ", rf"{_QUOTE}{_PATH}{_LIBCUDA}"),
    mark("cudnn-opened", "ccessfully opened dynamic library ", rf"{_QUOTE}{_PATH}{_CUDNN}"),
    mark("cuda-library-opened", "ccessfully opened dynamic library ", rf"{_QUOTE}{_PATH}{_CUDA}"),
    mark("nvml-opened", "ccessfully opened dynamic library ", rf"{_QUOTE}{_PATH}{_NVML}"),
    mark("rocm-library-opened", "ccessfully opened dynamic library ", rf"{_QUOTE}{_PATH}{_ROCM}"),
    mark("directml-opened", "ccessfully opened dynamic library ", rf"{_QUOTE}{_PATH}{_DIRECTML}"),
    # Bare dlerror texts, as `dlerror: libcudnn.so.7` in cut logs and in Python's ImportError
    *(
        mark(kind, needle, pattern + r"(?![^;\n]{0,80}(?:file too short|invalid ELF|wrong ELF))", "none")
        for needle in ("dlerror: ", "ImportError: ", "OSError: ")
        for kind, pattern in (
            ("libcuda-missing", _LIBCUDA),
            ("cudnn-missing", _CUDNN),
            ("cuda-library-missing", _CUDA),
            ("rocm-library-missing", _ROCM),
        )
    ),
    mark("library-damaged", "file too short", "", "none"),
    mark("library-damaged", "wrong ELF class: ELFCLASS", "", "none"),
    mark("library-damaged", "invalid ELF header", "", "none"),
    # self_check.py on Windows, 1.4 to 2.0
    mark("cuda-library-missing", "ould not find '", _CUDA, "none"),
    mark("cudnn-missing", "ould not find '", _CUDNN, "none"),
    mark("libcuda-missing", "ould not find '", _LIBCUDA, "none"),
    mark("dll-load-failed", "DLL load failed", r"(?: while importing \w{1,60})?: "),
    # gpu_device.cc and cudart_stub.cc
    mark("libraries-skipped", "annot dlopen some GPU libraries", "", "none"),
    mark("libraries-skipped-at", "gpu_device.cc:", r"(?P<value>\d{3,4})\] Cannot dlopen some GPU libraries"),
    mark("skipping-devices", "kipping registering GPU devices", "", "none"),
    mark("cudart-not-found", "ould not find cuda drivers on your machine", "", "none"),
    mark("cudart-not-found", "ould not find CUDA drivers on your machine", "", "none"),
    mark("cudart-not-found", "Error loading CUDA libraries. GPU will not be used", "", "none"),
    mark("cudart-not-found", "cudaGetErrorString symbol not found", "", "none"),
    # cuDNN 8 and 9 load parts of themselves when the first operation needs them
    mark("cudnn-wants-libcuda", "ould not load library ", rf"{_CUDNN} Error: libcuda\.so", "fails"),
    mark("cudnn-part-missing", "ould not load library ", _CUDNN, "fails"),
    mark("cudnn-part-missing", "ould not locate ", _CUDNN, "fails"),
    mark("cudnn-part-missing", "nable to load any of {libcudnn", "", "fails"),
    mark("cudnn-part-missing", "annot load symbol cudnn", "", "fails"),
    mark("zlib-missing", "zlibwapi.dll", "", "fails"),
    mark("symbol-missing", "ould not load symbol ", r"(?P<value>cu\w{1,60})", "fails"),
    mark("symbol-missing", "undefined symbol: ", r"(?P<value>cu(?:dnn|blas|da|sparse|solver|fft)\w{1,60})", "fails"),
    mark("symbol-missing", "version `lib", r"(?P<value>cu(?:dnn|blas|sparse|solver|fft)\w{0,20})\.so", "fails"),
    mark("symbol-missing", "symbol lookup error: ", r"\S{0,200}lib(?P<value>cu(?:dnn|blas)\w{0,60})", "fails"),
]
"""Every line about libraries."""
