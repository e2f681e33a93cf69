"""Where the user's models and variables live, by device: run once in an idle kernel, only when the user asks for it.

The host runs this text in a namespace of its own and takes ANSWER, a text, back. It walks the names of the notebook,
reads device and size of what TensorFlow holds there, computes nothing, copies nothing and keeps nothing.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from typing import Any, Callable, Iterator

LIMIT = 200  # of things that are named; what is beyond is only counted
DEEP = 3  # a list of dictionaries of models
WIDE = 1000  # entries of a container that are looked at


def module(name: str) -> Any:
    return sys.modules.get(name)


def kinds(*paths: tuple[str, str]) -> tuple[type, ...]:
    found = [vars(module(place)).get(name) for place, name in paths if module(place) is not None]
    return tuple(one for one in found if isinstance(one, type))


VARIABLES = kinds(("tensorflow.python.ops.variables", "Variable"))
KERAS_VARIABLES = kinds(("keras.src.backend.common.variables", "Variable"))
TENSORS = kinds(
    ("tensorflow.python.framework.ops", "EagerTensor"), ("tensorflow.python.framework.ops", "_EagerTensorBase")
)
MODELS = kinds(
    ("keras.src.models.model", "Model"),
    ("keras.src.engine.training", "Model"),
    ("tf_keras.src.engine.training", "Model"),
)
LAYERS = kinds(
    ("keras.src.layers.layer", "Layer"),
    ("keras.src.engine.base_layer", "Layer"),
    ("tf_keras.src.engine.base_layer", "Layer"),
)
MODULES = kinds(("tensorflow.python.module.module", "Module"))


def attempt(read: Callable[[], Any], otherwise: Any = None) -> Any:
    try:
        return read()
    except Exception:
        return otherwise


def parts(value: Any) -> Iterator[Any]:
    """The tensors behind a variable: one, or one for each replica of a strategy."""
    if is_one(value, KERAS_VARIABLES):
        value = vars(value).get("_value")
        if value is None:  # not built yet
            return
    replicas = attempt(lambda: value.values) if type(value).__module__.endswith("distribute.values") else None
    for one in replicas or (value,):
        yield one


def measured(value: Any) -> Iterator[tuple[str, int]]:
    for one in parts(value):
        found = attempt(lambda one=one: (str(one.device), one.shape.num_elements() * one.dtype.size))
        if found is not None and found[0]:
            yield found


def short(device: str) -> str:
    """`GPU:0` of `/job:localhost/replica:0/task:0/device:GPU:0`."""
    return device.rpartition("/device:")[2] or device


class Tally:
    """Number and bytes by device; each tensor once, whatever names it has."""

    def __init__(self) -> None:
        self.by_device: dict[str, list[int]] = {}

    def add(self, values: Any, seen: set[int]) -> None:
        for value in values:
            if id(value) in seen:
                continue
            seen.add(id(value))
            for device, size in measured(value):
                count = self.by_device.setdefault(short(device), [0, 0])
                count[0] += 1
                count[1] += size

    def answer(self) -> list[dict[str, Any]]:
        return [{"device": d, "count": c, "bytes": b} for d, (c, b) in sorted(self.by_device.items())]


def is_one(thing: Any, wanted: tuple[type, ...]) -> bool:
    # Not isinstance, which asks the object for its class: a lazy module is imported by that.
    return issubclass(type(thing), wanted)


def flat(value: Any, depth: int = DEEP) -> Iterator[Any]:
    # By the methods of the built-in types: those of a subclass are the user's code.
    if is_one(value, (dict,)):
        inside = list(itertools.islice(dict.values(value), WIDE))
    elif is_one(value, (list, tuple, set, frozenset)):
        base = next(base for base in (list, tuple, set, frozenset) if is_one(value, (base,)))
        inside = list(itertools.islice(base.__iter__(value), WIDE))
    else:
        yield value
        return
    for one in inside if depth else ():
        yield from flat(one, depth - 1)


def strategy_of(model: Any) -> str | None:
    strategy = vars(model).get("_distribute_strategy")
    name = type(strategy).__name__ if strategy is not None else None
    return None if name is None or name.startswith("_Default") else name


def described(name: str, thing: Any, seen: set[int]) -> dict[str, Any] | None:
    weights, optimizer = Tally(), Tally()
    kind = type(thing).__name__
    if is_one(thing, MODELS + LAYERS):
        weights.add(attempt(lambda: list(thing.weights), ()), seen)
        held = vars(thing).get("_optimizer") or vars(thing).get("optimizer")
        if held is not None:
            state = attempt(lambda: held.variables() if callable(held.variables) else held.variables, ())
            optimizer.add(state, seen)
        is_a = "model" if is_one(thing, MODELS) else "layer"
    elif is_one(thing, MODULES):
        weights.add(attempt(lambda: thing.variables, ()), seen)
        is_a = "module"
    elif is_one(thing, VARIABLES + KERAS_VARIABLES):
        weights.add([thing], seen)
        is_a = "variable"
    elif is_one(thing, TENSORS):
        weights.add([thing], seen)
        is_a = "tensor"
    else:
        return None
    return {
        "name": name[:80],
        "type": kind[:80],
        "kind": is_a,
        "strategy": attempt(lambda: strategy_of(thing)),
        "values": weights.answer(),
        "optimizer": optimizer.answer(),
    }


def of_models_first(names: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    # What belongs to a model is counted there and not once more under the name of a layer or variable.
    found = [(name, one) for name, value in names.items() for one in flat(value)]
    order = (MODELS, MODULES + LAYERS, VARIABLES + KERAS_VARIABLES, TENSORS)
    done: set[int] = set()
    for wanted in order:
        for name, one in found:
            if wanted and is_one(one, wanted) and id(one) not in done:
                done.add(id(one))
                yield name, one


def look() -> dict[str, Any]:
    began = time.perf_counter()
    shell = sys.modules["IPython"].get_ipython()
    hidden = getattr(shell, "user_ns_hidden", {})
    names = {k: v for k, v in list(shell.user_ns.items()) if not k.startswith("_") and k not in hidden}
    seen: set[int] = set()
    things = [one for name, value in of_models_first(names) for one in [described(name, value, seen)] if one]
    held = [one for one in things if one["values"] or one["optimizer"] or one["kind"] == "model"]
    context = vars(module("tensorflow.python.eager.context")).get("_context") if module("tensorflow") else None
    logical = vars(context).get("_logical_devices") if context is not None else None
    return {
        "type": "seen",
        "initialized": bool(context is not None and vars(context).get("_initialized")),
        "logical_gpus": [d.name.rpartition("/device:")[2] for d in logical or () if d.device_type == "GPU"],
        "things": held[:LIMIT],
        "left_out": max(len(held) - LIMIT, 0),
        "took_s": time.perf_counter() - began,
    }


try:
    ANSWER = json.dumps(look())
except Exception as error:
    ANSWER = json.dumps({"type": "failed", "error": ("%s: %s" % (type(error).__name__, error))[:500]})
