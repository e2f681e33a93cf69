"""What is known of the GPUs of the machine on which the Jupyter server runs."""

from typing import Literal

from msgspec import Struct

DriverState = Literal["ok", "no-library", "not-loaded", "version-mismatch", "no-permission", "gpu-lost", "failed"]


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


class Gpu(Struct, frozen=True, kw_only=True):
    """What does not change about a GPU while it stays in the machine."""

    index: int
    """NVML index, the one that nvidia-smi prints; CUDA may count in another order."""
    uuid: str
    """`GPU-...`, unique in the world."""
    name: str
    """Product name, such as `NVIDIA H200`."""
    pci_bus_id: str | None
    """PCI address as NVML writes it, such as `00000000:01:00.0`."""
    memory_total_bytes: int | None
    """All memory of the card, in bytes."""
    compute_capability: str | None
    """Such as `9.0`."""
    power_limit_w: float | None
    """Power limit in force, in watts."""
    absent: dict[str, str]
    """Why a field above is null: field name to reason."""


class GpuSample(Struct, frozen=True, kw_only=True):
    """What changes about a GPU, read at one moment."""

    uuid: str
    """The GPU's uuid."""
    memory_used_bytes: int | None
    """Memory in use by all processes, in bytes."""
    utilization_percent: int | None
    """Share of the last sample period in which at least one kernel ran, 0 to 100."""
    temperature_c: int | None
    """Core temperature in degrees Celsius."""
    power_w: float | None
    """Power draw of the whole board, in watts."""
    clock_sm_mhz: int | None
    """Clock of the streaming multiprocessors, in MHz."""
    absent: dict[str, str]
    """Why a field above is null: field name to reason."""


class Sample(Struct, frozen=True, kw_only=True):
    """One sweep over all GPUs."""

    seq: int
    """Number of the sweep; grows by one a sweep and never repeats while the server runs."""
    at_s: float
    """When it was read, in seconds since the epoch."""
    gpus: list[GpuSample]
    """One reading a GPU that answered."""


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
    seq: int
    """Number of the newest sweep; pass it as `since` next time."""
    interval_s: float
    """Seconds between sweeps while somebody reads."""
    error: str | None
    """One sentence when there is no GPU to show: why. Null when there are devices."""
