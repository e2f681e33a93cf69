"""One thread that reads the GPUs for any number of clients, and only while somebody looks."""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from ..models.event import Happening
from ..models.gpu import Driver, Gpu, Gpus, Hardware, Sample, Sweep
from .changes import changes
from .driver import NvmlDriver
from .explain import explain
from .hardware import hardware

FIRST_SWEEP_S = 2.0  # opening NVML wakes a sleeping card; longer than this is a stall
LONGEST_REST_S = 60.0

_log = logging.getLogger(__name__)


class Sampler:
    """A ring of sweeps with a cursor. `read`, `close` and `newest` belong to the event loop, the rest to the thread.

    A read renews the lease; `grace_s` seconds after the last one the thread shuts NVML down and ends. The newest sweep
    and the ring are exchanged under a lock that is never held during an NVML call, so that a driver that hangs blocks
    no reader.

    A call that hangs cannot be interrupted. When one GPU has kept the thread for `stall_s`, the next read gives that
    thread up and begins another, which leaves the GPU out until the call has returned; there is never more than one
    thread given up for a GPU. When the driver itself hangs there is nobody else to read: all wait, and the answer says
    since when.
    """

    def __init__(
        self,
        *,
        interval_s: float = 2.0,
        grace_s: float = 15.0,
        history_s: float = 600.0,
        stall_s: float = 5.0,
        thorough_every: int = 5,
        always: bool = False,
        on_change: Callable[[list[Happening]], None] = lambda _: None,
    ) -> None:
        self._interval_s = interval_s
        self._grace_s = grace_s
        self._history_s = history_s
        self._stall_s = stall_s
        self._thorough_every = thorough_every
        self._always = always
        self._on_change = on_change
        self._lock = threading.Lock()
        self._ring: deque[Sample] = deque(maxlen=max(1, int(history_s / interval_s)))
        self._seq = 0
        self._sweep: Sweep | None = None
        self._last: Sweep | None = None  # outlives the lease: what changed while nobody looked is a change, too
        self._hardware: Hardware | None = None
        self._known: dict[int, Gpu] = {}
        self._stalled: dict[int, float] = {}  # GPU index: seconds since the epoch
        self._given_up: dict[int, int] = {}  # number of a thread that was given up: the GPU index that keeps it
        self._strikes: dict[int, int] = {}  # GPU index: stalls in a row
        self._rests: dict[int, float] = {}  # GPU index that answered after a stall: monotonic, when to ask it again
        self._driver: NvmlDriver | None = None
        self._sweeping = False
        self._lease_s = 0.0  # monotonic, when the last reader came
        self._turn = 0  # number of the thread whose sweeps count
        self._begun_s = 0.0  # monotonic, when that thread began
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._swept = threading.Event()
        self._stop = False

    @property
    def newest(self) -> Sweep | None:
        """The last sweep while somebody looks; None when nobody does, or before the first. Makes no NVML call."""
        if self._always:
            self._renew()  # there may be no reader to notice that a GPU keeps the thread
        return self._sweep

    def start(self) -> None:
        """Begin to sample without a reader; of use when sampling never ends."""
        self._renew()

    async def read(self, since: int = 0) -> Gpus:
        """Return the sweeps after number `since`; begins to sample when nobody did.

        Waits for the first sweep until two seconds after it began: a driver that hangs holds nobody up.
        """
        self._renew()
        left_s = FIRST_SWEEP_S - (time.monotonic() - self._begun_s)
        if self._sweep is None and left_s > 0 and not self._swept.is_set():
            await asyncio.to_thread(self._swept.wait, left_s)
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
            if self._stop:
                return
            if self._thread is None:
                self._swept.clear()
                self._begin()
            elif (stall := self._stall_of_one()) is not None:
                index, began_s = stall
                self._stalled[index] = time.time() - (time.monotonic() - began_s)
                self._strikes[index] = self._strikes.get(index, 0) + 1
                self._given_up[self._turn] = index
                self._begin()

    def _begin(self) -> None:
        """Start the thread whose sweeps count from now on; the lock is held."""
        self._turn += 1
        self._begun_s = time.monotonic()
        self._sweeping, self._driver = False, None
        self._thread = threading.Thread(
            target=self._run, args=(self._turn,), name=f"tfgpu-lab sampler {self._turn}", daemon=True
        )
        self._thread.start()

    def _stall_of_one(self) -> tuple[int, float] | None:
        """Return the GPU that keeps the thread for too long, and since when (monotonic); the lock is held."""
        if self._driver is None or not self._sweeping:
            return None
        index, began_s = self._driver.reading
        if index is None or time.monotonic() - began_s < self._stall_s:
            return None
        return index, began_s

    def _run(self, turn: int) -> None:
        driver = NvmlDriver(self._known)
        number = 0
        machine: Hardware | None = None
        while True:
            with self._lock:
                if self._turn != turn or self._over():
                    break
                for index in [i for i, until_s in self._rests.items() if time.monotonic() >= until_s]:
                    del self._rests[index], self._stalled[index]
                stalled = dict(self._stalled)
                self._driver, self._sweeping = driver, True
            thorough = number % self._thorough_every == 0
            number += 1
            sweep = self._swept_by(driver, turn, stalled, thorough=thorough)
            machine = hardware() if thorough or machine is None else machine
            with self._lock:
                if self._turn != turn:
                    break
                self._sweeping = False
                self._publish(sweep, machine)
            self._tell(sweep)
            self._swept.set()
            self._wake.wait(self._interval_s)
        self._end(driver, turn)

    def _over(self) -> bool:
        """Return whether nobody looks any more; the lock is held."""
        return self._stop or (not self._always and time.monotonic() - self._lease_s > self._grace_s)

    def _swept_by(self, driver: NvmlDriver, turn: int, stalled: dict[int, float], *, thorough: bool) -> Sweep:
        try:
            return driver.sweep(thorough=thorough, stalled=stalled, wanted=lambda: self._turn == turn)
        except Exception as error:  # noqa: BLE001 - a binding that breaks must not end the thread: it is said instead
            reason = f"The GPUs cannot be read: {type(error).__name__}: {error}."
            broken = Driver(state="failed", reason=reason, nvml_code=None, driver_version=None, cuda_version=None)
            return Sweep(driver=broken, devices=[], samples=[])

    def _publish(self, sweep: Sweep, machine: Hardware) -> None:
        self._sweep, self._hardware = sweep, machine
        for gpu in sweep.devices:
            if gpu.state == "ok":
                self._strikes.pop(gpu.index, None)
        if sweep.samples:
            self._seq += 1
            self._ring.append(Sample(seq=self._seq, at_s=time.time(), gpus=sweep.samples))
            while self._ring[0].at_s < self._ring[-1].at_s - self._history_s:  # of a time before nobody looked
                self._ring.popleft()

    def _tell(self, sweep: Sweep) -> None:
        """A failure is logged once, and when it changes."""
        before, self._last = self._last, sweep
        if before is None:
            _log.info("NVIDIA driver: %s", sweep.driver.reason or f"ok, version {sweep.driver.driver_version}")
            for gpu in sweep.devices:
                if gpu.problem:
                    _log.warning("GPU %d does not answer. %s", gpu.index, gpu.problem)
            return
        if found := changes(before, sweep):
            for one in found:
                _log.log(logging.INFO if one.kind in _GOOD else logging.WARNING, "%s", one.text)
            self._on_change(found)

    def _end(self, driver: NvmlDriver, turn: int) -> None:
        """Shut NVML down, which may take its time: no lock is held."""
        with self._lock:
            if self._turn == turn:
                self._thread = self._driver = None
                self._sweep = None  # the next reader wants a fresh one
            index = self._given_up.pop(turn, None)
            if index is not None:
                # It answered after all. One that is slow each time must not cost the others a gap at every sweep.
                rest_s = self._interval_s * (2 ** (self._strikes.get(index, 1) - 1) - 1)
                self._rests[index] = time.monotonic() + min(LONGEST_REST_S, rest_s)
        driver.close()

    def _answer(self, since: int) -> Gpus:
        with self._lock:
            sweep, machine, seq = self._sweep, self._hardware, self._seq
            # A client from before a restart of the server has a cursor of another life.
            samples = [sample for sample in self._ring if sample.seq > since or since > seq]
            began_s = self._driver.reading[1] if self._driver and self._sweeping else None
        if sweep is None:
            reason = "The NVIDIA driver has not answered yet."
            driver = Driver(state="failed", reason=reason, nvml_code=None, driver_version=None, cuda_version=None)
            sweep = Sweep(driver=driver, devices=[], samples=[])
        error = explain(sweep, machine) if not sweep.devices else None
        stalled_since_s = None
        if began_s is not None and (stalled_s := time.monotonic() - began_s) > self._stall_s:
            stalled_since_s = time.time() - stalled_s
            clock = time.strftime("%H:%M:%S", time.localtime(stalled_since_s))
            error = f"The NVIDIA driver has not answered since {clock}, by the server's clock"
            error += ": these values are old." if sweep.devices else "."
        return Gpus(
            driver=sweep.driver,
            hardware=machine or Hardware(controllers=[], unreadable="The PCI bus has not been read yet."),
            devices=sweep.devices,
            samples=samples,
            seq=seq,
            interval_s=self._interval_s,
            stalled_since_s=stalled_since_s,
            error=error,
        )


_GOOD = {"driver-returned", "gpu-returned", "gpu-appeared"}
