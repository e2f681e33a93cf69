"""What is known of the GPUs of the machine on which the Jupyter server runs."""

from typing import Literal

from msgspec import Struct

from .process import GpuProcesses, IdleHolder, ListedProcesses

DriverState = Literal["ok", "no-library", "not-loaded", "version-mismatch", "no-permission", "gpu-lost", "failed"]
GpuState = Literal["ok", "lost", "stalled", "unreadable"]
ComputeMode = Literal["default", "exclusive-process", "prohibited"]


class Driver(Struct, frozen=True, kw_only=True):
    """The NVIDIA driver as NVML answers for it; a failure is a state with a reason, never "no GPU"."""

    state: DriverState
    """`ok` when NVML answers; otherwise which way it fails."""
    reason: str
    """One sentence for the user; empty when the state is `ok`."""
    nvml_code: int | None
    """NVML's return code of the failing call (nvmlReturn_t), null when it answered or could not be loaded."""
    driver_version: str | None
    """Version of the driver, such as `550.54.14`; null when NVML does not answer."""
    cuda_version: str | None
    """Newest CUDA version this driver supports, such as `12.4`; null when NVML does not answer."""
    absent: dict[str, str] = {}
    """Why a version is null although the driver answers: field name to reason."""


class DisplayController(Struct, frozen=True, kw_only=True):
    """A display or 3D controller on the PCI bus, whether or not a driver claims it (/sys/bus/pci/devices)."""

    address: str
    """PCI address, such as `0000:01:00.0`."""
    vendor_id: str
    """PCI vendor in hexadecimal: `10de` NVIDIA, `1002` AMD, `8086` Intel."""
    device_id: str
    """PCI device in hexadecimal."""
    driver: str | None
    """Kernel driver bound to it (`nvidia`, `nouveau`, `vfio-pci`, `amdgpu`), null when none is."""


class Hardware(Struct, frozen=True, kw_only=True):
    """The display controllers of a machine, and whether the list can be trusted to be complete."""

    controllers: list[DisplayController]
    """Display and 3D controllers found; empty when there are none or they could not be read."""
    unreadable: str | None
    """Why the list may be incomplete, one sentence; null when the bus was read in full."""


class MigInstance(Struct, frozen=True, kw_only=True):
    """A part of a GPU in MIG mode, which CUDA sees as a device of its own."""

    uuid: str
    """`MIG-...`, what CUDA_VISIBLE_DEVICES names it by."""
    index: int
    """Number of the instance on its GPU, from 0, as `nvidia-smi -L` counts."""
    name: str
    """Such as `NVIDIA H100 MIG 1g.10gb`."""
    gpu_instance_id: int | None
    """NVML's GPU instance, null when it does not say."""
    compute_instance_id: int | None
    """NVML's compute instance, null when it does not say."""
    memory_total_bytes: int | None
    """Memory of the instance, in bytes; null when it cannot be read."""
    absent: dict[str, str] = {}
    """Why a field above is null: field name to reason."""


class Gpu(Struct, frozen=True, kw_only=True):
    """What seldom changes about a GPU: read when it is first seen, and at every few sweeps."""

    index: int
    """NVML index, the one that nvidia-smi prints; CUDA may count in another order."""
    uuid: str
    """`GPU-...`, unique in the world; `unreadable-` and the index when the GPU never told it."""
    name: str
    """Product name, such as `NVIDIA H200`."""
    state: GpuState = "ok"
    """`lost`: fallen off the bus. `stalled`: a question to it has not been answered. The other GPUs go on."""
    problem: str | None = None
    """One sentence when the state is not `ok`; null when it is."""
    stalled_since_s: float | None = None
    """Since when it does not answer, in seconds since the epoch; null unless the state is `stalled`."""
    pci_bus_id: str | None
    """PCI address as NVML writes it, such as `00000000:01:00.0`."""
    minor_number: int | None = None
    """The n of its device file /dev/nvidia`n`."""
    memory_total_bytes: int | None
    """All memory of the card, in bytes."""
    compute_capability: str | None
    """Such as `9.0`."""
    power_limit_w: float | None
    """Power limit in force, in watts."""
    clock_sm_max_mhz: int | None = None
    """Highest clock of the streaming multiprocessors, in MHz."""
    compute_mode: ComputeMode | None = None
    """Who may compute: `default` anybody, `exclusive-process` one process at a time, `prohibited` nobody."""
    ecc_enabled: bool | None = None
    """Whether the memory's error correction is on; null when the card has none or does not say."""
    ecc_errors_uncorrected: int | None = None
    """Memory errors since the driver was loaded that could not be corrected."""
    persistence_enabled: bool | None = None
    """Whether the driver stays loaded while nobody uses the card; without it, the first use takes seconds."""
    mig_enabled: bool | None = None
    """Whether the GPU is split into MIG instances; null when it does not say."""
    mig: list[MigInstance] = []
    """Its MIG instances; empty when it is not in MIG mode or has none."""
    absent: dict[str, str]
    """Why a field above is null, or `mig` incomplete: field name to reason."""


class MigSample(Struct, frozen=True, kw_only=True):
    """What changes about a MIG instance, read at one moment. Utilisation does not exist for instances."""

    uuid: str
    """The instance's uuid."""
    memory_used_bytes: int | None
    """Memory in use by all processes on this instance, in bytes."""
    memory_reserved_bytes: int | None = None
    """Memory of the instance that the driver keeps for itself, in bytes."""
    absent: dict[str, str]
    """Why a field above is null: field name to reason."""


class GpuSample(Struct, frozen=True, kw_only=True):
    """What changes about a GPU, read at one moment."""

    uuid: str
    """The GPU's uuid."""
    memory_used_bytes: int | None
    """Memory in use by all processes, in bytes; older drivers count what they reserve for themselves in."""
    memory_reserved_bytes: int | None = None
    """Memory that the driver and the card keep for themselves, in bytes."""
    utilization_percent: int | None
    """Share of the last sample period in which at least one kernel ran, 0 to 100."""
    memory_utilization_percent: int | None = None
    """Share of the last sample period in which memory was read or written, 0 to 100."""
    temperature_c: int | None
    """Core temperature in degrees Celsius."""
    power_w: float | None
    """Power draw of the whole board, in watts."""
    clock_sm_mhz: int | None
    """Clock of the streaming multiprocessors, in MHz."""
    clock_memory_mhz: int | None = None
    """Clock of the memory, in MHz."""
    throttle_reasons: list[str] | None = None
    """What holds the clocks back now, such as `power limit` or `heat (hardware)`; empty when nothing does."""
    mig: list[MigSample] = []
    """One reading an instance, when the GPU is in MIG mode."""
    absent: dict[str, str]
    """Why a field above is null: field name to reason."""


class Sample(Struct, frozen=True, kw_only=True):
    """One sweep over all GPUs."""

    seq: int
    """Number of the sweep; grows by one a sweep and never repeats while the server runs."""
    at_s: float
    """When it was read, in seconds since the epoch."""
    gpus: list[GpuSample]
    """One reading a GPU that NVML lists; one that does not answer has nulls with their reason."""


class Sweep(Struct, frozen=True, kw_only=True):
    """One reading of everything, as the GPU side hands it on; not on the wire."""

    driver: Driver
    """The driver."""
    devices: list[Gpu]
    """All GPUs that NVML lists, in its order."""
    samples: list[GpuSample]
    """One a device, in the same order."""
    listed: list[ListedProcesses] = []
    """Who computes, one a device, in the same order; of an earlier sweep, `listed_at_s`."""
    listed_at_s: float = 0.0
    """When `listed` was read, in seconds since the epoch; 0 when it was not."""


class Gpus(Struct, frozen=True, kw_only=True):
    """Answer of `GET gpus`: the driver, the devices and the samples that the client has not seen."""

    driver: Driver
    """State of the driver at the last sweep."""
    hardware: Hardware
    """What is on the PCI bus, whatever the driver says."""
    devices: list[Gpu]
    """The GPUs that NVML lists."""
    samples: list[Sample]
    """Sweeps with `seq` greater than the `since` that was asked, oldest first."""
    processes: list[GpuProcesses] = []
    """Who holds each GPU, one a device; read at every few sweeps. Empty until it is known."""
    idle_holders: list[IdleHolder] = []
    """Idle kernels that hold a good part of a GPU, ten at most, the one with the most memory first."""
    seq: int
    """Number of the newest sweep; pass it as `since` next time."""
    interval_s: float
    """Seconds between sweeps while somebody reads."""
    stalled_since_s: float | None = None
    """Since when the driver as a whole does not answer, in seconds since the epoch; null while it does."""
    error: str | None
    """One sentence when there is no GPU to show, or when what is shown is old: why. Null otherwise."""
