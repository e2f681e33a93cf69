"""What the guest has told so far, as results: with peaks, the driver's readings, what follows, and the past."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ..models.benchmark import (
    BenchmarkResult,
    Circumstances,
    Comparison,
    Conditions,
    CopyRate,
    Flag,
    MemoryRate,
    PastFigure,
    Skipped,
    Throughput,
)
from .peaks import peak
from .regression import compare
from .watch import Watch, amount

PLAUSIBLE = 1.1  # boost clocks bring GeForce cards to 1.06 of their peak; more means a wrong table or dtype
BUSY_PERCENT = 10  # an idle desktop stays below
BUSY_SHARE = 0.5  # of the processors


class _Device(msgspec.Struct):
    """One device as its guest and the driver know it."""

    told: Mapping[str, Any]
    short: bool = False


class Measured:
    """The state of one run; `take` is called with each line of the guest."""

    def __init__(self, kernel_id: str, environment: str) -> None:
        self.kernel_id = kernel_id
        self.environment = environment
        self.throughputs: list[Throughput] = []
        self.skipped: list[Skipped] = []
        self.notes: list[str] = []
        self.conditions: Conditions | None = None
        self._copies: list[CopyRate] = []
        self._memory: list[MemoryRate] = []
        self._devices: dict[str, _Device] = {}
        self._used_from_s = 0.0  # monotonic

    def take(self, line: dict[str, Any], watch: Watch) -> None:
        """Understand one line."""
        event = line.pop("event", None)
        if event == "conditions":
            self.conditions = msgspec.convert(line, Conditions)
            # From here on the driver's lists may name the guest itself, on all GPUs, whichever is measured first.
            self._used_from_s = time.monotonic()
        elif event == "device":
            self._meet(line, watch)
        elif event == "short":
            self._note_short(line, watch)
        elif event == "throughput":
            self.throughputs.append(self._throughput(line, watch))
        elif event == "skip":
            self.skipped.append(msgspec.convert(line, Skipped))
        elif event == "copy":
            self._copies.append(msgspec.convert(line, CopyRate))
        elif event == "bandwidth":
            self._memory.append(msgspec.convert(line, MemoryRate))
        elif event == "note":
            self.notes.append(str(line["text"]))

    def result(self) -> BenchmarkResult | None:
        """Return all of it; None before the guest has told its conditions."""
        if self.conditions is None:
            return None
        return BenchmarkResult(
            throughputs=list(self.throughputs),
            skipped=list(self.skipped),
            copies=list(self._copies),
            memory=list(self._memory),
            notes=[*self._busy_notes(), *self.notes],
            conditions=self.conditions,
        )

    def compare(self, history: Sequence[PastFigure], at_s: float) -> list[PastFigure]:
        """Put the last time beside each figure; return those to keep. What is not to be trusted is neither."""
        kept: list[PastFigure] = []
        for i, one in enumerate(self.throughputs):
            if {"fell-back", "above-peak"}.intersection(one.flags) or self.conditions is None:
                continue
            now = self._past(one, self.conditions, at_s)
            kept.append(now)
            before: Comparison | None = compare(now, history, self._busy(one))
            self.throughputs[i] = msgspec.structs.replace(one, before=before)
        return kept

    def _meet(self, line: dict[str, Any], watch: Watch) -> None:
        self._devices[line["device"]] = _Device(line)
        if "refused" in line:
            self._say_holders(line["device"], watch)
        target = watch.target(line) if line["device"].startswith("GPU") else None
        if target is not None and (others := [one.uuid for one in target.gpu.mig if one.uuid != target.mig_uuid]):
            self.notes.append(
                f"{line['device']} is one MIG instance of {len(others) + 1}, and CUDA shows a process only one. "
                f"To measure another in a terminal: tfgpu-lab bench --device {others[0]}"
            )

    def _note_short(self, line: dict[str, Any], watch: Watch) -> None:
        device = self._devices[line["device"]]
        if device.short:  # said for the first element type
            return
        device.short = True
        free = amount(device.told["free_bytes"])
        self.notes.append(
            f"{line['device']} has {free} of free memory: {line['dtype']} matrices of {line['size']} and larger, "
            f"which need {amount(line['need_bytes'])}, are left out."
        )
        self._say_holders(line["device"], watch)

    def _say_holders(self, device: str, watch: Watch) -> None:
        told = self._circumstances(device, watch, time.monotonic())
        if told is not None and told.holders:
            self.notes.append(told.holders)

    def _circumstances(self, device: str, watch: Watch, began_s: float) -> Circumstances | None:
        known = self._devices.get(device)
        if known is None or not device.startswith("GPU"):
            return None
        return watch.circumstances(watch.target(known.told), began_s, self._used_from_s)

    def _throughput(self, line: dict[str, Any], watch: Watch) -> Throughput:
        if self.conditions is not None and watch.newest:
            version = watch.newest.sweep.driver.driver_version
            self.conditions = msgspec.structs.replace(self.conditions, driver_version=version)
        flags: list[Flag] = list(line["flags"])
        name, known, seen = self._name(line["device"]), None, None
        if line["device"].startswith("GPU") and "fell-back" not in flags:
            known = peak(name, line["dtype"], multiprocessors=self._devices[line["device"]].told.get("multiprocessors"))
            seen = self._circumstances(line["device"], watch, time.monotonic() - line["took_s"])
        fraction = line["throughput_tflops"] / known.tflops if known else None
        if fraction is not None and fraction > PLAUSIBLE:
            flags.append("above-peak")
        if seen and seen.throttle_reasons:
            flags.append("throttled")
        if seen and (seen.busy_before_percent or 0) >= BUSY_PERCENT:
            flags.append("busy-gpu")
        more = {
            "device_name": name,
            "flags": flags,
            "peak_tflops": known and known.tflops,
            "peak_source": known and known.source,
            "fraction_of_peak": fraction,
            "speedup_over_cpu": self._speedup(line, flags),
            "circumstances": seen,
        }
        return msgspec.convert(line | more, Throughput)

    def _speedup(self, line: dict[str, Any], flags: list[Flag]) -> float | None:
        if not line["device"].startswith("GPU") or "fell-back" in flags:
            return None
        cpu = [t.throughput_tflops for t in self.throughputs if (t.device, t.dtype) == ("CPU:0", "float32")]
        return line["throughput_tflops"] / max(cpu) if cpu else None

    def _name(self, device: str) -> str:
        assert self.conditions is not None, "the guest tells its conditions first"
        if device.startswith("CPU"):
            return self.conditions.cpu
        number = int(device.partition(":")[2])
        return self.conditions.gpus[number] if number < len(self.conditions.gpus) else ""

    def _past(self, one: Throughput, conditions: Conditions, at_s: float) -> PastFigure:
        is_gpu = one.device.startswith("GPU")
        return PastFigure(
            at_s=at_s,
            environment=self.environment,
            device=one.device,
            device_id=self._identity(one, conditions),
            device_name=one.device_name,
            dtype=one.dtype,
            mode=one.mode,
            size=one.size,
            chosen=one.chosen,
            throughput_tflops=one.throughput_tflops,
            p10=one.p10,
            p90=one.p90,
            repetitions=one.repetitions,
            threads=None if is_gpu else conditions.threads,
            flags=one.flags,
            circumstances=one.circumstances,
            tensorflow=conditions.tensorflow,
            driver_version=conditions.driver_version if is_gpu else None,
        )

    def _identity(self, one: Throughput, conditions: Conditions) -> str:
        """Name the device itself: a home folder may be shared by many machines, and numbers change."""
        if uuid := self._devices[one.device].told.get("uuid"):
            return str(uuid)
        return f"{conditions.host}/{one.device_name}" + (f"/{one.device}" if one.device.startswith("GPU") else "")

    def _busy(self, one: Throughput) -> str | None:
        if one.device.startswith("GPU"):
            return "other work was on it" if "busy-gpu" in one.flags else None
        return "other programs were using the processor" if self._cpu_was_busy() else None

    def _cpu_was_busy(self) -> bool:
        told = self.conditions
        return bool(told and told.load_before is not None and told.load_before > BUSY_SHARE * told.threads)

    def _busy_notes(self) -> list[str]:
        if not self._cpu_was_busy() or not any(t.device.startswith("CPU") for t in self.throughputs):
            return []
        assert self.conditions is not None
        load, threads = self.conditions.load_before, self.conditions.threads
        return [f"The processor was already busy (load {load:.1f} on {threads} threads): the CPU figures may be low."]
