"""One sentence that says why there is no GPU to show; pure."""

from ..models.gpu import Hardware, Sweep
from .hardware import NVIDIA


def explain(sweep: Sweep, machine: Hardware | None) -> str:
    """Return one sentence that says why there is no GPU to show; an error is never "no GPU"."""
    driver = sweep.driver
    if machine is None:
        return driver.reason
    cards = [card for card in machine.controllers if card.vendor_id == NVIDIA]
    if driver.state == "ok":
        return "The NVIDIA driver answers and lists no GPU."
    if driver.state != "no-library":
        return driver.reason
    if cards:
        where = ", ".join(card.address for card in cards)
        bound = sorted({card.driver for card in cards if card.driver and card.driver != "nvidia"})
        if bound:
            return f"An NVIDIA card is here ({where}), but the driver {bound[0]} holds it: CUDA needs NVIDIA's own."
        return f"An NVIDIA card is here ({where}), but NVIDIA's driver library is not installed."
    if machine.unreadable:
        return f"No NVIDIA driver is installed; whether there is a GPU cannot be told. {machine.unreadable}"
    others = {"1002": "AMD", "8086": "Intel"}
    seen = sorted({others[c.vendor_id] for c in machine.controllers if c.vendor_id in others})
    extra = f" Its graphics: {' and '.join(seen)}." if seen else ""
    return f"This machine has no NVIDIA GPU: none is on its PCI bus, and no driver is installed.{extra}"
