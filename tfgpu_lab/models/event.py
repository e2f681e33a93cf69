"""What happened to the GPUs and to the kernels' use of them: changes, not states."""

from typing import Literal

from msgspec import Struct

EventKind = Literal[
    "driver-failed",
    "driver-returned",
    "gpu-lost",
    "gpu-stalled",
    "gpu-returned",
    "gpu-appeared",
    "gpu-vanished",
    "kernel-initialised",
    "kernel-fell-back",
    "kernel-out-of-memory",
]


class Happening(Struct, frozen=True, kw_only=True):
    """A change, before it has its place in the timeline; not on the wire."""

    kind: EventKind
    """What changed."""
    text: str
    """One sentence; names no notebook and no user."""
    gpu_index: int | None = None
    """NVML index of the GPU; null when it is about no GPU."""
    gpu_uuid: str | None = None
    """The GPU's uuid; null when it is about no GPU."""
    kernel_id: str | None = None
    """The kernel; null when it is about no kernel."""


class Event(Struct, frozen=True, kw_only=True):
    """A change in the timeline."""

    seq: int
    """Number of the event; grows by one and never repeats while the server runs."""
    at_s: float
    """When it was noticed, in seconds since the epoch."""
    kind: EventKind
    """What changed."""
    text: str
    """One sentence; names no notebook and no user."""
    gpu_index: int | None
    """NVML index of the GPU; null when it is about no GPU."""
    gpu_uuid: str | None
    """The GPU's uuid; null when it is about no GPU."""
    kernel_id: str | None
    """The kernel; null when it is about no kernel."""


class Events(Struct, frozen=True, kw_only=True):
    """Answer of `GET events`."""

    events: list[Event]
    """Events with `seq` greater than the `since` that was asked, oldest first; the latest hundreds are kept."""
    seq: int
    """Number of the newest event; pass it as `since` next time."""
