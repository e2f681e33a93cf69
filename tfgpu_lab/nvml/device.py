"""One GPU or MIG instance: who it is, read when it is first seen and at every few sweeps."""

from typing import Any, NamedTuple

import msgspec
import pynvml

from ..models.gpu import ComputeMode, Gpu, MigInstance
from .reading import Fields, text

PERMANENT = ("name", "pci_bus_id", "minor_number", "memory_total_bytes", "compute_capability", "clock_sm_max_mhz")
SELDOM = (
    "power_limit_w",
    "compute_mode",
    "ecc_enabled",
    "ecc_errors_uncorrected",
    "persistence_enabled",
    "mig_enabled",
)
COMPUTE_MODES: dict[int, ComputeMode] = {
    pynvml.NVML_COMPUTEMODE_DEFAULT: "default",
    pynvml.NVML_COMPUTEMODE_PROHIBITED: "prohibited",
    pynvml.NVML_COMPUTEMODE_EXCLUSIVE_PROCESS: "exclusive-process",
}


class Device(NamedTuple):
    """A GPU with what NVML wants to be asked by."""

    gpu: Gpu
    handle: Any
    mig: list[tuple[str, Any]]  # (uuid, handle), as in gpu.mig
    lost: bool


def identify(index: int, known: Gpu | None) -> Device:
    """Return the GPU at an NVML index; what never changes is read only when it is not known. Raises NVMLError."""
    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    uuid = text(pynvml.nvmlDeviceGetUUID(handle))
    fields = Fields()
    if known is None or known.uuid != uuid or known.index != index or known.absent.keys() & PERMANENT:
        known = _permanent(index, uuid, handle, fields)
    else:
        fields.absent |= {name: why for name, why in known.absent.items() if name in PERMANENT}
    gpu = _seldom(known, handle, fields)
    instances = _instances(handle, fields) if gpu.mig_enabled else []
    gpu = msgspec.structs.replace(gpu, mig=[instance for instance, _ in instances])
    return Device(gpu, handle, [(instance.uuid, its) for instance, its in instances], fields.lost)


def unreadable(index: int, why: str, known: Gpu | None, **changes: Any) -> Gpu:
    """Return the row of a GPU that does not answer: who it was when it did, or just its number."""
    if known is None:
        known = Gpu(
            index=index,
            uuid=f"unreadable-{index}",
            name=f"GPU {index}",
            pci_bus_id=None,
            memory_total_bytes=None,
            compute_capability=None,
            power_limit_w=None,
            absent=dict.fromkeys(PERMANENT[1:] + SELDOM, why),
        )
    return msgspec.structs.replace(known, problem=why, **changes)


def _permanent(index: int, uuid: str, handle: Any, fields: Fields) -> Gpu:
    return Gpu(
        index=index,
        uuid=uuid,
        name=fields.get("name", lambda: text(pynvml.nvmlDeviceGetName(handle))) or "NVIDIA GPU",
        pci_bus_id=fields.get("pci_bus_id", lambda: text(pynvml.nvmlDeviceGetPciInfo(handle).busId)),
        minor_number=fields.get("minor_number", lambda: int(pynvml.nvmlDeviceGetMinorNumber(handle))),
        memory_total_bytes=fields.get("memory_total_bytes", lambda: int(pynvml.nvmlDeviceGetMemoryInfo(handle).total)),
        compute_capability=fields.get(
            "compute_capability", lambda: "{}.{}".format(*pynvml.nvmlDeviceGetCudaComputeCapability(handle))
        ),
        clock_sm_max_mhz=fields.get(
            "clock_sm_max_mhz", lambda: int(pynvml.nvmlDeviceGetMaxClockInfo(handle, pynvml.NVML_CLOCK_SM))
        ),
        power_limit_w=None,
        absent=fields.absent,
    )


def _seldom(gpu: Gpu, handle: Any, fields: Fields) -> Gpu:
    uncorrected, since_boot = pynvml.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, pynvml.NVML_VOLATILE_ECC
    mode = fields.get("compute_mode", lambda: int(pynvml.nvmlDeviceGetComputeMode(handle)))
    if mode is not None and mode not in COMPUTE_MODES:
        fields.absent["compute_mode"] = f"The driver names a mode unknown here: {mode}."
    return msgspec.structs.replace(
        gpu,
        power_limit_w=fields.get("power_limit_w", lambda: pynvml.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000),
        compute_mode=None if mode is None else COMPUTE_MODES.get(mode),
        ecc_enabled=fields.get("ecc_enabled", lambda: bool(pynvml.nvmlDeviceGetEccMode(handle)[0])),
        ecc_errors_uncorrected=fields.get(
            "ecc_errors_uncorrected",
            lambda: int(pynvml.nvmlDeviceGetTotalEccErrors(handle, uncorrected, since_boot)),
        ),
        persistence_enabled=fields.get(
            "persistence_enabled", lambda: bool(pynvml.nvmlDeviceGetPersistenceMode(handle))
        ),
        mig_enabled=fields.get("mig_enabled", lambda: bool(pynvml.nvmlDeviceGetMigMode(handle)[0])),
        absent=fields.absent,
    )


def _instances(handle: Any, fields: Fields) -> list[tuple[MigInstance, Any]]:
    """Return the MIG instances of a GPU with their handles; one that cannot be named is left out, with the reason."""
    found = []
    for index in range(fields.get("mig", lambda: int(pynvml.nvmlDeviceGetMaxMigDeviceCount(handle))) or 0):
        named = fields.get("mig", lambda index=index: _named(handle, index))  # type: ignore[misc]
        if named:
            uuid, its = named
            found.append((_instance(index, uuid, its), its))
    return found


def _named(handle: Any, index: int) -> tuple[str, Any] | None:
    """Return uuid and handle of the MIG instance in a place; None when the place is empty. Raises NVMLError."""
    try:
        its = pynvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, index)
    except (pynvml.NVMLError_NotFound, pynvml.NVMLError_InvalidArgument):
        return None
    return text(pynvml.nvmlDeviceGetUUID(its)), its


def _instance(index: int, uuid: str, handle: Any) -> MigInstance:
    fields = Fields()
    return MigInstance(
        uuid=uuid,
        index=index,
        name=fields.get("name", lambda: text(pynvml.nvmlDeviceGetName(handle))) or "MIG instance",
        gpu_instance_id=fields.get("gpu_instance_id", lambda: int(pynvml.nvmlDeviceGetGpuInstanceId(handle))),
        compute_instance_id=fields.get(
            "compute_instance_id", lambda: int(pynvml.nvmlDeviceGetComputeInstanceId(handle))
        ),
        memory_total_bytes=fields.get("memory_total_bytes", lambda: int(pynvml.nvmlDeviceGetMemoryInfo(handle).total)),
        absent=fields.absent,
    )
