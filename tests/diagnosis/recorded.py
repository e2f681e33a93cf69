"""The recorded machines, and machines that differ from them in a few facts."""

from pathlib import Path
from typing import Any

import msgspec

from tfgpu_lab.diagnosis.facts import Facts

FOLDER = Path(__file__).resolve().parent.parent / "machines"
SITE = "/home/ada/project/.venv/lib/python3.11/site-packages"


def machine(name: str, changes: dict[str, Any] | None = None) -> Facts:
    """Return a recorded machine with some facts changed; a key is a path such as `environment.cuda.devices`."""
    tree = msgspec.json.decode((FOLDER / f"{name}.json").read_bytes())
    for path, value in (changes or {}).items():
        *way, last = path.split(".")
        spot = tree
        for step in way:
            spot = spot[int(step)] if isinstance(spot, list) else spot[step]
        spot[int(last) if isinstance(spot, list) else last] = value
    return msgspec.convert(tree, Facts)


def card(driver: str | None = "nvidia", vendor: str = "10de") -> dict[str, Any]:
    """Return a display controller."""
    return {"address": "0000:01:00.0", "vendor_id": vendor, "device_id": "2330", "driver": driver}


def gpu(capability: str = "9.0", multiprocessors: int = 132, name: str = "NVIDIA GPU") -> dict[str, Any]:
    """Return a device as CUDA lists it."""
    return {
        "name": name,
        "compute_capability": capability,
        "multiprocessors": multiprocessors,
        "memory_total_bytes": 16 * 10**9,
    }


def cuda(code: int | None = None, library: str | None = None, devices: int = 0, **more: Any) -> dict[str, Any]:
    """Return the driver's answer; without a library it cannot be loaded."""
    if code is not None and library is None:
        library = "/usr/lib/x86_64-linux-gnu/libcuda.so.550.54.14"
    error = None if library else "libcuda.so.1: cannot open shared object file: No such file or directory"
    answer = {
        "library": library,
        "library_error": error,
        "elsewhere": [],
        "cuinit_code": code,
        "cuinit_name": None,
        "cuda_version": 12040 if library else None,
        "devices": [gpu() for _ in range(devices)],
        "failure": None,
    }
    return answer | more


def nvml(code: int | None = None) -> dict[str, Any]:
    """Return NVML's answer; without a code it cannot be loaded."""
    missing = "libnvidia-ml.so.1: cannot open shared object file: No such file or directory"
    library = None if code is None else "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.550.54.14"
    version = "550.54.14" if code == 0 else None
    return {
        "library": library,
        "library_error": missing if code is None else None,
        "init_code": code,
        "driver_version": version,
    }


def variable(name: str, at_start: str | None, now: str | None) -> dict[str, Any]:
    """Return a variable of the kernel."""
    return {"name": name, "at_start": at_start, "now": now}


def mask(at_start: str | None, now: str | None) -> list[dict[str, Any]]:
    """Return CUDA_VISIBLE_DEVICES as the only variable."""
    return [variable("CUDA_VISIBLE_DEVICES", at_start, now)]


def distributions(*names: str, location: str = SITE, version: str = "2.20.0") -> list[dict[str, Any]]:
    """Return installed distributions."""
    return [{"name": name, "version": version, "location": location} for name in names]


def node(name: str, error: str | None = None) -> dict[str, Any]:
    """Return a device file."""
    return {"path": f"/dev/{name}", "error": error}


GPU, NONE, CPU = "healthy-gpu", "no-gpu", "cpu-wheel"
ON_GPU, ON_CPU, TF221 = "running-gpu", "running-cpu", "tensorflow-2.21-and-cuda"
E = "environment."
T = "environment.tensorflow."
LIVE = "live.tensorflow."
Case = tuple[str, dict[str, Any]]

NO_TF = {f"{E}tensorflow": None, f"{E}libraries": [], f"{E}distributions": distributions("keras")}
CARD_ONLY = {f"{E}hardware.controllers": [card(None)]}
NO_MODULE = {f"{E}kernel_module.version": None, f"{E}hardware.controllers": [card(None)], f"{E}device_nodes": []}
IN_DOCKER = {f"{E}surroundings.container": "docker"}
WSL = {f"{E}surroundings.wsl": 2, f"{E}kernel_module.version": None, f"{E}hardware.controllers": []}
LISTED_CPU = {f"{LIVE}context": "none", f"{LIVE}logical_devices": None}
NOT_ASKED = LISTED_CPU | {f"{LIVE}physical_devices": None, f"{LIVE}visible_devices": None}


def lib(index: int, **facts: Any) -> dict[str, Any]:
    """Return changes of one library; 4 is cusolver, 5 cusparse, 6 cudnn."""
    return {f"{E}libraries.{index}.{name}": value for name, value in facts.items()}


def gone(*indices: int, elsewhere: str | None = None) -> dict[str, Any]:
    """Return changes that make the loader miss some libraries; `elsewhere` is the folder where they lie."""
    names = ["cudart.so.12", "cublas.so.12", "cublasLt.so.12", "cufft.so.11", "cusolver.so.11", "cusparse.so.12"]
    names.append("cudnn.so.9")
    found: dict[str, Any] = {}
    for one in indices:
        lies = [f"{elsewhere}/lib{names[one]}"] if elsewhere else []
        found |= lib(one, path=None, found_in=None, elsewhere=lies)
    return found


def wheels(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {f"{E}nvidia_wheels": [one for n, v in pairs for one in distributions(f"nvidia-{n}", version=v)]}


MASKED = {f"{E}cuda": cuda(100), f"{E}cuda_unmasked": cuda(0, devices=1)}
LATE_PATH = [variable("LD_LIBRARY_PATH", None, "/opt/cuda/lib64")]

Cases = dict[str, tuple[list[tuple[str, dict[str, Any], str]], list[Case]]]
"""Id of a cause to machines on which its rule fires, with the certainty, and machines on which it is silent."""
