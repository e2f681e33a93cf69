"""Rules on what the notebook does with the GPU that TensorFlow has: models and strategies on the CPU (gate 14)."""

from ..models.live import FollowedCell
from ..models.placement import PlacedThing
from .facts import Facts
from .fixes import code
from .rule import Match, rule, seen

# These keep the weights where they compute; others, such as CentralStorageStrategy, keep them on the CPU on purpose.
_WEIGHTS_WHERE_COMPUTED = ("MirroredStrategy", "OneDeviceStrategy", "CollectiveAllReduceStrategy")
SHOWN = 5
LOOKS_IDLE_PERCENT = 10.0
LONG_S = 10.0
"""A cell shorter than this says little of how busy a GPU is: functions are traced and data is read first."""


def _on_cpu(facts: Facts) -> list[PlacedThing]:
    """Return the models that live on the CPU alone, while the running TensorFlow has a GPU."""
    if facts.placement is None or not facts.logical_gpus or not facts.placement.logical_gpus:
        return []
    models = [one for one in facts.placement.things if one.kind == "model" and one.values]
    return [one for one in models if all(share.device.startswith("CPU:") for share in one.values)]


def _named(things: list[PlacedThing]) -> str:
    shown = ", ".join(f"`{one.name}`" for one in things[:SHOWN])
    return shown if len(things) <= SHOWN else f"{shown} and {len(things) - SHOWN} more"


@rule(
    "device-scope-cpu",
    gate=14,
    title="A model lives on the CPU although TensorFlow has a GPU",
    label="model on the CPU",
    severity="degrades",
)
def device_scope_cpu(facts: Facts) -> Match | None:
    """Means: the model was made inside `with tf.device('/CPU:0')` or `keras.device('cpu')`, or when TensorFlow was told
    to use the CPU. Its weights stay there, and at every step are copied to where they are computed with, or the step is
    computed on the CPU.

    Seen by: all weights of a model, looked at on demand, are on the CPU while the running TensorFlow has a GPU. Small
    models may be quicker there, so it may be meant.

    Fix: make the model outside of such a scope.

    Source: tensorflow/docs site/en/guide/gpu.ipynb; measured with a simulated GPU
    """
    slow = [one for one in _on_cpu(facts) if one.strategy is None]
    if not slow:
        return None
    title = f"{'The model' if len(slow) == 1 else 'Models'} on the CPU although TensorFlow has a GPU: {_named(slow)}"
    return Match(
        title=title,
        evidence=[
            seen("devices of the weights", ", ".join(sorted({s.device for one in slow for s in one.values})), "GPU:0"),
            seen("logical GPUs", ", ".join(facts.logical_gpus), "the same"),
        ],
        fixes=[
            code(
                "Make the model outside of every `with tf.device('/CPU:0')`",
                "import tensorflow as tf\nwith tf.device('/GPU:0'):\n    model = ...  # made anew",
                "“Where does my model live?” names the GPU.",
            )
        ],
    )


@rule(
    "strategy-or-distribution-cpu",
    gate=14,
    title="A distribution strategy computes on the CPU although TensorFlow has a GPU",
    label="strategy uses the CPU",
    severity="degrades",
)
def strategy_cpu(facts: Facts) -> Match | None:
    """Means: the strategy was made for the CPU, as `tf.distribute.OneDeviceStrategy('/cpu:0')`, or when TensorFlow had
    no GPU yet. It says nothing of it.

    Seen by: the devices of the strategy that is in force in the running kernel, or where the weights of a model live
    that was made with one, while TensorFlow has a GPU.

    Fix: name the GPUs, or let the strategy take all there are.

    Source: measured with TensorFlow 2.21.0
    """
    live = facts.live_tensorflow
    strategy = live.strategy if live and facts.logical_gpus else None
    told = strategy.devices if strategy else None
    if strategy and told and all(":CPU:" in device.upper() for device in told):
        evidence = [seen(f"devices of {strategy.name}", ", ".join(told), "a GPU")]
        title = f"{strategy.name} computes on the CPU although TensorFlow has a GPU"
    elif slow := [one for one in _on_cpu(facts) if one.strategy in _WEIGHTS_WHERE_COMPUTED]:
        evidence = [seen("models made with a strategy, and on the CPU", _named(slow), "on a GPU")]
        title = f"{slow[0].strategy} computes on the CPU although TensorFlow has a GPU: {_named(slow)}"
    else:
        return None
    return Match(
        title=title,
        evidence=[*evidence, seen("logical GPUs", ", ".join(facts.logical_gpus), "the same")],
        fixes=[
            code(
                "Let the strategy use every GPU",
                "import tensorflow as tf\nwith tf.distribute.MirroredStrategy().scope():\n    model = ...",
                "`tf.distribute.MirroredStrategy().extended.worker_devices` names GPUs.",
            )
        ],
    )


def _followed(facts: Facts) -> FollowedCell | None:
    """Return what the last cell did, where it was followed and TensorFlow has a GPU."""
    followed = facts.live.followed if facts.live and facts.logical_gpus else None
    if followed is None or facts.live is None or followed.execution_count is None:
        return None
    return followed if facts.live.execution_count == followed.execution_count + 1 else None


@rule(
    "wrong-device-name",
    gate=14,
    title="The program asks for a GPU that TensorFlow does not have",
    label="wrong device name",
    severity="degrades",
)
def wrong_device_name(facts: Facts) -> Match | None:
    """Means: `tf.device('/GPU:1')` with one GPU raises no error: TensorFlow takes the GPU that it has, or the CPU. GPUs
    are counted from 0, and logical ones: those of other numbers are hidden or do not exist. Names that TensorFlow
    cannot read, such as `cuda:0` or `/physical_device:GPU:0`, raise ValueError.

    Seen by: a cell that was followed on demand: the devices that its functions were written for, and those in its calls
    of `device(...)` that are made whatever happens, while TensorFlow has fewer GPUs.

    Fix: use the names that TensorFlow gives.

    Source: measured with TensorFlow 2.21.0 and a simulated GPU
    """
    followed = _followed(facts)
    if followed is None or not followed.missing_gpus:
        return None
    missing = ", ".join(followed.missing_gpus)
    have = ", ".join(name.rpartition("device:")[2] for name in facts.logical_gpus)
    return Match(
        title=f"Cell [{followed.execution_count}] asks for {missing}, TensorFlow has {have}: it silently uses another",
        evidence=[seen(f"GPUs that cell [{followed.execution_count}] asks for", missing, f"only {have}")],
        fixes=[
            code(
                "Take the names that TensorFlow gives",
                "import tensorflow as tf\nprint([device.name for device in tf.config.list_logical_devices('GPU')])",
                "The names that are printed are those that `tf.device` may be given.",
            )
        ],
    )


@rule(
    "op-without-gpu-kernel",
    gate=14,
    title="Some operations have no GPU version and run on the CPU, which is normal",
    label="operation without GPU",
    severity="info",
)
def op_without_gpu_kernel(facts: Facts) -> Match | None:
    """Means: text, lookup tables, image decoding and Python functions have no GPU version in TensorFlow. They run on
    the CPU whatever the program asks for, and the rest runs on the GPU all the same.

    Seen by: a cell that was followed on demand: operations on the CPU for which TensorFlow names no GPU kernel. Input
    pipelines are left out.

    Fix: none is needed. In an input pipeline (tf.data) such operations run beside the GPU's work.

    Source: measured with TensorFlow 2.21.0, whose register of kernels is asked
    """
    followed = _followed(facts)
    if followed is None or not followed.without_gpu_kernel:
        return None
    named = ", ".join(f"{one.op} ({one.count})" for one in followed.without_gpu_kernel[:SHOWN])
    where = f"operations of cell [{followed.execution_count}] on the CPU"
    return Match(evidence=[seen(where, named, "the same: TensorFlow has no GPU version of them")])


@rule(
    "gpu-used-but-looks-idle",
    gate=15,
    title="The GPU is used, even if it looks idle",
    label="GPU used, mostly waiting",
    severity="info",
)
def looks_idle(facts: Facts) -> Match | None:
    """Means: it is no fallback. A small model, small batches or a slow input pipeline leave the GPU waiting most of the
    time, so that `nvidia-smi` shows a few percent. Windows' Task Manager shows "3D" and not "Cuda" unless told to.

    Seen by: the last cell took ten seconds or more, the driver's readings span at least half of it, and by them this
    kernel computed on the GPU in less than a tenth of the time. What else the cell did in that time is not known.

    Fix: none is needed. To use the GPU more: larger batches, `steps_per_execution` in `model.compile`, and
    `dataset.prefetch(tf.data.AUTOTUNE)`.

    Source: tensorflow/docs site/en/guide/gpu_performance_analysis.md
    """
    cell = facts.execution
    if cell is None or not facts.logical_gpus or cell.computed_on != "gpu" or not cell.gpu_time_percent:
        return None
    if cell.began_s is None or cell.ended_s is None or cell.ended_s - cell.began_s < LONG_S:
        return None
    took_s, spanned_s = cell.ended_s - cell.began_s, cell.gpu_time_span_s or 0.0
    if cell.gpu_time_percent >= LOOKS_IDLE_PERCENT or spanned_s < took_s / 2:
        return None
    number = f"cell [{cell.execution_count}]" if cell.cells == 1 and cell.execution_count else "the last cells"
    share = f"{max(1.0, cell.gpu_time_percent):.0f} %"
    return Match(
        title=f"The GPU is used, even if it looks idle: {share} of the time by the driver's readings in {number}",
        evidence=[
            seen(f"what {number} computed on", ", ".join(cell.devices) or "a GPU", "the same"),
            seen(
                f"share of time in the driver's readings, over {spanned_s:.0f} s of {took_s:.0f} s", share, "most of it"
            ),
        ],
    )
