"""Simulated hardware below real clients: shared libraries built with gcc, and packages laid out as pip would."""

import base64
import hashlib
import subprocess
from pathlib import Path

NATIVE = Path(__file__).parent / "native"
SONAMES = {
    "cuda_runtime": ["libcudart.so.12"],
    "cublas": ["libcublas.so.12", "libcublasLt.so.12"],
    "cufft": ["libcufft.so.11"],
    "cusolver": ["libcusolver.so.11"],
    "cusparse": ["libcusparse.so.12"],
    "cudnn": ["libcudnn.so.9"],
}


def library(path: Path, *, source: Path | None = None, needs: list[Path] = [], rpath: str = "") -> Path:  # noqa: B006
    """Build a shared library whose soname is its file's name; empty without a source."""
    path.parent.mkdir(parents=True, exist_ok=True)
    link = [f"-Wl,-soname,{path.name}", "-Wl,--enable-new-dtags", "-Wl,--no-as-needed"]
    link += [f"-Wl,-rpath,{rpath}"] if rpath else []
    code = [str(source)] if source else ["-x", "c", "/dev/null"]
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", path, *link, *code, "-x", "none", *map(str, needs)], check=True)
    return path


def cuda_driver(folder: Path) -> Path:
    """Build a simulated libcuda.so.1 in `folder`."""
    return library(folder / "libcuda.so.1", source=NATIVE / "cuda.c")


def distribution(site: Path, name: str, version: str, files: dict[str, str], metadata: str = "") -> None:
    """Lay out an installed distribution with its files and a RECORD."""
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}")
    record = []
    for relative, text in files.items():
        path = site / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record.append(f"{relative},sha256={digest},{len(text)}")
    (info / "RECORD").write_text("\n".join(record) + "\n")


CUDA_BUILD = (
    "import collections\nbuild_info = collections.OrderedDict([('cuda_compute_capabilities', ['sm_60', 'compute_90']), "
    "('cuda_version', '12.5.1'), ('cudnn_version', '9'), ('is_cuda_build', True), ('is_rocm_build', False)])\n"
)
CPU_BUILD = "build_info = dict([('is_cuda_build', False), ('is_rocm_build', False)])\n"


def tensorflow(site: Path, *, name: str = "tensorflow", version: str = "2.20.0", build: str = CUDA_BUILD) -> Path:
    """Lay out a TensorFlow whose files are real enough for the static probe; return its framework library."""
    files = {"tensorflow/__init__.py": "raise AssertionError('the probe imported TensorFlow')\n"}
    files["tensorflow/python/platform/build_info.py"] = build
    metadata = 'Requires-Dist: nvidia-cudnn-cu12<10.0,>=9.3.0.75; extra == "and-cuda"\n'
    distribution(site, name, version, files, metadata)
    rpath = ":".join(f"$ORIGIN/../nvidia/{folder}/lib" for folder in SONAMES)
    return library(site / "tensorflow" / "libtensorflow_framework.so.2", rpath=rpath)


def cuda_wheels(site: Path) -> None:
    """Lay out the NVIDIA wheels of `tensorflow[and-cuda]`, with empty libraries."""
    for folder, names in SONAMES.items():
        version = "9.3.0.75" if folder == "cudnn" else "12.5.0"
        distribution(site, f"nvidia-{folder.replace('_', '-')}-cu12", version, {})
        for name in names:
            library(site / "nvidia" / folder / "lib" / name)
