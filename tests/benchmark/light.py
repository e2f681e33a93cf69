"""Environments whose TensorFlow is tests/benchmark/light_tensorflow.py."""

import json
import os
import shutil
import sys
from pathlib import Path

from tfgpu_lab.kernels.interpreter import Launch


def variables(folder: Path, gpus: int = 0, import_s: float = 0.0) -> dict[str, str]:
    """Return what a process needs in its environment to import it from `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).parent / "light_tensorflow.py", folder / "tensorflow.py")
    return {"PYTHONPATH": str(folder), "LIGHT_GPUS": str(gpus), "LIGHT_IMPORT_S": str(import_s)}


def launch(folder: Path, gpus: int = 0, **more: str) -> Launch:
    """Return how to start this interpreter with it."""
    return Launch(argv=(sys.executable,), env={**os.environ, **variables(folder, gpus), **more})


def kernelspec(data_dir: Path, gpus: int = 0, import_s: float = 0.0) -> str:
    """Write a kernelspec with it into Jupyter's data folder; return its name."""
    folder = data_dir / "kernels" / "light"
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    env = variables(folder / "packages", gpus, import_s)
    spec = {"argv": argv, "display_name": "Light", "language": "python", "env": env}
    (folder / "kernel.json").write_text(json.dumps(spec))
    return "light"
