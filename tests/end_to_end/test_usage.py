"""What a notebook does with the GPU that it has: models and strategies on the CPU, in the real TensorFlow."""

import textwrap
from importlib.resources import files

import msgspec
import pytest

from tests.end_to_end.proof import SYNTHESISED, TENSORFLOW, mends, proves
from tests.end_to_end.test_running import SMALL, running
from tfgpu_lab.diagnosis.rule import diagnose
from tfgpu_lab.diagnosis.verdict import judge
from tfgpu_lab.kernels.execution import Look, Ran, Times, told
from tfgpu_lab.models.execution import GpuTime
from tfgpu_lab.models.placement import Placement
from tfgpu_lab.models.process import GpuUse, KernelBinding

pytestmark = pytest.mark.tensorflow
LOOK = (files("tfgpu_lab") / "guest" / "placement.py").read_text()
FOLLOW = (files("tfgpu_lab") / "guest" / "follow.py").read_text()
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


def followed(cell, *, succeeds=True):
    """Return the code of a kernel in which a cell is run while it is followed."""
    return f"""
import sys, types
tf.config.list_logical_devices()
words = tf.constant(['a b', 'c'])
hooks = []
events = types.SimpleNamespace(register=lambda _, one: hooks.append(one), unregister=lambda _, one: hooks.remove(one))
shell = types.SimpleNamespace(events=events, _trait_values={{'execution_count': 4}})
sys.modules['IPython'] = types.SimpleNamespace(get_ipython=lambda: shell)
names = {{'__name__': 'follow'}}
exec({FOLLOW!r}, names)
assert names['ANSWER'] == '', names['ANSWER']
cell = {textwrap.dedent(cell)!r}
exec(cell)
info = types.SimpleNamespace(raw_cell=cell)
hooks[0](types.SimpleNamespace(success={succeeds}, execution_count=3, info=info))
assert hooks == []
"""


@proves("wrong-device-name", by=TENSORFLOW)
@mends("wrong-device-name", by="code")
def test_a_gpu_is_named_that_does_not_exist(environment, tensorflow):
    environment.mend()
    eager = "with tf.device('/GPU:1'):\n    where = tf.matmul(tf.ones((2, 2)), tf.ones((2, 2))).device"
    assert tensorflow.ask(f"{eager}\nanswer = where", **SMALL).answer.endswith("GPU:0"), "without a word"
    (finding,) = diagnose(running(environment, tensorflow, followed(eager), **SMALL))
    assert (finding.id, finding.certainty) == ("wrong-device-name", "certain")
    assert finding.title.startswith("Cell [3] asks for GPU:1, TensorFlow has GPU:0")
    printed = "import builtins\nanswer = []\nbuiltins.print = answer.append\n"
    ((name,),) = tensorflow.ask(printed + finding.fixes[0].text, **SMALL).answer
    named = f"with tf.device({name!r}):\n    tf.ones((2, 2))"
    assert diagnose(running(environment, tensorflow, followed(named), **SMALL)) == []


@pytest.mark.parametrize(
    ("cell", "missing"),
    [
        (
            "@tf.function\ndef f(x):\n    with tf.device('/device:gpu:9'):\n        return x + x\nf(tf.ones(2))",
            ["GPU:9"],
        ),
        ("if len(hooks) > 9:\n    with tf.device('/GPU:1'):\n        tf.ones(2)", []),
        ("f = lambda: tf.device('/GPU:1')", []),
        ("with tf.device('/CPU:0'), tf.device('GPU:0'), tf.device(None), tf.device('/gpu'):\n    tf.ones(2)", []),
        ("tf.device('/job:worker/replica:0/task:1/device:GPU:1')", []),
    ],
    ids=["function", "if", "lambda", "there", "elsewhere"],
)
def test_only_a_gpu_that_is_asked_for_is_missing(cell, missing, environment, tensorflow):
    environment.mend()
    assert running(environment, tensorflow, followed(cell), **SMALL).live.followed.missing_gpus == missing


@proves("op-without-gpu-kernel", by=TENSORFLOW)
def test_operations_without_a_gpu_version(environment, tensorflow):
    environment.mend()
    cell = """
        with tf.device('/GPU:0'):
            length = tf.strings.length(words)
            numbers = tf.cast(length, tf.float32) + 1.0
        for _ in tf.data.Dataset.range(3): pass
    """
    where = f"{followed(cell)}\nanswer = [length.device, numbers.device]"
    assert [name.rpartition(":")[0][-3:] for name in tensorflow.ask(where, **SMALL).answer] == ["CPU", "GPU"]
    facts = running(environment, tensorflow, followed(cell), **SMALL)
    assert [one.op for one in facts.live.followed.without_gpu_kernel] == ["StringLength"]
    (finding,) = diagnose(facts)
    assert (finding.id, finding.severity, finding.fixes) == ("op-without-gpu-kernel", "info", [])


@proves("gpu-used-but-looks-idle", by=SYNTHESISED)
def test_a_gpu_that_waits_most_of_the_time(environment, tensorflow):
    environment.mend()
    facts = running(environment, tensorflow, "tf.config.list_logical_devices()", **SMALL)
    held = {"uuid": "GPU-1", "index": 0, "mig_uuid": None, "tensorflow_device": "GPU:0", "pids": [1]}
    use = GpuUse(**held, memory_used_bytes=1 << 30, certainty="exact", note=None)
    binding = KernelBinding(certainty="exact", gpus=[use], memory_used_bytes=1 << 30, reason="", at_s=0.0)
    look = Look(facts.live, None, binding)
    for percent, seconds, found in ((3.0, 30, ["gpu-used-but-looks-idle"]), (60.0, 30, []), (3.0, 5, [])):
        readings = [GpuTime(pid=1, at_s=100.0 + second, percent=percent) for second in range(1, seconds)]
        execution = told(Ran(3, 1, 100.0, 100.0 + seconds), look, look, Times({"GPU-1": readings}, None))
        there = msgspec.structs.replace(facts, execution=execution)
        findings = diagnose(there)
        assert [one.id for one in findings] == found
        assert judge(there, findings, unavailable=None).verdict == "gpu"
