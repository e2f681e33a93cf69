"""Machines on which nothing is wrong, however unusual: nothing is said of them that a user would have to mend."""

import pytest

from tests.diagnosis.recorded import (
    CPU,
    GPU,
    ON_GPU,
    SITE,
    E,
    T,
    card,
    cuda,
    distributions,
    gpu,
    lib,
    machine,
    mask,
    node,
    nvml,
    variable,
    wheels,
)
from tfgpu_lab.diagnosis.rule import diagnose
from tfgpu_lab.diagnosis.verdict import foresee

FOLDERS = ["cuda_runtime", "cublas", "cublas", "cufft", "cusolver", "cusparse", "cudnn"]
LIBS = [
    "cudart.so.12",
    "cublas.so.12",
    "cublasLt.so.12",
    "cufft.so.11",
    "cusolver.so.11",
    "cusparse.so.12",
    "cudnn.so.9",
]
SYSTEM = "/usr/lib/x86_64-linux-gnu"
DOCKER = {f"{E}surroundings.container": "docker"}


def libraries(folder: str, step: str) -> dict:
    """Return changes that let the loader find every library in a folder; {} stands for that of the wheel."""
    found: dict = {}
    for index, name in enumerate(LIBS):
        found |= lib(index, path=f"{folder.format(FOLDERS[index])}/lib{name}", found_in=step, elsewhere=[])
    return found


def device(**facts) -> dict:
    """Return a GPU as NVML lists it."""
    plain = {"uuid": "GPU-1", "name": "NVIDIA GPU", "memory_total_bytes": 16 << 30, "memory_free_bytes": 15 << 30}
    return plain | {"compute_mode": 0, "mig_enabled": None, "processes": [], "others": 0} | facts


def with_nvml(*devices: dict) -> dict:
    """Return changes: what NVML lists."""
    return {f"{E}nvml": nvml(0) | {"devices": list(devices)}}


HEALTHY = {
    "WSL 2": (
        GPU,
        {
            f"{E}surroundings.wsl": 2,
            f"{E}kernel_module": {"version": None, "source": None},
            f"{E}hardware.controllers": [],
            f"{E}device_nodes": [node("dxg")],
            f"{E}cuda": cuda(0, library="/usr/lib/wsl/drivers/nv_dispi.inf_amd64_1/libcuda.so.1.1", devices=1),
        },
    ),
    "conda, everything of conda": (
        GPU,
        {
            f"{E}interpreter.manager": "conda",
            f"{E}nvidia_wheels": [],
            f"{E}conda": {
                "packages": [
                    {"name": "tensorflow-base", "version": "2.18.0", "build": "cuda126py311h1"},
                    {"name": "cudnn", "version": "9.8.0.87", "build": "h81d5506_1"},
                ],
                "scripts": [],
            },
        }
        | libraries("/opt/conda/lib", "RUNPATH"),
    ),
    "an instance of MIG, the others in use": (
        GPU,
        {
            f"{E}variables": mask("MIG-5c2e", "MIG-5c2e"),
            f"{E}cuda": cuda(0) | {"devices": [gpu(name="NVIDIA A100 MIG 1g.5gb", multiprocessors=14)]},
            f"{E}cuda_unmasked": cuda(0) | {"devices": [gpu(name="NVIDIA A100 MIG 1g.5gb", multiprocessors=14)]},
        }
        | with_nvml(device(mig_enabled=True, memory_free_bytes=1 << 20, others=6, compute_mode=0)),
    ),
    "a container with the toolkit": (
        GPU,
        DOCKER
        | {
            f"{E}variables": [
                variable("NVIDIA_VISIBLE_DEVICES", "all", "all"),
                variable("NVIDIA_DRIVER_CAPABILITIES", "all", "all"),
            ]
        },
    ),
    "NVIDIA's own container, with a newer driver library": (
        GPU,
        DOCKER
        | {
            f"{T}version": "2.17.0",
            f"{T}distribution": "tensorflow",
            f"{E}nvidia_wheels": [],
            f"{E}cuda": cuda(0, library="/usr/local/cuda/compat/lib.real/libcuda.so.570.86.10", devices=1),
            f"{E}kernel_module": {"version": "535.183.01", "source": "/proc/driver/nvidia/version"},
        }
        | libraries("/usr/local/cuda/lib64", "ld.so.cache")
        | lib(6, version="9.7.0"),
    ),
    "Colab: other wheels of the same CUDA, the driver by LD_LIBRARY_PATH": (
        GPU,
        DOCKER
        | {
            f"{E}surroundings.hosted": "colab",
            f"{E}interpreter.manager": "system",
            f"{T}origin": "/usr/local/lib/python3.12/dist-packages/tensorflow/__init__.py",
            f"{E}variables": [variable("LD_LIBRARY_PATH", "/usr/lib64-nvidia", "/usr/lib64-nvidia")],
            f"{E}distributions": distributions("tensorflow", "torch", "jax"),
            f"{T}and_cuda_requires": ["nvidia-cudnn-cu12==9.3.0.75", "nvidia-cublas-cu12==12.5.3.2"],
        }
        | wheels(("cudnn-cu12", "9.10.2.21"), ("cublas-cu12", "12.6.4.1")),
    ),
    "LD_LIBRARY_PATH to the wheels themselves, on Debian's path": (
        GPU,
        libraries("/usr/local/lib/python3.11/dist-packages/nvidia/{}/lib", "LD_LIBRARY_PATH"),
    ),
    "two GPUs of eight by a valid mask": (
        GPU,
        {
            f"{E}variables": mask("2,5", "2,5"),
            f"{E}cuda": cuda(0, devices=2),
            f"{E}cuda_unmasked": cuda(0, devices=8),
        },
    ),
    "a job with one card of two": (
        GPU,
        {
            f"{E}surroundings.scheduler": "slurm",
            f"{E}variables": [variable("SLURM_JOB_ID", "7", "7"), variable("SLURM_JOB_GPUS", "1", "1")],
            f"{E}device_nodes": [node("nvidia0", "EPERM"), node("nvidia1"), node("nvidiactl"), node("nvidia-uvm")],
        },
    ),
    "one card for a virtual machine, one for this": (
        GPU,
        {f"{E}hardware.controllers": [card("vfio-pci"), card("nvidia")]},
    ),
    "Jetson: no GPU on the PCI bus": (
        GPU,
        {
            f"{E}interpreter.machine": "aarch64",
            f"{E}hardware.controllers": [],
            f"{E}device_nodes": [],
            f"{E}kernel_module": {"version": None, "source": None},
        },
    ),
    "NixOS: everything by LD_LIBRARY_PATH": (
        GPU,
        {f"{E}nvidia_wheels": [], f"{E}cuda": cuda(0, library="/run/opengl-driver/lib/libcuda.so.1", devices=1)}
        | libraries("/nix/store/abc-cuda/lib", "LD_LIBRARY_PATH"),
    ),
    "a desktop on the same card": (GPU, with_nvml(device(memory_free_bytes=13 << 30))),
    "JAX in the same kernel took most of it, in a container": (
        ON_GPU,
        DOCKER | with_nvml(device(memory_free_bytes=1 << 30, others=1)),
    ),
    "a newer TensorFlow than is known": (GPU, {f"{T}version": "2.30.0"}),
    "PyTorch and JAX beside it": (GPU, {f"{E}distributions": distributions("tensorflow", "torch", "jax", "jaxlib")}),
}
ELSEWHERE = {
    "a Mac with Apple's plugin": (
        CPU,
        {
            f"{E}interpreter.platform": "darwin",
            f"{E}interpreter.machine": "arm64",
            f"{T}version": "2.17.1",
            f"{T}distribution": "tensorflow",
            f"{E}distributions": distributions("tensorflow", "tensorflow-metal", version="2.17.1"),
            f"{E}cuda": None,
            f"{E}nvml": None,
        },
    ),
    "TensorFlow for ROCm on an AMD GPU": (
        CPU,
        {
            f"{T}is_rocm_build": True,
            f"{T}distribution": "tensorflow-rocm",
            f"{E}distributions": distributions("tensorflow-rocm"),
            f"{E}hardware.controllers": [card("amdgpu", vendor="1002")],
            f"{E}device_nodes": [node("kfd")],
            f"{E}kernel_module": {"version": None, "source": None},
            f"{E}cuda": cuda(),
            f"{E}nvml": nvml(),
        },
    ),
    "Windows with the last TensorFlow for it": (
        GPU,
        {
            f"{E}interpreter.platform": "win32",
            f"{E}interpreter.machine": "AMD64",
            f"{T}version": "2.10.1",
            f"{T}runpath": [],
            f"{E}libraries": [],
            f"{E}nvidia_wheels": [],
            f"{E}device_nodes": [],
            f"{E}hardware": {"controllers": [], "unreadable": "The PCI bus cannot be read on win32."},
            f"{E}kernel_module": {"version": None, "source": None},
            f"{E}cuda": None,
            f"{E}nvml": None,
        },
    ),
    "DirectML on Windows": (
        CPU,
        {
            f"{E}interpreter.platform": "win32",
            f"{T}version": "2.10.0",
            f"{E}distributions": distributions("tensorflow-cpu", "tensorflow-directml-plugin", version="2.10.0"),
            f"{E}cuda": None,
            f"{E}nvml": None,
        },
    ),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_wrong_with(name):
    facts = machine(*HEALTHY[name])
    findings = diagnose(facts)
    assert [(one.id, one.title) for one in findings if one.severity != "info"] == []
    assert foresee(facts, findings).verdict in {"gpu-ready", "unknown"}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_only_a_running_tensorflow_shows_is_not_called_a_fallback(name):
    facts = machine(*ELSEWHERE[name])
    findings = diagnose(facts)
    assert [(one.id, one.title) for one in findings if one.severity != "info"] == []
    assert foresee(facts, findings).verdict == "unknown"


def test_on_most_of_them_nothing_is_said_at_all():
    said = {name: [one.id for one in diagnose(machine(*HEALTHY[name]))] for name in HEALTHY}
    assert {name: ids for name, ids in said.items() if ids} == {
        "Colab: other wheels of the same CUDA, the driver by LD_LIBRARY_PATH": ["torch-or-jax-overrode-nvidia-wheels"],
    }


def test_a_gpu_that_is_hidden_on_purpose_is_told_as_it_is():
    changes = {f"{E}variables": mask("-1", "-1"), f"{E}cuda": cuda(100), f"{E}cuda_unmasked": cuda(0, devices=1)}
    (finding,) = diagnose(machine(GPU, changes))
    assert finding.title == 'CUDA_VISIBLE_DEVICES="-1" hides every GPU'


def test_the_recorded_site_is_that_of_the_machines():
    assert machine(GPU).tensorflow.origin.startswith(SITE)
