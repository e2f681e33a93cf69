"""The machine: hardware, container, driver (gates 4 to 9)."""

from tests.diagnosis.recorded import (
    CARD_ONLY,
    GPU,
    IN_DOCKER,
    MASKED,
    NO_MODULE,
    NONE,
    TF221,
    WSL,
    Cases,
    E,
    T,
    card,
    cuda,
    mask,
    node,
    nvml,
    variable,
)

LOST = {f"{E}cuda": cuda(999), f"{E}nvml": nvml(999), f"{E}device_nodes": [node("nvidia0", "EPERM")]}

ROCM = {f"{E}hardware.controllers": [card("amdgpu", "1002")], f"{T}is_rocm_build": True}

CASES: Cases = {
    "hosted-runtime-cpu": (
        [(NONE, {f"{E}surroundings.hosted": "colab"}, "certain")],
        [(GPU, {f"{E}surroundings.hosted": "colab"}), (NONE, {f"{E}surroundings.hosted": "jupyterhub"})],
    ),
    "intel-or-no-nvidia-gpu": (
        [(NONE, {}, "certain"), (NONE, {f"{E}hardware.controllers": [card("i915", "8086")]}, "certain")],
        [
            (NONE, {f"{E}hardware.unreadable": "The PCI bus cannot be read."}),
            (NONE, {f"{E}interpreter.machine": "aarch64"}),
            (NONE, {f"{E}surroundings.wsl": 2}),
            (NONE, {f"{E}hardware.controllers": [card("amdgpu", "1002")]}),
            (NONE, {f"{E}kernel_module.version": "550.54.14"}),
            (NONE, {f"{E}cuda": cuda(0, devices=1)}),
            (NONE, CARD_ONLY),
        ],
    ),
    "amd-needs-rocm": (
        [
            (NONE, {f"{E}hardware.controllers": [card("amdgpu", "1002")]}, "certain"),
            (
                NONE,
                {
                    f"{E}hardware.controllers": [card("amdgpu", "1002")],
                    f"{T}is_rocm_build": True,
                    f"{E}device_nodes": [node("kfd", "EACCES")],
                },
                "certain",
            ),
            (NONE, ROCM | {f"{E}device_nodes": [node("dri/renderD128", "EACCES"), node("kfd")]}, "certain"),
        ],
        [
            (NONE, {f"{E}hardware.controllers": [card("amdgpu", "1002"), card()]}),
            (NONE, ROCM),
            (
                NONE,
                ROCM | {f"{E}device_nodes": [node("dri/renderD128", "EACCES"), node("dri/renderD129"), node("kfd")]},
            ),
            (NONE, ROCM | {f"{E}device_nodes": [node("kfd", "ENOENT")]}),
        ],
    ),
    "container-no-gpu": (
        [
            (GPU, IN_DOCKER | {f"{E}device_nodes": [], f"{E}cuda": cuda(), f"{E}nvml": nvml()}, "certain"),
            (NONE, {f"{E}hardware.unreadable": "The PCI bus cannot be read."}, "likely"),
        ],
        [
            (NONE, {}),
            (GPU, IN_DOCKER),
            (NONE, {f"{E}surroundings.container": None} | CARD_ONLY),
            (NONE, IN_DOCKER | {f"{E}hardware.controllers": [card("nouveau")]}),
            (NONE, IN_DOCKER | CARD_ONLY),
        ],
    ),
    "container-driver-capabilities": (
        [
            (GPU, IN_DOCKER | {f"{E}cuda": cuda()}, "likely"),
            (
                TF221,
                IN_DOCKER
                | {f"{E}nvml": nvml(), f"{E}variables": [variable("NVIDIA_DRIVER_CAPABILITIES", "compute", "compute")]},
                "certain",
            ),
        ],
        [
            (GPU, IN_DOCKER | {f"{E}nvml": nvml()}),
            (GPU, IN_DOCKER | {f"{E}cuda": cuda(elsewhere=["/usr/local/nvidia/lib64/libcuda.so.1"])}),
            (GPU, {f"{E}cuda": cuda()}),
            (NONE, {}),
        ],
    ),
    "scheduler-no-gpu": (
        [
            (NONE, {f"{E}surroundings.scheduler": "slurm"}, "likely"),
            (
                GPU,
                MASKED | {f"{E}surroundings.scheduler": "slurm", f"{E}variables": mask("NoDevFiles", "NoDevFiles")},
                "certain",
            ),
        ],
        [(GPU, {f"{E}surroundings.scheduler": "slurm"}), (NONE, {})],
    ),
    "container-lost-gpu": (
        [(GPU, IN_DOCKER | LOST, "certain")],
        [(GPU, IN_DOCKER | {f"{E}nvml": nvml(999)}), (GPU, {f"{E}device_nodes": [node("nvidia0", "EPERM")]})],
    ),
    "device-node-permission": (
        [(GPU, {f"{E}cuda": cuda(100), f"{E}device_nodes": [node("nvidia0", "EACCES")]}, "certain")],
        [
            (GPU, {f"{E}device_nodes": [node("nvidia0", "EACCES")]}),
            (GPU, {f"{E}cuda": cuda(100), f"{E}device_nodes": [node("nvidia0"), node("nvidia1", "EACCES")]}),
        ],
    ),
    "device-cgroup-denied": (
        [(GPU, {f"{E}cuda": cuda(100), f"{E}device_nodes": [node("nvidiactl", "EPERM")]}, "certain")],
        [(GPU, {f"{E}cuda": cuda(100), f"{E}device_nodes": [node("nvidia0", "EACCES")]})],
    ),
    "wsl2-no-cuda": (
        [
            (NONE, {f"{E}surroundings.wsl": 1, f"{E}surroundings.container": None}, "certain"),
            (NONE, {f"{E}surroundings.wsl": 2, f"{E}surroundings.container": None}, "certain"),
            (GPU, WSL | {f"{E}device_nodes": [node("dxg")], f"{E}cuda": cuda(100)}, "likely"),
        ],
        [(GPU, WSL | {f"{E}device_nodes": [node("dxg")]}), (NONE, {})],
    ),
    "nouveau-or-vfio-bound": (
        [
            (NONE, {f"{E}hardware.controllers": [card("nouveau")]}, "certain"),
            (NONE, {f"{E}hardware.controllers": [card("vfio-pci")]}, "certain"),
        ],
        [(NONE, CARD_ONLY), (NONE, {f"{E}hardware.controllers": [card("vfio-pci"), card("nvidia")]})],
    ),
    "driver-not-installed": (
        [
            (NONE, CARD_ONLY, "certain"),
            (NONE, {}, "certain"),
            (NONE, {f"{E}hardware.unreadable": "The PCI bus cannot be read."}, "likely"),
        ],
        [
            (NONE, {f"{E}hardware.controllers": [card("nouveau")]}),
            (NONE, {f"{E}cuda": cuda(100)}),
            (NONE, {f"{E}cuda": None}),
            (NONE, {f"{E}cuda": cuda(failure="It did not answer within 5 s.")}),
            (NONE, {f"{E}unread": {"kernel_module": "PermissionError"}}),
            (NONE, {f"{E}surroundings.wsl": 2}),
        ],
    ),
    "kernel-module-not-loaded": (
        [(GPU, NO_MODULE | {f"{E}cuda": cuda(100), f"{E}nvml": nvml(9)}, "certain")],
        [(NONE, {f"{E}cuda": cuda(100)}), (GPU, NO_MODULE)],
    ),
    "gpu-hardware-lost": (
        [
            (GPU, {f"{E}cuda": cuda(999), f"{E}nvml": nvml(15)}, "certain"),
            (GPU, {f"{E}cuda": cuda(100), f"{E}device_nodes": [node("nvidia0", "EIO")]}, "certain"),
        ],
        [(GPU, {f"{E}nvml": nvml(15)})],
    ),
    "uvm-missing-or-suspend": (
        [
            (GPU, {f"{E}cuda": cuda(999), f"{E}device_nodes": [node("nvidia-uvm", "ENOENT")]}, "certain"),
            (GPU, {f"{E}cuda": cuda(999)}, "likely"),
        ],
        [(GPU, {f"{E}cuda": cuda(100)}), (GPU, {f"{E}cuda": cuda(999), f"{E}nvml": nvml(18)})],
    ),
    "driver-library-mismatch": (
        [
            (GPU, {f"{E}cuda": cuda(803), f"{E}nvml": nvml(18)}, "certain"),
            (GPU, {f"{E}cuda": cuda(999), f"{E}kernel_module.version": "535.54.03"}, "certain"),
        ],
        [
            (GPU, {f"{E}cuda": cuda(999)}),
            (GPU, {f"{E}cuda": cuda(803, library="/usr/local/cuda/compat/libcuda.so.560.1")}),
            (GPU, {f"{E}kernel_module.version": "535.54.03"}),
        ],
    ),
    "libcuda-is-stub": (
        [(GPU, {f"{E}cuda": cuda(34, library="/usr/local/cuda/lib64/stubs/libcuda.so")}, "certain")],
        [(GPU, {f"{E}cuda": cuda(999)})],
    ),
    "cuda-compat-shadow": (
        [
            (GPU, {f"{E}cuda": cuda(804, library="/usr/local/cuda/compat/libcuda.so.560.1")}, "certain"),
            (GPU, {f"{E}cuda": cuda(999, library="/usr/local/cuda/compat/libcuda.so.560.1")}, "likely"),
        ],
        [(GPU, {f"{E}cuda": cuda(0, library="/usr/local/cuda/compat/libcuda.so.560.1", devices=1)})],
    ),
    "libcuda-not-on-search-path": (
        [(GPU, {f"{E}cuda": cuda(elsewhere=["/usr/local/nvidia/lib64/libcuda.so.1"])}, "certain")],
        [(GPU, {f"{E}cuda": cuda(elsewhere=["/usr/local/cuda/compat/libcuda.so.1"])}), (NONE, {})],
    ),
    "fabric-manager-down": ([(GPU, {f"{E}cuda": cuda(802)}, "likely")], [(GPU, {f"{E}cuda": cuda(100)})]),
}
