"""The door to NVML: one sweep over all GPUs at a time, in which every failure is data."""

import _ctypes
import contextlib
import threading
import time
from collections.abc import Callable, Mapping

import pynvml

from ..models.gpu import Driver, DriverState, Gpu, GpuSample, Sweep
from ..models.process import ListedProcesses
from .device import Device, identify, unreadable
from .reading import LOST, Fields, broken, sentence, text
from .sample import distrusted, read, read_processes, unread

STATES: dict[int, tuple[DriverState, str]] = {
    pynvml.NVML_ERROR_LIBRARY_NOT_FOUND: ("no-library", "The NVIDIA driver's library libnvidia-ml.so.1 is not here."),
    pynvml.NVML_ERROR_DRIVER_NOT_LOADED: ("not-loaded", "The NVIDIA driver is installed and its module is not loaded."),
    pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH: (
        "version-mismatch",
        "The NVIDIA driver's library and its kernel module have different versions: reboot after a driver update.",
    ),
    pynvml.NVML_ERROR_NO_PERMISSION: ("no-permission", "This user may not talk to the NVIDIA driver."),
    pynvml.NVML_ERROR_GPU_IS_LOST: (
        "gpu-lost",
        "The driver no longer reaches a GPU (it has fallen off the bus): reset it, or restart the machine.",
    ),
}
UNASKED = "The driver has not been asked yet."


class NvmlDriver:
    """Reads the GPUs. Not thread-safe: one thread owns it, as is asserted; NVML is opened by the first sweep.

    Only `reading` may be looked at by other threads: which GPU is being read (None: the driver itself), and since when
    (monotonic seconds). `known` are the GPUs by index as they were when they last answered; it outlives the driver, so
    that a lost GPU keeps its name.
    """

    def __init__(self, known: dict[int, Gpu] | None = None) -> None:
        self.reading: tuple[int | None, float] = (None, time.monotonic())
        self._owner: int | None = None
        self._open = False
        self._known = known if known is not None else {}
        self._devices: dict[int, Device] = {}
        self._answer: Driver | None = None
        self._lost = False
        self._listed: dict[int, ListedProcesses] = {}
        self._listed_at_s = 0.0

    def sweep(
        self,
        *,
        thorough: bool = True,
        stalled: Mapping[int, float] | None = None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Sweep:
        """Read the driver and all GPUs; tries to open NVML again as long as that fails.

        A thorough sweep also reads what seldom changes, and who computes. The GPUs in `stalled` (index to seconds since
        the epoch) are not touched. Ends early, with some GPUs missing, when the sweep is no longer `wanted`.
        """
        self._own()
        stalled = stalled or {}
        self.reading = (None, time.monotonic())
        if thorough and self._lost:
            self.close()  # NVML lists its GPUs when it is opened: one that came back is known to a new one only
        try:
            driver = self._hello()
            count = pynvml.nvmlDeviceGetCount()
        except pynvml.NVMLError as error:
            # A driver that is loaded or replaced later must be seen: begin anew at the next sweep.
            self.close()
            if error.value == pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH:
                _forget_library()
            return Sweep(driver=_failed(error), devices=[], samples=[])
        if thorough:
            self._listed.clear()
            self._listed_at_s = time.time()
        self._lost = False
        rows: list[tuple[Gpu, GpuSample]] = []
        for index in range(count):
            if index in stalled:
                self._devices.pop(index, None)
                rows.append(_stalled(index, stalled[index], self._known.get(index)))
                continue
            self.reading = (index, time.monotonic())
            rows.append(self._read(index, thorough=thorough))
            self.reading = (None, time.monotonic())
            if not wanted():
                break
        return Sweep(
            driver=driver,
            devices=[gpu for gpu, _ in rows],
            samples=[sample for _, sample in rows],
            listed=[self._listed.get(gpu.index) or _nobody(gpu, gpu.problem or UNASKED) for gpu, _ in rows],
            listed_at_s=self._listed_at_s,
        )

    def close(self) -> None:
        """Let the GPUs sleep: shut NVML down."""
        self._own()
        self._devices.clear()
        self._answer = None
        if self._open:
            self._open = False
            with contextlib.suppress(pynvml.NVMLError):  # a driver that is gone has nothing to shut down
                pynvml.nvmlShutdown()

    def _own(self) -> None:
        self._owner = self._owner or threading.get_ident()
        assert self._owner == threading.get_ident(), "NvmlDriver belongs to one thread"

    def _hello(self) -> Driver:
        if not self._open:
            pynvml.nvmlInit()
            self._open = True
        if self._answer is None:
            fields = Fields()
            self._answer = Driver(
                state="ok",
                reason="",
                nvml_code=None,
                driver_version=fields.get("driver_version", lambda: text(pynvml.nvmlSystemGetDriverVersion())),
                cuda_version=fields.get("cuda_version", _cuda_version),
                absent=fields.absent,
            )
        return self._answer

    def _read(self, index: int, *, thorough: bool) -> tuple[Gpu, GpuSample]:
        known, device = self._known.get(index), self._devices.get(index)
        try:
            if device is None or thorough:
                device = identify(index, known)
        except pynvml.NVMLError as error:
            lost = error.value == pynvml.NVML_ERROR_GPU_IS_LOST
            may_return = error.value != pynvml.NVML_ERROR_NO_PERMISSION
            return self._failing(index, sentence(error), lost=lost, may_return=may_return)
        except Exception as error:  # noqa: BLE001 - a binding that breaks on one GPU must not cost the others
            return self._failing(index, broken(error), lost=False)
        sample, lost = read(device)
        if lost:
            self._known.setdefault(index, device.gpu)
            return self._failing(index, LOST, lost=True)
        self._devices[index], self._known[index] = device, device.gpu
        if thorough:
            why_not = distrusted(self._answer.driver_version if self._answer else None)
            self._listed[index] = _nobody(device.gpu, why_not) if why_not else read_processes(device)
        return device.gpu, sample

    def _failing(self, index: int, why: str, *, lost: bool, may_return: bool = True) -> tuple[Gpu, GpuSample]:
        """A row for a GPU that cannot be read: the others stay as they are."""
        self._lost = self._lost or may_return
        self._devices.pop(index, None)
        gpu = unreadable(index, why, self._known.get(index), state="lost" if lost else "unreadable")
        return gpu, unread(gpu.uuid, why)


def _stalled(index: int, since_s: float, known: Gpu | None) -> tuple[Gpu, GpuSample]:
    clock = time.strftime("%H:%M:%S", time.localtime(since_s))
    why = f"The driver has not answered for this GPU since {clock}, by the server's clock."
    gpu = unreadable(index, why, known, state="stalled", stalled_since_s=since_s)
    return gpu, unread(gpu.uuid, why)


def _nobody(gpu: Gpu, why: str) -> ListedProcesses:
    return ListedProcesses(uuid=gpu.uuid, processes=[], absent=why)


def _failed(error: pynvml.NVMLError) -> Driver:
    code = int(error.value)
    state, reason = STATES.get(code, ("failed", f"The NVIDIA driver answers with error {code}: {sentence(error)}"))
    return Driver(
        state=state,
        reason=reason,
        # pynvml itself says "library not found": NVML was never there to answer.
        nvml_code=None if state == "no-library" else code,
        driver_version=None,
        cuda_version=None,
    )


def _cuda_version() -> str:
    version = pynvml.nvmlSystemGetCudaDriverVersion()
    return f"{version // 1000}.{version % 1000 // 10}"


def _forget_library() -> None:
    """Unload NVML, so that the next nvmlInit loads the library that is on the disk then.

    pynvml loads it once a process. A driver that was updated and reloaded answers only to its own, new library; the old
    one would say "version mismatch" until the server is restarted. Somebody else's NVML is left alone.
    """
    with pynvml.libLoadLock:
        library = pynvml.nvmlLib
        if library is None or pynvml._nvmlLib_refcount or not hasattr(_ctypes, "dlclose"):  # noqa: SLF001
            return
        pynvml.nvmlLib = None
        pynvml._nvmlGetFunctionPointer_cache.clear()  # noqa: SLF001
        _ctypes.dlclose(library._handle)  # noqa: SLF001
