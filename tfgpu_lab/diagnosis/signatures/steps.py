"""What to run next where the log alone cannot decide."""

from ...models.finding import Fix
from ..fixes import NVIDIA_SMI, admin, code, command

_HOST_FIRST = admin(
    "Look from the machine itself",
    "Run nvidia-smi there; if it fails too: sudo modprobe nvidia, and read sudo dmesg | grep -i nvrm.",
)

_STEPS: dict[str, Fix] = {
    "verbose": command(
        "Let TensorFlow name what it misses",
        "TF_CPP_MIN_LOG_LEVEL=0 TF_CPP_VMODULE=dso_loader=1,cuda_diagnostics=1,cuda_platform=1,gpu_device=1 python -c "
        "\"import tensorflow as tf; print(tf.__version__, tf.config.list_physical_devices('GPU'))\" 2>&1 | "
        "tfgpu-lab explain",
        "The log names each library that is not found.",
    ),
    "doctor": command(
        "Look at the machine itself", "tfgpu-lab doctor --import", "It names the cause, from the facts of the machine."
    ),
    "smi": command("Ask NVIDIA's driver", "nvidia-smi -L", NVIDIA_SMI),
    "mask": code(
        "Look whether the GPU is hidden",
        'import os\nprint(os.environ.get("CUDA_VISIBLE_DEVICES"))',
        "`None`, or the number of a GPU that `nvidia-smi -L` lists.",
    ),
    "host": _HOST_FIRST,
}

_STEPS_FOR: dict[str, tuple[str, ...]] = {
    "cuda-lib-missing": ("verbose", "doctor"),
    "cuda-extra-missing": ("verbose", "doctor"),
    "tf2161-runpath": ("verbose", "doctor"),
    "cvd-hides-gpu": ("mask", "smi"),
    "cvd-bad-entry": ("mask", "smi"),
    "driver-not-installed": ("smi", "doctor"),
    "intel-or-no-nvidia-gpu": ("smi", "doctor"),
    "kernel-module-not-loaded": ("host", "doctor"),
    "container-no-gpu": ("host", "doctor"),
}


def next_steps(cause: str | None) -> list[Fix]:
    """Return what to run next where the log alone cannot decide; `cause` is its best guess."""
    return [_STEPS[name] for name in _STEPS_FOR.get(cause or "", ("verbose", "doctor"))]
