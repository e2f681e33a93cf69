"""CUDA's numbers and TensorFlow's names for GPUs, from NVML's list and a kernel's variables; pure."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..models.gpu import Gpu
from ..models.live import LiveReport


class Target(NamedTuple):
    """What CUDA counts as one device: a GPU, or one MIG instance of it."""

    gpu: Gpu
    mig_uuid: str | None


def cuda_devices(devices: Sequence[Gpu], variables: Mapping[str, str]) -> list[Target] | None:
    """Return the devices in CUDA's order under CUDA_VISIBLE_DEVICES and CUDA_DEVICE_ORDER; None when it cannot be told.

    NVML counts in the order of the PCI bus. So does CUDA with CUDA_DEVICE_ORDER=PCI_BUS_ID; otherwise it begins with
    the fastest by a measure of its own, which leaves GPUs of one kind in the order of the bus.
    """
    whole = [Target(gpu, None) for gpu in devices if not gpu.mig_enabled]
    parts = [Target(gpu, instance.uuid) for gpu in devices for instance in gpu.mig]
    by_bus = variables.get("CUDA_DEVICE_ORDER", "").strip() == "PCI_BUS_ID"
    ordered = by_bus or len({gpu.name for gpu in devices}) <= 1
    # CUDA lists one MIG instance, and that only when there is no whole GPU (MIG user guide, "CUDA Device Enumeration").
    listed = whole or parts[:1]
    chosen = variables.get("CUDA_VISIBLE_DEVICES")
    if chosen is None:
        return listed if ordered or len(listed) <= 1 else None
    found: list[Target] = []
    for word in chosen.split(","):
        token = word.strip()
        if re.fullmatch(r"\d+", token):
            if not ordered:
                return None
            match = [listed[int(token)]] if int(token) < len(listed) else []
        else:
            match = _named(token, whole, parts)
        # CUDA takes nothing from the first wrong word on.
        if len(match) != 1:
            break
        found += match
    return found


def tensorflow_devices(live: LiveReport, devices: Sequence[Gpu]) -> dict[str, Target | None]:
    """Return TensorFlow's logical GPUs, such as `GPU:0`, with what they are; None for one that cannot be told."""
    tensorflow = live.tensorflow
    if tensorflow is None or tensorflow.context != "initialized":
        return {}
    names = [f"GPU:{number}" for number in _numbers(tensorflow.logical_devices)]
    ordered, visible = cuda_devices(devices, live.variables), _numbers(tensorflow.visible_devices)
    if tensorflow.logical_of:  # one GPU may be split into several logical ones
        visible = [n for whole, parts in tensorflow.logical_of.items() for n in _numbers([whole]) * len(parts)]
        names = [f"GPU:{number}" for parts in tensorflow.logical_of.values() for number in _numbers(parts)]
    if ordered is None or len(visible) != len(names):
        return dict.fromkeys(names)
    return {
        name: ordered[number] if number < len(ordered) else None for name, number in zip(names, visible, strict=True)
    }


def _named(token: str, whole: Sequence[Target], parts: Sequence[Target]) -> list[Target]:
    """Return what a uuid or the unique beginning of one names."""
    if token.startswith("GPU-"):
        return [target for target in whole if target.gpu.uuid.startswith(token)]
    if token.startswith("MIG-GPU-"):  # before driver 470: MIG-GPU-<uuid>/<GPU instance>/<compute instance>
        uuid, *ids = token.removeprefix("MIG-").split("/")
        return [target for target in parts if target.gpu.uuid == uuid and _ids(target) == ids]
    if token.startswith("MIG-"):
        return [target for target in parts if (target.mig_uuid or "").startswith(token)]
    return []


def _ids(target: Target) -> list[str]:
    instance = next(one for one in target.gpu.mig if one.uuid == target.mig_uuid)
    return [str(instance.gpu_instance_id), str(instance.compute_instance_id)]


def _numbers(names: Sequence[str] | None) -> list[int]:
    return [int(match[1]) for name in names or () if (match := re.search(r"\bGPU:(\d+)$", name))]
