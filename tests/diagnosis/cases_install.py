"""What is installed: interpreter, packages and build (gates 1 to 3)."""

from tests.diagnosis.recorded import CPU, GPU, NO_TF, NONE, ON_GPU, SITE, Cases, E, T, distributions, variable

USER_SITE = "/home/ada/.local/lib/python3.11/site-packages"
CONDA_CPU = {"name": "tensorflow-base", "version": "2.18.0", "build": "cpu_py311h6ac8430_0"}

OLD_WINDOWS_CONDA = {
    f"{E}interpreter.manager": "conda",
    f"{E}interpreter.platform": "win32",
    f"{T}distribution": "tensorflow",
    f"{T}version": "2.3.0",
}
HOLLOW = {f"{T}origin": f"{SITE}/tensorflow", f"{T}is_cuda_build": None, f"{E}libraries": []}
"""What is left of TensorFlow where another package took its files along."""

CASES: Cases = {
    "python-unsupported": (
        [(GPU, NO_TF | {f"{E}interpreter.version": "3.14.0"}, "likely")],
        [(GPU, NO_TF), (GPU, {f"{E}interpreter.version": "3.14.0"})],
    ),
    "tensorflow-not-installed": (
        [(GPU, NO_TF, "certain"), (GPU, HOLLOW | {f"{E}distributions": []}, "certain")],
        [(GPU, NO_TF | {f"{E}unread": {"tensorflow": "OSError"}}), (ON_GPU, NO_TF)],
    ),
    "user-site-or-local-shadow": (
        [
            (GPU, {f"{T}origin": "/home/ada/project/tensorflow.py"}, "certain"),
            (
                CPU,
                {
                    f"{T}origin": f"{USER_SITE}/tensorflow/__init__.py",
                    f"{E}distributions": distributions(
                        "tensorflow-cpu", location="/home/ada/.local/lib/python3.11/site-packages"
                    )
                    + distributions("tensorflow"),
                },
                "certain",
            ),
            (
                GPU,
                {f"{T}origin": "/home/ada/work/tensorflow/__init__.py", f"{T}is_cuda_build": None},
                "likely",
            ),
        ],
        [(CPU, {}), (NONE, {})],
    ),
    "mixed-tensorflow-dists": (
        [
            (CPU, {f"{E}distributions": distributions("tensorflow", "tensorflow-cpu")}, "certain"),
            (GPU, HOLLOW | {f"{E}distributions": distributions("tensorflow")}, "certain"),
        ],
        [
            (CPU, {f"{E}distributions": distributions("tensorflow", "tensorflow-intel")}),
            (GPU, HOLLOW | {f"{E}distributions": []}),
            (
                CPU,
                {f"{E}distributions": distributions("tensorflow-cpu") + distributions("tensorflow", location="/x")},
            ),
        ],
    ),
    "tensorflow-gpu-package": (
        [(GPU, {f"{E}distributions": distributions("tensorflow-gpu", version="2.10.1")}, "certain")],
        [(NONE, {})],
    ),
    "windows-native-no-gpu": (
        [(CPU, {f"{E}interpreter.platform": "win32"}, "certain")],
        [
            (CPU, {f"{E}interpreter.platform": "win32", f"{T}version": "2.10.1"}),
            (
                CPU,
                {
                    f"{E}interpreter.platform": "win32",
                    f"{E}distributions": distributions("tensorflow-cpu", "tensorflow-directml-plugin"),
                },
            ),
        ],
    ),
    "macos-no-metal": (
        [
            (CPU, {f"{E}interpreter.platform": "darwin", f"{E}interpreter.machine": "arm64"}, "certain"),
            (
                CPU,
                {
                    f"{E}interpreter.platform": "darwin",
                    f"{E}distributions": distributions("tensorflow", "tensorflow-metal"),
                },
                "likely",
            ),
        ],
        [
            (
                CPU,
                {
                    f"{E}interpreter.platform": "darwin",
                    f"{T}version": "2.17.1",
                    f"{E}distributions": distributions("tensorflow", "tensorflow-metal"),
                },
            ),
            (CPU, {}),
        ],
    ),
    "linux-aarch64-wheel-cpu-only": (
        [(CPU, {f"{E}interpreter.machine": "aarch64"}, "certain")],
        [(CPU, {}), (GPU, {f"{E}interpreter.machine": "aarch64"})],
    ),
    "conda-cpu-build": (
        [
            (CPU, {f"{E}interpreter.manager": "conda", f"{T}distribution": "tensorflow"}, "likely"),
            (
                CPU,
                {f"{E}interpreter.manager": "conda", f"{T}distribution": "tensorflow"}
                | {f"{E}conda": {"packages": [CONDA_CPU], "scripts": []}},
                "certain",
            ),
            (CPU, OLD_WINDOWS_CONDA, "likely"),
        ],
        [
            (CPU, {f"{E}interpreter.manager": "conda"}),
            (GPU, {f"{E}interpreter.manager": "conda"}),
            (CPU, OLD_WINDOWS_CONDA | {f"{T}version": "2.15.0"}),
        ],
    ),
    "cpu-only-wheel": (
        [(CPU, {}, "certain"), (CPU, {f"{E}interpreter.platform": "win32", f"{T}version": "2.10.1"}, "certain")],
        [
            (CPU, {f"{T}is_rocm_build": True}),
            (CPU, {f"{T}is_cuda_build": None}),
            (CPU, {f"{E}interpreter.manager": "conda", f"{T}distribution": "tensorflow"}),
            (CPU, {f"{E}variables": [variable("TF_PLUGGABLE_DEVICE_LIBRARY_PATH", "/x.so", "/x.so")]}),
        ],
    ),
}
