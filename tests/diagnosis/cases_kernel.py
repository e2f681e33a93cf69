"""The kernel: its variables and its running TensorFlow (gates 8, 13 and 14)."""

from tests.diagnosis.recorded import (
    GPU,
    LATE_PATH,
    LIVE,
    MASKED,
    NONE,
    NOT_ASKED,
    ON_CPU,
    ON_GPU,
    Cases,
    E,
    cuda,
    gone,
    mask,
    variable,
)

CASES: Cases = {
    "cvd-hides-gpu": (
        [
            (GPU, MASKED | {f"{E}variables": mask("-1", "-1")}, "certain"),
            (GPU, MASKED | {f"{E}variables": mask("", "")}, "certain"),
            (ON_CPU, NOT_ASKED | MASKED | {f"{E}variables": mask(None, "-1")}, "certain"),
            (ON_CPU, MASKED | {f"{E}variables": mask(None, "-1")}, "likely"),
            (NONE, {f"{E}cuda_unmasked": cuda(), f"{E}variables": mask("-1", "-1")}, "likely"),
        ],
        [
            (GPU, {f"{E}cuda_unmasked": cuda(0, devices=1), f"{E}variables": mask("0", "0")}),
            (GPU, {f"{E}variables": mask("-1", None)}),
            (GPU, MASKED | {f"{E}variables": mask("7", "7")}),
            (ON_GPU, MASKED | {f"{E}variables": mask(None, "-1")}),
        ],
    ),
    "cvd-bad-entry": (
        [
            (GPU, MASKED | {f"{E}variables": mask("7", "7")}, "certain"),
            (
                GPU,
                {f"{E}cuda": cuda(0, devices=1), f"{E}cuda_unmasked": cuda(0, devices=2)}
                | {f"{E}variables": mask("0,9", "0,9")},
                "certain",
            ),
        ],
        [
            (GPU, {f"{E}cuda_unmasked": cuda(0, devices=2), f"{E}variables": mask("0", "0")}),
            (NONE, {f"{E}cuda_unmasked": cuda(), f"{E}variables": mask("0", "0")}),
            (GPU, MASKED | {f"{E}variables": mask("-1", "-1")}),
        ],
    ),
    "ld-library-path-too-late": (
        [
            (ON_CPU, gone(*range(7), elsewhere="/opt/cuda/lib64") | {f"{E}variables": LATE_PATH}, "certain"),
            (ON_CPU, {f"{E}variables": LATE_PATH}, "certain"),
        ],
        [(ON_GPU, {f"{E}variables": LATE_PATH}), (NONE, {f"{E}variables": LATE_PATH})],
    ),
    "env-changed-after-device-query": (
        [
            (ON_CPU, {f"{E}cuda": cuda(0, devices=1), f"{E}variables": mask("-1", None)}, "certain"),
            (ON_CPU, {f"{E}variables": mask("-1", "0")}, "hint"),
            (ON_GPU, {f"{E}variables": mask(None, "-1")}, "certain"),
        ],
        [
            (ON_GPU, {f"{E}variables": mask(None, "0")}),
            (ON_CPU, NOT_ASKED | {f"{E}variables": mask("-1", "0")}),
            (ON_CPU, {f"{E}variables": mask("-1", "-1")}),
        ],
    ),
    "visible-devices-emptied": (
        [
            (
                ON_GPU,
                {f"{LIVE}visible_devices": ["/physical_device:CPU:0"], f"{LIVE}logical_devices": ["/device:CPU:0"]},
                "certain",
            )
        ],
        [(ON_CPU, {}), (ON_GPU, {f"{LIVE}visible_devices": None})],
    ),
    "logical-vs-physical-count": (
        [
            (ON_GPU, {f"{LIVE}logical_devices": ["/device:GPU:0", "/device:GPU:1"]}, "certain"),
            (ON_GPU, {f"{LIVE}logical_devices": ["/device:CPU:0"]}, "certain"),
        ],
        [(ON_GPU, {}), (ON_CPU, {})],
    ),
    "keras-backend-not-tensorflow": (
        [
            (ON_GPU, {"live.keras.backend": "torch"}, "certain"),
            (GPU, {f"{E}keras.backend": "jax", f"{E}keras.source": "KERAS_BACKEND"}, "certain"),
        ],
        [
            (GPU, {f"{E}keras.backend": "jax", f"{E}keras.version": "2.15.0"}),
            (GPU, {f"{E}keras.backend": "jax", f"{E}keras.version": None}),
            (ON_GPU, {f"{E}keras.backend": "jax"}),
        ],
    ),
    "log-level-hides-evidence": (
        [(NONE, {f"{E}variables": [variable("TF_CPP_MIN_LOG_LEVEL", "3", "3")]}, "certain")],
        [
            (NONE, {f"{E}variables": [variable("TF_CPP_MIN_LOG_LEVEL", "2", "2")]}),
            (ON_GPU, {f"{E}variables": [variable("TF_CPP_MIN_LOG_LEVEL", "3", "3")]}),
        ],
    ),
}
