"""TFGPU Lab: does this kernel really compute on the GPU, and if not, why, and what fixes it."""

from typing import Any

__all__ = ["__version__"]

try:
    from ._version import __version__
except ImportError:  # a checkout that was never built
    __version__ = "0+unbuilt"


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "tfgpu-lab"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .server.app import TfGpuLab

    return [{"module": "tfgpu_lab", "app": TfGpuLab}]
