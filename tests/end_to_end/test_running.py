"""Causes that only a running TensorFlow shows: read by the agent in the real TensorFlow, on a simulated GPU."""

import asyncio
import json
import os
import textwrap
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest

from tests.end_to_end.fresh import HANGS, FreshTensorFlow
from tests.end_to_end.proof import TENSORFLOW, mends, proves
from tfgpu_lab.diagnosis.facts import Facts
from tfgpu_lab.diagnosis.rule import diagnose
from tfgpu_lab.diagnosis.verdict import foresee, judge
from tfgpu_lab.kernels.interpreter import Launch
from tfgpu_lab.kernels.probe import probe
from tfgpu_lab.models.live import LiveReport

pytestmark = pytest.mark.tensorflow
AGENT = (files("tfgpu_lab") / "guest" / "agent.py").read_text()
SMALL = {"SIMULATED_MEMORY_MB": "4096"}
TWO = {"SIMULATED_GPUS": "2", **SMALL}


def running(environment, tensorflow, cell, *, at_start=False, **env):
    """Return the facts of a kernel in which a cell was run; what TensorFlow lists there is as the probe foresees.

    `at_start` holds the list against the environment that the kernel started with: the cell changes it too late.
    """
    code = (
        textwrap.dedent(cell)
        + f"""
agent = {{'__name__': 'agent'}}
exec({AGENT!r}, agent)
agent['SHELL'] = globals().get('shell')
answer = {{'report': agent['report']()}}
answer['listed'] = len(tf.config.list_physical_devices('GPU'))
"""
    )
    told = tensorflow.ask(code, **env).answer
    live = msgspec.convert(told["report"], LiveReport)
    environment_now = asyncio.run(probe(environment.launch(**env), now_env=live.variables))
    before = asyncio.run(probe(environment.launch(**env))) if at_start else environment_now
    static = Facts(environment=before, live=None)
    assert (foresee(static, diagnose(static)).verdict == "gpu-ready") == (told["listed"] > 0)
    return Facts(environment=environment_now, live=live)


def text_of(finding, kind):
    """Return the text of its first fix of that kind."""
    return next(one.text for one in finding.fixes if one.kind == kind)


def variables_of(finding):
    """Return the variables of its fix for kernel.json."""
    return json.loads("{" + text_of(finding, "kernel-env") + "}")["env"]


def judged(facts, *, running=True):
    findings = diagnose(facts)
    judgement = judge(facts, findings, unavailable=None) if running else foresee(facts, findings)
    return [one.id for one in findings], judgement


def test_a_gpu_in_use(environment, tensorflow):
    environment.mend()
    facts = running(environment, tensorflow, "tf.config.list_logical_devices()", **SMALL)
    causes, judgement = judged(facts)
    assert (causes, judgement.verdict, judgement.basis) == ([], "gpu", "observed")


@proves("visible-devices-emptied", by=TENSORFLOW)
def test_visible_devices_emptied(environment, tensorflow):
    environment.mend()
    cell = "tf.config.set_visible_devices([], 'GPU'); tf.config.list_logical_devices()"
    causes, judgement = judged(running(environment, tensorflow, cell))
    assert causes[0] == "visible-devices-emptied"
    assert judgement.verdict == "cpu-fallback"


@mends("visible-devices-emptied", by="code")
def test_visible_devices_are_given_back_in_time(environment, tensorflow):
    environment.mend()
    cell = "tf.config.set_visible_devices([], 'GPU')"
    finding = diagnose(running(environment, tensorflow, cell))[0]
    assert finding.id == "visible-devices-emptied"
    use = "answer = [d.name for d in tf.config.list_logical_devices('GPU')]"
    assert tensorflow.ask(f"{cell}\n{use}").answer == []
    assert tensorflow.ask(f"{cell}\n{text_of(finding, 'code')}\n{use}", **SMALL).answer == ["/device:GPU:0"]


@mends("gpu-memory-hogged", by="kernel-env")
def test_memory_is_taken_as_it_is_needed(environment, tensorflow):
    environment.mend()
    taken = {"SIMULATED_MEMORY_MB": "8000", "SIMULATED_MEMORY_FREE_MB": "3000", "SIMULATED_PROCESS_PID": "4711"}
    facts = running(environment, tensorflow, "", **taken)
    (finding,) = diagnose(facts)
    assert finding.id == "gpu-memory-hogged"
    told = tensorflow.ask("answer = len(tf.config.list_logical_devices('GPU'))", **taken, **variables_of(finding))
    assert told.answer == 1
    assert "Overriding orig_value setting because the TF_FORCE_GPU_ALLOW_GROWTH" in told.log


@proves("logical-vs-physical-count", by=TENSORFLOW)
def test_logical_and_physical_devices_differ(environment, tensorflow):
    environment.mend()
    cell = """
        gpu = tf.config.list_physical_devices('GPU')[0]
        limit = tf.config.LogicalDeviceConfiguration(memory_limit=512)
        tf.config.set_logical_device_configuration(gpu, [limit, limit])
        tf.config.list_logical_devices()
    """
    causes, judgement = judged(running(environment, tensorflow, cell, **SMALL))
    assert causes == ["logical-vs-physical-count", "one-gpu-of-many"]
    assert judgement.verdict == "gpu"


@proves("one-gpu-of-many", by=TENSORFLOW)
@mends("one-gpu-of-many", by="code")
def test_one_gpu_of_many(environment, tensorflow):
    environment.mend()
    (found,) = diagnose(running(environment, tensorflow, "tf.config.list_logical_devices()", **TWO))
    assert found.id == "one-gpu-of-many"
    assert found.fixes[0].verified_by.startswith("`tf.distribute.MirroredStrategy().num_replicas_in_sync`")
    cell = f"{text_of(found, 'code')}\nanswer = tf.distribute.MirroredStrategy().num_replicas_in_sync"
    assert tensorflow.ask(cell, **TWO).answer == 2


@proves("memory-growth-too-late", by=TENSORFLOW)
@mends("memory-growth-too-late", by="code")
@mends("memory-growth-too-late", by="kernel-env")
def test_memory_growth_differs(environment, tensorflow):
    environment.mend()
    growth = "tf.config.experimental.set_memory_growth(tf.config.list_physical_devices('GPU')[0], True)"
    (found,) = diagnose(running(environment, tensorflow, growth, **TWO))
    assert found.id == "memory-growth-too-late"
    use = f"answer = {{}}\n{growth}\ntf.config.list_logical_devices()"
    assert "Memory growth cannot differ" in tensorflow.ask(use, **TWO).answer["error"]
    logical = "answer = len(tf.config.list_logical_devices('GPU'))"
    assert tensorflow.ask(f"{growth}\n{text_of(found, 'code')}\n{logical}", **TWO).answer == 2
    told = tensorflow.ask(logical, **TWO, **variables_of(found))
    assert told.answer == 2
    assert "Overriding orig_value setting because the TF_FORCE_GPU_ALLOW_GROWTH" in told.log


@proves("env-changed-after-device-query", by=TENSORFLOW)
@mends("env-changed-after-device-query", by="kernel-env")
def test_the_variable_was_changed_too_late(environment, tensorflow):
    environment.mend()
    cell = """
        import os
        tf.config.list_physical_devices('GPU')
        os.environ.pop('CUDA_VISIBLE_DEVICES')
    """
    facts = running(environment, tensorflow, cell, at_start=True, CUDA_VISIBLE_DEVICES="-1")
    causes, judgement = judged(facts)
    assert causes[0] == "env-changed-after-device-query"
    assert judgement.verdict == "cpu-fallback"
    assert tensorflow.ask(**variables_of(diagnose(facts)[0])).physical == ["/physical_device:GPU:0"]


@mends("cvd-hides-gpu", by="code")
def test_the_hiding_variable_is_removed_in_time(environment, tensorflow):
    environment.mend()
    cell = "import os; os.environ['CUDA_VISIBLE_DEVICES'] = '-1'"
    facts = running(environment, tensorflow, cell)
    finding = diagnose(facts)[0]
    assert finding.id == "cvd-hides-gpu"
    fix = next(one.text for one in finding.fixes if one.kind == "code")
    listed = f"{cell}\n{fix}\nanswer = len(tf.config.list_physical_devices('GPU'))"
    assert tensorflow.ask(listed).answer == 1


@proves("soft-placement-fallback", by=TENSORFLOW)
@mends("soft-placement-fallback", by="code")
def test_soft_placement_hides_that_there_is_no_gpu(environment, tensorflow):
    cell = "answer = tf.config.list_logical_devices()"  # 2.21.0 does not find its cuSOLVER
    facts = running(environment, tensorflow, cell)
    finding = next(one for one in diagnose(facts) if one.id == "soft-placement-fallback")
    use = "with tf.device('/GPU:0'): answer = tf.matmul(tf.ones((2, 2)), tf.ones((2, 2))).device"
    assert tensorflow.ask(use).answer.endswith("/device:CPU:0")
    assert "Could not satisfy device specification" in tensorflow.ask(f"{finding.fixes[0].text}\n{use}").answer["error"]


def test_after_a_failed_start_every_call_hangs(environment, tensorflow):
    environment.mend()
    again = """
try: tf.config.list_logical_devices()
except RuntimeError as error: answer = str(error)
"""
    assert "CUDA_ERROR_OUT_OF_MEMORY" in tensorflow.ask(again, SIMULATED_CONTEXT_ERROR="2").answer
    assert tensorflow.try_to(again + again, 3, SIMULATED_CONTEXT_ERROR="2")[0] == HANGS


def test_a_convolution_says_that_cudnn_is_older(environment, tensorflow):
    environment.mend()
    code = "tf.nn.conv2d(tf.ones((1, 8, 8, 1)), tf.ones((3, 3, 1, 1)), 1, 'SAME')\nanswer = {}"
    told = tensorflow.ask(code, SIMULATED_CUDNN="90100", **SMALL)
    assert "Loaded runtime CuDNN library: 9.1.0 but source was compiled with: 9.3.0" in told.log
    assert "No DNN in stream executor" in told.answer["error"]


@proves("ld-library-path-too-late", by=TENSORFLOW)
@mends("ld-library-path-too-late", by="kernel-env")
def test_ld_library_path_in_a_cell_comes_too_late(environment, tensorflow):
    folder = environment.lib("cusolver")
    cell = f"import os; os.environ['LD_LIBRARY_PATH'] = {str(folder)!r}"
    listed = f"{cell}\nanswer = len(tf.config.list_physical_devices('GPU'))"
    assert tensorflow.ask(listed).answer == 0
    facts = running(environment, tensorflow, cell)
    causes, judgement = judged(facts)
    assert causes[:2] == ["ld-library-path-too-late", "tf221-cusolver-runpath"]
    assert judgement.verdict == "cpu-fallback"
    found = variables_of(diagnose(facts)[0])
    in_time = FreshTensorFlow(environment.launch(LD_LIBRARY_PATH=f"{found['LD_LIBRARY_PATH']}:{environment.driver}"))
    try:
        assert in_time.ask().physical == ["/physical_device:GPU:0"]
    finally:
        in_time.close()


@pytest.fixture(scope="module")
def cpu_wheel():
    """The real tensorflow-cpu, in the environment that `make test` makes for it."""
    python = Path(__file__).resolve().parents[2] / ".venvs" / "cpu-only" / "bin" / "python"
    if not python.exists():
        pytest.skip("`make test` makes .venvs/cpu-only")
    launch = Launch(argv=(str(python),), env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]})
    fresh = FreshTensorFlow(launch)
    yield launch, fresh
    fresh.close()


@proves("cpu-only-wheel", by=TENSORFLOW)
def test_the_cpu_wheel_never_looks_for_a_gpu(cpu_wheel, environment):
    launch, fresh = cpu_wheel
    with_driver = Launch(argv=launch.argv, env={**launch.env, "LD_LIBRARY_PATH": str(environment.driver)})
    causes, judgement = judged(Facts(environment=asyncio.run(probe(with_driver)), live=None), running=False)
    assert (causes[0], judgement.verdict) == ("cpu-only-wheel", "cpu-fallback")
    told = fresh.ask("answer = [tf.test.is_built_with_cuda(), len(tf.config.list_physical_devices('GPU'))]")
    assert told.answer == [False, 0]
    assert "GPU" not in told.log


@proves("keras-backend-not-tensorflow", by=TENSORFLOW)
@mends("keras-backend-not-tensorflow", by="code")
@mends("keras-backend-not-tensorflow", by="kernel-env")
def test_keras_computes_with_something_else(environment, tensorflow, cpu_wheel):
    environment.mend()
    elsewhere = {"KERAS_BACKEND": "numpy"}
    facts = Facts(environment=asyncio.run(probe(environment.launch(**elsewhere))), live=None)
    causes, judgement = judged(facts, running=False)
    assert (causes, judgement.verdict) == (["keras-backend-not-tensorflow"], "gpu-ready")
    assert tensorflow.ask(**elsewhere).physical == ["/physical_device:GPU:0"]
    (found,) = diagnose(facts)  # what mends it is tried where JAX is, which that backend needs
    anew = "import sys\nfor name in [one for one in sys.modules if one.startswith('keras')]: del sys.modules[name]"
    for code, env, backend in (
        ("import keras", {}, "numpy"),
        (text_of(found, "code"), {}, "tensorflow"),
        ("import keras", variables_of(found), "tensorflow"),
    ):
        told = cpu_wheel[1].ask(f"{anew}\n{code}\nanswer = keras.config.backend()", **(elsewhere | env))
        assert told.answer == backend
