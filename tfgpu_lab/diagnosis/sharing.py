"""Rules on a GPU that is divided or that others use: MIG, compute mode, memory (gates 8 and 15)."""

import msgspec

from ..models.environment import NvmlDevice
from ..models.finding import Evidence, Fix
from .facts import CUDA_VISIBLE_DEVICES, Facts, answers, lists_device
from .fixes import NVIDIA_SMI, admin, kernel_env, restart
from .rule import Match, rule, seen
from .tensorflow_facts import CONTEXT_BYTES

_PROHIBITED, _EXCLUSIVE = 2, 3
_HOGGED = 0.5  # of the memory, held by others


@rule(
    "mig-misconfigured",
    gate=8,
    title="The GPU is divided by MIG, and this kernel has no instance of it",
    label="no MIG instance",
)
def mig_misconfigured(facts: Facts) -> Match | None:
    """Means: with MIG on, CUDA sees instances and not the card: without an instance there is no GPU, and a process uses
    one instance at most.

    Seen by: NVML says that MIG is on, and the CUDA driver lists no device.

    Fix: create instances, or name one by its UUID in CUDA_VISIBLE_DEVICES.

    Source: NVIDIA Multi-Instance GPU User Guide
    """
    divided = [one for one in _devices(facts) if one.mig_enabled]
    if not divided or len(divided) < len(_devices(facts)) or not answers(facts.cuda) or lists_device(facts.cuda):
        return None
    make = admin(
        "Create instances",
        "sudo nvidia-smi mig -lgip lists the profiles; sudo nvidia-smi mig -cgi <profile> -C makes an instance. "
        "Without MIG: sudo nvidia-smi -mig 0.",
        "`nvidia-smi -L` lists MIG instances with their UUIDs.",
    )
    name = kernel_env(
        "Name one instance in the kernel's kernel.json (its UUID by `nvidia-smi -L`), then restart",
        {CUDA_VISIBLE_DEVICES: "MIG-<uuid>"},
    )
    name = msgspec.structs.replace(name, action=None)  # which instance, only the user can tell
    masked = facts.mask is not None and facts.driver_works
    evidence = [seen(f"MIG mode of {one.name or one.uuid}", "enabled", "disabled, or an instance") for one in divided]
    evidence.append(seen("devices that CUDA lists", "none", "one MIG instance"))
    if facts.mask is not None:
        evidence.append(seen(CUDA_VISIBLE_DEVICES, f'"{facts.mask}"', "the UUID of an instance"))
    return Match(
        certainty="certain" if facts.cuinit_code == 100 or masked else "likely",
        evidence=evidence,
        fixes=[name] if masked else [make, name],
    )


@rule(
    "compute-mode-exclusive",
    gate=15,
    title="The GPU lets in one process only, and another one has it",
    label="GPU in exclusive mode",
    listed=True,
)
def compute_mode_exclusive(facts: Facts) -> Match | None:
    """Means: an administrator set the GPU's compute mode. TensorFlow lists the GPU, and its first operation fails:
    `CUDA-capable device(s) is/are busy or unavailable`; the next one may hang.

    Seen by: NVML's compute mode is prohibited, or it is exclusive and a process computes on the GPU.

    Fix: shut down the other process, often another notebook's kernel; or set the mode back.

    Source: NVML API reference, nvmlComputeMode_t; https://github.com/tensorflow/tensorflow/issues/526
    """
    devices = _devices(facts)
    closed = [one for one in devices if one.compute_mode == _PROHIBITED]
    taken = [one for one in devices if one.compute_mode == _EXCLUSIVE and _holders(facts, one)]
    if facts.logical_gpus or not devices or len(closed) + len(taken) < len(devices):
        return None
    back = admin("Set the compute mode back", "sudo nvidia-smi -c 0", "`nvidia-smi -q -d COMPUTE` says Default.")
    evidence = [seen(f"compute mode of {one.name or one.uuid}", "prohibited", "default") for one in closed]
    for one in taken:
        evidence.append(seen(f"compute mode of {one.name or one.uuid}", "exclusive process", "default"))
        evidence.append(seen("processes on it", _holders(facts, one), "this kernel alone"))
    return Match(
        title=None if taken else "The GPU's compute mode lets no process compute",
        evidence=evidence,
        fixes=[_free(), back] if taken else [back],
    )


@rule(
    "gpu-init-oom-then-hang",
    gate=15,
    title="The GPU has no memory left even to start TensorFlow on it",
    label="GPU memory is full",
    listed=True,
)
def gpu_init_oom(facts: Facts) -> Match | None:
    """Means: the CUDA context alone needs a few hundred MB. Without them the first operation raises
    `CUDA_ERROR_OUT_OF_MEMORY`, and with TensorFlow 2.21 every later call hangs: the kernel looks dead.

    Seen by: the free memory that NVML reports for every GPU.

    Fix: free the GPU first, then restart this kernel.

    Source: measured with TensorFlow 2.21.0 and a simulated driver
    """
    devices = [one for one in _devices(facts) if one.memory_free_bytes is not None]
    # The memory of a divided GPU is that of all its instances together.
    full = [one for one in devices if (one.memory_free_bytes or 0) < CONTEXT_BYTES and not one.mig_enabled]
    if facts.logical_gpus or not full or len(full) < len(_devices(facts)):
        return None
    return Match(
        certainty="likely",
        evidence=[_memory(one) for one in full],
        fixes=[_free(), restart("When the memory is free, restart this kernel: it may hang.")],
    )


@rule(
    "gpu-memory-hogged",
    gate=15,
    title="Other processes hold most of the GPU's memory",
    label="GPU memory is taken",
    severity="degrades",
    listed=True,
)
def gpu_memory_hogged(facts: Facts) -> Match | None:
    """Means: TensorFlow takes nearly all the memory of a GPU and keeps it until its process ends, so an idle notebook
    holds it too. What is left may be too little: `ran out of memory trying to allocate`.

    Seen by: NVML's memory and processes; the kernel's own share is not counted.

    Fix: shut down the kernel that holds it; let both grow their memory as they need it.

    Source: tensorflow/docs site/en/guide/gpu.ipynb; https://github.com/keras-team/keras/issues/4058
    """
    if facts.logical_gpus and not any(_own(facts, one) for one in _devices(facts)):
        return None  # the kernel holds memory itself, and which process it is cannot be told
    hogged = []
    for one in _devices(facts):
        total, free = one.memory_total_bytes, one.memory_free_bytes
        if one.mig_enabled or total is None or free is None:  # a divided GPU: the memory is that of all instances
            continue
        if total - free - _own(facts, one) > _HOGGED * total:
            hogged.append(one)
    if not hogged or len(hogged) < len(_devices(facts)):
        return None
    evidence = [_memory(one) for one in hogged]
    evidence += [
        seen(f"processes on {one.name or one.uuid}", _holders(facts, one), "this kernel alone")
        for one in hogged
        if _holders(facts, one)
    ]
    growth = kernel_env(
        "Let TensorFlow take memory as it needs it (both kernels' kernel.json), then restart them",
        {"TF_FORCE_GPU_ALLOW_GROWTH": "true"},
        "`nvidia-smi` shows less memory for each kernel.",
    )
    # In a container a kernel's own processes look like foreign ones.
    known = any(process.pid for one in hogged for process in one.processes) or not facts.container
    return Match(certainty="certain" if known else "likely", evidence=evidence, fixes=[_free(), growth])


def _devices(facts: Facts) -> list[NvmlDevice]:
    return facts.nvml.devices if facts.nvml else []


def _own(facts: Facts, device: NvmlDevice) -> int:
    """Memory of this kernel's own process, in bytes; its pid is the host's only outside of containers."""
    pid = facts.live.pid if facts.live else None
    return sum(one.memory_used_bytes or 0 for one in device.processes if one.pid == pid)


def _holders(facts: Facts, device: NvmlDevice) -> str:
    """Who computes on a GPU besides this kernel, in words; empty when nobody does. Other users are a number only."""
    own = facts.live.pid if facts.live else None
    pids = [str(one.pid) for one in device.processes if one.pid != own]
    words = [f"pid {', '.join(pids)}"] if pids else []
    if device.others:
        words.append(f"{device.others} of other users or outside this container")
    return "; ".join(words)


def _memory(device: NvmlDevice) -> Evidence:
    free, total = device.memory_free_bytes or 0, device.memory_total_bytes or 0
    return seen(f"free memory of {device.name or device.uuid}", f"{free >> 20} of {total >> 20} MiB", "most of it")


def _free() -> Fix:
    return Fix(
        kind="shutdown-kernel",
        title="Shut down the kernel that holds the GPU",
        text="JupyterLab: Running Terminals and Kernels > the kernel > Shut Down. A program that is no kernel: end it.",
        verified_by=NVIDIA_SMI.replace("lists the GPU", "lists no other process"),
    )
