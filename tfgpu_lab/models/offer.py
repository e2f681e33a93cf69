"""What an action in a kernel would do, shown before the click, and what it has done."""

from typing import Literal

from msgspec import Struct

from .action import ActionName, ActionRequest
from .kernel import KernelReport, Verdict

Effect = Literal["cells", "files", "restart"]


class Cell(Struct, frozen=True, kw_only=True):
    """Code for the notebook. The server never runs it: the front end inserts it, and the user runs it."""

    title: str
    """What it does, a few words."""
    code: str
    """The whole code."""
    place: Literal["here", "first"]
    """`here`: after the active cell. `first`: before every other cell, as it comes too late further down."""


class FileChange(Struct, frozen=True, kw_only=True):
    """One file on the machine of the server that an action writes or removes."""

    path: str
    """Its whole path."""
    before: str | None
    """Its text before; null when there was none."""
    after: str | None
    """Its text after; null when it is removed."""


class ActionOffer(Struct, frozen=True, kw_only=True):
    """One action: what it would do now, and whether it can."""

    action: ActionName
    """Its name, the last part of its address."""
    title: str
    """What it does, a few words for a button."""
    explains: str
    """What it does and what to know of it, one or two sentences."""
    effect: Effect
    """`cells`: hands over code to insert. `files`: writes or removes files. `restart`: restarts the kernel."""
    needs_restart: bool
    """Whether it takes effect only once the kernel was restarted."""
    cells: list[Cell]
    """The code that would be inserted; empty for another effect."""
    files: list[FileChange]
    """The files that would change; empty for another effect."""
    request: ActionRequest
    """The body with which exactly this is done."""
    possible: bool
    """Whether it can be done now."""
    why_not: str | None
    """Why it cannot, one sentence; null when it can."""


class ActionOffers(Struct, frozen=True, kw_only=True):
    """Answer of `GET kernels/{id}/actions`."""

    kernel_id: str
    """The kernel."""
    offers: list[ActionOffer]
    """All actions, also those that are not possible now."""


class Outcome(Struct, frozen=True, kw_only=True):
    """The answer for the kernel at one moment."""

    verdict: Verdict
    """The word."""
    label: str
    """A few words; empty when there is nothing to say."""
    reason: str
    """One sentence."""


class ActionResult(Struct, frozen=True, kw_only=True):
    """Answer of `POST kernels/{id}/actions/{action}`."""

    action: ActionName
    """What was asked for."""
    done: bool
    """Whether the server has changed something; false for a preview, and where only code is handed over."""
    says: str
    """What was done and what to do next, one or two sentences."""
    cells: list[Cell]
    """Code to insert; it has not been run."""
    files: list[FileChange]
    """Files that were written or removed, or would be."""
    kernelspec: str | None
    """Name of the kernelspec to choose for the notebook now; null when none is to be chosen."""
    before: Outcome
    """The answer before it."""
    after: Outcome | None
    """The answer after it; for a new kernelspec, what is foreseen there. Null while nothing can have changed: the code
    has not been run yet."""
    report: KernelReport
    """The kernel's report, made after it."""
