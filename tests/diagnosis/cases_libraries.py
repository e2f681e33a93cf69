"""NVML, CUDA libraries and versions (gates 10 to 12)."""

from tests.diagnosis.recorded import (
    CPU,
    GPU,
    NONE,
    SITE,
    TF221,
    Cases,
    E,
    T,
    cuda,
    gone,
    gpu,
    lib,
    nvml,
    variable,
    wheels,
)

ONE_STRAY = lib(0, other_versions=["/usr/local/cuda-13.0/lib/libcudart.so.13"])
CUDA_11 = {
    name: value
    for index, file in enumerate(("cudart.so.11.0", "cublas.so.11", "cublasLt.so.11", "cufft.so.10"))
    for name, value in lib(index, other_versions=[f"/usr/local/cuda-11.8/lib64/lib{file}"]).items()
}

CASES: Cases = {
    "nvml-missing": (
        [(TF221, {f"{E}nvml": nvml()}, "certain")],
        [(GPU, {f"{E}nvml": nvml()}), (TF221, {f"{T}version": "2.30.0", f"{E}nvml": nvml()}), (NONE, {})],
    ),
    "nvml-init-failed": (
        [(TF221, {f"{E}nvml": nvml(18)}, "certain")],
        [(GPU, {f"{E}nvml": nvml(18)}), (TF221, {})],
    ),
    "cuda-extra-missing": (
        [(NONE, {}, "certain"), (GPU, gone(*range(7)) | wheels(), "certain")],
        [(GPU, gone(6)), (NONE, gone(0, elsewhere="/usr/local/cuda/lib64")), (CPU, {})],
    ),
    "tf221-cusolver-runpath": (
        [(TF221, {}, "certain")],
        [(TF221, {f"{T}runpath": []}), (GPU, gone(4)), (NONE, {})],
    ),
    "tf2161-runpath": (
        [(GPU, gone(6, elsewhere=f"{SITE}/nvidia/cudnn/lib") | {f"{T}version": "2.16.1"}, "certain")],
        [(GPU, {f"{T}version": "2.16.1"}), (TF221, {})],
    ),
    "nvidia-wheels-elsewhere": (
        [(GPU, gone(6, elsewhere="/home/ada/.local/lib/python3.11/site-packages/nvidia/cudnn/lib"), "certain")],
        [(GPU, gone(6, elsewhere="/usr/local/cuda/lib64")), (TF221, {})],
    ),
    "cuda-major-mismatch": (
        [
            (GPU, gone(*range(7)) | wheels(("cublas", "13.1.0"), ("cudnn-cu13", "9.14.0")), "certain"),
            (GPU, gone(*range(7)) | wheels() | CUDA_11, "certain"),
        ],
        [(NONE, {}), (GPU, gone(6)), (GPU, gone(*range(7)) | wheels() | ONE_STRAY)],
    ),
    "cudnn-major-mismatch": (
        [
            (GPU, gone(6) | wheels(("cudnn-cu12", "8.9.7.29")), "certain"),
            (GPU, gone(6) | wheels() | lib(6, other_versions=["/usr/lib/libcudnn.so.8"]), "certain"),
        ],
        [(GPU, gone(6)), (GPU, wheels(("cudnn-cu12", "9.3.0.75")))],
    ),
    "cuda-lib-missing": (
        [(GPU, gone(6), "certain"), (GPU, gone(*range(7), elsewhere="/usr/local/cuda/lib64"), "certain")],
        [(NONE, {}), (TF221, {}), (CPU, {})],
    ),
    "cuda-lib-dependency-missing": (
        [(GPU, lib(5, load_error="libnvJitLink.so.12: cannot open shared object file: No such file"), "certain")],
        [(GPU, lib(5, load_error="/x/libcusparse.so.12: file too short"))],
    ),
    "cuda-lib-corrupt": (
        [
            (GPU, lib(6, load_error="/x/libcudnn.so.9: file too short"), "certain"),
            (GPU, lib(6, load_error="loading it did not end within 5 s"), "likely"),
        ],
        [(GPU, lib(5, load_error="libnvJitLink.so.12: cannot open shared object file: No such file"))],
    ),
    "driver-too-old": (
        [
            (GPU, {f"{E}cuda.cuda_version": 11040}, "certain"),
            (
                GPU,
                {f"{E}cuda": cuda(999, cuda_version=None), f"{E}nvml.driver_version": "470.82.01"},
                "likely",
            ),
        ],
        [(GPU, {f"{E}cuda.cuda_version": 13000}), (NONE, {})],
    ),
    "cc-below-minimum": (
        [(GPU, {f"{E}cuda.devices": [gpu("3.0")]}, "certain")],
        [(GPU, {f"{E}cuda.devices": [gpu("3.5")]})],
    ),
    "cc-no-binary": (
        [(GPU, {f"{E}cuda.devices": [gpu("5.0")]}, "certain")],
        [(GPU, {f"{E}cuda.devices": [gpu(cc)]}) for cc in ("3.0", "6.1", "8.6", "12.0")],
    ),
    "cc-too-new-ptx-jit": (
        [(GPU, {f"{E}cuda.devices": [gpu("12.0")]}, "certain"), (GPU, {f"{E}cuda.devices": [gpu("10.0")]}, "certain")],
        [(GPU, {f"{E}cuda.devices": [gpu(cc)]}) for cc in ("5.0", "8.9")]
        + [(GPU, {f"{E}cuda.devices": [gpu("12.0")], f"{T}compute_capabilities": []})],
    ),
    "too-few-multiprocessors": (
        [
            (GPU, {f"{E}cuda.devices": [gpu(), gpu(multiprocessors=5)]}, "certain"),
            (GPU, {f"{E}variables": [variable("TF_MIN_GPU_MULTIPROCESSOR_COUNT", "200", "200")]}, "certain"),
        ],
        [(GPU, {f"{E}cuda.devices": [gpu(multiprocessors=4)]})],
    ),
    "cudnn-older-than-compiled": (
        [
            (GPU, wheels(("cudnn-cu12", "9.1.0.70")), "certain"),
            (GPU, lib(6, path="/opt/cuda/lib64/libcudnn.so.9", found_in="LD_LIBRARY_PATH", version="9.1.0"), "certain"),
        ],
        [
            (GPU, lib(6, path="/opt/cuda/lib64/libcudnn.so.9", found_in="LD_LIBRARY_PATH", version="9.10.2")),
            (GPU, wheels(("cudnn-cu12", "9.3.0.75"))),
            (GPU, wheels(("cudnn-cu12", "9.1.0.70")) | {f"{T}version": "9.9"}),
        ],
    ),
    "torch-or-jax-overrode-nvidia-wheels": (
        [(GPU, wheels(("cublas-cu12", "12.1.3.1")), "likely")],
        [
            (CPU, wheels(("cublas-cu12", "12.1.3.1"))),
            (GPU, wheels(("nccl-cu12", "2.20.5"))),
            (GPU, wheels(("cublas-cu12", "12.9.1.4"))),
        ],
    ),
    "ld-library-path-shadows-wheels": (
        [(GPU, lib(6, path="/opt/cuda/lib64/libcudnn.so.9", found_in="LD_LIBRARY_PATH"), "certain")],
        [(GPU, lib(6, found_in="LD_LIBRARY_PATH"))],
    ),
}
