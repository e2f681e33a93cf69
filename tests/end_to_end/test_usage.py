"""What a notebook does with the GPU that it has: models and strategies on the CPU, in the real TensorFlow."""

import textwrap
from importlib.resources import files

import msgspec
import pytest

from tests.end_to_end.proof import TENSORFLOW, mends, proves
from tests.end_to_end.test_running import SMALL, running
from tfgpu_lab.diagnosis.rule import diagnose
from tfgpu_lab.models.placement import Placement

pytestmark = pytest.mark.tensorflow
LOOK = (files("tfgpu_lab") / "guest" / "placement.py").read_text()
MODEL = "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])"


def placed(tensorflow, cell):
    """Return where the things live that a cell leaves as `model`."""
    code = f"""
import json, sys, types, keras
tf.config.list_logical_devices()
{textwrap.dedent(cell)}
shell = types.SimpleNamespace(user_ns={{'model': model}}, user_ns_hidden={{}})
sys.modules['IPython'] = types.SimpleNamespace(get_ipython=lambda: shell)
names = {{'__name__': 'placement'}}
exec({LOOK!r}, names)
answer = json.loads(names['ANSWER'])
"""
    answer = tensorflow.ask(code, **SMALL).answer
    assert answer.pop("type") == "seen", answer
    return msgspec.convert({"at_s": 0.0, "pid": None, "execution_count": None, "says": "", **answer}, Placement)


@proves("device-scope-cpu", by=TENSORFLOW)
@mends("device-scope-cpu", by="code")
def test_a_model_is_made_in_a_scope_of_the_cpu(environment, tensorflow):
    environment.mend()
    facts = running(environment, tensorflow, "tf.config.list_logical_devices()", **SMALL)
    there = msgspec.structs.replace(facts, placement=placed(tensorflow, f"with tf.device('/CPU:0'):\n    {MODEL}"))
    (finding,) = diagnose(there)
    assert finding.id == "device-scope-cpu"
    text = finding.fixes[0].text.replace("model = ...", MODEL)
    assert MODEL in text
    assert diagnose(msgspec.structs.replace(facts, placement=placed(tensorflow, text))) == []


@proves("strategy-or-distribution-cpu", by=TENSORFLOW)
@mends("strategy-or-distribution-cpu", by="code")
def test_a_strategy_is_made_for_the_cpu(environment, tensorflow):
    environment.mend()
    cell = """
        tf.config.list_logical_devices()
        tf.distribute.OneDeviceStrategy('/cpu:0').scope().__enter__()
    """
    (finding,) = diagnose(running(environment, tensorflow, cell, **SMALL))
    assert (finding.id, finding.title.partition(" ")[0]) == ("strategy-or-distribution-cpu", "OneDeviceStrategy")
    text = finding.fixes[0].text
    answer = tensorflow.ask(
        f"{text}\nanswer = tf.distribute.MirroredStrategy().extended.worker_devices", **SMALL
    ).answer
    assert [device.rpartition("/")[2] for device in answer] == ["device:GPU:0"]
