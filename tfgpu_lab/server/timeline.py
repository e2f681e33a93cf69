"""The timeline of changes: kept in a ring for the panel, and emitted as Jupyter events for the operator."""

import time
from collections import deque
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from ..models.event import Event, EventKind, Events, Happening
from ..models.kernel import KernelReport, Verdict
from ..models.process import GpuUse

SCHEMA = "https://events.jupyter.org/tfgpu_lab/change/v1"
KEPT = 500


class Timeline:
    """The latest changes, and the last verdict on each kernel. Used on the event loop only."""

    def __init__(self, event_logger: Any) -> None:
        self._logger = event_logger
        self._ring: deque[Event] = deque(maxlen=KEPT)
        self._seq = 0
        self._verdicts: dict[str, Verdict] = {}
        self._exhausted: dict[str, str] = {}  # kernel id: mark of the exception that was told

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The last verdict on each kernel that was judged and has not been forgotten."""
        return self._verdicts

    def register(self) -> None:
        """Make our schema known to Jupyter's event system."""
        if SCHEMA not in self._logger.schemas:
            self._logger.register_event_schema(files("tfgpu_lab").joinpath("events/change.yaml").read_text("utf-8"))

    def add(self, found: Iterable[Happening]) -> None:
        """Add changes, oldest first."""
        for one in found:
            self._seq += 1
            said = {
                name: value
                for name in ("kind", "text", "gpu_index", "gpu_uuid", "kernel_id")
                if (value := getattr(one, name)) is not None
            }
            self._ring.append(
                Event(
                    seq=self._seq,
                    at_s=time.time(),
                    kind=one.kind,
                    text=one.text,
                    gpu_index=one.gpu_index,
                    gpu_uuid=one.gpu_uuid,
                    kernel_id=one.kernel_id,
                )
            )
            self._logger.emit(schema_id=SCHEMA, data=said)

    def judged(self, report: KernelReport) -> None:
        """Note a report; what TensorFlow in the running kernel has just come to is a change."""
        self._note_memory(report)
        before = self._verdicts.get(report.kernel_id)
        self._verdicts[report.kernel_id] = report.verdict
        if report.basis != "observed" or report.verdict == before:
            return
        if report.verdict == "gpu":
            uses = _named(report)
            on = f"on GPU {', '.join(str(use.index) for use in uses)}" if uses else "with a GPU"
            self._of_kernel(report, "kernel-initialised", f"TensorFlow in this kernel was initialised {on}.", uses)
        elif report.verdict == "cpu-fallback":
            cause = report.findings[0].title if report.findings else "the cause is not known"
            text = f"TensorFlow in this kernel computes on the CPU: {cause.rstrip('.')}."
            self._of_kernel(report, "kernel-fell-back", text, [])

    def _note_memory(self, report: KernelReport) -> None:
        tensorflow = report.live.tensorflow if report.live else None
        lack = tensorflow.out_of_memory if tensorflow else None
        if lack is None or self._exhausted.get(report.kernel_id) == lack.mark:
            return
        self._exhausted[report.kernel_id] = lack.mark
        where = f" on {lack.device}" if lack.device else ""
        text = f"A cell of this kernel failed: TensorFlow ran out of memory{where}."
        self._of_kernel(report, "kernel-out-of-memory", text, _named(report, lack.device) if lack.device else [])

    def _of_kernel(self, report: KernelReport, kind: EventKind, text: str, uses: list[GpuUse]) -> None:
        """Add what happened in a kernel; it names the GPU when it is one."""
        index, uuid = (uses[0].index, uses[0].uuid) if len(uses) == 1 else (None, None)
        self.add([Happening(kind=kind, text=text, gpu_index=index, gpu_uuid=uuid, kernel_id=report.kernel_id)])

    def keep(self, kernel_ids: Iterable[str]) -> None:
        """Forget what is noted of kernels that are gone."""
        there = set(kernel_ids)
        self._verdicts = {kernel_id: v for kernel_id, v in self._verdicts.items() if kernel_id in there}
        self._exhausted = {kernel_id: mark for kernel_id, mark in self._exhausted.items() if kernel_id in there}

    def since(self, seq: int) -> Events:
        """Return the changes after number `seq`; all that are kept when it is of another life of the server."""
        return Events(events=[e for e in self._ring if e.seq > seq or seq > self._seq], seq=self._seq)


def _named(report: KernelReport, device: str | None = None) -> list[GpuUse]:
    """Return which of the machine's GPUs TensorFlow's devices are, or this one of them, in the driver's order."""
    uses = [use for use in (report.binding.gpus if report.binding else []) if use.tensorflow_device]
    return sorted((use for use in uses if device in (None, use.tensorflow_device)), key=lambda use: use.index)
