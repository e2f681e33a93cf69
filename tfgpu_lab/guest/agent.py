"""The inert object put into a kernel once, while it is idle, by which TensorFlow's state is read while a cell runs.

The host runs this text in a namespace of its own, so the user's is never touched. What stays is one object: in
`builtins`, where it survives `%reset`, and among the kernel's comms, where ipykernel's control thread reads its
`target_name` to answer a comm_info_request. That reading calls nothing of TensorFlow's: it looks into `__dict__` only,
because attributes of lazy modules import, and listing devices would fix CUDA_VISIBLE_DEVICES for the user.
Nothing here may raise, print, warn or import anything that ipykernel has not imported already.
"""

from __future__ import annotations

import builtins
import json
import os
import socket
import sys
import types
from typing import Any, Callable

COMM_ID = "tfgpu-lab-agent"
NAME = "_tfgpu_lab_agent_"
PREFIX = "tfgpu:"
LIMIT_CHARS = 60000  # a message part of 64 KiB or more makes pyzmq start a thread in the kernel

# Not simply TF_*: Terraform keeps passwords in TF_VAR_* and TF_TOKEN_*.
VARIABLES = (
    "CONDA_PREFIX",
    "CUDA_DEVICE_ORDER",
    "CUDA_VISIBLE_DEVICES",
    "KERAS_BACKEND",
    "KERAS_HOME",
    "LD_LIBRARY_PATH",
    "NVIDIA_DRIVER_CAPABILITIES",
    "NVIDIA_VISIBLE_DEVICES",
    "PYTHONPATH",
    "SLURM_JOB_GPUS",
    "SLURM_JOB_ID",
    "TF2_BEHAVIOR",
    "TF_DETERMINISTIC_OPS",
    "TF_NUM_INTEROP_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_USE_LEGACY_KERAS",
    "XLA_FLAGS",
)
VARIABLE_PREFIXES = (
    "TF_CPP_",
    "TF_CUDA_",
    "TF_CUDNN_",
    "TF_DISABLE_",
    "TF_ENABLE_",
    "TF_FORCE_",
    "TF_GPU_",
    "TF_MIN_",
    "TF_PER_",
    "TF_XLA_",
)


def attributes(thing: object) -> dict[str, Any]:
    # Past any __getattribute__ of its class: importlib's lazy modules load their module on every other way in.
    found: dict[str, Any] = object.__getattribute__(thing, "__dict__")
    return found


def module(name: str) -> dict[str, Any] | None:
    found = sys.modules.get(name)
    if not issubclass(type(found), types.ModuleType) or type(found).__name__ == "_LazyModule":
        return None
    return attributes(found)


def is_importing(names: dict[str, Any]) -> bool:
    try:
        return bool(attributes(names["__spec__"]).get("_initializing"))
    except Exception:
        return False  # made without importlib: nothing is under way


def text_or_none(value: object) -> str | None:
    # File names that are not UTF-8 come as lone surrogates, which JSON cannot carry.
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else None


def names_of(devices: list[Any]) -> list[str]:
    return [device.name for device in list(devices)]


def read_tensorflow() -> dict[str, Any] | None:
    names = module("tensorflow")
    if names is None:
        return None
    version = text_or_none(names.get("__version__"))
    importing = is_importing(names)
    eager = module("tensorflow.python.eager.context")
    if eager is None and version is not None and not importing:
        # Not the TensorFlow we know: "no context" would be a guess.
        raise LookupError("eager context")
    context = None if eager is None else eager.get("_context") if importing else eager["_context"]
    report: dict[str, Any] = {
        "version": version,
        "importing": importing,
        "context": "none",
        "physical_devices": None,
        "visible_devices": None,
        "logical_devices": None,
        "memory_growth": None,
        "soft_placement": None,
    }
    if context is None:
        return report
    inside = attributes(context)
    report["context"] = "created"
    if inside["_physical_devices"] is not None:
        report["physical_devices"] = names_of(inside["_physical_devices"])
        report["visible_devices"] = names_of(inside["_visible_device_list"])
    growth = list((inside["_memory_growth_map"] or {}).items())
    report["memory_growth"] = {device.name: bool(on) for device, on in growth if on is not None} or None
    soft = inside.get("_soft_device_placement")
    report["soft_placement"] = soft if isinstance(soft, bool) else None
    if inside["_initialized"]:
        report["context"] = "initialized"
        report["logical_devices"] = names_of(inside["_logical_devices"])
    return report


def read_keras() -> dict[str, Any] | None:
    names = module("keras")
    if names is None:
        names = module("tf_keras")
    if names is None:
        return None
    version = text_or_none(names.get("__version__"))
    backend = (module("keras.src.backend.config") or {}).get("_BACKEND")
    if backend is None and version is not None and version.startswith("2."):
        backend = "tensorflow"  # Keras 2 knows no other
    return {"version": version, "backend": text_or_none(backend)}


def read_variables() -> dict[str, str | None]:
    wanted = [name for name in os.environ if name in VARIABLES or name.startswith(VARIABLE_PREFIXES)]
    return {name: text_or_none(os.environ[name]) for name in wanted}


def first_line(path: str) -> str:
    with open(path, "rb") as file:
        return file.read(4096).decode("utf-8", "replace").strip()


def attempt(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Exception:
        return None


def report() -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        # The command's name, in parentheses, may contain anything: count from where it ends.
        "process_start_ticks": attempt(lambda: int(first_line("/proc/self/stat").rpartition(")")[2].split()[19])),
        "boot_id": attempt(lambda: first_line("/proc/sys/kernel/random/boot_id")),
        "pid_namespace": attempt(lambda: os.readlink("/proc/self/ns/pid")),
        "hostname": attempt(lambda: text_or_none(socket.gethostname())) or "",
        "executable": text_or_none(sys.executable) or "",
        "prefix": text_or_none(sys.prefix) or "",
        "python_version": "%d.%d.%d" % sys.version_info[:3],
        "cwd": attempt(lambda: text_or_none(os.getcwd())),
        "variables": read_variables(),
        "tensorflow": read_tensorflow(),
        "keras": read_keras(),
    }


class Agent:
    """Looks like a comm and does nothing; the name of its target is the report, and empty when it cannot be made."""

    comm_id = COMM_ID
    primary = False

    @property
    def target_name(self) -> str:
        text: str | None = attempt(lambda: PREFIX + json.dumps(report()))
        return text if text is not None and len(text) <= LIMIT_CHARS else PREFIX

    def _repr_mimebundle_(self, *_: object, **__: object) -> dict[str, str]:
        return {"text/plain": self.target_name}

    def _nothing(self, *_: object, **__: object) -> None:
        pass

    open = close = send = publish_msg = on_msg = on_close = handle_msg = handle_close = _nothing


def install() -> None:
    agent = Agent()
    setattr(builtins, NAME, agent)
    sys.modules["IPython"].get_ipython().kernel.comm_manager.comms[COMM_ID] = agent


attempt(install)
