"""Rules on the running TensorFlow and Keras: what they do with the GPU they have (gates 13 and 14)."""

from .facts import Facts
from .fixes import LISTS_GPU, code, kernel_env, restart
from .requirements import release
from .rule import Match, rule, seen


@rule(
    "visible-devices-emptied",
    gate=13,
    title="The notebook hid the GPU with set_visible_devices",
    label="GPU hidden by set_visible_devices",
)
def visible_devices_emptied(facts: Facts) -> Match | None:
    """Means: `tf.config.set_visible_devices([], 'GPU')` was called, in the notebook or in a library that it uses.

    Seen by: the running TensorFlow lists a physical GPU and has none among its visible devices.

    Fix: remove the call and restart the kernel; after initialisation it cannot be undone.

    Source: measured with TensorFlow 2.21.0
    """
    live = facts.live_tensorflow
    if live is None or live.visible_devices is None or not facts.physical_gpus or facts.visible_gpus:
        return None
    fixes = [restart("Remove the call of tf.config.set_visible_devices, then restart the kernel.")]
    if live.context != "initialized":
        undo = "import tensorflow as tf\ntf.config.set_visible_devices(tf.config.list_physical_devices('GPU'), 'GPU')"
        fixes.insert(
            0, code("Now, before the first operation", undo, "`tf.config.list_logical_devices('GPU')` lists it.")
        )
    return Match(
        evidence=[
            seen("physical GPUs", ", ".join(facts.physical_gpus), "the same"),
            seen("visible devices", ", ".join(live.visible_devices) or "none", "a GPU among them"),
        ],
        fixes=fixes,
    )


@rule(
    "logical-vs-physical-count",
    gate=13,
    title="TensorFlow has another number of GPUs than the machine",
    label="GPU not initialised",
    severity="info",
)
def logical_vs_physical(facts: Facts) -> Match | None:
    """Means: `/GPU:i` counts logical devices. One card may be split into several; a card whose initialisation failed
    is missing.

    Seen by: numbers of physical, visible and logical GPUs in the running TensorFlow.

    Fix: none for a split that was meant; otherwise restart the kernel and read the message of the first operation.

    Source: tensorflow/docs site/en/guide/gpu.ipynb; measured with TensorFlow 2.21.0
    """
    logical, visible = len(facts.logical_gpus), len(facts.visible_gpus)
    if not facts.initialized or not visible or logical == visible:
        return None
    return Match(
        severity=None if logical > visible else "degrades" if logical else "blocks-gpu",
        title=f"TensorFlow made {logical} logical devices of {visible} GPU{'s' if visible > 1 else ''}",
        evidence=[seen("logical GPUs", logical, str(visible))],
        fixes=[]
        if logical > visible
        else [restart("Restart the kernel; the first operation on the GPU then says why it fails.")],
    )


@rule(
    "keras-backend-not-tensorflow",
    gate=14,
    title="Keras does not compute with TensorFlow",
    label="Keras uses another backend",
    severity="info",
)
def keras_backend(facts: Facts) -> Match | None:
    """Means: Keras 3 runs on TensorFlow, JAX, PyTorch and others; on another backend TensorFlow's GPU does not matter.

    Seen by: `keras.config.backend()` of the running Keras; before its import KERAS_BACKEND, else keras.json.

    Fix: choose the backend before Keras is imported, or make the other backend use the GPU.

    Source: keras/src/backend/config.py; https://github.com/keras-team/keras/issues/19423
    """
    running = facts.live.keras.backend if facts.live and facts.live.keras else None
    known = facts.environment.keras if facts.environment else None
    multi = (release(known.version if known else None) or ())[:1] >= (3,)
    backend = running or (known.backend if known and multi else "tensorflow")
    if backend == "tensorflow":
        return None
    source = "keras.config.backend() in the kernel" if running else (known.source if known else "")
    fixes = [
        code(
            "Choose TensorFlow in the first cell, after a restart of the kernel",
            'import os\nos.environ["KERAS_BACKEND"] = "tensorflow"\nimport keras',
            "`keras.config.backend()` is 'tensorflow'.",
        ),
        kernel_env("Or in the kernel's kernel.json, then restart", {"KERAS_BACKEND": "tensorflow"}, LISTS_GPU),
    ]
    return Match(
        title=f"Keras computes with {backend}, not with TensorFlow",
        evidence=[seen(f"Keras backend ({source})", backend, "tensorflow")],
        fixes=fixes,
    )


@rule(
    "log-level-hides-evidence",
    gate=14,
    title="TF_CPP_MIN_LOG_LEVEL hides why there is no GPU",
    label="messages hidden",
    severity="info",
)
def log_level_hides_evidence(facts: Facts) -> Match | None:
    """Means: with TF_CPP_MIN_LOG_LEVEL=3 TensorFlow drops its error lines too, among them the only one that says why
    CUDA does not start. It is not a cause.

    Seen by: the variable in the kernel, while TensorFlow shows no GPU.

    Fix: unset it while looking for the cause.

    Source: measured with TensorFlow 2.21.0
    """
    level = facts.value("TF_CPP_MIN_LOG_LEVEL") or ""
    if not level.isdecimal() or int(level) < 3 or facts.gpu_seen:
        return None
    return Match(
        evidence=[seen("TF_CPP_MIN_LOG_LEVEL", level, "0, while looking for the cause")],
        fixes=[
            kernel_env(
                "Show all messages (kernel.json), then restart the kernel",
                {"TF_CPP_MIN_LOG_LEVEL": "0"},
                "At its first look for a GPU TensorFlow prints what fails.",
            )
        ],
    )
