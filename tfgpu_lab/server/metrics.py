"""Gauges for Prometheus in Jupyter Server's own registry: what the newest sweep says, and no call for a scrape."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, get_args

import prometheus_client
from prometheus_client.core import GaugeMetricFamily

from ..models.gpu import Gpu, GpuSample
from ..models.kernel import Verdict
from ..nvml.sampler import Sampler

LABELS = ("gpu", "uuid")
VALUES: tuple[tuple[str, str, Callable[[Gpu, GpuSample], float | None]], ...] = (
    ("memory_used_bytes", "GPU memory in use by all processes", lambda _, sample: sample.memory_used_bytes),
    ("memory_total_bytes", "All GPU memory", lambda gpu, _: gpu.memory_total_bytes),
    (
        "utilization_ratio",
        "Share of the time in which a kernel ran, 0 to 1",
        lambda _, sample: None if sample.utilization_percent is None else sample.utilization_percent / 100,
    ),
    ("temperature_celsius", "Core temperature", lambda _, sample: sample.temperature_c),
    ("power_watts", "Power draw of the board", lambda _, sample: sample.power_w),
    ("up", "1 when the GPU answers, 0 when it is lost or stalled", lambda gpu, _: float(gpu.state == "ok")),
)
"""Name without `tfgpu_gpu_`, help, and the value; a value that is absent has no line."""


class Metrics:
    """Our gauges; labelled by GPU only: neither users, nor notebooks, nor kernels.

    While nobody watches the GPUs they have no lines: the last values would be old ones.
    """

    def __init__(self, sampler: Sampler, verdicts: Callable[[], Iterable[Verdict]]) -> None:
        self._sampler = sampler
        self._verdicts = verdicts
        self._registered = False

    def register(self) -> None:
        """Put our gauges into the registry that Jupyter Server shows at /metrics."""
        prometheus_client.REGISTRY.register(self)
        self._registered = True

    def unregister(self) -> None:
        """Take them out, if they are in."""
        if self._registered:
            self._registered = False
            prometheus_client.REGISTRY.unregister(self)

    def describe(self) -> list[Any]:
        """Return nothing: two servers in one process, as in tests, are no clash of names."""
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Return the gauges as they are now."""
        sweep = self._sampler.newest
        yield GaugeMetricFamily("tfgpu_watched", "1 while the GPUs are being read", value=float(sweep is not None))
        if sweep is not None:
            up = float(sweep.driver.state == "ok")
            yield GaugeMetricFamily("tfgpu_driver_up", "1 when the NVIDIA driver answers", value=up)
            for name, text, value in VALUES:
                family = GaugeMetricFamily(f"tfgpu_gpu_{name}", text, labels=LABELS)
                for gpu, sample in zip(sweep.devices, sweep.samples, strict=False):
                    if (number := value(gpu, sample)) is not None:
                        family.add_metric((str(gpu.index), gpu.uuid), number)
                yield family
        counts = Counter(self._verdicts())
        kernels = GaugeMetricFamily("tfgpu_kernels", "Kernels by their last verdict", labels=("verdict",))
        for verdict in get_args(Verdict):
            kernels.add_metric((verdict,), counts[verdict])
        yield kernels
