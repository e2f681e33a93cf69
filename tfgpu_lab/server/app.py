"""The composition root: Jupyter Server's extension, its settings, its start and its end."""

from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Float

from ..benchmark.matmul import MatmulBenchmarks
from ..kernels.agent import Agents
from ..nvml.sampler import Sampler
from .environments import Environments
from .instrument import Instrument
from .openapi import document
from .reports import Reporter
from .routes import ROUTES, url_specs
from .services import Services


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

    probe_timeout_s = Float(10.0, min=1.0, help="Seconds that the probe of a kernel's environment may take.").tag(
        config=True
    )

    benchmark_timeout_s = Float(120.0, min=10.0, help="Seconds that one benchmark may take.").tag(config=True)

    _agents: Agents
    _instrument: Instrument
    _environments: Environments
    _services: Services

    def initialize_settings(self) -> None:
        """Make the parts and hand them to the handlers."""
        server = self.serverapp
        assert server is not None
        kernels = server.kernel_manager
        specs = server.kernel_spec_manager
        assert specs is not None
        self._agents = Agents(enabled=bool(self.instrument_kernels))
        self._instrument = Instrument(self._agents, kernels.get_kernel, self.log)
        self._environments = Environments(specs, timeout_s=self.probe_timeout_s)
        self._services = Services(
            sampler=Sampler(interval_s=self.sample_interval_s, grace_s=self.sample_grace_s),
            reporter=Reporter(kernels, server.session_manager, self._agents, self._instrument, self._environments),
            benchmarks=MatmulBenchmarks(timeout_s=self.benchmark_timeout_s),
        )
        self._instrument.listen(server.event_logger)
        self.settings["tfgpu_lab"] = self._services
        self.settings["tfgpu_lab_openapi"] = document(ROUTES)

    def initialize_handlers(self) -> None:
        """Add our URLs."""
        self.handlers.extend(url_specs())

    async def stop_extension(self) -> None:
        """Leave nothing behind: no process, no thread, no channel."""
        await self._instrument.close()
        await self._services.benchmarks.close()
        await self._environments.close()
        await self._agents.close()
        await self._services.sampler.close()
