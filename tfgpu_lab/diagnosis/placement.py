"""Rules on the running TensorFlow and Keras: what they do with the GPU they have (gates 13 and 14)."""

from .facts import Facts
from .failed_start import next_step
from .fixes import FINDING_GONE, code, kernel_env, pinned, pip_install, restart
from .missing import in_a_wheel
from .requirements import release
from .rule import Match, rule, seen
from .tensorflow_facts import COMPILER_WHEEL

BACKEND = "`keras.config.backend()` is 'tensorflow'."
EVERY_GPU = "`tf.config.list_logical_devices('GPU')` lists every GPU."


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

    Seen by: numbers of physical, visible and logical GPUs in the running TensorFlow; or the exception with which it
    failed to start them.

    Fix: none for a split that was meant; otherwise restart the kernel and read the message of the first operation.

    Source: tensorflow/docs site/en/guide/gpu.ipynb; measured with TensorFlow 2.21.0
    """
    logical, visible = len(facts.logical_gpus), len(facts.visible_gpus)
    failed = facts.live_tensorflow.failed_start if facts.live_tensorflow else None
    if failed and visible:
        return Match(
            severity="blocks-gpu",
            title="TensorFlow could not start the GPU, and computes nothing until the kernel is restarted",
            evidence=[seen("the exception of its start", failed, "none")],
            fixes=[restart(f"{next_step(failed)}: until then operations never end.")],
        )
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
            BACKEND,
        ),
        kernel_env("Choose it in the kernel's kernel.json, then restart", {"KERAS_BACKEND": "tensorflow"}, BACKEND),
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


@rule(
    "soft-placement-fallback",
    gate=14,
    title="Operations that ask for the GPU silently run on the CPU",
    label="soft placement",
    severity="info",
)
def soft_placement(facts: Facts) -> Match | None:
    """Means: where there is no GPU, `with tf.device('/GPU:0')` raises no error: TensorFlow places the operation on the
    CPU, because soft placement is on by default. The guide's RuntimeError is from older releases.

    Seen by: the running TensorFlow is initialised without a GPU, the machine should have one, and soft placement was
    not switched off.

    Fix: switch it off, so that such an operation says why it fails.

    Source: tensorflow/docs site/en/guide/gpu.ipynb; measured with TensorFlow 2.21.0
    """
    live = facts.live_tensorflow
    if live is None or not facts.initialized or facts.logical_gpus or live.soft_placement is False:
        return None
    if not facts.gpu_hints:
        return None
    return Match(
        evidence=[
            seen("logical GPUs", "none", "one or more"),
            seen("tf.config.get_soft_device_placement()", "not switched off", "False, while looking for the cause"),
        ],
        fixes=[
            code(
                "Let such operations fail loudly",
                "import tensorflow as tf\ntf.config.set_soft_device_placement(False)",
                "`with tf.device('/GPU:0')` raises InvalidArgumentError while there is no GPU.",
            )
        ],
    )


@rule(
    "memory-growth-too-late",
    gate=13,
    title="Memory growth is set for some GPUs and not for others",
    label="memory growth differs",
    listed=True,
)
def memory_growth(facts: Facts) -> Match | None:
    """Means: memory growth must be set for all GPUs alike, and before the first operation: later it raises `Physical
    devices cannot be modified after being initialized`, and unequal settings `Memory growth cannot differ between GPU
    devices`.

    Seen by: the settings of the running TensorFlow before its initialisation: they differ between visible GPUs. A call
    that came too late leaves no trace but its RuntimeError.

    Fix: restart the kernel and set it for every GPU in the first cell, or by a variable.

    Source: measured with TensorFlow 2.21.0 and a simulated driver
    """
    live = facts.live_tensorflow
    if live is None or facts.initialized or not live.memory_growth or len(facts.visible_gpus) < 2:
        return None
    settings = {name: live.memory_growth.get(name, False) for name in facts.visible_gpus}
    if len(set(settings.values())) < 2:
        return None
    return Match(
        evidence=[seen(f"memory growth of {name}", on, "the same for all") for name, on in settings.items()],
        fixes=[
            code(
                "Now, before the first operation",
                "import tensorflow as tf\nfor gpu in tf.config.list_physical_devices('GPU'):\n"
                "    tf.config.experimental.set_memory_growth(gpu, True)",
                EVERY_GPU,
            ),
            kernel_env(
                "Set it for all in the kernel's kernel.json, remove the calls, then restart",
                {"TF_FORCE_GPU_ALLOW_GROWTH": "true"},
                EVERY_GPU,
            ),
        ],
    )


@rule(
    "one-gpu-of-many",
    gate=14,
    title="Without a strategy Keras trains on the first GPU only",
    label="one GPU of several",
    severity="info",
)
def one_gpu_of_many(facts: Facts) -> Match | None:
    """Means: TensorFlow has several GPUs; `model.fit` uses `/GPU:0` alone unless the model is made in the scope of a
    distribution strategy.

    Seen by: two or more logical GPUs in the running TensorFlow. Whether a strategy is used is not looked at.

    Fix: make the model in the scope of tf.distribute.MirroredStrategy.

    Source: tensorflow/docs site/en/guide/distributed_training.ipynb; measured with a simulated driver
    """
    if len(facts.logical_gpus) < 2:
        return None
    return Match(
        certainty="hint",
        evidence=[seen("logical GPUs", ", ".join(facts.logical_gpus), "the same, and a strategy that uses them")],
        fixes=[
            code(
                "Use all of them",
                "import tensorflow as tf\nwith tf.distribute.MirroredStrategy().scope():\n    model = ...",
                "`tf.distribute.MirroredStrategy().num_replicas_in_sync` is the number of GPUs.",
            )
        ],
    )


@rule(
    "xla-libdevice-or-ptxas-missing",
    gate=14,
    title="The files with which XLA compiles for the GPU are missing",
    label="XLA cannot compile",
    severity="info",
)
def xla_files_missing(facts: Facts) -> Match | None:
    """Means: the GPU is found, but functions compiled by XLA (`jit_compile=True`) fail: `libdevice not found at
    ./libdevice.10.bc`, `Couldn't invoke ptxas`. It is no fallback to the CPU.

    Seen by: CUDA's libraries come from NVIDIA's wheels, and the wheel with ptxas and libdevice, which the extra
    and-cuda asks for, is not among them; XLA_FLAGS names no other folder.

    Fix: install that wheel.

    Source: https://github.com/tensorflow/tensorflow/issues/58681; https://github.com/tensorflow/tensorflow/issues/56927
    """
    built = facts.tensorflow
    wanted = pinned(facts, COMPILER_WHEEL)
    by_wheel = [one for one in facts.libraries if in_a_wheel(one.path)]
    if built is None or wanted == COMPILER_WHEEL or not by_wheel or len(by_wheel) < len(facts.libraries):
        return None
    if any(one.name == COMPILER_WHEEL for one in facts.wheels) or "cuda_data_dir" in (facts.value("XLA_FLAGS") or ""):
        return None
    return Match(
        certainty="likely",
        evidence=[seen("nvidia-* wheels", f"{COMPILER_WHEEL} is not installed", wanted)],
        fixes=[
            pip_install(facts, "Install the wheel with ptxas and libdevice", [wanted], verified_by=FINDING_GONE),
        ],
    )
