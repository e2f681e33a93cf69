"""What the handlers translate for: made by the app, reached by every request."""

from typing import NamedTuple

from ..benchmark.matmul import MatmulBenchmarks
from ..nvml.sampler import Sampler
from .reports import Reporter


class Services(NamedTuple):
    """The parts of one server."""

    sampler: Sampler
    reporter: Reporter
    benchmarks: MatmulBenchmarks
