"""What the handlers translate for: made by the app, reached by every request."""

from typing import NamedTuple

from ..benchmark.matmul import MatmulBenchmarks
from ..nvml.sampler import Sampler
from .acting import Actions
from .bindings import Bindings
from .links import Links
from .placing import Placements
from .reports import Reporter
from .rows import Rows
from .timeline import Timeline


class Services(NamedTuple):
    """The parts of one server."""

    sampler: Sampler
    bindings: Bindings
    links: Links
    timeline: Timeline
    reporter: Reporter
    rows: Rows
    actions: Actions
    placements: Placements
    benchmarks: MatmulBenchmarks
