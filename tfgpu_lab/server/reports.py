"""One kernel's report: what its agent says, what its environment says, and the judgement on both."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from ..diagnosis.confirm import confirm
from ..diagnosis.facts import Facts
from ..diagnosis.rule import diagnose
from ..diagnosis.verdict import judge
from ..kernels.agent import Agents, Unavailable
from ..kernels.interpreter import Launch
from ..kernels.mapped import look, told_from_outside
from ..kernels.processes import Unreadable
from ..kernels.remote import is_remote
from ..models.environment import Environment, Variable
from ..models.kernel import KernelReport
from ..models.live import LiveReport, Mapped
from .bindings import Bindings
from .environments import CannotLaunch, Environments, ProbeFailed
from .executions import Executions
from .instrument import Instrument
from .placing import Placements
from .sessions import NoSuchKernel, session_paths
from .timeline import Timeline

RECENT_S = 1.0  # a row of the list may be so old


class Reporter:
    """Puts reports together. Used on the event loop only."""

    def __init__(
        self,
        kernels: Any,
        sessions: Any,
        agents: Agents,
        instrument: Instrument,
        environments: Environments,
        bindings: Bindings,
        timeline: Timeline,
        placements: Placements,
        executions: Executions,
    ) -> None:
        self._kernels = kernels
        self._sessions = sessions
        self._agents = agents
        self._instrument = instrument
        self._environments = environments
        self._bindings = bindings
        self._timeline = timeline
        self._placements = placements
        self._executions = executions
        self._made: dict[str, asyncio.Task[KernelReport]] = {}  # the last one of each kernel, as its watchers get it

    async def report(
        self,
        kernel_id: str,
        *,
        afresh: bool = False,
        confirming: bool = False,
    ) -> KernelReport:
        """Return what is known of a kernel now, which is looked at after its cells from then on. Raises NoSuchKernel.

        `afresh` probes its environment again; `confirming` also imports TensorFlow in a fresh process, which takes
        seconds. What TensorFlow says there is kept as long as the environment does not change.
        """
        self.forget_gone()
        if afresh or confirming:
            return await self._report(kernel_id, afresh=afresh, confirming=confirming)
        making = self._made[kernel_id] = asyncio.create_task(self._report(kernel_id))
        return await making

    async def glance(self, kernel_id: str, paths: Mapping[str, str]) -> KernelReport:
        """Return what is known of a kernel, for the list of all. Raises NoSuchKernel.

        A busy kernel that somebody watches is not asked a second time: what they are told, or were within RECENT_S, is
        told here too. `paths` are the notebooks of all kernels.
        """
        made = self._made.get(kernel_id)
        if made and getattr(self._manager(kernel_id), "execution_state", None) == "busy":
            await asyncio.wait({made})
            if not made.cancelled() and not made.exception():
                report = made.result()
                if report.execution_state == "busy" and 0 <= time.time() - report.at_s < RECENT_S:
                    return report
        return await self._report(kernel_id, paths=paths, watched=False)

    async def _report(
        self,
        kernel_id: str,
        *,
        afresh: bool = False,
        confirming: bool = False,
        paths: Mapping[str, str] | None = None,
        watched: bool = True,
    ) -> KernelReport:
        manager = self._manager(kernel_id)
        if afresh:
            self._environments.forget(kernel_id)
            await self._instrument.install(kernel_id)
        await self._instrument.settled(kernel_id)
        live, no_live = await self._live(kernel_id, manager)
        mapped, no_mapped = await _mapped(manager, live)
        if no_live and mapped:
            no_live = f"{no_live} {told_from_outside(mapped)}"
        environment, no_environment = await self._environment(kernel_id, manager, live)
        execution = await self._executions.last(kernel_id, manager, live) if watched else None
        placement = self._placements.last(kernel_id, live)
        facts = Facts(environment=environment, live=live, placement=placement, execution=execution)
        findings = diagnose(facts)
        judgement = judge(facts, findings, unavailable=no_live)
        if confirming:
            await self._environments.confirm(kernel_id, manager, live)
        confirmation = self._environments.confirmation(kernel_id, manager, live)
        if confirmation is not None:
            told = confirm(facts, findings, judgement, confirmation)
            judgement, findings, confirmation = told.judgement, told.findings, told.confirmation
        report = KernelReport(
            kernel_id=kernel_id,
            name=_name(manager),
            display_name=_display_name(manager),
            path=(await session_paths(self._sessions) if paths is None else paths).get(kernel_id),
            execution_state=getattr(manager, "execution_state", None) or "unknown",
            at_s=time.time(),
            verdict=judgement.verdict,
            basis=judgement.basis,
            label=judgement.label,
            reason=judgement.reason,
            forecast=judgement.forecast,
            findings=findings,
            live=live,
            live_unavailable=no_live,
            environment=environment,
            environment_unavailable=no_environment,
            mapped=mapped,
            mapped_unavailable=no_mapped,
            confirmation=confirmation,
            binding=await self._bindings.of(kernel_id, live),
            last_execution=execution,
        )
        self._timeline.judged(report)
        return report

    def forget_gone(self) -> None:
        """Forget what is kept of kernels that are gone."""
        there = self._kernels.list_kernel_ids()
        self._environments.keep(there)
        self._timeline.keep(there)
        self._made = {kernel_id: made for kernel_id, made in self._made.items() if kernel_id in there}

    async def launch(self, kernel_id: str) -> Launch:
        """Return how to start the kernel's interpreter. Raises NoSuchKernel, CannotLaunch."""
        manager = self._manager(kernel_id)
        live, _ = await self._live(kernel_id, manager)
        return self._environments.launch(manager, live)

    def _manager(self, kernel_id: str) -> Any:
        if kernel_id not in self._kernels:
            raise NoSuchKernel(kernel_id)
        return self._kernels.get_kernel(kernel_id)

    async def _live(self, kernel_id: str, manager: Any) -> tuple[LiveReport | None, str | None]:
        try:
            return await self._agents.read(kernel_id, manager), None
        except Unavailable as error:
            return None, str(error)

    async def _environment(
        self, kernel_id: str, manager: Any, live: LiveReport | None
    ) -> tuple[Environment | None, str | None]:
        try:
            return _with_current(await self._environments.get(kernel_id, manager, live), live), None
        except (CannotLaunch, ProbeFailed) as error:
            return None, str(error)


async def _mapped(manager: Any, live: LiveReport | None) -> tuple[Mapped | None, str | None]:
    try:
        return await asyncio.to_thread(look, manager, live), None
    except Unreadable as error:
        return None, str(error)


def _with_current(environment: Environment, live: LiveReport | None) -> Environment:
    """The probe saw the variables when it ran; the agent sees them now."""
    if live is None:
        return environment
    at_start = {variable.name: variable.at_start for variable in environment.variables}
    names = sorted(at_start.keys() | live.variables.keys())
    variables = [Variable(name=n, at_start=at_start.get(n), now=live.variables.get(n)) for n in names]
    return msgspec.structs.replace(environment, variables=variables)


def _name(manager: Any) -> str:
    return str(manager.kernel["name"] if is_remote(manager) and manager.kernel else manager.kernel_name)


def _display_name(manager: Any) -> str:
    # The kernelspec here is another's when the kernel is a gateway's.
    spec = None if is_remote(manager) else manager.kernel_spec
    return str(getattr(spec, "display_name", None) or _name(manager))


__all__ = ["CannotLaunch", "NoSuchKernel", "Reporter"]
