"""The composition root: Jupyter Server's extension, its settings, its start and its end."""

import contextlib
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Float, Int, Unicode, default

from ..benchmark.history import History
from ..benchmark.matmul import MatmulBenchmarks
from ..kernels.agent import Agents
from ..models.event import Happening
from ..models.kernel import Verdict
from ..nvml.sampler import Sampler
from .acting import Actions
from .bindings import Bindings
from .environments import Environments
from .executions import Executions
from .gateways import Gateways
from .instrument import Instrument
from .links import Links
from .metrics import Metrics
from .openapi import document
from .placing import Placements
from .reports import Reporter
from .routes import ROUTES, url_specs
from .rows import Rows
from .services import Services
from .timeline import Timeline
from .watching import Watching
from .working import Working


class TfGpuLab(ExtensionApp):
    """Tells of each kernel whether TensorFlow computes on the GPU there, and if not, why."""

    name = "tfgpu_lab"
    extension_url = "/lab"
    load_other_extensions = True

    instrument_kernels = Bool(
        True,
        help="""Put a small inert object into each Python kernel when it starts, so that it can be asked about
        TensorFlow while a cell runs. It only reads; without it, a kernel is judged by its environment alone.""",
    ).tag(config=True)

    sample_interval_s = Float(
        2.0, min=0.5, help="Seconds between two readings of the GPUs while somebody looks; at least 0.5."
    ).tag(config=True)

    sample_grace_s = Float(
        15.0, min=1.0, help="Seconds after the last reader left until the GPUs are no longer read."
    ).tag(config=True)

    sample_history_s = Float(600.0, min=10.0, help="Seconds of readings that are kept for a panel opened later.").tag(
        config=True
    )

    sample_stall_s = Float(
        5.0,
        min=0.5,
        help="Seconds that one GPU may take to answer; then the others are read without it, and it counts as stalled.",
    ).tag(config=True)

    sample_processes_every = Int(
        5, min=1, help="The processes on the GPUs, which cost milliseconds to list, are read at every n-th reading."
    ).tag(config=True)

    sample_always = Bool(
        False,
        help="""Read the GPUs also while nobody looks, so that the Prometheus gauges and the events never pause.
        It keeps the GPUs' driver open, and an idle laptop's GPU awake.""",
    ).tag(config=True)

    show_all_processes = Bool(
        False,
        help="""Show each process on the GPUs, with its name, to everybody who may see this server; otherwise other
        users' processes are one anonymous sum.""",
    ).tag(config=True)

    metrics = Bool(
        True, help="Offer gauges of the GPUs and verdicts, with names that begin with `tfgpu_`, at /metrics."
    ).tag(config=True)

    probe_timeout_s = Float(10.0, min=1.0, help="Seconds that the probe of a kernel's environment may take.").tag(
        config=True
    )

    benchmark_timeout_s = Float(120.0, min=10.0, help="Seconds that one benchmark may take.").tag(config=True)

    benchmark_history_dir = Unicode(
        help="Folder in which the figures of earlier benchmarks are kept; empty keeps none."
    ).tag(config=True)

    @default("benchmark_history_dir")
    def _default_benchmark_history_dir(self) -> str:
        return str(Path(jupyter_data_dir()) / "tfgpu-lab")

    _agents: Agents
    _instrument: Instrument
    _environments: Environments
    _executions: Executions
    _services: Services
    _timeline: Timeline
    _watching: Watching
    _metrics: Metrics | None = None

    def initialize_settings(self) -> None:
        """Make the parts and hand them to the handlers."""
        server = self.serverapp
        assert server is not None
        kernels = server.kernel_manager
        specs = server.kernel_spec_manager
        assert specs is not None
        self._agents = Agents(enabled=bool(self.instrument_kernels), connect=Gateways().connect)
        self._environments = Environments(specs, timeout_s=self.probe_timeout_s)
        self._timeline = Timeline(server.event_logger)
        self._timeline.register()
        sampler = Sampler(
            interval_s=self.sample_interval_s,
            grace_s=self.sample_grace_s,
            history_s=self.sample_history_s,
            stall_s=self.sample_stall_s,
            thorough_every=self.sample_processes_every,
            always=bool(self.sample_always),
            on_change=self._on_change,
        )
        bindings = Bindings(kernels, server.session_manager, sampler, show_all=bool(self.show_all_processes))
        self._executions = Executions(kernels, self._agents, bindings, Working(sampler))
        self._instrument = Instrument(self._agents, kernels.get_kernel, self.log, ended=self._executions.forget)
        placements = Placements(kernels, self._agents, self._instrument)
        reporter = Reporter(
            kernels,
            server.session_manager,
            self._agents,
            self._instrument,
            self._environments,
            bindings,
            self._timeline,
            placements,
            self._executions,
        )
        self._watching = Watching(kernels, server.session_manager, show_all=bool(self.show_all_processes))
        self._services = Services(
            sampler=sampler,
            bindings=bindings,
            links=Links(),
            timeline=self._timeline,
            reporter=reporter,
            placements=placements,
            actions=Actions(kernels, specs, reporter, probe_timeout_s=self.probe_timeout_s),
            rows=Rows(kernels, server.session_manager, reporter, bindings),
            benchmarks=MatmulBenchmarks(
                timeout_s=self.benchmark_timeout_s,
                observe=self._watching.look,
                history=History(Path(self.benchmark_history_dir)) if self.benchmark_history_dir else None,
            ),
        )
        self._instrument.listen(server.event_logger)
        if self.metrics:
            self._metrics = Metrics(sampler, self._verdicts)
            self._metrics.register()
        if self.sample_always:
            sampler.start()
        self.settings["tfgpu_lab"] = self._services
        self.settings["tfgpu_lab_openapi"] = document(ROUTES)

    def initialize_handlers(self) -> None:
        """Add our URLs."""
        self.handlers.extend(url_specs())

    async def stop_extension(self) -> None:
        """Leave nothing behind: no process, no thread, no channel."""
        if self._metrics:
            self._metrics.unregister()
        await self._services.rows.close()
        await self._services.placements.close()
        await self._instrument.close()
        await self._executions.close()
        await self._services.benchmarks.close()
        await self._watching.close()
        await self._environments.close()
        await self._agents.close()
        await self._services.bindings.close()
        await self._services.sampler.close()

    def _on_change(self, found: list[Happening]) -> None:
        """Hand over what the sampler's thread has noticed."""
        assert self.serverapp is not None
        with contextlib.suppress(RuntimeError):  # the server has ended meanwhile
            self.serverapp.io_loop.add_callback(self._timeline.add, found)

    def _verdicts(self) -> list[Verdict]:
        assert self.serverapp is not None
        self._timeline.keep(self.serverapp.kernel_manager.list_kernel_ids())
        return list(self._timeline.verdicts.values())
