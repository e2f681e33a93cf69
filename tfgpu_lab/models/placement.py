"""Where the models and variables of a notebook live: looked at only on demand, between two cells."""

from typing import Literal

from msgspec import Struct

from .live import FollowedCell


class DeviceShare(Struct, frozen=True, kw_only=True):
    """What of one thing is on one device."""

    device: str
    """TensorFlow's short name, such as `GPU:0`."""
    count: int
    """Number of tensors."""
    bytes: int
    """Their size, in bytes; text counts as 0."""


class PlacedThing(Struct, frozen=True, kw_only=True):
    """A model, layer, module, variable or tensor that the notebook has a name for."""

    name: str
    """The name, or that of the list or dictionary it is in."""
    type: str
    """Its class, such as `Sequential`."""
    kind: Literal["model", "layer", "module", "variable", "tensor"]
    """What it is."""
    strategy: str | None
    """The distribution strategy with which a model was made; null without one."""
    values: list[DeviceShare]
    """Its weights or value, by device; empty for a model that is not built, or when all was counted before it."""
    optimizer: list[DeviceShare]
    """The variables of a model's optimizer, by device."""


class Placement(Struct, frozen=True, kw_only=True):
    """Answer of `POST kernels/{id}/placement`. What is in no variable of the notebook is not seen."""

    at_s: float
    """When it was looked at, in seconds since the epoch."""
    pid: int | None
    """The kernel's process; null when it was not known."""
    execution_count: int | None
    """How many cells it had run; null when it was not known."""
    initialized: bool
    """Whether TensorFlow is initialised there."""
    logical_gpus: list[str]
    """The GPUs that TensorFlow has there, such as `GPU:0`."""
    things: list[PlacedThing]
    """Models first; each tensor is counted once."""
    left_out: int
    """How many more things there are."""
    took_s: float
    """How long the kernel was occupied by looking, in seconds."""
    says: str
    """What follows, one or two sentences."""
    following: bool = False
    """Whether the next cell will be followed, as was asked for."""
    not_following: str | None = None
    """Why it will not be, though it was asked for, one sentence."""


class PlacementRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST kernels/{id}/placement`."""

    follow: bool = False
    """Whether to have TensorFlow note, during the next cell, on which devices it places operations."""


class PlacementOffer(Struct, frozen=True, kw_only=True):
    """Answer of `GET kernels/{id}/placement`: what looking means, and whether it can be done now."""

    explains: str
    """What is run in the kernel and what it costs, a few sentences."""
    code: str
    """The code that is run, in a namespace of its own."""
    possible: bool
    """Whether it can be done now."""
    why_not: str | None
    """Why it cannot, one sentence; null when it can."""
    last: Placement | None
    """What was seen last, as long as no cell was run since; null when nothing."""
    follow_explains: str
    """What following the next cell means and costs, a few sentences."""
    follow_code: str
    """The code that is run for that beside `code`."""
    followed: FollowedCell | None
    """What the last cell that was followed did; null when none was."""
    followed_says: str | None
    """What follows from it, one sentence; null when there is nothing."""
