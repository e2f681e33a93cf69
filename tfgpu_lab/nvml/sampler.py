"""One thread that reads the GPUs for any number of clients, and only while somebody looks."""

import asyncio
import logging
import threading
import time
from collections import deque

from ..models.gpu import Driver, Gpus, Hardware, Sample
from .driver import NvmlDriver, Sweep
from .hardware import NVIDIA, hardware

FIRST_SWEEP_S = 2.0  # opening NVML wakes a sleeping card; longer than this is a stall
STALL_S = 10.0

_log = logging.getLogger(__name__)


class Sampler:
    """A ring of sweeps with a cursor. `read` and `close` belong to the event loop, everything else to the thread.

    A read renews the lease; `grace_s` seconds after the last one the thread shuts NVML down and ends. The newest sweep
    and the ring are exchanged under a lock that is never held during an NVML call, so that a driver that hangs blocks
    no reader.
    """

    def __init__(self, *, interval_s: float = 2.0, grace_s: float = 15.0, history_s: float = 600.0) -> None:
        self._interval_s = interval_s
        self._grace_s = grace_s
        self._lock = threading.Lock()
        self._ring: deque[Sample] = deque(maxlen=max(1, int(history_s / interval_s)))
        self._seq = 0
        self._sweep: Sweep | None = None
        self._hardware: Hardware | None = None
        self._said = ""
        self._began_s = 0.0  # monotonic, when the sweep under way began; 0 between sweeps
        self._lease_s = 0.0  # monotonic, when the last reader came
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._swept = threading.Event()
        self._stop = False

    async def read(self, since: int = 0) -> Gpus:
        """Return the sweeps after number `since`; begins to sample when nobody did.

        Waits for the first sweep, two seconds at most: a driver that hangs holds nobody up.
        """
        self._renew()
        if self._sweep is None:
            await asyncio.to_thread(self._swept.wait, FIRST_SWEEP_S)
        return self._answer(since)

    async def close(self) -> None:
        """End the thread; one that hangs in the driver is left behind, as a daemon."""
        self._stop = True
        self._wake.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, 1.0)

    def _renew(self) -> None:
        with self._lock:
            self._lease_s = time.monotonic()
            if self._thread is None and not self._stop:
                self._swept.clear()
                self._thread = threading.Thread(target=self._run, name="tfgpu-lab sampler", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        driver = NvmlDriver()
        while True:
            self._began_s = time.monotonic()
            sweep, machine = driver.sweep(), hardware()
            at_s, self._began_s = time.time(), 0.0
            with self._lock:
                self._sweep, self._hardware = sweep, machine
                if sweep.samples:
                    self._seq += 1
                    self._ring.append(Sample(seq=self._seq, at_s=at_s, gpus=sweep.samples))
            self._swept.set()
            self._say(sweep.driver)
            self._wake.wait(self._interval_s)
            with self._lock:
                if self._stop or time.monotonic() - self._lease_s > self._grace_s:
                    driver.close()
                    self._thread = None
                    self._sweep = None  # the next reader wants a fresh one
                    return

    def _say(self, driver: Driver) -> None:
        """A failure is logged once, and when it changes."""
        if driver.reason != self._said:
            self._said = driver.reason
            _log.info("NVIDIA driver: %s", driver.reason or f"ok, version {driver.driver_version}")

    def _answer(self, since: int) -> Gpus:
        with self._lock:
            sweep, machine, seq = self._sweep, self._hardware, self._seq
            # A client from before a restart of the server has a cursor of another life.
            samples = [sample for sample in self._ring if sample.seq > since or since > seq]
        stalled_s = time.monotonic() - self._began_s if self._began_s else 0.0
        if sweep is None:
            reason = "The NVIDIA driver has not answered yet."
            driver = Driver(state="failed", reason=reason, nvml_code=None, driver_version=None, cuda_version=None)
            sweep = Sweep(driver, [], [])
        error = explain(sweep, machine) if not sweep.devices else None
        if stalled_s > max(STALL_S, 2 * self._interval_s):
            error = f"The NVIDIA driver has not answered for {stalled_s:.0f} s: these values are old."
        return Gpus(
            driver=sweep.driver,
            hardware=machine or Hardware(controllers=[], unreadable="The PCI bus has not been read yet."),
            devices=sweep.devices,
            samples=samples,
            seq=seq,
            interval_s=self._interval_s,
            error=error,
        )


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
