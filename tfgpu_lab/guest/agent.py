"""The inert object that a kernel is given once, while it is idle, so that TensorFlow's state can be read while it is busy.

The host runs this text in a namespace of its own, so the user's namespace is never touched. What stays is one object, in
`builtins` (it survives `%reset`) and among the kernel's comms, where ipykernel's control thread reads its `target_name`
for a comm_info_request while a cell runs. Reading calls nothing of TensorFlow's: `__dict__` only, since `getattr` on its
lazy modules imports, and listing devices would fix CUDA_VISIBLE_DEVICES. Nothing here may raise, print, warn or import.
"""

import builtins
import json
import os
import socket
import sys
import types

COMM_ID = "tfgpu-lab-agent"
NAME = "_tfgpu_lab_agent_"
PREFIX = "tfgpu:"
LIMIT_CHARS = 60000  # a message part of 64 KiB or more would make pyzmq start a thread in the kernel

# Names and not just TF_*: Terraform keeps passwords in TF_VAR_* and TF_TOKEN_*.
VARIABLES = (
    "CONDA_PREFIX CUDA_DEVICE_ORDER CUDA_VISIBLE_DEVICES KERAS_BACKEND KERAS_HOME LD_LIBRARY_PATH "
    "NVIDIA_DRIVER_CAPABILITIES NVIDIA_VISIBLE_DEVICES PYTHONPATH SLURM_JOB_GPUS SLURM_JOB_ID XLA_FLAGS "
    "TF2_BEHAVIOR TF_DETERMINISTIC_OPS TF_NUM_INTEROP_THREADS TF_NUM_INTRAOP_THREADS TF_USE_LEGACY_KERAS"
).split()
VARIABLE_PREFIXES = tuple(
    "TF_CPP_ TF_CUDA_ TF_CUDNN_ TF_DISABLE_ TF_ENABLE_ TF_FORCE_ TF_GPU_ TF_MIN_ TF_PER_ TF_XLA_".split()
)


def attempt(read, default=None):  # type: ignore[no-untyped-def]
    try:
        return read()
    except Exception:
        return default


def attributes(thing):  # type: ignore[no-untyped-def]
    # Past any __getattribute__ of the class: importlib's lazy modules load on every other way in.
    return object.__getattribute__(thing, "__dict__")


def module(name):  # type: ignore[no-untyped-def]
    found = sys.modules.get(name)
    if not issubclass(type(found), types.ModuleType) or type(found).__name__ == "_LazyModule":
        return None
    return attributes(found)


def is_importing(names):  # type: ignore[no-untyped-def]
    return attempt(lambda: bool(attributes(names["__spec__"]).get("_initializing")), False)


def clean(value):  # type: ignore[no-untyped-def]
    # File names that are not UTF-8 come as lone surrogates, which JSON cannot carry.
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else None


def names_of(devices):  # type: ignore[no-untyped-def]
    return attempt(lambda: [clean(device.name) for device in list(devices)])


def first_line(path):  # type: ignore[no-untyped-def]
    with open(path, "rb") as file:
        return file.read(4096).decode("utf-8", "replace").strip()


def read_tensorflow():  # type: ignore[no-untyped-def]
    names = module("tensorflow")
    if names is None:
        return None
    context = (module("tensorflow.python.eager.context") or {}).get("_context")
    inside = attributes(context) if context is not None else {}
    initialized = bool(inside.get("_initialized"))
    listed = inside.get("_physical_devices") is not None
    growth = inside.get("_memory_growth_map") or {}
    growth = {clean(device.name): bool(on) for device, on in list(growth.items()) if on is not None}
    soft = inside.get("_soft_device_placement")
    return {
        "version": clean(names.get("__version__")),
        "importing": is_importing(names),
        "context": "none" if context is None else "initialized" if initialized else "created",
        "physical_devices": names_of(inside["_physical_devices"]) if listed else None,
        "visible_devices": names_of(inside.get("_visible_device_list")) if listed else None,
        "logical_devices": names_of(inside.get("_logical_devices")) if initialized else None,
        "memory_growth": growth or None,
        "soft_placement": soft if isinstance(soft, bool) else None,
    }


def read_keras():  # type: ignore[no-untyped-def]
    names = module("keras")
    if names is None:
        names = module("tf_keras")
    if names is None:
        return None
    version = clean(names.get("__version__"))
    backend = (module("keras.src.backend.config") or {}).get("_BACKEND")
    if backend is None and version is not None and version.startswith("2."):
        backend = "tensorflow"  # Keras 2 knows no other
    return {"version": version, "backend": clean(backend)}


def read_variables():  # type: ignore[no-untyped-def]
    wanted = [name for name in os.environ if name in VARIABLES or name.startswith(VARIABLE_PREFIXES)]
    return {clean(name): clean(os.environ[name]) for name in wanted}


def report():  # type: ignore[no-untyped-def]
    return {
        "pid": os.getpid(),
        # The command's name, in parentheses, may contain anything: count from its end.
        "process_start_ticks": attempt(lambda: int(first_line("/proc/self/stat").rpartition(")")[2].split()[19])),
        "boot_id": attempt(lambda: first_line("/proc/sys/kernel/random/boot_id")),
        "pid_namespace": attempt(lambda: clean(os.readlink("/proc/self/ns/pid"))),
        "hostname": attempt(lambda: clean(socket.gethostname()), ""),
        "executable": clean(sys.executable) or "",
        "prefix": clean(sys.prefix) or "",
        "python_version": "%d.%d.%d" % sys.version_info[:3],
        "cwd": attempt(lambda: clean(os.getcwd())),
        "variables": attempt(read_variables, {}),
        "tensorflow": attempt(read_tensorflow),
        "keras": attempt(read_keras),
    }


class Agent:
    """Looks like a comm and does nothing; its target's name is the report."""

    comm_id = COMM_ID
    primary = False

    @property
    def target_name(self):  # type: ignore[no-untyped-def]
        text = attempt(lambda: PREFIX + json.dumps(report()), PREFIX)
        return text if len(text) <= LIMIT_CHARS else PREFIX

    def _repr_mimebundle_(self, *_, **__):  # type: ignore[no-untyped-def]
        return {"text/plain": self.target_name}

    def _nothing(self, *_, **__):  # type: ignore[no-untyped-def]
        pass

    open = close = send = publish_msg = on_msg = on_close = handle_msg = handle_close = _nothing


def install():  # type: ignore[no-untyped-def]
    agent = Agent()
    setattr(builtins, NAME, agent)
    sys.modules["IPython"].get_ipython().kernel.comm_manager.comms[COMM_ID] = agent


attempt(install)
