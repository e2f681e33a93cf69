"""How a GPU is connected: PCIe and NVLink, read only when somebody asks for them."""

from msgspec import Struct


class GpuLinks(Struct, frozen=True, kw_only=True):
    """Answer of `GET gpus/{uuid}/links`. Reading it takes the driver tens of milliseconds, so no poll does."""

    uuid: str
    """The GPU's uuid."""
    at_s: float
    """When it was read, in seconds since the epoch."""
    pcie_generation: int | None
    """Generation of PCIe at which the link runs now; an idle GPU lowers it to save power, which is no fault."""
    pcie_generation_max: int | None
    """Highest generation that GPU, slot and system allow together."""
    pcie_lanes: int | None
    """Lanes in use."""
    pcie_lanes_max: int | None
    """Most lanes that GPU and slot allow together; fewer in use than these halve the copy rate and more."""
    pcie_receive_bytes_per_s: int | None
    """What the GPU receives over PCIe, over the last 20 ms."""
    pcie_transmit_bytes_per_s: int | None
    """What the GPU sends over PCIe, over the last 20 ms."""
    nvlinks: int | None
    """NVLinks that the GPU has; 0 when it has none."""
    nvlinks_active: int | None
    """NVLinks that are up."""
    absent: dict[str, str]
    """Why a field above is null: field name to reason."""
