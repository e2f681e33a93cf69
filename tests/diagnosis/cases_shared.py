"""What the kernel shares and inherits: other environments, the shell, conda, the GPU's other users (gates 1 to 15)."""

from typing import Any

from tests.diagnosis.recorded import (
    CPU,
    GPU,
    IN_DOCKER,
    LIVE,
    MASKED,
    NO_TF,
    NOT_ASKED,
    ON_CPU,
    ON_GPU,
    Cases,
    E,
    T,
    cuda,
    gone,
    gpu,
    mask,
    node,
    variable,
    wheels,
)

GIB = 1 << 30
SYSTEM = "/usr/local/cuda/lib64"


def neighbour(*, built: bool = True, missing: list[str] | None = None) -> dict[str, Any]:
    """Return another kernelspec's interpreter."""
    names = {"kernel_name": "tf-gpu", "display_name": "TensorFlow GPU", "executable": "/home/ada/tf-gpu/bin/python"}
    return names | {"tensorflow_version": "2.20.0", "is_cuda_build": built, "missing": missing or []}


def card(
    free: int = 79 * GIB, *, mode: int = 0, mig: bool | None = False, pids: tuple[int, ...] = (), others: int = 0
) -> dict[str, Any]:
    """Return a GPU as NVML lists it."""
    held = [{"pid": pid, "memory_used_bytes": (80 * GIB - free) // len(pids)} for pid in pids]
    named = {"uuid": "GPU-1", "name": "NVIDIA H100", "memory_total_bytes": 80 * GIB, "memory_free_bytes": free}
    return named | {"compute_mode": mode, "mig_enabled": mig, "processes": held, "others": others}


def devices(*cards: dict[str, Any]) -> dict[str, Any]:
    """Return what NVML lists."""
    return {f"{E}nvml.devices": list(cards)}


def shell(path: str = SYSTEM, *, missing: list[str] | None = None, driver: bool = True) -> dict[str, Any]:
    """Return what the login shell would change."""
    return {f"{E}login_shell": {"library_path": path, "missing": missing or [], "driver_found": driver}}


def conda(*packages: tuple[str, str], **variables: str) -> dict[str, Any]:
    """Return what conda knows."""
    records = [{"name": name, "version": "2.18.0", "build": build} for name, build in packages]
    scripts = [{"path": "/opt/conda/etc/conda/activate.d/env_vars.sh", "variables": variables}] if variables else []
    return {f"{E}conda": {"packages": records, "scripts": scripts}, f"{E}interpreter.manager": "conda"}


NO_LIBRARIES = gone(*range(7))
LISTED = {f"{LIVE}context": "created", f"{LIVE}logical_devices": None}
TWO = ["/physical_device:GPU:0", "/physical_device:GPU:1"]
HUB = {f"{E}surroundings.hosted": "jupyterhub"}

CASES: Cases = {
    "kernel-env-mismatch": (
        [
            (GPU, NO_TF | {f"{E}neighbours": [neighbour()]}, "certain"),
            (GPU, gone(6) | {f"{E}neighbours": [neighbour(built=False), neighbour()]}, "certain"),
            (CPU, {f"{E}neighbours": [neighbour()]}, "likely"),
        ],
        [
            (GPU, {f"{E}neighbours": [neighbour()]}),
            (GPU, NO_TF | {f"{E}neighbours": [neighbour(missing=["libcudnn.so.9"]), neighbour(built=False)]}),
            (GPU, NO_TF | {f"{E}neighbours": None}),
        ],
    ),
    "kernel-env-missing-vars": (
        [
            (GPU, gone(6, elsewhere=SYSTEM) | shell(), "certain"),
            (GPU, gone(5, 6, elsewhere=SYSTEM) | shell(missing=["libcudnn.so.9"]), "likely"),
            (GPU, {f"{E}cuda": cuda()} | shell("/usr/lib/wsl/lib"), "certain"),
        ],
        [
            (GPU, shell()),
            (GPU, gone(6) | shell(missing=["libcudnn.so.9"])),
            (GPU, {f"{E}cuda": cuda()} | shell(driver=False)),
            (GPU, gone(6) | shell("") | {f"{E}variables": []}),
        ],
    ),
    "jupyterhub-env-filter": (
        [
            (GPU, HUB | gone(*range(7), elsewhere=SYSTEM), "likely"),
            (GPU, HUB | gone(*range(7), elsewhere=SYSTEM) | {f"{E}interpreter.prefix": "/usr"}, "likely"),
        ],
        [
            (GPU, HUB),
            (GPU, HUB | NO_LIBRARIES),
            (GPU, HUB | gone(4, elsewhere="/x/nvidia/cusolver/lib")),
            (GPU, HUB | gone(4, elsewhere="/opt/conda/lib") | {f"{E}interpreter.prefix": "/opt/conda"}),
            (GPU, gone(*range(7), elsewhere=SYSTEM)),
            (
                GPU,
                HUB
                | gone(*range(7), elsewhere=SYSTEM)
                | {f"{E}variables": [variable("LD_LIBRARY_PATH", "/opt/x", "/opt/x")]},
            ),
        ],
    ),
    "conda-activate-not-run": (
        [
            (GPU, conda(LD_LIBRARY_PATH=f"{SYSTEM}:$LD_LIBRARY_PATH") | gone(6, elsewhere=SYSTEM), "certain"),
            (GPU, conda(XLA_FLAGS="--xla_gpu_cuda_data_dir=/opt/conda"), "certain"),
        ],
        [
            (GPU, conda(("cudnn", "0"))),
            (
                GPU,
                conda(LD_LIBRARY_PATH=SYSTEM) | {f"{E}variables": [variable("LD_LIBRARY_PATH", SYSTEM, SYSTEM)]},
            ),
        ],
    ),
    "conda-pip-mix": (
        [(GPU, conda(("cudnn", "h4bb0d8a_0")), "hint")],
        [
            (GPU, conda(("cudnn", "0"), ("tensorflow-base", "cuda126py311h0fd3d9a_200"))),
            (CPU, conda(("cudnn", "0"))),
            (GPU, conda()),
        ],
    ),
    "cpu-only-image": (
        [
            (CPU, IN_DOCKER | {f"{E}interpreter.manager": "system"}, "certain"),
            (GPU, IN_DOCKER | NO_LIBRARIES | {f"{E}interpreter.manager": "conda"}, "certain"),
        ],
        [
            (CPU, {f"{E}interpreter.manager": "system", f"{E}surroundings.container": None}),
            (CPU, IN_DOCKER),
            (GPU, IN_DOCKER | gone(6) | {f"{E}interpreter.manager": "system"}),
        ],
    ),
    "mig-misconfigured": (
        [
            (GPU, devices(card(mig=True)) | {f"{E}cuda": cuda(100)}, "certain"),
            (GPU, devices(card(mig=True)) | MASKED | {f"{E}variables": mask("0", "0")}, "certain"),
            (GPU, devices(card(mig=True)) | {f"{E}cuda": cuda(0)}, "likely"),
        ],
        [
            (GPU, devices(card(mig=True))),
            (GPU, devices(card(mig=False)) | {f"{E}cuda": cuda(100)}),
            (GPU, devices(card(mig=True), card()) | {f"{E}cuda": cuda(100)}),
        ],
    ),
    "compute-mode-exclusive": (
        [
            (GPU, devices(card(mode=3, pids=(4711,))), "certain"),
            (GPU, devices(card(mode=3, others=1)), "certain"),
            (GPU, devices(card(mode=2)), "certain"),
            (ON_GPU, LISTED | devices(card(mode=3, pids=(4711,))), "certain"),
        ],
        [
            (GPU, devices(card(mode=3))),
            (GPU, devices(card(mode=3, pids=(4711,)), card())),
            (GPU, devices(card(pids=(4711,)))),
            (ON_GPU, devices(card(mode=3, pids=(4711,)))),
        ],
    ),
    "gpu-init-oom-then-hang": (
        [(GPU, devices(card(GIB // 4)), "likely"), (ON_GPU, LISTED | devices(card(0, pids=(4711,))), "likely")],
        [
            (GPU, devices(card())),
            (GPU, devices(card(0), card())),
            (ON_GPU, devices(card(0))),
            (GPU, devices(card() | {"memory_free_bytes": None})),
        ],
    ),
    "gpu-memory-hogged": (
        [
            (GPU, devices(card(10 * GIB, pids=(4711, 4712))), "certain"),
            (GPU, devices(card(10 * GIB)), "certain"),
        ],
        [
            (GPU, devices(card(50 * GIB, pids=(4711,)))),
            (GPU, devices(card(10 * GIB), card())),
            (ON_GPU, devices(card(GIB))),
            (ON_GPU, devices(card(GIB, pids=(4711,))) | {"live.pid": 4711}),
        ],
    ),
    "memory-growth-too-late": (
        [
            (
                ON_GPU,
                LISTED
                | {f"{LIVE}physical_devices": TWO, f"{LIVE}visible_devices": TWO}
                | {f"{LIVE}memory_growth": {TWO[0]: True}},
                "certain",
            )
        ],
        [
            (
                ON_GPU,
                LISTED
                | {f"{LIVE}physical_devices": TWO, f"{LIVE}visible_devices": TWO}
                | {f"{LIVE}memory_growth": dict.fromkeys(TWO, True)},
            ),
            (ON_GPU, {f"{LIVE}memory_growth": {TWO[0]: True}}),
        ],
    ),
    "soft-placement-fallback": (
        [(ON_CPU, {f"{E}device_nodes": [node("nvidia0")], f"{LIVE}soft_placement": None}, "certain")],
        [
            (ON_CPU, {}),
            (ON_CPU, {f"{E}device_nodes": [node("nvidia0")], f"{LIVE}soft_placement": False}),
            (ON_CPU, NOT_ASKED | {f"{E}device_nodes": [node("nvidia0")]}),
        ],
    ),
    "one-gpu-of-many": (
        [(ON_GPU, {f"{LIVE}logical_devices": ["/device:CPU:0", "/device:GPU:0", "/device:GPU:1"]}, "hint")],
        [(ON_CPU, {}), (GPU, {f"{E}cuda.devices": [gpu(), gpu()]})],
    ),
    "xla-libdevice-or-ptxas-missing": (
        [
            (
                GPU,
                wheels(("cudnn-cu12", "9.3.0.75"))
                | {f"{T}and_cuda_requires": ["nvidia-cuda-nvcc-cu12<13.0,>=12.5.82"]},
                "likely",
            )
        ],
        [
            (
                GPU,
                wheels(("cuda-nvcc-cu12", "12.5.82"))
                | {f"{T}and_cuda_requires": ["nvidia-cuda-nvcc-cu12<13.0,>=12.5.82"]},
            ),
            (GPU, wheels() | {f"{T}and_cuda_requires": ["nvidia-cudnn-cu12<10.0,>=9.3.0.75"]}),
            (CPU, {}),
        ],
    ),
}
