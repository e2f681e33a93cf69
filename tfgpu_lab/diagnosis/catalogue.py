"""Every file of rules, in the order of diagnosis. A new file of rules is named here and nowhere else."""

from . import (
    build,
    container,
    driver,
    hardware,
    inherited,
    interpreter,
    libcuda,
    libraries,
    placement,
    sharing,
    usage,
    versions,
    visibility,
)

_FILES = (
    inherited,
    interpreter,
    build,
    hardware,
    container,
    driver,
    libcuda,
    sharing,
    visibility,
    libraries,
    versions,
    placement,
    usage,
)
RANK = {module.__name__: rank for rank, module in enumerate(_FILES)}
"""Name of a module of rules to its place, which decides between rules of the same gate."""
