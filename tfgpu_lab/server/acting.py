"""What may be done for a kernel, and doing it, only when the user asks."""

import asyncio
from typing import Any

import msgspec
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.utils import ensure_async

from ..diagnosis.facts import Facts
from ..diagnosis.rule import diagnose
from ..diagnosis.verdict import foresee
from ..kernels import kernelspecs
from ..kernels.actions import offers, suggested_variables
from ..kernels.interpreter import LaunchError, launch_of_kernelspec
from ..kernels.kernelspecs import BadSpec, CannotChange, Draft
from ..kernels.probe import ProbeFailed, probe
from ..kernels.remote import is_remote
from ..models.action import ActionName, ActionRequest
from ..models.kernel import KernelReport
from ..models.offer import ActionOffer, ActionOffers, ActionResult, Outcome
from .reports import NoSuchKernel, Reporter

NOTHING_DONE = "Nothing was changed: this is what would be done."


class NotNow(Exception):
    """The action is not possible as things stand; the text is one sentence."""


class Unexpected(Exception):
    """The action was begun and failed; the text is one sentence."""


class Actions:
    """Offers actions and carries them out, one at a time for each kernel. Used on the event loop only.

    No action runs code in a kernel: cells are handed to the front end, which inserts them for the user to run.
    """

    def __init__(self, kernels: Any, specs: KernelSpecManager, reporter: Reporter, *, probe_timeout_s: float) -> None:
        self._kernels = kernels
        self._specs = specs
        self._reporter = reporter
        self._probe_timeout_s = probe_timeout_s
        self._at_work: set[str] = set()

    async def offers(self, kernel_id: str) -> ActionOffers:
        """Return all actions as they stand now. Raises NoSuchKernel."""
        report = await self._reporter.report(kernel_id)
        try:
            create = await self._offer_create(report, ActionRequest())
        except BadSpec as error:  # what the fix wants set cannot stand in a kernelspec
            create = _create(ActionRequest(), None, str(error))
        remove = await self._offer_remove(report, ActionRequest())
        return ActionOffers(kernel_id=kernel_id, offers=[*offers(report), create, remove])

    async def act(self, kernel_id: str, action: ActionName, request: ActionRequest) -> ActionResult:
        """Do an action, or say what it would do. Raises NoSuchKernel, BadSpec, NotNow, Unexpected."""
        report = await self._reporter.report(kernel_id)
        if action == "create-kernelspec":
            offer = await self._offer_create(report, request)
        elif action == "remove-kernelspec":
            offer = await self._offer_remove(report, request)
        else:
            offer = next(one for one in offers(report) if one.action == action)
        if offer.why_not is not None:
            raise NotNow(offer.why_not)
        if request.preview or offer.effect == "cells":
            says = NOTHING_DONE if request.preview else f"{offer.explains} Then the answer for the kernel is made anew."
            return _result(offer, report, says=says)
        if kernel_id in self._at_work:
            raise NotNow("Another action is under way for this kernel.")
        self._at_work.add(kernel_id)
        try:
            return await self._carry_out(offer, report)
        finally:
            self._at_work.discard(kernel_id)

    async def _carry_out(self, offer: ActionOffer, report: KernelReport) -> ActionResult:
        if offer.action == "restart":
            return await self._restart(offer, report)
        name = offer.request.kernelspec or ""
        try:
            if offer.action == "create-kernelspec":
                made = await self._draft(report, offer.request)
                await asyncio.to_thread(kernelspecs.create, self._specs, made)
                says = f"The kernel “{made.display_name}” was added (kernelspec {name}). Choose it for the notebook."
                after = await self._foreseen(name)
                return _result(offer, report, says=says, done=True, after=after, kernelspec=name)
            await asyncio.to_thread(kernelspecs.remove, await self._removal(report, offer.request))
        except CannotChange as error:
            raise Unexpected(str(error)) from None
        return _result(offer, report, says=f"The kernel that was added (kernelspec {name}) was removed.", done=True)

    async def _restart(self, offer: ActionOffer, report: KernelReport) -> ActionResult:
        kernel_id = report.kernel_id
        try:
            await ensure_async(self._kernels.restart_kernel(kernel_id))
        except Exception as error:  # whatever a provisioner raises
            raise Unexpected(f"The kernel could not be restarted: {error}.") from error
        await asyncio.sleep(0)  # Instrument hears of it now, and begins to put the agent in
        now = await self._reporter.report(kernel_id)
        says = "The kernel was restarted. Run the cells again, in their order."
        return _result(offer, report, says=says, done=True, after=_outcome(now), now=now)

    async def _offer_create(self, report: KernelReport, request: ActionRequest) -> ActionOffer:
        variables = request.variables if request.variables is not None else suggested_variables(report)
        asked = msgspec.structs.replace(request, variables=variables)
        try:
            made = await self._draft(report, asked)
        except CannotChange as error:
            return _create(asked, None, str(error))
        return _create(msgspec.structs.replace(asked, kernelspec=made.name), made, None)

    async def _offer_remove(self, report: KernelReport, request: ActionRequest) -> ActionOffer:
        try:
            gone = await self._removal(report, request)
        except CannotChange as error:
            return _remove(request, None, str(error))
        used = [one for one in self._kernels.list_kernel_ids() if self._name_of(one) == gone.name]
        base = kernelspecs.made_from(self._specs, gone.name)
        why_not = f"A running kernel uses {gone.name}: first choose {base} for its notebook." if used else None
        return _remove(msgspec.structs.replace(request, kernelspec=gone.name), gone, why_not)

    async def _draft(self, report: KernelReport, request: ActionRequest) -> Draft:
        self._must_be_local(report.kernel_id)
        variables = request.variables or {}
        return await asyncio.to_thread(kernelspecs.draft, self._specs, report.name, variables, request.kernelspec)

    async def _removal(self, report: KernelReport, request: ActionRequest) -> Draft:
        self._must_be_local(report.kernel_id)
        return await asyncio.to_thread(kernelspecs.removal, self._specs, report.name, request.kernelspec)

    def _must_be_local(self, kernel_id: str) -> None:
        if kernel_id not in self._kernels:
            raise NoSuchKernel(kernel_id)
        if is_remote(self._kernels.get_kernel(kernel_id)):
            raise CannotChange("The kernel runs behind a gateway: its kernelspec is on the gateway's machine.")

    def _name_of(self, kernel_id: str) -> str:
        return str(self._kernels.get_kernel(kernel_id).kernel_name)

    async def _foreseen(self, name: str) -> Outcome:
        """Return what TensorFlow would do in a kernel of a kernelspec."""
        try:
            launch = launch_of_kernelspec(name, self._specs)
            environment = await probe(launch, timeout_s=self._probe_timeout_s)
        except (LaunchError, ProbeFailed) as error:
            return Outcome(verdict="unknown", label="", reason=str(error))
        facts = Facts(environment=environment, live=None)
        return _outcome(foresee(facts, diagnose(facts)))


def _create(request: ActionRequest, made: Draft | None, why_not: str | None) -> ActionOffer:
    names = ", ".join(request.variables or {})
    return ActionOffer(
        action="create-kernelspec",
        title=f"Make a kernel with {names}" if names else "Make a kernel with variables of its own",
        explains="A kernelspec of your own is made from the present one, with these variables in its `env`; the "
        "present one stays as it is. It can be removed again.",
        effect="files",
        needs_restart=True,
        cells=[],
        files=[made.change] if made else [],
        request=request,
        possible=why_not is None,
        why_not=why_not,
    )


def _remove(request: ActionRequest, gone: Draft | None, why_not: str | None) -> ActionOffer:
    return ActionOffer(
        action="remove-kernelspec",
        title=f"Remove the kernel {gone.name}" if gone else "Remove the kernel that was made",
        explains="Only a kernelspec that TFGPU Lab has made is removed; the one that it was made from stays.",
        effect="files",
        needs_restart=False,
        cells=[],
        files=[gone.change] if gone else [],
        request=request,
        possible=why_not is None,
        why_not=why_not,
    )


def _result(
    offer: ActionOffer,
    before: KernelReport,
    *,
    says: str,
    done: bool = False,
    after: Outcome | None = None,
    kernelspec: str | None = None,
    now: KernelReport | None = None,
) -> ActionResult:
    return ActionResult(
        action=offer.action,
        done=done,
        says=says,
        cells=offer.cells,
        files=offer.files,
        kernelspec=kernelspec,
        before=_outcome(before),
        after=after,
        report=now or before,
    )


def _outcome(judged: Any) -> Outcome:
    return Outcome(verdict=judged.verdict, label=judged.label, reason=judged.reason)
