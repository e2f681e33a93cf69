"""Rules on the machine itself: whether there is a GPU, and whose (gate 4)."""

from ..models.environment import DeviceNode
from ..models.finding import Fix
from .facts import AMD, NVIDIA, Facts
from .fixes import LISTS_GPU, NVIDIA_SMI, admin
from .rule import HARDWARE, Match, rule, seen

_RUNTIME_SETTINGS = {
    "colab": ("Runtime > Change runtime type > T4 GPU", "Google Colab"),
    "kaggle": ("Settings > Accelerator > GPU T4 x2", "Kaggle"),
    "sagemaker": (
        "Stop the app or instance and start it again on a GPU instance type, such as ml.g4dn.xlarge",
        "SageMaker",
    ),
}


@rule(
    "hosted-runtime-cpu",
    gate=4,
    title="This hosted notebook runs on a machine without a GPU",
    label="hosted runtime without GPU",
)
def hosted_runtime_cpu(facts: Facts) -> Match | None:
    """Means: Colab, Kaggle, SageMaker and Binder give a CPU machine unless a GPU is asked for (Binder has none).

    Seen by: the service's own environment variable, no /dev/nvidia* and no CUDA driver that lists a device.

    Fix: choose a GPU in the service's settings; that starts a new machine.

    Source: the services' manuals; measured on machines without a GPU
    """
    hosted = facts.environment.surroundings.hosted if facts.environment else None
    names = {service: name for service, (_, name) in _RUNTIME_SETTINGS.items()} | {"binder": "Binder"}
    if hosted not in names or facts.gpu_hints or not facts.driver_fails:
        return None
    fixes = []
    if hosted in _RUNTIME_SETTINGS:
        setting, _ = _RUNTIME_SETTINGS[hosted]
        fixes = [
            Fix(
                kind="runtime-setting",
                title="Choose a machine with a GPU",
                text=setting,
                verified_by="On the new machine `nvidia-smi` lists a GPU.",
            )
        ]
    return Match(
        title=f"This {names[hosted]} runtime has no GPU",
        evidence=[
            seen("hosted service", names[hosted], "a runtime with a GPU"),
            seen("/dev/nvidia0", "absent", "present"),
        ],
        fixes=fixes,
    )


@rule(HARDWARE, gate=4, title="This machine has no NVIDIA GPU", label="no NVIDIA GPU")
def no_supported_gpu(facts: Facts) -> Match | None:
    """Means: there is no GPU that TensorFlow could use. In a virtual machine: none is passed through to it.

    Seen by: the PCI bus, read in full, has no display controller of NVIDIA or AMD; there is no /dev/dxg, no NVIDIA
    kernel module and no CUDA driver that lists a device. Only on Linux on x86_64, where a GPU is always on that bus.

    Fix: nothing on this machine; attach a GPU, or choose a machine with one.

    Source: measured
    """
    if not facts.hardware_absent or facts.environment is None:
        return None
    others = [f"{one.address} ({one.vendor_id}:{one.device_id})" for one in facts.environment.hardware.controllers]
    return Match(
        evidence=[
            seen(
                "display and 3D controllers in /sys/bus/pci/devices",
                ", ".join(others) or "none",
                "one of vendor 10de (NVIDIA); in a virtual machine, one that is passed through",
            ),
            seen("NVIDIA kernel module", "not loaded", "loaded"),
        ],
        fixes=[
            admin(
                "Use a machine with an NVIDIA GPU",
                "Attach an NVIDIA GPU to this machine (in a virtual machine: pass it through; in a cloud: choose a GPU "
                "machine type), or open the notebook on a machine that has one.",
                NVIDIA_SMI,
            )
        ],
    )


def _closed(facts: Facts) -> DeviceNode | None:
    """Return a device file that ROCm cannot do without and that this user may not open."""
    known = facts.environment.device_nodes if facts.environment else []
    shut = [one for one in known if one.error in ("EACCES", "EPERM")]
    render = [one for one in known if one.path.startswith("/dev/dri/renderD")]  # one for each GPU
    shut_out = render if all(one in shut for one in render) else []
    return next((one for one in shut if one.path == "/dev/kfd" or one in shut_out), None)


@rule("amd-needs-rocm", gate=4, title="The AMD GPU needs TensorFlow for ROCm", label="AMD GPU needs ROCm")
def amd_needs_rocm(facts: Facts) -> Match | None:
    """Means: the only GPU here is from AMD. TensorFlow's usual builds know CUDA only; AMD's GPUs need the ROCm build,
    and that needs access to its device files. Many AMD GPUs inside of processors are supported by neither.

    Seen by: display controllers of vendor 1002 and none of 10de on the PCI bus; `is_rocm_build` in build_info.py; the
    errno of opening /dev/kfd and /dev/dri/renderD*.

    Fix: AMD's wheel or the container rocm/tensorflow; membership in the groups render and video.

    Source: https://rocm.docs.amd.com; https://github.com/ROCm/tensorflow-upstream/issues/2488
    """
    built = facts.tensorflow
    if not facts.cards(AMD) or facts.cards(NVIDIA) or built is None or facts.driver_works or facts.plugin:
        return None
    found = ", ".join(f"{one.address} ({one.vendor_id}:{one.device_id})" for one in facts.cards(AMD))
    on_bus = seen("display controllers on the PCI bus", found, "an NVIDIA GPU, or TensorFlow for ROCm")
    closed = _closed(facts)
    if built.is_rocm_build is False:
        return Match(
            evidence=[on_bus, seen("build_info.py", "is_rocm_build: False", "is_rocm_build: True")],
            fixes=[
                admin(
                    "Use TensorFlow for ROCm, if AMD supports this GPU",
                    "Run Jupyter in the container rocm/tensorflow (docker run --device=/dev/kfd --device=/dev/dri "
                    "--group-add video --group-add render ...), or install the wheel tensorflow-rocm that fits your "
                    "ROCm release from https://repo.radeon.com/rocm/manylinux/.",
                    "`rocminfo` lists the GPU, and so does TensorFlow.",
                )
            ],
        )
    if built.is_rocm_build and closed is not None:
        return Match(
            title="The kernel's user may not open the AMD GPU",
            evidence=[on_bus, seen(f"open {closed.path}", closed.error, "it opens")],
            fixes=[
                admin(
                    "Join the groups that may use the GPU, then log in again and restart Jupyter",
                    "sudo usermod -aG render,video $USER",
                    LISTS_GPU,
                )
            ],
        )
    return None
