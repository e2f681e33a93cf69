"""The text that looks where models live, run on the real TensorFlow: it counts each tensor once and changes nothing."""

import ast
import json
import subprocess
import sys
from importlib.resources import files

import pytest

TEXT = files("tfgpu_lab").joinpath("guest/placement.py").read_text()
SETTING = """
import json, sys, types
space = {}
hidden = {"hidden": 1}
shell = types.SimpleNamespace(user_ns=space, user_ns_hidden=hidden)
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: shell)
"""
LOOK = f"""
names = {{"__name__": "placement"}}
exec({TEXT!r}, names)
print(names["ANSWER"])
"""


def seen(code):
    """Run code that fills `space`, the user's names; return what is seen."""
    ended = subprocess.run([sys.executable, "-c", SETTING + code + LOOK], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def model():
    """What is seen of a fitted model, and of other things beside it."""
    return seen("""
import tensorflow as tf, keras, numpy as np
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(np.ones((8, 4)), np.ones((8, 1)), verbose=0)
class Mine(tf.Module):
    def __init__(self):
        self.w = tf.Variable([1.0])
class Odd(keras.Model):
    @property
    def weights(self):
        raise RuntimeError("mine")
space.update(first=model, again=model, layer=model.layers[0], kernel=model.weights[0], array=np.ones(9), _last=model)
space.update(variable=tf.Variable([1.0, 2.0]), tensor=tf.zeros((10, 10)), text=tf.constant(["a"]), mine=Mine())
space.update(several={"a": [keras.Variable([1.0]), keras.Variable([2.0])]}, unbuilt=keras.Sequential(), odd=Odd())
space["loop"] = space
""")


def things(found):
    return {one["name"]: one for one in found["things"]}


@pytest.mark.tensorflow
def test_a_model_is_counted_once_with_its_optimizer(model):
    first = things(model)["first"]
    assert first["type"] == "Sequential"
    assert first["values"] == [{"device": "CPU:0", "count": 4, "bytes": (4 * 8 + 8 + 8 + 1) * 4}]
    assert first["optimizer"][0]["bytes"] > 2 * first["values"][0]["bytes"]
    assert not {"again", "layer", "kernel", "_last", "array"} & set(things(model)), (
        "counted with the model, or no tensor"
    )


@pytest.mark.tensorflow
def test_variables_tensors_and_modules_are_found_also_in_containers(model):
    sizes = {name: (one["kind"], one["values"]) for name, one in things(model).items() if name != "first"}
    one = {"device": "CPU:0", "count": 1}
    assert sizes == {
        "mine": ("module", [{**one, "bytes": 4}]),
        "variable": ("variable", [{**one, "bytes": 8}]),
        "tensor": ("tensor", [{**one, "bytes": 400}]),
        "text": ("tensor", [{**one, "bytes": 0}]),
        "several": ("variable", [{**one, "bytes": 4}]),
        "unbuilt": ("model", []),
        "odd": ("model", []),
    }
    assert [one["name"] for one in model["things"]].count("several") == 2
    assert (model["initialized"], model["logical_gpus"], model["left_out"]) == (True, [], 0)


@pytest.mark.tensorflow
def test_a_strategy_is_named(model):
    assert things(model)["first"]["strategy"] is None
    found = seen("""
import tensorflow as tf, keras
with tf.distribute.MirroredStrategy(["/cpu:0"]).scope():
    space["model"] = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
""")
    (one,) = found["things"]
    assert (one["strategy"], one["values"][0]["count"]) == ("MirroredStrategy", 2)


@pytest.mark.tensorflow
def test_looking_does_not_initialise_tensorflow():
    found = seen("import tensorflow as tf")
    assert (found["initialized"], found["things"]) == (False, [])
    ended = subprocess.run(
        [sys.executable, "-c", f"{SETTING}import tensorflow as tf{LOOK}tf.config.set_visible_devices([], 'GPU')"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr


def test_without_tensorflow_nothing_is_seen_or_imported():
    found = seen("before = set(sys.modules)\nspace['x'] = 1")
    assert (found["things"], found["initialized"]) == ([], False)


def test_what_goes_wrong_is_told():
    assert (
        "no shell"
        in seen(
            "shell = None\nsys.modules['IPython'].get_ipython = lambda: 1 / 0 if 0 else no_shell()\n"
            "def no_shell(): raise LookupError('no shell')"
        )["error"]
    )


def test_runs_on_python_3_8():
    ast.parse(TEXT, feature_version=(3, 8))
