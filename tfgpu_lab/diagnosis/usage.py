"""Rules on what the notebook does with the GPU that TensorFlow has: models and strategies on the CPU (gate 14)."""

from ..models.placement import PlacedThing
from .facts import Facts
from .fixes import code
from .rule import Match, rule, seen

# These keep the weights where they compute; others, such as CentralStorageStrategy, keep them on the CPU on purpose.
_WEIGHTS_WHERE_COMPUTED = ("MirroredStrategy", "OneDeviceStrategy", "CollectiveAllReduceStrategy")
SHOWN = 5


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
