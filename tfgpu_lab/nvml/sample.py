"""One reading of what changes about a GPU: the cheap calls that every sweep makes."""

from typing import Any

import pynvml

from ..models.gpu import GpuSample, MigSample
from ..models.process import ListedProcess, ListedProcesses
from .device import Device
from .reading import Fields, broken, first, sentence

VALUES = (
    "memory_used_bytes",
    "memory_reserved_bytes",
    "utilization_percent",
    "memory_utilization_percent",
    "temperature_c",
    "power_w",
    "clock_sm_mhz",
    "clock_memory_mhz",
    "throttle_reasons",
)
NO_UTILISATION = "A GPU in MIG mode has no utilisation figure, nor have its instances; their memory is known."
OLD_MEMORY = "The driver is too old to tell it: it counts as used."

# nvml.h, nvmlClocksEventReasons. An idle GPU, or clocks that somebody chose, are no reason for worry and not listed.
THROTTLE_REASONS = {
    0x004: "power limit",
    0x008: "hardware slowdown",
    0x010: "sync boost",
    0x020: "heat (software)",
    0x040: "heat (hardware)",
    0x080: "power brake",
    0x200: "board limit",
    0x400: "reliability",
}


def read(device: Device) -> tuple[GpuSample, bool]:
    """Return a reading of a GPU, and whether it is lost."""
    handle, fields = device.handle, Fields()
    fields.lost = device.lost
    memory = _used_and_reserved(handle, fields)
    busy = fields.get("utilization_percent", lambda: pynvml.nvmlDeviceGetUtilizationRates(handle))
    if busy is None:
        why = NO_UTILISATION if device.gpu.mig_enabled else fields.absent["utilization_percent"]
        fields.absent |= dict.fromkeys(("utilization_percent", "memory_utilization_percent"), why)
    sample = GpuSample(
        uuid=device.gpu.uuid,
        memory_used_bytes=memory[0],
        memory_reserved_bytes=memory[1],
        utilization_percent=None if busy is None else int(busy.gpu),
        memory_utilization_percent=None if busy is None else int(busy.memory),
        temperature_c=fields.get("temperature_c", lambda: first(*_temperature(handle))),
        power_w=fields.get("power_w", lambda: pynvml.nvmlDeviceGetPowerUsage(handle) / 1000),
        clock_sm_mhz=fields.get(
            "clock_sm_mhz", lambda: int(pynvml.nvmlDeviceGetClockInfo(handle, pynvml.NVML_CLOCK_SM))
        ),
        clock_memory_mhz=fields.get(
            "clock_memory_mhz", lambda: int(pynvml.nvmlDeviceGetClockInfo(handle, pynvml.NVML_CLOCK_MEM))
        ),
        throttle_reasons=fields.get("throttle_reasons", lambda: _throttle_reasons(handle)),
        mig=[_instance(uuid, its) for uuid, its in device.mig] if not fields.lost else [],
        absent=fields.absent,
    )
    return sample, fields.lost


def unread(uuid: str, why: str) -> GpuSample:
    """Return the reading of a GPU that does not answer."""
    return GpuSample(
        uuid=uuid,
        memory_used_bytes=None,
        utilization_percent=None,
        temperature_c=None,
        power_w=None,
        clock_sm_mhz=None,
        absent=dict.fromkeys(VALUES, why),
    )


def distrusted(driver_version: str | None) -> str | None:
    """Return why the lists of processes of a driver cannot be read, one sentence; None when they can.

    Drivers 535.43 to 535.98 lay the entries out in another way than those before and after: all but the first come out
    as nonsense (gpustat issues 157 and 161, nvitop issue 88).
    """
    numbers = tuple(int(part) for part in (driver_version or "").split(".")[:2] if part.isdecimal())
    if (535, 43) <= numbers < (535, 104):
        return f"The driver {driver_version} lists processes wrongly: update it to 535.104 or newer to see them."
    return None


def read_processes(device: Device) -> ListedProcesses:
    """Return the processes that compute on a GPU; expensive, with milliseconds a call."""
    # In MIG mode the GPU as a whole lists its instances' processes for root only: they are asked one by one.
    asked = [*device.mig] if device.gpu.mig_enabled else [(None, device.handle)]
    found: list[ListedProcess] = []
    absent = None
    for uuid, handle in asked:
        try:
            listed = pynvml.nvmlDeviceGetComputeRunningProcesses(handle)
        except pynvml.NVMLError as error:
            absent = sentence(error)
            continue
        except Exception as error:  # noqa: BLE001 - as in `Fields`
            absent = broken(error)
            continue
        found += [
            # What a container hides is 0, what Windows keeps is None: neither says that nothing is held.
            ListedProcess(pid=int(one.pid), mig_uuid=uuid, memory_used_bytes=one.usedGpuMemory or None)
            for one in listed
        ]
    return ListedProcesses(uuid=device.gpu.uuid, processes=found, absent=absent)


def _used_and_reserved(handle: Any, fields: Fields) -> tuple[int | None, int | None]:
    memory = fields.get("memory_used_bytes", lambda: _memory(handle))
    if memory is None:
        fields.absent["memory_reserved_bytes"] = fields.absent["memory_used_bytes"]
        return None, None
    if memory[1] is None:
        fields.absent["memory_reserved_bytes"] = OLD_MEMORY
    return memory


def _memory(handle: Any) -> tuple[int, int | None]:
    """Return what is used and what is reserved, in bytes; older drivers do not tell them apart."""

    def current() -> tuple[int, int | None]:
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle, version=pynvml.nvmlMemory_v2)
        return int(memory.used), int(memory.reserved)

    def old() -> tuple[int, int | None]:
        return int(pynvml.nvmlDeviceGetMemoryInfo(handle).used), None

    return first(current, old)


def _temperature(handle: Any) -> list[Any]:
    calls: list[Any] = [lambda: int(pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU))]
    if hasattr(pynvml, "nvmlDeviceGetTemperatureV"):  # the older function is announced to go
        calls.append(lambda: int(pynvml.nvmlDeviceGetTemperatureV(handle, pynvml.NVML_TEMPERATURE_GPU)))
    return calls


def _throttle_reasons(handle: Any) -> list[str]:
    bits = first(
        lambda: int(pynvml.nvmlDeviceGetCurrentClocksEventReasons(handle)),
        lambda: int(pynvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle)),  # the name before driver 535
    )
    return [reason for bit, reason in THROTTLE_REASONS.items() if bits & bit]


def _instance(uuid: str, handle: Any) -> MigSample:
    fields = Fields()
    used, reserved = _used_and_reserved(handle, fields)
    return MigSample(uuid=uuid, memory_used_bytes=used, memory_reserved_bytes=reserved, absent=fields.absent)
