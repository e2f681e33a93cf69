"""How an action in a kernel is asked for; what it would do and did is in models/offer."""

from typing import Literal

from msgspec import Struct

ActionName = Literal["verify", "memory-growth", "preload-library", "create-kernelspec", "remove-kernelspec", "restart"]


class ActionRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST kernels/{id}/actions/{action}`. What an action has no use for must be left out."""

    preview: bool = False
    """Whether only to say what would be done."""
    variables: dict[str, str] | None = None
    """For `create-kernelspec`: name to value of what its `env` gets beside what is there; null for what is offered."""
    kernelspec: str | None = None
    """For `create-kernelspec` and `remove-kernelspec`: its name; null for the name that is offered."""


class ActionCall(Struct, frozen=True, kw_only=True):
    """An action that applies a fix: what to post, and where."""

    action: ActionName
    """The last part of the address."""
    request: ActionRequest
    """The body."""
