"""Signatures of what stands between a driver that works and TensorFlow: containers, jobs, WSL, masks (gates 5 to 8)."""

from .signature import Signature

_CUDA_H = "CUDA driver API, CUresult"
_DIAGNOSTICS = "xla/stream_executor/cuda/cuda_diagnostics.cc"
_TOOLKIT = "https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/"
_MIG = "NVIDIA, Multi-Instance GPU User Guide"
_NO_DEVICE = ("cuinit-no-device", "no-device")
_NO_LIBCUDA = ("libcuda-missing", "cuinit-303", "libcuda-not-loaded", "cuinit-minus-1")
_HIDDEN = ("cvd-set-and-hides", "cvd-hiding-value", "cvd-none-files", "cvd-mig")

SIGNATURES: list[Signature] = [
    # Containers
    Signature(
        cause="container-no-gpu",
        all=("device-node-absent",),
        any=("container", "container-without-driver", "cuinit-minus-1"),
        certainty="certain",
        says="The host's NVIDIA driver is visible in /proc, but the container has no /dev/nvidia0.",
        source=_DIAGNOSTICS,
    ),
    Signature(
        cause="container-no-gpu",
        all=("device-node-absent",),
        says="The NVIDIA kernel module is loaded, but there is no /dev/nvidia0: so it is in a container that was "
        "started without the GPU.",
        source=_DIAGNOSTICS,
    ),
    Signature(
        cause="container-no-gpu",
        any=("container-without-driver", "container-toolkit-absent"),
        certainty="certain",
        says="The container runtime itself says that it gives the container no GPU.",
        source=_TOOLKIT,
    ),
    Signature(
        cause="container-no-gpu",
        all=("container",),
        any=_NO_LIBCUDA,
        none=("module-absent", "wsl", "smi-cuda", "smi-cuda-absent"),
        says="The driver's library, which the container runtime brings in with the GPU, is not in the container.",
        source=_TOOLKIT,
    ),
    Signature(
        cause="container-driver-capabilities",
        all=("container", "smi-cuda-absent"),
        says="nvidia-smi works in the container and knows no CUDA version: the driver's compute part is not there.",
        source=_TOOLKIT,
    ),
    Signature(
        cause="container-lost-gpu",
        all=("nvml-unknown-error",),
        says="NVML may no longer open the devices: typical of a container after `systemctl daemon-reload` on the host.",
        source="https://github.com/NVIDIA/nvidia-container-toolkit/issues/48",
    ),
    Signature(
        cause="scheduler-no-gpu",
        any=("cvd-none-files",),
        certainty="certain",
        says="Slurm sets CUDA_VISIBLE_DEVICES=NoDevFiles for a job that asked for no GPU.",
        source="https://slurm.schedmd.com/gres.html",
    ),
    Signature(
        cause="scheduler-no-gpu",
        any=("scheduler-has-none",),
        certainty="certain",
        says="Kubernetes has no node with a free GPU for this pod.",
        source="https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/",
    ),
    # WSL
    Signature(
        cause="wsl2-no-cuda",
        any=("nvml-blocked-by-os", "directml-library-missing"),
        certainty="certain",
        says="Windows does not pass the GPU through to WSL.",
        source="NVIDIA, CUDA on WSL User Guide",
    ),
    Signature(
        cause="wsl2-no-cuda",
        any=("wsl", "wsl-libcuda"),
        all=("says-none",),
        none=(*_HIDDEN, "libraries-missing", "libraries-skipped", "cudart-not-found", "cudnn-missing"),
        says="In WSL the driver comes from Windows, through /usr/lib/wsl/lib and /dev/dxg, and does not start.",
        source="NVIDIA, CUDA on WSL User Guide",
    ),
    Signature(
        cause="wsl2-no-cuda",
        all=("wsl",),
        any=(*_NO_LIBCUDA, "module-absent", "cuinit-unknown", "cuinit-os"),
        says="In WSL the driver's library lies in /usr/lib/wsl/lib; it is not found or does not start.",
        source="https://github.com/tensorflow/tensorflow/issues/63341",
    ),
    # Hidden
    Signature(
        cause="cvd-hides-gpu",
        all=("cvd-set-and-hides",),
        certainty="certain",
        says="TensorFlow itself says that CUDA_VISIBLE_DEVICES hides all GPUs.",
        source=_DIAGNOSTICS,
    ),
    Signature(
        cause="cvd-hides-gpu",
        all=("cvd-hiding-value",),
        any=_NO_DEVICE,
        certainty="certain",
        says="CUDA_VISIBLE_DEVICES names no device, and CUDA finds none.",
        source=_DIAGNOSTICS,
    ),
    Signature(
        cause="cvd-bad-entry",
        all=("cvd-value",),
        any=(*_NO_DEVICE, "cuinit-invalid-device"),
        says="CUDA_VISIBLE_DEVICES is set, and CUDA finds no device under it: the first entry is not there.",
        source="CUDA C++ Programming Guide, CUDA_VISIBLE_DEVICES",
    ),
    Signature(
        cause="cvd-bad-entry",
        all=("cuinit-invalid-device",),
        none=("mig", "cvd-value"),
        says="CUDA was asked for a device that is not there.",
        source=f"{_CUDA_H} 101",
    ),
    Signature(
        cause="mig-misconfigured",
        any=("cvd-mig", "mig"),
        all=("says-none",),
        none=("libraries-missing", "libraries-skipped", "cudart-not-found", "cudnn-missing"),
        says="The GPU is divided into MIG instances, and CUDA finds none under the name that was asked for.",
        source=_MIG,
    ),
    Signature(
        cause="mig-misconfigured",
        all=("mig",),
        any=("context-invalid-device", "context-refused", "cuinit-invalid-device", "smi-mig-none"),
        says="The GPU is divided into MIG instances, and CUDA was given a device that is none of them.",
        source=_MIG,
    ),
    Signature(
        cause="mig-misconfigured",
        all=("smi-mig-none",),
        says="The GPU is in MIG mode and has no instance: CUDA has no device.",
        source=_MIG,
    ),
    Signature(
        cause="cvd-hides-gpu",
        any=_NO_DEVICE,
        all=("versions-match",),
        none=("cvd-value", "cvd-mig", "mig", "versions-differ"),
        says="Driver, kernel module and device file are in order, yet CUDA sees no device: CUDA_VISIBLE_DEVICES hides "
        "them, set by the shell, the notebook, a launcher or a library.",
        source=_DIAGNOSTICS,
    ),
    Signature(
        cause="cvd-hides-gpu",
        any=_NO_DEVICE,
        all=("ray-worker",),
        says="Ray starts a worker that asked for no GPU with an empty CUDA_VISIBLE_DEVICES.",
        source="https://docs.ray.io/en/latest/ray-core/scheduling/accelerators.html",
    ),
    Signature(
        cause="cvd-hides-gpu",
        all=("cvd-hidden-in-code",),
        none=("gpu-proven",),
        says="The pasted text sets CUDA_VISIBLE_DEVICES to a value that hides every GPU.",
        source="CUDA C++ Programming Guide, CUDA_VISIBLE_DEVICES",
    ),
    Signature(
        cause="cvd-hides-gpu",
        any=(*_NO_DEVICE, "versions-match"),
        none=(*_HIDDEN, "cvd-value", "mig", "device-node-absent", "module-absent", "versions-differ", "wsl"),
        certainty="hint",
        says="CUDA starts and finds no device: most often CUDA_VISIBLE_DEVICES hides it, else there is none.",
        source=f"{_CUDA_H} 100",
    ),
    Signature(
        cause="visible-devices-emptied",
        all=("hidden-in-code",),
        says="The pasted code takes the GPU away from TensorFlow.",
        source="https://www.tensorflow.org/api_docs/python/tf/config/set_visible_devices",
    ),
]
"""Every signature of access to the GPU."""
