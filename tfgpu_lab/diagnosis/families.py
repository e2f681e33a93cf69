"""Which family each cause belongs to: the one table."""

_CAUSES_OF_FAMILY: dict[str, tuple[str, ...]] = {
    "cpu-only-build": ("cpu-only-wheel", "linux-aarch64-wheel-cpu-only", "conda-cpu-build", "cpu-only-image"),
    "conflicting-tf-packages": ("mixed-tensorflow-dists", "tensorflow-gpu-package", "conda-pip-mix"),
    "windows-native-unsupported": ("windows-native-no-gpu",),
    "apple-metal-plugin": ("macos-no-metal",),
    "amd-rocm": ("amd-needs-rocm",),
    "no-gpu-on-node": ("intel-or-no-nvidia-gpu", "hosted-runtime-cpu", "scheduler-no-gpu"),
    "wrong-interpreter-or-kernel": (
        "kernel-env-mismatch",
        "user-site-or-local-shadow",
        "python-unsupported",
        "tensorflow-not-installed",
    ),
    "cuda-libs-missing": ("cuda-extra-missing", "cuda-lib-missing", "cuda-lib-dependency-missing", "cuda-lib-corrupt"),
    "library-path-not-set": ("nvidia-wheels-elsewhere", "libcuda-not-on-search-path", "ld-library-path-too-late"),
    "tf-release-packaging-bug": ("tf221-cusolver-runpath", "tf2161-runpath"),
    "cuda-version-mismatch": ("cuda-major-mismatch",),
    "cudnn-missing": (),  # cuda-lib-missing when the library is cuDNN
    "cudnn-version-mismatch": (
        "cudnn-major-mismatch",
        "cudnn-older-than-compiled",
        "ld-library-path-shadows-wheels",
        "torch-or-jax-overrode-nvidia-wheels",
    ),
    "driver-missing": ("driver-not-installed", "nouveau-or-vfio-bound", "kernel-module-not-loaded"),
    "driver-too-old": ("driver-too-old",),
    "driver-version-skew": ("driver-library-mismatch", "cuda-compat-shadow"),
    "driver-runtime-broken": (
        "uvm-missing-or-suspend",
        "fabric-manager-down",
        "gpu-hardware-lost",
        "nvml-init-failed",
    ),
    "container-no-gpu": (
        "container-no-gpu",
        "container-driver-capabilities",
        "device-cgroup-denied",
        "device-node-permission",
        "nvml-missing",
        "libcuda-is-stub",
    ),
    "container-lost-gpu": ("container-lost-gpu",),
    "wsl2-driver-stack": ("wsl2-no-cuda",),
    "hidden-by-env": ("cvd-hides-gpu", "cvd-bad-entry", "env-changed-after-device-query", "visible-devices-emptied"),
    "jupyter-env-not-inherited": ("kernel-env-missing-vars", "jupyterhub-env-filter", "conda-activate-not-run"),
    "gpu-too-old": ("cc-below-minimum", "cc-no-binary", "too-few-multiprocessors"),
    "gpu-too-new": ("cc-too-new-ptx-jit",),
    "mig-instance": ("mig-misconfigured",),
    "gpu-memory-busy": ("gpu-memory-hogged", "gpu-init-oom-then-hang", "compute-mode-exclusive"),
    "device-init-order": ("memory-growth-too-late",),
    "keras-backend": ("keras-backend-not-tensorflow",),
    "code-pins-cpu": (
        "device-scope-cpu",
        "soft-placement-fallback",
        "wrong-device-name",
        "logical-vs-physical-count",
        "strategy-or-distribution-cpu",
    ),
    "gpu-used-false-alarm": ("op-without-gpu-kernel",),
    "gpu-used-low-utilisation": ("gpu-used-but-looks-idle", "one-gpu-of-many"),
    "not-a-cause": ("log-level-hides-evidence", "xla-libdevice-or-ptxas-missing"),
}

FAMILIES = frozenset(_CAUSES_OF_FAMILY)
"""Names of all families."""

FAMILY_OF_CAUSE = {cause: family for family, causes in _CAUSES_OF_FAMILY.items() for cause in causes}
"""Id of a cause to the family it belongs to."""
