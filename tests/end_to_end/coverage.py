"""How far each cause can be proven on a machine without a GPU, and which fixes cannot be tried there, with the reason.

What is proven is not listed here: the tests say it themselves (tests/end_to_end/proof.py and cases.py).
"""

from tests.end_to_end.proof import SYNTHESISED, TENSORFLOW, Reach

REACH: dict[str, Reach] = {
    # 1 to 3: interpreter, packages, build
    "kernel-env-mismatch": TENSORFLOW,
    "python-unsupported": SYNTHESISED,  # there is no wheel to run
    "tensorflow-not-installed": SYNTHESISED,  # nor here
    "user-site-or-local-shadow": TENSORFLOW,
    "mixed-tensorflow-dists": TENSORFLOW,
    "tensorflow-gpu-package": SYNTHESISED,  # an empty package
    "windows-native-no-gpu": SYNTHESISED,
    "macos-no-metal": SYNTHESISED,
    "linux-aarch64-wheel-cpu-only": SYNTHESISED,
    "conda-cpu-build": SYNTHESISED,
    "cpu-only-wheel": TENSORFLOW,
    "cpu-only-image": SYNTHESISED,  # a note beside cpu-only-wheel
    "conda-pip-mix": SYNTHESISED,
    # 4 to 6: hardware, container, driver
    "hosted-runtime-cpu": TENSORFLOW,
    "intel-or-no-nvidia-gpu": TENSORFLOW,
    "amd-needs-rocm": TENSORFLOW,
    "container-no-gpu": TENSORFLOW,
    "container-driver-capabilities": TENSORFLOW,
    "scheduler-no-gpu": TENSORFLOW,
    "container-lost-gpu": TENSORFLOW,
    "device-node-permission": TENSORFLOW,
    "device-cgroup-denied": TENSORFLOW,
    "wsl2-no-cuda": TENSORFLOW,
    "nouveau-or-vfio-bound": TENSORFLOW,
    "driver-not-installed": TENSORFLOW,
    "kernel-module-not-loaded": TENSORFLOW,
    "gpu-hardware-lost": TENSORFLOW,
    "uvm-missing-or-suspend": TENSORFLOW,
    "driver-library-mismatch": TENSORFLOW,
    # 7 to 10: libcuda, what it sees, NVML
    "libcuda-is-stub": TENSORFLOW,
    "cuda-compat-shadow": TENSORFLOW,
    "libcuda-not-on-search-path": TENSORFLOW,
    "mig-misconfigured": TENSORFLOW,
    "cvd-hides-gpu": TENSORFLOW,
    "cvd-bad-entry": TENSORFLOW,
    "fabric-manager-down": TENSORFLOW,
    "nvml-missing": TENSORFLOW,
    "nvml-init-failed": TENSORFLOW,
    # 11: libraries
    "kernel-env-missing-vars": TENSORFLOW,
    "jupyterhub-env-filter": TENSORFLOW,
    "conda-activate-not-run": TENSORFLOW,
    "ld-library-path-too-late": TENSORFLOW,
    "cuda-extra-missing": TENSORFLOW,
    "tf221-cusolver-runpath": TENSORFLOW,
    "tf2161-runpath": TENSORFLOW,
    "nvidia-wheels-elsewhere": TENSORFLOW,
    "cuda-major-mismatch": TENSORFLOW,
    "cudnn-major-mismatch": TENSORFLOW,
    "cuda-lib-missing": TENSORFLOW,
    "cuda-lib-dependency-missing": TENSORFLOW,
    "cuda-lib-corrupt": TENSORFLOW,
    # 12: versions
    "driver-too-old": TENSORFLOW,
    "cc-below-minimum": TENSORFLOW,
    "cc-no-binary": TENSORFLOW,
    "cc-too-new-ptx-jit": TENSORFLOW,
    "too-few-multiprocessors": TENSORFLOW,
    "cudnn-older-than-compiled": TENSORFLOW,
    "torch-or-jax-overrode-nvidia-wheels": SYNTHESISED,  # versions alone; what they do is cudnn-older-than-compiled
    "ld-library-path-shadows-wheels": TENSORFLOW,
    # 13 to 15: the running TensorFlow, placement, memory
    "env-changed-after-device-query": TENSORFLOW,
    "visible-devices-emptied": TENSORFLOW,
    "logical-vs-physical-count": TENSORFLOW,
    "memory-growth-too-late": TENSORFLOW,
    "keras-backend-not-tensorflow": TENSORFLOW,
    "log-level-hides-evidence": TENSORFLOW,
    "soft-placement-fallback": TENSORFLOW,
    "one-gpu-of-many": TENSORFLOW,
    "xla-libdevice-or-ptxas-missing": SYNTHESISED,  # the simulated GPU cannot run what XLA compiles
    "device-scope-cpu": TENSORFLOW,
    "strategy-or-distribution-cpu": TENSORFLOW,
    "wrong-device-name": TENSORFLOW,
    "op-without-gpu-kernel": TENSORFLOW,
    "gpu-used-but-looks-idle": SYNTHESISED,  # how busy a process keeps a GPU only a real driver knows
    "compute-mode-exclusive": TENSORFLOW,
    "gpu-init-oom-then-hang": TENSORFLOW,
    "gpu-memory-hogged": TENSORFLOW,
}
"""Id of a cause to the strongest proof that is possible without its hardware, operating system or service."""

AUTOMATIC = ("code", "command", "kernel-env", "runtime-setting")
"""Kinds of fixes that need no administrator and nobody's judgement."""

_DOWNLOAD = "downloads TensorFlow; what it installs lists the GPU in tests/end_to_end/test_versions.py"
_ELSEWHERE = "needs that operating system or service"
UNTRIED: dict[tuple[str, str], str] = {
    ("cpu-only-wheel", "command"): _DOWNLOAD,
    ("mixed-tensorflow-dists", "command"): _DOWNLOAD,
    ("tensorflow-gpu-package", "command"): _DOWNLOAD,
    ("tensorflow-not-installed", "command"): _DOWNLOAD,
    ("python-unsupported", "command"): _DOWNLOAD,
    ("conda-pip-mix", "command"): "runs pip, as in cuda-extra-missing, or conda",
    ("conda-cpu-build", "command"): "downloads conda's TensorFlow",
    ("conda-cpu-build", "code"): f"{_ELSEWHERE}: the way of windows-native-no-gpu",
    ("cc-too-new-ptx-jit", "kernel-env"): "only a real driver compiles and keeps what it compiled",
    ("mig-misconfigured", "kernel-env"): "names an instance, which only a real GPU has",
    ("macos-no-metal", "command"): _ELSEWHERE,
    ("windows-native-no-gpu", "code"): _ELSEWHERE,
    ("cpu-only-wheel", "code"): f"{_ELSEWHERE}: the way of windows-native-no-gpu",
    ("hosted-runtime-cpu", "runtime-setting"): _ELSEWHERE,
}
"""Cause and kind of its automatic fixes to why no test applies one."""
