"""The only door to pynvml: one sweep over all GPUs at a time, in which every failure is data."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import pynvml

from ..models.gpu import Driver, DriverState, Gpu, GpuSample

STATES: dict[int, tuple[DriverState, str]] = {
    pynvml.NVML_ERROR_LIBRARY_NOT_FOUND: ("no-library", "The NVIDIA driver's library libnvidia-ml.so.1 is not here."),
    pynvml.NVML_ERROR_DRIVER_NOT_LOADED: ("not-loaded", "The NVIDIA driver is installed and its module is not loaded."),
    pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH: (
        "version-mismatch",
        "The NVIDIA driver's library and its kernel module have different versions: reboot after a driver update.",
    ),
    pynvml.NVML_ERROR_NO_PERMISSION: ("no-permission", "This user may not talk to the NVIDIA driver."),
    pynvml.NVML_ERROR_GPU_IS_LOST: ("gpu-lost", "A GPU has fallen off the bus; only a reset or a reboot helps."),
}


class Sweep(NamedTuple):
    """One reading of everything."""

    driver: Driver
    devices: list[Gpu]
    samples: list[GpuSample]


class NvmlDriver:
    """Reads the GPUs. Not thread-safe: one thread owns it, as is asserted; NVML is opened by the first sweep."""

    def __init__(self) -> None:
        self._owner: int | None = None
        self._open = False
        self._gpus: dict[str, Gpu] = {}

    def sweep(self) -> Sweep:
        """Read the driver and all GPUs; tries to open NVML again as long as that fails."""
        self._own()
        try:
            if not self._open:
                pynvml.nvmlInit()
                self._open = True
            driver = Driver(
                state="ok",
                reason="",
                nvml_code=None,
                driver_version=_text(pynvml.nvmlSystemGetDriverVersion()),
                cuda_version=_cuda_version(),
            )
            count = pynvml.nvmlDeviceGetCount()
        except pynvml.NVMLError as error:
            # A driver that is loaded or replaced later must be seen: begin anew at the next sweep.
            self.close()
            return Sweep(_failed(error), [], [])
        devices: list[Gpu] = []
        samples: list[GpuSample] = []
        for index in range(count):
            gpu, sample = self._read(index)
            devices.append(gpu)
            samples.append(sample)
        return Sweep(driver, devices, samples)

    def close(self) -> None:
        """Let the GPUs sleep: shut NVML down."""
        self._own()
        self._gpus.clear()
        if self._open:
            self._open = False
            with contextlib.suppress(pynvml.NVMLError):  # a driver that is gone has nothing to shut down
                pynvml.nvmlShutdown()

    def _own(self) -> None:
        self._owner = self._owner or threading.get_ident()
        assert self._owner == threading.get_ident(), "NvmlDriver belongs to one thread"

    def _read(self, index: int) -> tuple[Gpu, GpuSample]:
        try:
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            uuid = _text(pynvml.nvmlDeviceGetUUID(handle))
        except pynvml.NVMLError as error:
            return _lost(index, error)
        gpu = self._gpus.get(uuid)
        if gpu is None or gpu.index != index:
            gpu = self._gpus[uuid] = _gpu(index, uuid, handle)
        return gpu, _sample(uuid, handle)


class _Fields:
    """Reads values one by one and keeps the reasons of those that are absent."""

    def __init__(self) -> None:
        self.absent: dict[str, str] = {}

    def get(self, name: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except pynvml.NVMLError as error:
            self.absent[name] = _sentence(error)
            return None


def _gpu(index: int, uuid: str, handle: Any) -> Gpu:
    fields = _Fields()
    return Gpu(
        index=index,
        uuid=uuid,
        name=fields.get("name", lambda: _text(pynvml.nvmlDeviceGetName(handle))) or "NVIDIA GPU",
        pci_bus_id=fields.get("pci_bus_id", lambda: _text(pynvml.nvmlDeviceGetPciInfo(handle).busId)),
        memory_total_bytes=fields.get("memory_total_bytes", lambda: pynvml.nvmlDeviceGetMemoryInfo(handle).total),
        compute_capability=fields.get(
            "compute_capability", lambda: "{}.{}".format(*pynvml.nvmlDeviceGetCudaComputeCapability(handle))
        ),
        power_limit_w=fields.get("power_limit_w", lambda: pynvml.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000),
        absent=fields.absent,
    )


def _sample(uuid: str, handle: Any) -> GpuSample:
    fields = _Fields()
    return GpuSample(
        uuid=uuid,
        memory_used_bytes=fields.get("memory_used_bytes", lambda: pynvml.nvmlDeviceGetMemoryInfo(handle).used),
        utilization_percent=fields.get("utilization_percent", lambda: pynvml.nvmlDeviceGetUtilizationRates(handle).gpu),
        temperature_c=fields.get(
            "temperature_c", lambda: pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU)
        ),
        power_w=fields.get("power_w", lambda: pynvml.nvmlDeviceGetPowerUsage(handle) / 1000),
        clock_sm_mhz=fields.get("clock_sm_mhz", lambda: pynvml.nvmlDeviceGetClockInfo(handle, pynvml.NVML_CLOCK_SM)),
        absent=fields.absent,
    )


def _lost(index: int, error: pynvml.NVMLError) -> tuple[Gpu, GpuSample]:
    """A row for a GPU that cannot even be named: the others stay as they are."""
    sentence = _sentence(error)
    uuid = f"unreadable-{index}"
    names = ("pci_bus_id", "memory_total_bytes", "compute_capability", "power_limit_w")
    values = ("memory_used_bytes", "utilization_percent", "temperature_c", "power_w", "clock_sm_mhz")
    gpu = Gpu(
        index=index,
        uuid=uuid,
        name=f"GPU {index}",
        pci_bus_id=None,
        memory_total_bytes=None,
        compute_capability=None,
        power_limit_w=None,
        absent=dict.fromkeys(names, sentence),
    )
    sample = GpuSample(
        uuid=uuid,
        memory_used_bytes=None,
        utilization_percent=None,
        temperature_c=None,
        power_w=None,
        clock_sm_mhz=None,
        absent=dict.fromkeys(values, sentence),
    )
    return gpu, sample


def _failed(error: pynvml.NVMLError) -> Driver:
    code = int(error.value)
    state, reason = STATES.get(code, ("failed", f"The NVIDIA driver answers with error {code}: {_sentence(error)}"))
    return Driver(
        state=state,
        reason=reason,
        # pynvml itself says "library not found": NVML was never there to answer.
        nvml_code=None if state == "no-library" else code,
        driver_version=None,
        cuda_version=None,
    )


def _cuda_version() -> str | None:
    try:
        version = pynvml.nvmlSystemGetCudaDriverVersion()
    except pynvml.NVMLError:
        return None
    return f"{version // 1000}.{version % 1000 // 10}"


def _sentence(error: pynvml.NVMLError) -> str:
    if error.value == pynvml.NVML_ERROR_GPU_IS_LOST:
        return STATES[pynvml.NVML_ERROR_GPU_IS_LOST][1]
    return f"NVML says: {str(error).rstrip('.')}."


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
