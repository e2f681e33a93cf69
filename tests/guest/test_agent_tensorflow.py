"""What the agent's text reads of TensorFlow and Keras: `__dict__` only, and nothing that has an effect."""

import gc
import importlib.util
import sys
import threading
import types
from importlib.machinery import ModuleSpec
from typing import NamedTuple

import pytest


class Device(NamedTuple):
    name: str
    device_type: str


CPU, GPU = Device("/physical_device:CPU:0", "CPU"), Device("/physical_device:GPU:0", "GPU")


class Context:
    """TensorFlow's eager context: all that may be read is its `__dict__`; every attribute may have an effect."""

    def __init__(self, **changes):
        fresh = {"_initialized": False, "_physical_devices": None, "_visible_device_list": []}
        fresh |= {"_memory_growth_map": None, "_soft_device_placement": None}
        object.__getattribute__(self, "__dict__").update(fresh | changes)

    def __getattribute__(self, name):
        pytest.fail(f"read with effect: {name}")


def test_a_lazy_module_is_not_loaded(tmp_path, monkeypatch, read):
    (tmp_path / "tensorflow.py").write_text("raise ImportError('loaded')")
    monkeypatch.syspath_prepend(tmp_path)
    spec = importlib.util.find_spec("tensorflow")
    spec.loader = importlib.util.LazyLoader(spec.loader)
    lazy = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "tensorflow", lazy)
    spec.loader.exec_module(lazy)
    assert read().tensorflow is None
    with pytest.raises(ImportError, match="loaded"):  # the control: it was one
        lazy.__version__  # noqa: B018


def test_an_import_under_way_is_told(imported, read):
    spec = ModuleSpec("tensorflow", None)
    spec._initializing = True
    imported(tensorflow={"__spec__": spec})
    assert read().tensorflow.importing
    spec._initializing = False
    assert not read().tensorflow.importing


def test_before_the_first_operation_nothing_is_listed(imported, read):
    imported(tensorflow={"__version__": "2.21.0"}, tensorflow__python__eager__context={"_context": None})
    report = read().tensorflow
    assert (report.version, report.context) == ("2.21.0", "none")
    assert (report.physical_devices, report.visible_devices, report.logical_devices) == (None, None, None)


def test_the_context_is_read_without_touching_it(imported, read):
    context = Context(
        _physical_devices=[CPU, GPU],
        _visible_device_list=[CPU],
        _memory_growth_map={CPU: None, GPU: True},
        _soft_device_placement=False,
    )
    imported(tensorflow={"__version__": "2.21.0"}, tensorflow__python__eager__context={"_context": context})
    report = read().tensorflow
    assert report.context == "created"
    assert report.physical_devices == [CPU.name, GPU.name]
    assert report.visible_devices == [CPU.name]
    assert report.logical_devices is None
    assert report.memory_growth == {GPU.name: True}
    assert report.soft_placement is False
    object.__getattribute__(context, "__dict__").update(
        _initialized=True, _logical_devices=[Device("/device:CPU:0", "CPU")]
    )
    report = read().tensorflow
    assert (report.context, report.logical_devices) == ("initialized", ["/device:CPU:0"])


class Limit(NamedTuple):
    memory_limit: float | None


def test_limits_and_the_logical_devices_of_each_physical_one(imported, read):
    second = Device("/physical_device:GPU:1", "GPU")
    logical = [Device(f"/device:{name}", name[:3]) for name in ("CPU:0", "GPU:0", "GPU:1", "GPU:2")]
    context = Context(
        _initialized=True,
        _physical_devices=[CPU, GPU, second],
        _visible_device_list=[CPU, GPU, second],
        _virtual_device_map={CPU: [Limit(None)], GPU: [Limit(512), Limit(None)]},
        _logical_devices=logical,
    )
    imported(tensorflow={"__version__": "2.21.0"}, tensorflow__python__eager__context={"_context": context})
    report = read().tensorflow
    assert report.memory_limits_mb == {GPU.name: [512.0, None]}
    assert report.logical_of == {GPU.name: ["/device:GPU:0", "/device:GPU:1"], second.name: ["/device:GPU:2"]}
    logical.pop()  # one failed: which one cannot be told
    assert read().tensorflow.logical_of is None


def on_one_gpu():
    """Return a context that is initialised with a GPU."""
    return Context(
        _initialized=True,
        _physical_devices=[CPU, GPU],
        _visible_device_list=[CPU, GPU],
        _logical_devices=[Device("/device:CPU:0", "CPU"), Device("/device:GPU:0", "GPU")],
        _context_handle="handle",
    )


@pytest.mark.parametrize(
    ("statistics", "unread"),
    [
        (lambda handle, name: {"current": 5, "peak": 9} if (handle, name) == ("handle", "/device:GPU:0") else None, ""),
        (lambda handle, name: {}, "did not answer"),
        (lambda handle, name: 1 / 0, "did not answer"),
        (None, "does not tell"),
    ],
)
def test_the_allocator_is_asked_while_the_main_thread_waits(imported, read, waiting, statistics, unread):
    imported(tensorflow={"__version__": "2.21.0"}, tensorflow__python__eager__context={"_context": on_one_gpu()})
    imported(tensorflow__python___pywrap_tfe={"TFE_GetMemoryInfo": statistics})
    report = waiting(read).tensorflow
    if unread:
        assert report.allocators is None
        assert unread in report.allocators_unread
    else:
        assert [(one.current_bytes, one.peak_bytes) for one in report.allocators] == [(5, 9)]
        assert report.allocators_unread is None


def test_the_allocator_is_left_alone_while_the_main_thread_works(imported, read):
    imported(tensorflow={"__version__": "2.21.0"}, tensorflow__python__eager__context={"_context": on_one_gpu()})
    imported(tensorflow__python___pywrap_tfe={"TFE_GetMemoryInfo": lambda *_: pytest.fail("asked")})
    assert "A cell runs" in read().tensorflow.allocators_unread


def test_the_allocator_is_left_alone_while_a_thread_is_in_tensorflow(imported, read, waiting):
    imported(tensorflow={"__version__": "2.21.0"}, tensorflow__python__eager__context={"_context": on_one_gpu()})
    imported(tensorflow__python___pywrap_tfe={"TFE_GetMemoryInfo": lambda *_: {"current": 5, "peak": 9}})
    inside, done = threading.Event(), threading.Event()
    names = {"__name__": "tensorflow.python.eager.execute", "wait": lambda: (inside.set(), done.wait(10))}
    exec("def execute(): wait()", names)
    thread = threading.Thread(target=names["execute"])
    thread.start()
    inside.wait(10)
    assert "A thread of the notebook's computes" in waiting(read).tensorflow.allocators_unread
    done.set()
    thread.join()
    assert waiting(read).tensorflow.allocators_unread is None


def failing(module, function, error="RuntimeError('the driver says no')"):
    """An exception that a function of a module has raised."""
    names = {"__name__": module}
    exec(f"def {function}(): raise {error}", names)
    with pytest.raises(BaseException) as raised:  # noqa: PT011 - whichever
        names[function]()
    return raised.value


@pytest.mark.parametrize(
    ("module", "function", "expected"),
    [
        ("tensorflow.python.eager.context", "ensure_initialized", "the driver says no"),
        ("tensorflow.python.eager.context", "set_memory_growth", None),
        ("mine", "ensure_initialized", None),
    ],
)
def test_a_start_that_failed_is_told_as_long_as_its_exception_is_the_last(
    imported, read, monkeypatch, module, function, expected
):
    imported(tensorflow={"__version__": "2.21.0"}, tensorflow__python__eager__context={"_context": Context()})
    assert read().tensorflow.failed_start is None
    monkeypatch.setattr(sys, "last_value", failing(module, function), raising=False)
    assert read().tensorflow.failed_start == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [("KeyboardInterrupt('by the user')", None), ("KeyboardInterrupt", None), ("RuntimeError", "RuntimeError")],
)
def test_a_start_that_was_interrupted_has_not_failed(imported, read, monkeypatch, error, expected):
    imported(tensorflow={"__version__": "2.21.0"}, tensorflow__python__eager__context={"_context": Context()})
    failed = failing("tensorflow.python.eager.context", "ensure_initialized", error)
    monkeypatch.setattr(sys, "last_value", failed, raising=False)
    assert read().tensorflow.failed_start == expected


def test_an_exception_of_the_users_is_not_asked_whether_it_is_true(imported, read, monkeypatch):
    class Loud(Exception):
        def __bool__(self):
            raise AssertionError

    imported(tensorflow={"__version__": "2.21.0"}, tensorflow__python__eager__context={"_context": Context()})
    monkeypatch.setattr(sys, "last_value", Loud(), raising=False)
    told = read().tensorflow
    assert told.failed_start is None


@pytest.mark.parametrize(
    ("policies", "expected"),
    [([], "float32"), (["mixed_float16"], "mixed_float16"), (["float32", "mixed_float16"], None)],
)
def test_the_dtype_policy_of_other_threads(imported, waiting, read, policies, expected):
    tracker = threading.local()
    done = threading.Event()

    def use(policy):
        tracker.dtype_policy = types.SimpleNamespace(_name=policy)
        done.wait(10)

    threads = [threading.Thread(target=use, args=(policy,)) for policy in policies]
    for thread in threads:
        thread.start()
    imported(keras={"__version__": "3.9"}, keras__src__backend__config={"_FLOATX": "float32"})
    imported(keras__src__backend__common__global_state={"GLOBAL_STATE_TRACKER": tracker})
    tables = len([one for one in gc.get_referents(tracker) if type(one) is dict for _ in one])
    assert read().keras.dtype_policy == expected
    assert waiting(read).keras.dtype_policy == expected, "also when another thread is asked"
    assert len([one for one in gc.get_referents(tracker) if type(one) is dict for _ in one]) == tables
    done.set()
    for thread in threads:
        thread.join()


def test_the_dtype_policy_of_keras_2(imported, read):
    imported(keras={"__version__": "2.15.0"})
    assert read().keras.dtype_policy is None
    imported(keras__src__mixed_precision__policy={"_global_policy": types.SimpleNamespace(_name="mixed_bfloat16")})
    assert read().keras.dtype_policy == "mixed_bfloat16"


class Graph:
    """TensorFlow's graphs show no `__dict__`."""

    __slots__ = ("_thread_local",)


def test_the_strategy_in_force(imported, read):
    graph, stack = Graph(), threading.local()
    graph._thread_local = threading.local()
    stack._global_default_graph = graph
    imported(tensorflow={"__version__": "2.21.0"}, tensorflow__python__eager__context={"_context": None})
    imported(tensorflow__python__framework__ops={"_default_graph_stack": stack})
    assert read().tensorflow.strategy is None
    extended = types.SimpleNamespace(_devices=("/job:localhost/replica:0/task:0/device:CPU:0",))
    strategy = type("MirroredStrategy", (), {})()
    strategy._extended = extended
    graph._thread_local._distribution_strategy_stack = [types.SimpleNamespace(strategy=strategy)]
    told = read().tensorflow.strategy
    assert (told.name, told.devices) == ("MirroredStrategy", list(extended._devices))
    graph._thread_local._distribution_strategy_stack.pop()
    assert read().tensorflow.strategy is None


def test_a_tensorflow_it_does_not_know_gives_no_report_and_no_guess(imported, read):
    imported(tensorflow={"__version__": "9.0"})
    assert read() is None
    imported(tensorflow__python__eager__context={})
    assert read() is None
    imported(tensorflow__python__eager__context={"_context": types.SimpleNamespace()})
    assert read() is None


def test_a_folder_called_tensorflow_is_not_taken_for_one(imported, read):
    imported(tensorflow={})
    report = read().tensorflow
    assert (report.version, report.context) == (None, "none")


@pytest.mark.parametrize(
    ("modules", "expected"),
    [
        ({"keras": {"__version__": "3.9"}, "keras__src__backend__config": {"_BACKEND": "jax"}}, ("3.9", "jax")),
        ({"keras": {"__version__": "3.9"}}, ("3.9", None)),
        ({"keras": {"__version__": "2.15.0"}}, ("2.15.0", "tensorflow")),
        ({"tf_keras": {"__version__": "2.19.0"}}, ("2.19.0", "tensorflow")),
    ],
)
def test_keras_and_its_backend(imported, read, modules, expected):
    imported(**modules)
    assert (read().keras.version, read().keras.backend) == expected
