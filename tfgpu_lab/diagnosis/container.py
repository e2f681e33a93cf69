"""Rules on containers and schedulers that keep a GPU of the machine away (gates 5 and 6)."""

from collections.abc import Sequence

from ..models.environment import DeviceNode
from ..models.finding import Fix
from .facts import CUDA_VISIBLE_DEVICES, NVIDIA, Facts
from .fixes import admin
from .rule import Match, rule, seen
from .tensorflow_facts import NVML_SINCE

_DOCKER = (
    "docker run --gpus all ... With compose: deploy.resources.reservations.devices: "
    "[{driver: nvidia, count: all, capabilities: [gpu]}]. The host needs the NVIDIA Container Toolkit: "
    "sudo nvidia-ctk runtime configure --runtime=docker && sudo systemctl restart docker"
)
_WITH_GPU = {
    "docker": _DOCKER,
    "podman": "podman run --device nvidia.com/gpu=all ... "
    "(after: sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml)",
    "kubernetes": "In the container of the pod: resources: {limits: {nvidia.com/gpu: 1}}",
    "singularity": "singularity exec --nv ... (apptainer exec --nv ...)",
    "lxc": "Pass /dev/nvidia0, /dev/nvidiactl and /dev/nvidia-uvm to it (lxc config device add NAME gpu gpu)",
}
_CAPABILITIES = "NVIDIA_DRIVER_CAPABILITIES"


@rule("container-no-gpu", gate=5, title="The container was started without the GPU", label="container without GPU")
def container_no_gpu(facts: Facts) -> Match | None:
    """Means: the host has a GPU, but this container was started without it.

    Seen by: a container, no /dev/nvidia0 in it, no CUDA driver that lists a device, and the host's GPU on the PCI bus
    or its driver in /proc/driver/nvidia (both are visible in containers). Where neither can be read this is likely,
    where the bus shows no GPU it is not the cause.

    Fix: start the container again with the GPU: `docker run --gpus all`, `podman run --device nvidia.com/gpu=all`,
    `singularity exec --nv`, in Kubernetes the limit `nvidia.com/gpu: 1`.

    Source: NVIDIA Container Toolkit, user guide; https://github.com/NVIDIA/nvidia-docker/issues/1330
    """
    dxg = facts.node("/dev/dxg")
    if not facts.container or facts.hardware_absent or facts.card_nodes or not facts.driver_fails or dxg:
        return None
    cards = facts.cards(NVIDIA)
    if cards and not facts.module_version and not any(one.driver == "nvidia" for one in cards):
        return None  # the bus is the host's: it has no NVIDIA driver to pass on, which is the cause to mend first
    proof = []
    if cards:
        proof.append(seen("NVIDIA GPUs on the PCI bus", ", ".join(one.address for one in cards), "the same"))
    if facts.module_version:
        proof.append(seen("NVIDIA kernel module of the host", facts.module_version, "the same"))
    if facts.environment is not None and facts.environment.kernel_module.cards:
        proof.append(seen("cards that it drives", ", ".join(facts.environment.kernel_module.cards), "the same"))
    if not proof and facts.environment is not None and facts.environment.hardware.unreadable is None:
        return None
    return Match(
        certainty="certain" if facts.module_version else "likely",
        evidence=[
            seen("/dev/nvidia0 in the container", "absent", "present"),
            *proof,
            seen("NVIDIA_VISIBLE_DEVICES", facts.at_start("NVIDIA_VISIBLE_DEVICES"), "all, an index or a UUID"),
        ],
        fixes=[_start_with_gpu(facts)],
    )


@rule(
    "container-driver-capabilities",
    gate=5,
    title="The container got only a part of the NVIDIA driver",
    label="container has half the driver",
)
def container_driver_capabilities(facts: Facts) -> Match | None:
    """Means: NVIDIA_DRIVER_CAPABILITIES decides which of the driver's libraries a container gets: `compute` brings
    libcuda, `utility` brings NVML, without which TensorFlow 2.21 lists no GPU and says nothing.

    Seen by: a container with GPU device files in which one of the two libraries loads and the other does not exist.

    Fix: start the container with NVIDIA_DRIVER_CAPABILITIES=compute,utility.

    Source: NVIDIA Container Toolkit, user guide (driver capabilities); effect measured with a simulated driver
    """
    if not facts.container or not facts.card_nodes or facts.nvml is None or facts.driver is None:
        return None
    no_compute = facts.no_libcuda and not facts.driver.elsewhere and facts.nvml.library is not None
    no_utility = facts.driver_works and facts.nvml.library is None and (facts.version or ())[:2] >= NVML_SINCE
    if not (no_compute or no_utility):
        return None
    lacking, library = ("compute", "libcuda.so.1") if no_compute else ("utility", "libnvidia-ml.so.1")
    value = facts.at_start(_CAPABILITIES)
    stated = value is not None and lacking not in value and "all" not in value
    return Match(
        certainty="certain" if stated else "likely",
        title=f"The container lacks the driver capability `{lacking}`",
        evidence=[
            seen(library, "cannot be loaded", "mounted into the container"),
            seen(_CAPABILITIES, value, "compute,utility"),
        ],
        fixes=[
            admin(
                "Start the container again with the capabilities",
                f"docker run --gpus all -e {_CAPABILITIES}=compute,utility ...",
            )
        ],
    )


@rule("scheduler-no-gpu", gate=5, title="The scheduler gave this job no GPU", label="job without GPU")
def scheduler_no_gpu(facts: Facts) -> Match | None:
    """Means: the notebook runs in a batch job, and the job did not ask for a GPU.

    Seen by: the scheduler's variables, and CUDA_VISIBLE_DEVICES=NoDevFiles, which Slurm sets in that case (certain);
    else no job GPU in SLURM_JOB_GPUS and no device file that opens (likely).

    Fix: ask for a GPU in the job's or the Jupyter spawner's options, with Slurm `--gres=gpu:1`.

    Source: https://slurm.schedmd.com/gres.html; https://github.com/NVIDIA/pyxis/issues/47
    """
    scheduler = facts.environment.surroundings.scheduler if facts.environment else None
    if scheduler is None or not (facts.driver_fails or facts.mask_hides_all):
        return None
    mask = facts.at_start(CUDA_VISIBLE_DEVICES)
    stated = mask == "NoDevFiles"
    allotted = facts.at_start("SLURM_JOB_GPUS")
    if not stated and (allotted or any(one.error is None for one in facts.card_nodes)):
        return None
    ask = {
        "slurm": "sbatch or srun --gres=gpu:1 (in the Jupyter spawner's profile: the option for GPUs)",
        "pbs": "qsub -l select=1:ngpus=1",
        "lsf": 'bsub -gpu "num=1"',
    }
    return Match(
        certainty="certain" if stated else "likely",
        title=f"The {scheduler} job has no GPU",
        evidence=[
            seen("scheduler", scheduler, "a job with a GPU"),
            seen(CUDA_VISIBLE_DEVICES, mask, "the GPUs of the job"),
            seen("SLURM_JOB_GPUS", allotted, "the GPUs of the job"),
        ],
        fixes=[
            admin("Start the job again and ask for a GPU", ask.get(scheduler, "Ask for a GPU in the job's options."))
        ],
    )


@rule(
    "container-lost-gpu",
    gate=6,
    title="The container lost its GPU while it ran",
    label="container lost its GPU",
)
def container_lost_gpu(facts: Facts) -> Match | None:
    """Means: the container had the GPU until the host's systemd rewrote its device rules (`systemctl daemon-reload`).

    Seen by: in a container whose device files exist, NVML answers 999 (unknown error) and opening them gives EPERM.

    Fix: start the container anew; for good, use CDI or the cgroupfs driver.

    Source: https://github.com/NVIDIA/nvidia-container-toolkit/issues/48
    """
    denied = [one for one in _needed(facts) if one.error == "EPERM"]
    if not facts.container or facts.driver_works or not denied or facts.nvml is None or facts.nvml.init_code != 999:
        return None
    return Match(
        evidence=[seen("nvmlInit_v2", 999, "0"), *(seen(f"open {one.path}", one.error, "it opens") for one in denied)],
        fixes=[
            admin(
                "Start the container anew",
                "Remove the container and run it again. For good: start it with --device nvidia.com/gpu=all (CDI), or "
                'set "exec-opts": ["native.cgroupdriver=cgroupfs"] in /etc/docker/daemon.json.',
            )
        ],
    )


@rule(
    "device-node-permission", gate=6, title="The kernel's user may not open the GPU", label="no permission for the GPU"
)
def device_node_permission(facts: Facts) -> Match | None:
    """Means: the mode and group of the device files do not let the user of the Jupyter server in.

    Seen by: opening /dev/nvidia0, /dev/nvidiactl or /dev/nvidia-uvm for reading and writing fails with EACCES.

    Fix: open the files to all (`sudo chmod 666 /dev/nvidia*`, until the next boot), or put the user into their group;
    groups are read when the Jupyter server starts.

    Source: open(2); NVIDIA driver README, NVreg_DeviceFileMode
    """
    denied = _denied(facts, "EACCES")
    if not denied:
        return None
    return Match(
        evidence=[seen(f"open {one.path} (O_RDWR)", "EACCES, permission denied", "it opens") for one in denied],
        fixes=[
            admin("Open the device files to all users, now", "sudo chmod 666 /dev/nvidia*"),
            admin(
                "Open them for good, after a reboot",
                'echo "options nvidia NVreg_DeviceFileMode=0666" | sudo tee /etc/modprobe.d/nvidia-mode.conf',
            ),
        ],
    )


@rule(
    "device-cgroup-denied",
    gate=6,
    title="The device rules of this job or container deny the GPU",
    label="GPU denied by cgroup",
)
def device_cgroup_denied(facts: Facts) -> Match | None:
    """Means: the device files are there and their mode is right, but the cgroup of the container, job or service
    forbids them.

    Seen by: opening them fails with EPERM (a wrong mode would give EACCES).

    Fix: start the container or job with a GPU; in a systemd unit allow the devices.

    Source: Linux, Documentation/admin-guide/cgroup-v2.rst (device controller); systemd.resource-control(5)
    """
    denied = _denied(facts, "EPERM")
    if not denied:
        return None
    if facts.environment and facts.environment.surroundings.scheduler:
        fixes = [admin("Start the job again and ask for a GPU", "With Slurm: --gres=gpu:1")]
    elif facts.container:
        fixes = [_start_with_gpu(facts)]
    else:
        fixes = [
            admin(
                "Allow the devices in the service that starts Jupyter",
                "In the unit: PrivateDevices=no and DeviceAllow=char-nvidia* rw; then "
                "sudo systemctl daemon-reload and restart the service.",
            )
        ]
    evidence = [seen(f"open {one.path} (O_RDWR)", "EPERM, operation not permitted", "it opens") for one in denied]
    return Match(evidence=evidence, fixes=fixes)


def _needed(facts: Facts) -> list[DeviceNode]:
    """The device files without which CUDA does not start: the cards', and the two that all cards share."""
    shared = (facts.node(path) for path in ("/dev/nvidiactl", "/dev/nvidia-uvm"))
    return [*facts.card_nodes, *(one for one in shared if one)]


def _denied(facts: Facts, error: str) -> Sequence[DeviceNode]:
    """Return the device files that fail so, where that keeps CUDA away: one card of several may be another job's."""
    nodes = [one for one in _needed(facts) if one.error == error]
    cards = facts.card_nodes
    shared = [one for one in nodes if one not in cards]
    return nodes if facts.driver_fails and (shared or (cards and all(one.error for one in cards))) else []


def _start_with_gpu(facts: Facts) -> Fix:
    return admin("Start the container again with the GPU", _WITH_GPU.get(facts.container or "", _DOCKER))
