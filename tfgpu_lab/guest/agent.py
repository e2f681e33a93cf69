"""The inert object put into a kernel once, while it is idle, by which TensorFlow's state is read while a cell runs.

The host runs this text in a namespace of its own, so the user's is never touched. What stays is one object: in
`builtins`, where it survives `%reset`, and among the kernel's comms, where ipykernel's control thread reads its
`target_name` to answer a comm_info_request. That reading looks into `__dict__` only, because attributes of lazy modules
import, and listing devices would fix CUDA_VISIBLE_DEVICES for the user. One thing of TensorFlow's is called, only once
it is initialised and while no cell runs: the allocator's statistics, see read_allocators.
Nothing here may raise, print, warn or import anything that ipykernel has not imported already.
"""

from __future__ import annotations

import builtins
import json
import os
import socket
import sys
import threading
import types
from typing import Any, Callable

SHELL: Any = None
PROCESS: dict[str, Any] = {}
COMM_ID = "tfgpu-lab-agent"
NAME = "_tfgpu_lab_agent_"
FOLLOWED = "_tfgpu_lab_followed_"  # where guest/follow puts what it saw
PREFIX = "tfgpu:"
LIMIT_CHARS = 60000  # a message part of 64 KiB or more makes pyzmq start a thread in the kernel

# Not simply TF_*: Terraform keeps passwords in TF_VAR_* and TF_TOKEN_*.
VARIABLES = frozenset(
    """
    CONDA_PREFIX CUDA_DEVICE_ORDER CUDA_VISIBLE_DEVICES KERAS_BACKEND KERAS_HOME LD_LIBRARY_PATH
    NVIDIA_DRIVER_CAPABILITIES NVIDIA_VISIBLE_DEVICES PYTHONPATH SLURM_JOB_GPUS SLURM_JOB_ID TF2_BEHAVIOR
    TF_DETERMINISTIC_OPS TF_NUM_INTEROP_THREADS TF_NUM_INTRAOP_THREADS TF_USE_LEGACY_KERAS XLA_FLAGS
    """.split()
)
VARIABLE_PREFIXES = tuple(
    "TF_CPP_ TF_CUDA_ TF_CUDNN_ TF_DISABLE_ TF_ENABLE_ TF_FORCE_ TF_GPU_ TF_MIN_ TF_PER_ TF_XLA_".split()
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


def of_threads(local: object) -> list[dict[str, Any]]:
    """What a threading.local holds, for each thread that has used it: we are asked in a thread of the kernel's own."""
    found = sys.modules["gc"].get_referents(local)
    tables = [one for one in found if type(one) is dict]
    if not tables:
        raise LookupError("thread-local values")  # this Python keeps them elsewhere
    return [one for table in tables for one in list(table.values()) if type(one) is dict]


def who_computes() -> str:
    """Which thread of Python's may be in an operation of TensorFlow's; one that begins a moment later is not seen."""
    frames = sys._current_frames()  # noqa: SLF001 - documented
    main = frames.pop(threading.main_thread().ident or 0, None)
    frames.pop(threading.get_ident(), None)
    if main is None or main.f_code.co_name != "select" or main.f_globals.get("__name__") != "selectors":
        return "A cell runs"  # otherwise the main thread waits for messages
    for frame in frames.values():
        inner: types.FrameType | None = frame
        while inner is not None:
            if str(inner.f_globals.get("__name__")).startswith(("tensorflow.", "keras.", "tf_keras.")):
                return "A thread of the notebook's computes"
            inner = inner.f_back
    return ""


def read_limits(inside: dict[str, Any]) -> dict[str, list[float | None]] | None:
    limits = {}
    for device, parts in list((inside.get("_virtual_device_map") or {}).items()):
        limits[device.name] = [number_or_none(part.memory_limit) for part in parts]
    return {name: found for name, found in limits.items() if any(limit is not None for limit in found)} or None


def number_or_none(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def is_gpu(name: str) -> bool:
    return ":GPU:" in name.upper()


def read_logical_of(inside: dict[str, Any], logical: list[str]) -> dict[str, list[str]] | None:
    # TensorFlow numbers logical GPUs in the order of the visible physical ones.
    virtual = inside.get("_virtual_device_map") or {}
    visible = [device for device in list(inside["_visible_device_list"]) if is_gpu(device.name)]
    numbers = [len(virtual.get(device) or ()) or 1 for device in visible]
    gpus = [name for name in logical if is_gpu(name)]
    if sum(numbers) != len(gpus):
        return None
    ends = [sum(numbers[: index + 1]) for index in range(len(numbers))]
    return {device.name: gpus[end - number : end] for device, number, end in zip(visible, numbers, ends)}


def read_allocators(inside: dict[str, Any], logical: list[str]) -> list[dict[str, Any]] | str:
    """TensorFlow's count of each GPU's memory, or why there is none.

    The call waits for the allocator's lock, which an operation holds until the driver has given it memory (measured:
    1.5 s of 1.5 s, the GIL released). We are asked in the thread that also serves shutdown, debugger and interrupts by
    message: a driver that hangs must not take it along. So the call is made only while no operation can run.
    """
    gpus = [name for name in logical if is_gpu(name)]
    if not gpus:
        return "TensorFlow has no GPU here."
    if computes := who_computes():
        return computes + ": the allocator is read only while nothing does."
    ask = (module("tensorflow.python._pywrap_tfe") or {}).get("TFE_GetMemoryInfo")
    if ask is None:
        return "This TensorFlow does not tell."
    told = [(name, ask(inside["_context_handle"], name)) for name in gpus]
    return [{"device": name, "current_bytes": now["current"], "peak_bytes": now["peak"]} for name, now in told]


def read_out_of_memory() -> dict[str, Any] | None:
    # IPython keeps the exception that ended a cell. Its text may hold anything: only the device is told of it.
    error = attributes(sys).get("last_value")
    if error is None or not type(error).__module__.startswith("tensorflow."):
        return None
    message = attributes(error).get("_message")
    text = message if isinstance(message, str) else ""
    exhausted = any(kind.__name__ == "ResourceExhaustedError" for kind in type(error).__mro__)
    if not exhausted and "out of memory" not in text.lower():
        return None
    kind, _, rest = text.rpartition("/device:")[2].partition(":")
    number = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    device = "%s:%s" % (kind, number) if kind in ("CPU", "GPU") and number else None
    return {"device": device, "mark": "%x" % id(error)}


def read_failed_start() -> str | None:
    # Each further operation then waits for ever (measured), and the exception is the only trace of why.
    error = attributes(sys).get("last_value")
    if error is None or issubclass(type(error), KeyboardInterrupt):
        return None
    trace = BaseException.__traceback__.__get__(error)  # type: ignore[attr-defined]
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None or trace.tb_frame.f_code.co_name != "ensure_initialized":
        return None
    if trace.tb_frame.f_globals.get("__name__") != "tensorflow.python.eager.context":
        return None
    said = BaseException.args.__get__(error)  # type: ignore[attr-defined]
    return (text_or_none(said[0] if said else None) or type(error).__name__)[:300]


def read_strategy() -> dict[str, Any] | None:
    stack = (module("tensorflow.python.framework.ops") or {}).get("_default_graph_stack")
    for thread in of_threads(stack) if stack is not None else ():
        graph = thread.get("_global_default_graph")
        if graph is None:
            continue
        for modes in of_threads(object.__getattribute__(graph, "_thread_local")):  # a graph shows no __dict__
            entered = modes.get("_distribution_strategy_stack")
            if entered:
                return described_strategy(attributes(entered[-1])["strategy"])
    return None


def described_strategy(strategy: object) -> dict[str, Any]:
    inside = attributes(attributes(strategy)["_extended"])
    devices = inside.get("_devices") or ([inside["_device"]] if inside.get("_device") else None)
    return {"name": type(strategy).__name__, "devices": devices and [str(device) for device in devices]}


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
        "allocators": None,
        "allocators_unread": "TensorFlow is not initialised.",
        "strategy": attempt(read_strategy),
        "out_of_memory": attempt(read_out_of_memory),
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
    report["memory_limits_mb"] = attempt(lambda: read_limits(inside))
    soft = inside.get("_soft_device_placement")
    report["soft_placement"] = soft if isinstance(soft, bool) else None
    if not inside["_initialized"]:
        report["failed_start"] = attempt(read_failed_start)
    else:
        report["context"] = "initialized"
        logical = report["logical_devices"] = names_of(inside["_logical_devices"])
        report["logical_of"] = attempt(lambda: read_logical_of(inside, logical))
        allocators = attempt(lambda: read_allocators(inside, logical)) or "TensorFlow's allocator did not answer."
        unread = isinstance(allocators, str)
        report["allocators"], report["allocators_unread"] = (None, allocators) if unread else (allocators, None)
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
    return {"version": version, "backend": text_or_none(backend), "dtype_policy": attempt(read_dtype_policy)}


def read_dtype_policy() -> str | None:
    older = module("keras.src.mixed_precision.policy") or module("tf_keras.src.mixed_precision.policy")
    if older is not None and "_global_policy" in older:  # Keras 2
        policies = [older["_global_policy"]]
    else:
        tracker = module("keras.src.backend.common.global_state")
        if tracker is None:
            return None
        policies = [one.get("dtype_policy") for one in of_threads(tracker["GLOBAL_STATE_TRACKER"])]
    names = {attributes(policy)["_name"] for policy in policies if policy is not None}
    if not names:  # it is made when it is first needed
        names = {(module("keras.src.backend.config") or module("tf_keras.src.backend_config") or {}).get("_FLOATX")}
    return text_or_none(names.pop()) if len(names) == 1 else None


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


def process() -> dict[str, Any]:
    """What stays as long as the process does: reading it anew each time took most of the time of a report."""
    pid = os.getpid()
    if PROCESS.get("pid") != pid:  # also in a fork
        PROCESS.update(
            pid=pid,
            # The command's name, in parentheses, may contain anything: count from where it ends.
            process_start_ticks=attempt(lambda: int(first_line("/proc/self/stat").rpartition(")")[2].split()[19])),
            boot_id=attempt(lambda: first_line("/proc/sys/kernel/random/boot_id")),
            pid_namespace=attempt(lambda: os.readlink("/proc/self/ns/pid")),
        )
    return PROCESS


def report() -> dict[str, Any]:
    return {
        **process(),
        "hostname": attempt(lambda: text_or_none(socket.gethostname())) or "",
        "executable": text_or_none(sys.executable) or "",
        "prefix": text_or_none(sys.prefix) or "",
        "python_version": "%d.%d.%d" % sys.version_info[:3],
        "cwd": attempt(lambda: text_or_none(os.getcwd())),
        "variables": read_variables(),
        "tensorflow": read_tensorflow(),
        "keras": read_keras(),
        "followed": vars(builtins).get(FOLLOWED),
        "execution_count": attempt(lambda: attributes(SHELL)["_trait_values"]["execution_count"]),
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
    globals()["SHELL"] = shell = sys.modules["IPython"].get_ipython()
    shell.kernel.comm_manager.comms[COMM_ID] = agent


attempt(install)
