"""From the facts that a report states to the facts of a probe: only what maps as it stands, the rest is unknown."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from tfgpu_lab.diagnosis.facts import Facts
from tfgpu_lab.diagnosis.requirements import release
from tfgpu_lab.diagnosis.tensorflow_facts import RELEASES
from tfgpu_lab.models.environment import Environment

SITE = "/site-packages"
UNSAID = "the report does not say"
LIBRARIES = {
    12: ("cudart.so.12", "cublas.so.12", "cublasLt.so.12", "cufft.so.11", "cusolver.so.11", "cusparse.so.12"),
    11: ("cudart.so.11.0", "cublas.so.11", "cublasLt.so.11", "cufft.so.10", "cusolver.so.11", "cusparse.so.11"),
}


def facts_of(report: Mapping[str, Any]) -> Facts:
    """Return what a report says of its machine. Pure."""
    said: dict[str, Any] = report.get("facts") or {}
    words = f"{report.get('platform', '')} {said.get('os', '')}".lower()
    platform = (
        "win32"
        if "windows" in words and "wsl" not in words
        else "darwin"
        if re.search(r"\bmac ?os\b", words)
        else "linux"
    )
    packages = [_package(one) for one in said.get("pip_packages", [])]
    records = [_record(one) for one in said.get("conda_packages", [])]
    version = next((v for n, v in packages if n == "tensorflow" and v), None) or _version(report.get("tf_version"))
    pypi = platform == "linux" and not records and report.get("environment") not in ("conda", "source")
    # PyPI's wheel for Linux is a CUDA build from 2.1 on.
    cuda_build = _cuda_build(said, records, pypi=pypi and (release(version) or ()) >= (2, 1))
    environment = {
        "interpreter": {
            "executable": "python",
            "prefix": "/",
            "base_prefix": "/",
            "version": "",
            "platform": platform,
            "machine": "arm64" if "apple silicon" in words or re.search(r"\bm[1-4]\b", words) else "x86_64",
            "manager": "conda" if records else "system",
        },
        "distributions": [{"name": n, "version": v or "", "location": SITE} for n, v in packages],
        "nvidia_wheels": [],
        "tensorflow": _install(version, cuda_build=cuda_build),
        "libraries": _libraries(said, version) if cuda_build else [],
        "cuda": _cuda(said),
        "cuda_unmasked": None,
        "nvml": _nvml(said),
        "kernel_module": {"version": _module(said), "source": None},
        "hardware": _hardware(said),
        "device_nodes": [],
        "surroundings": _surroundings(report, said, words),
        "variables": [
            {"name": name, "at_start": value, "now": value}
            for name, value in said.get("env", {}).items()
            if value != "not set"
        ],
        "keras": {"version": dict(packages).get("keras"), "backend": "tensorflow", "source": "default"},
        "conda": {"packages": records, "scripts": []} if records else None,
        "unread": {"tensorflow": UNSAID} if version is None else {},
    }
    return Facts(environment=msgspec.convert(environment, Environment), live=None)


def _version(text: str | None) -> str | None:
    found = re.search(r"\d+\.\d+(\.\d+)?", text or "")
    return found.group() if found else None


def _package(line: str) -> tuple[str, str | None]:
    name, _, version = line.partition("==")
    return re.sub(r"[\[ ].*", "", name).replace("_", "-").lower(), _version(version)


def _record(line: str) -> dict[str, str]:
    name, version, build = [*re.split(r"[= ]+", line, maxsplit=2), "", ""][:3]
    return {"name": name, "version": version, "build": build}


def _cuda_build(said: dict[str, Any], records: list[dict[str, str]], *, pypi: bool) -> bool | None:
    """Return whether it is a CUDA build: as it was asked, by conda's build string, or as PyPI's always are."""
    if "is_built_with_cuda" in said:
        return bool(said["is_built_with_cuda"])
    builds = [one["build"] for one in records if one["name"] in ("tensorflow", "tensorflow-base")]
    if builds:
        return not any(re.match("cpu|mkl|eigen", one) for one in builds)
    return True if pypi else None


def _install(version: str | None, *, cuda_build: bool | None) -> dict[str, Any] | None:
    if version is None:
        return None
    known = RELEASES.get((release(version) or ())[:2])
    return {
        "origin": f"{SITE}/tensorflow/__init__.py",
        "distribution": "tensorflow",
        "version": version,
        "is_cuda_build": cuda_build,
        "is_rocm_build": None if cuda_build is None else False,
        "cuda_version": known.cuda if known and cuda_build else None,
        "cudnn_version": str(known.cudnn[0]) if known and cuda_build else None,
        "compute_capabilities": [],
        "runpath": [],
        "and_cuda_requires": [],
    }


def _libraries(said: dict[str, Any], version: str | None) -> list[dict[str, Any]]:
    """Return what a system's CUDA and cuDNN of the stated versions mean for this TensorFlow."""
    known = RELEASES.get((release(version) or ())[:2])
    cuda = _major(said.get("cuda_installed"))
    cudnn = _major(said.get("cudnn_installed"))
    if known is None or not cuda:
        return []
    wanted = (release(known.cuda) or (0,))[0]
    names = LIBRARIES.get(wanted, ())
    there = cuda[0] == wanted
    found = [_library(name, f"/usr/local/cuda-{cuda[0]}/lib64/another-{cuda[0]}", there=there) for name in names]
    if cudnn:
        fits = cudnn[0] == known.cudnn[0]
        found.append(_library(f"cudnn.so.{known.cudnn[0]}", f"/usr/lib/libcudnn.so.{cudnn[0]}", there=fits))
    return found


def _library(name: str, other: str, *, there: bool) -> dict[str, Any]:
    path = f"/usr/local/cuda/lib64/lib{name}" if there else None
    return {
        "soname": f"lib{name}",
        "path": path,
        "found_in": "ld.so.cache" if there else None,
        "load_error": None,
        "elsewhere": [],
        "wheel": "",
        "other_versions": [] if there else [other],
    }


def _major(text: object) -> tuple[int, ...]:
    found = re.match(r"\d+", str(text or ""))
    return (int(found.group()),) if found else ()


def _module(said: dict[str, Any]) -> str | None:
    return said.get("kernel_module") or _version(said.get("nvidia_smi")) or said.get("nvidia_driver")


def _cuda(said: dict[str, Any]) -> dict[str, Any] | None:
    """Return the CUDA driver, where the report says what came of loading it."""
    text = said.get("libcuda", "")
    absent = "not found" in text or "empty" in said.get("usr_lib_wsl_lib", "")
    version = _version(text)
    if not absent and version is None:
        return None
    return {
        "library": None if absent else f"/usr/lib/libcuda.so.{version}",
        "library_error": "libcuda.so.1: cannot open shared object file" if absent else None,
        "elsewhere": [],
        "cuinit_code": None if absent else 803 if said.get("kernel_module") not in (None, version) else None,
        "cuinit_name": None,
        "cuda_version": None,
        "devices": [],
        "failure": None,
    }


def _nvml(said: dict[str, Any]) -> dict[str, Any] | None:
    driver = _version(said.get("nvidia_smi"))
    if driver is None:
        return None
    return {"library": "libnvidia-ml.so.1", "library_error": None, "init_code": 0, "driver_version": driver}


def _hardware(said: dict[str, Any]) -> dict[str, Any]:
    vendor = "1002" if said.get("gpu_vendor") == "AMD" else "10de" if said.get("gpu") else None
    cards = [{"address": "", "vendor_id": vendor, "device_id": "", "driver": None}] if vendor else []
    known = bool(cards) or said.get("gpu_in_machine") is False
    return {"controllers": cards, "unreadable": None if known else UNSAID}


def _surroundings(report: Mapping[str, Any], said: dict[str, Any], words: str) -> dict[str, Any]:
    docker = "docker_command" in said or "docker" in str(report.get("environment"))
    hosted = str(report.get("environment"))
    return {
        "container": "docker" if docker else "container" if said.get("in_container") else None,
        "scheduler": None,
        "hosted": hosted if hosted in ("colab", "kaggle", "jupyterhub") else None,
        "wsl": 2 if "wsl" in words else None,
    }
