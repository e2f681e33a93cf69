"""The display controllers on this machine's PCI bus, whatever any driver says of them (/sys/bus/pci)."""

import sys
from pathlib import Path

from ..models.gpu import DisplayController, Hardware

NVIDIA = "10de"


def hardware(sys_bus: Path = Path("/sys/bus")) -> Hardware:
    """Return the display and 3D controllers (PCI class 03), or why they cannot be listed."""
    if not sys.platform.startswith("linux"):
        return Hardware(controllers=[], unreadable=f"The PCI bus cannot be read on {sys.platform}.")
    try:
        buses = {entry.name for entry in sys_bus.iterdir()}
        # A machine without a PCI bus has no card on it; a /sys that shows no bus at all tells nothing.
        devices = sorted((sys_bus / "pci" / "devices").iterdir()) if "pci" in buses else []
    except OSError as error:
        return Hardware(controllers=[], unreadable=f"The PCI bus cannot be read: {error.strerror}.")
    if not buses:
        return Hardware(controllers=[], unreadable="The PCI bus cannot be read: /sys/bus is empty.")
    found: list[DisplayController] = []
    unreadable = None
    for device in devices:
        try:
            kind, vendor, model = ((device / name).read_text().strip()[2:] for name in ("class", "vendor", "device"))
        except OSError as error:
            unreadable = f"The PCI device {device.name} cannot be read: {error.strerror}."
            continue
        if kind.startswith("03"):
            driver = device / "driver"
            found.append(
                DisplayController(
                    address=device.name,
                    vendor_id=vendor,
                    device_id=model,
                    driver=driver.resolve().name if driver.exists() else None,
                )
            )
    return Hardware(controllers=found, unreadable=unreadable)
