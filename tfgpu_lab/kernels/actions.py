"""What may be done for a kernel, as its report stands: the code of each action, and whether it comes too late."""

from ..models.action import ActionRequest
from ..models.kernel import KernelReport
from ..models.live import LiveTensorFlow
from ..models.offer import ActionOffer, Cell

GROWTH = "TF_FORCE_GPU_ALLOW_GROWTH"

_DEVICES = """\
import tensorflow as tf

print("TensorFlow", tf.__version__)
print("Physical devices:", [device.name for device in tf.config.list_physical_devices()])
for gpu in tf.config.list_physical_devices("GPU"):
    try:
        tf.config.experimental.set_memory_growth(gpu, True)
    except (RuntimeError, ValueError) as error:
        print(f"Memory growth of {gpu.name} stays as it is: {error}")
print("Logical devices:", [device.name for device in tf.config.list_logical_devices()])
"""
_FIT = """\
import numpy as np
import tensorflow as tf


def check_fit():
    x = np.random.rand(256, 16).astype("float32")
    y = np.random.rand(256, 1).astype("float32")
    model = tf.keras.Sequential([tf.keras.layers.Dense(32, activation="relu"), tf.keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    model.fit(x, y, epochs=1, verbose=0)
    values = [weight.value() if callable(weight.value) else weight.value for weight in model.weights]
    print("The weights of a fitted model are on:", *sorted({str(value.device) for value in values}))


check_fit()
"""
_MATMUL = """\
import tensorflow as tf


def check_matmul():
    with tf.device("/GPU:0"):
        product = tf.linalg.matmul(tf.ones((1024, 1024)), tf.ones((1024, 1024)))
    print("A matrix product that asks for /GPU:0 was computed on:", product.device)
    on_gpu = product.device.endswith("GPU:0")
    print("The GPU computes." if on_gpu else "TensorFlow fell back to the CPU: it has no GPU here.")


check_matmul()
"""
_GROWTH = """\
import tensorflow as tf

for gpu in tf.config.list_physical_devices("GPU"):
    tf.config.experimental.set_memory_growth(gpu, True)
"""
_PRELOAD = """\
import ctypes

for library in (
{lines}
):
    ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
"""
RUN_IT = "The code is put into a new cell, and you run it with Shift+Enter."


def offers(report: KernelReport) -> list[ActionOffer]:
    """Return the actions that hand over code, and the restart; those on kernelspecs need a look at files."""
    return [verify(report), memory_growth(report), preload_library(report), restart(report)]


def verify(report: KernelReport) -> ActionOffer:
    """Return the check of the running kernel: devices, a small fit, and a matrix product that asks for the GPU."""
    return ActionOffer(
        action="verify",
        title="Insert the verification cells",
        explains=f"Each is a short program. {RUN_IT} TensorFlow then starts its devices, after which memory growth and "
        "visible devices cannot be changed any more.",
        effect="cells",
        needs_restart=False,
        cells=[
            Cell(title="List devices, set memory growth", code=_DEVICES, place="here"),
            Cell(title="Fit a small model", code=_FIT, place="here"),
            Cell(title="Multiply on /GPU:0", code=_MATMUL, place="here"),
        ],
        files=[],
        request=ActionRequest(),
        possible=(why_not := _no_tensorflow(report)) is None,
        why_not=why_not,
    )


def memory_growth(report: KernelReport) -> ActionOffer:
    """Return the cell that switches memory growth on, and whether it comes too late in this kernel."""
    live = report.live.tensorflow if report.live else None
    late = live is not None and live.context == "initialized"
    explains = f"TensorFlow then takes GPU memory as it needs it, not all at once. {RUN_IT}"
    if late:
        explains = (
            "It is too late in this kernel: TensorFlow is initialised. Restart the kernel and run this as the first "
            "cell; TensorFlow then takes GPU memory as it needs it, not all at once."
        )
    elif report.live is None:
        explains += " Whether it comes too late cannot be told now; it does once TensorFlow has computed anything."
    why_not = _no_tensorflow(report) or _growth_settled(report, live)
    return ActionOffer(
        action="memory-growth",
        title="Enable memory growth",
        explains=explains,
        effect="cells",
        needs_restart=late,
        cells=[Cell(title="Enable memory growth", code=_GROWTH, place="first" if late else "here")],
        files=[],
        request=ActionRequest(),
        possible=why_not is None,
        why_not=why_not,
    )


def preload_library(report: KernelReport) -> ActionOffer:
    """Return the cell that opens libraries which TensorFlow would not find, before it looks for them."""
    known = report.environment.libraries if report.environment else []
    found = [one.preloads for one in known if one.path is None and one.preloads]
    live = report.live.tensorflow if report.live else None
    # TensorFlow opens libcudart when it is imported, the others when it looks for devices.
    late = live is not None and (live.physical_devices is not None or any("libcudart" in path for path in found))
    lines = "\n".join(f"    {path!r}," for path in found)
    when = "Restart the kernel and run this as the first cell." if late else RUN_IT
    why_not = _no_tensorflow(report)
    if why_not is None and not found:
        why_not = "No library is known that TensorFlow misses and that could be opened first."
    return ActionOffer(
        action="preload-library",
        title="Open the missing libraries first",
        explains=f"Python opens them by their full paths, and TensorFlow then finds them open. {when}",
        effect="cells",
        needs_restart=late,
        cells=[Cell(title="Open libraries for TensorFlow", code=_PRELOAD.format(lines=lines), place="first")]
        if found
        else [],
        files=[],
        request=ActionRequest(),
        possible=why_not is None,
        why_not=why_not,
    )


def restart(report: KernelReport) -> ActionOffer:
    """Return the restart of the kernel."""
    running = " The cell that runs now is ended." if report.execution_state == "busy" else ""
    changing = report.execution_state in ("starting", "restarting")
    return ActionOffer(
        action="restart",
        title="Restart the kernel",
        explains=f"All variables of the notebook are lost; its text and outputs stay.{running}",
        effect="restart",
        needs_restart=False,
        cells=[],
        files=[],
        request=ActionRequest(),
        possible=not changing,
        why_not="The kernel is starting already." if changing else None,
    )


def suggested_variables(report: KernelReport) -> dict[str, str]:
    """Return what a kernelspec for this kernel should set: what mends its first cause, else memory growth."""
    calls = [fix.action for finding in report.findings for fix in finding.fixes if fix.action]
    asked = (call.request.variables for call in calls if call.action == "create-kernelspec")
    return next((variables for variables in asked if variables), {GROWTH: "true"})


def _no_tensorflow(report: KernelReport) -> str | None:
    if report.verdict == "no-tensorflow":
        return "This kernel's environment has no TensorFlow."
    if report.live is None and report.environment is None:  # neither is made for another language
        return report.live_unavailable or report.environment_unavailable
    return None


def _growth_settled(report: KernelReport, live: LiveTensorFlow | None) -> str | None:
    """Return why switching memory growth on has no sense here; None when it has."""
    value = report.live.variables.get(GROWTH, "") if report.live else ""
    if value.lower() == "true":
        return f"Memory growth is on already, by {GROWTH}."
    if live is None or live.physical_devices is None:
        return None
    gpus = [name for name in live.visible_devices or [] if ":GPU:" in name]
    if not gpus:
        return "TensorFlow has no GPU in this kernel."
    if all((live.memory_growth or {}).get(name) for name in gpus):
        return "Memory growth is on already."
    if any(name in (live.memory_limits_mb or {}) for name in gpus):
        return "The GPUs have memory limits, which TensorFlow does not combine with memory growth."
    return None
