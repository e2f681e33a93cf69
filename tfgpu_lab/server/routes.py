"""The URL table: read this first."""

from jupyter_server.utils import url_path_join

from .actions import ActionHandler, ActionsHandler
from .base import Handler, OpenApiHandler
from .benchmarks import BenchmarkHandler, BenchmarksHandler
from .events import EventsHandler
from .gpus import GpusHandler, LinksHandler
from .kernels import KernelHandler, KernelsHandler, ProbeHandler
from .placement import PlacementHandler

ROUTES: tuple[tuple[str, type[Handler]], ...] = (
    ("gpus", GpusHandler),
    ("gpus/{uuid}/links", LinksHandler),
    ("events", EventsHandler),
    ("kernels", KernelsHandler),
    ("kernels/{kernel_id}", KernelHandler),
    ("kernels/{kernel_id}/probe", ProbeHandler),
    ("kernels/{kernel_id}/placement", PlacementHandler),
    ("kernels/{kernel_id}/actions", ActionsHandler),
    ("kernels/{kernel_id}/actions/{action}", ActionHandler),
    ("benchmarks", BenchmarksHandler),
    ("benchmarks/{benchmark_id}", BenchmarkHandler),
    ("openapi.json", OpenApiHandler),
)
"""Path below `/tfgpu-lab/` and its handler; a name in braces is handed to the verb."""

PARAMETERS = {
    "{kernel_id}": r"(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)",
    "{action}": r"(?P<action>[\w-]+)",
    "{uuid}": r"(?P<uuid>GPU-[\w-]+)",
    "{benchmark_id}": r"(?P<benchmark_id>[\w-]+)",
}


def url_specs() -> list[tuple[str, type[Handler]]]:
    """Return the table as tornado wants it, below the namespace; Jupyter Server adds the base URL."""
    specs = []
    for template, handler in ROUTES:
        pattern = template.replace(".", r"\.")
        for name, regex in PARAMETERS.items():
            pattern = pattern.replace(name, regex)
        specs.append((url_path_join("/tfgpu-lab", pattern), handler))
    return specs
