"""Rules on the interpreter and on which TensorFlow it would import (gates 1 and 2)."""

import re

from ..models.environment import Distribution
from .facts import Facts
from .fixes import command, gpu_tensorflow, kernel_env
from .rule import Match, rule, seen
from .tensorflow_facts import PACKAGE_OWNERS, RECOMMENDED, WHEEL_PYTHONS

_FOLDER = re.compile(r"(?P<location>.+)[/\\]tensorflow[/\\]__init__\.pyc?$")
_RANGE = " to ".join(".".join(str(number) for number in end) for end in WHEEL_PYTHONS)


@rule(
    "python-unsupported",
    gate=1,
    title="TensorFlow has no wheel for this Python",
    label="no TensorFlow for this Python",
)
def python_unsupported(facts: Facts) -> Match | None:
    """Means: the interpreter is older or newer than TensorFlow's wheels, so pip finds none ("from versions: none").

    Seen by: there is no TensorFlow, and `sys.version_info` is outside of the table of tested releases.
    A release newer than the table may know this Python, so this is likely and not certain.

    Fix: make an environment with a Python that TensorFlow has wheels for and register it as a kernel.

    Source: tensorflow/docs site/en/install/source.md; https://github.com/tensorflow/tensorflow/issues/117172
    """
    oldest, newest = WHEEL_PYTHONS
    python = facts.python_release
    if not facts.tensorflow_missing or python is None or oldest <= python[:2] <= newest:
        return None
    word = ".".join(str(number) for number in python[:2])
    return Match(
        title=f"TensorFlow has no wheel for Python {word}",
        certainty="likely",
        evidence=[seen("version of the kernel's Python", word, f"{_RANGE}, as for TensorFlow {RECOMMENDED}")],
        fixes=gpu_tensorflow(facts),
    )


@rule(
    "tensorflow-gpu-package",
    gate=2,
    title="The package tensorflow-gpu is no longer maintained",
    label="tensorflow-gpu is unmaintained",
    severity="info",
)
def tensorflow_gpu_package(facts: Facts) -> Match | None:
    """Means: `tensorflow-gpu` ended with 2.11; what is installed is old, or an empty package that only prints an error.

    Seen by: the distribution tensorflow-gpu. Where there is no other TensorFlow it is why there is none.

    Fix: uninstall it and install `tensorflow[and-cuda]`.

    Source: https://pypi.org/project/tensorflow-gpu/; https://github.com/tensorflow/tensorflow/issues/60074
    """
    package = facts.distribution("tensorflow-gpu")
    if package is None:
        return None
    return Match(
        severity="blocks-gpu" if facts.tensorflow_missing else None,
        title=f"tensorflow-gpu {package.version} is no longer maintained",
        evidence=[seen("distribution tensorflow-gpu", package.version, "tensorflow with its and-cuda extra")],
        fixes=gpu_tensorflow(facts, uninstall=["tensorflow-gpu"]),
    )


@rule(
    "tensorflow-not-installed",
    gate=2,
    title="TensorFlow is not installed in this kernel's environment",
    label="no TensorFlow",
)
def tensorflow_not_installed(facts: Facts) -> Match | None:
    """Means: the interpreter behind this kernel has no TensorFlow; it may be installed in another environment.

    Seen by: `importlib.util.find_spec("tensorflow")` finds nothing in the kernel's interpreter.

    Fix: install TensorFlow with this interpreter's own pip, or choose the kernel whose environment has it.
    `!pip` in a cell may install into another environment; `%pip` installs into the kernel's.

    Source: measured; https://github.com/tensorflow/tensorflow/issues/60790
    """
    if not facts.tensorflow_missing or facts.environment is None or (facts.hollow and _owners(facts)):
        return None
    where = facts.environment.interpreter
    return Match(
        evidence=[seen(f"import tensorflow in {where.executable}", "no such package", "the package tensorflow")],
        fixes=gpu_tensorflow(facts),
    )


@rule(
    "user-site-or-local-shadow",
    gate=2,
    title="Another tensorflow shadows the environment's own",
    label="tensorflow is shadowed",
)
def shadowed(facts: Facts) -> Match | None:
    """Means: `import tensorflow` takes a file or folder that stands earlier on `sys.path` than the right package.

    Seen by: the origin of the package is a plain file, or it lies in another folder than the distribution of the
    kernel's environment.

    Fix: rename the file or folder, unset PYTHONPATH, or start the kernel with PYTHONNOUSERSITE=1.

    Source: Python's documentation of the module search path; measured
    """
    if facts.environment is None or facts.tensorflow is None:
        return None
    origin = facts.tensorflow.origin
    folder = _FOLDER.match(origin)
    owners = _owners(facts)
    if folder is None:
        if not re.search(r"[/\\]tensorflow\.(py|pyc|so)$", origin):
            return None
        return Match(
            evidence=[seen("find_spec('tensorflow').origin", origin, "the folder of the package tensorflow")],
            fixes=[command("Rename the file, then restart the kernel", f'mv "{origin}" "{origin}.renamed"')],
        )
    here = folder["location"]
    prefix = facts.environment.interpreter.prefix
    own = [one for one in owners if one.location.startswith(prefix) and one.location != here]
    if own and any(one.location == here for one in owners) and not here.startswith(prefix):
        by_path = here in (facts.at_start("PYTHONPATH") or "").split(":")
        return Match(
            severity="info" if facts.is_cuda_build else None,
            title=f"The TensorFlow in {here} shadows the one of this environment",
            evidence=[seen("find_spec('tensorflow').origin", origin, f"a path under {own[0].location}")],
            fixes=[
                kernel_env("Start the kernel without PYTHONPATH (kernel.json)", {"PYTHONPATH": ""})
                if by_path
                else kernel_env("Let the kernel ignore the user's site-packages", {"PYTHONNOUSERSITE": "1"})
            ],
        )
    if owners and facts.tensorflow.is_cuda_build is None and all(one.location != here for one in owners):
        return Match(
            certainty="likely",
            title=f"A folder named tensorflow in {here} shadows the package",
            evidence=[seen("find_spec('tensorflow').origin", origin, f"a path under {owners[0].location}")],
            fixes=[command("Rename the folder, then restart the kernel", f'mv "{here}/tensorflow" "{here}/renamed"')],
        )
    return None


@rule(
    "mixed-tensorflow-dists",
    gate=2,
    title="Several TensorFlow distributions overwrite each other",
    label="mixed TensorFlow packages",
)
def mixed_distributions(facts: Facts) -> Match | None:
    """Means: two distributions own the same folder `tensorflow/`: the one installed last wins. Removing either takes
    the files of both: `import tensorflow` still works, but `tf.config` and everything else is gone.

    Seen by: two or more of tensorflow, tensorflow-cpu, tensorflow-gpu, tf-nightly ... in one site-packages, and the
    RECORD that matches the files on disk. Or one of them, and a folder `tensorflow` without its `__init__.py`.

    Fix: uninstall all of them, then install one.

    Source: measured
    """
    if facts.tensorflow is None:
        return None
    if facts.hollow:
        return _emptied(facts)
    folder = _FOLDER.match(facts.tensorflow.origin)
    here = folder["location"] if folder else None
    together = [one for one in _owners(facts) if here is None or one.location == here]
    if len(together) < 2:
        return None
    names = sorted(one.name for one in together)
    winner = facts.tensorflow.distribution
    return Match(
        severity="info" if facts.tensorflow.is_cuda_build else None,
        certainty="likely" if winner is None else "certain",
        title=f"{' and '.join(names)} overwrite each other",
        evidence=[
            seen(
                "distributions that own tensorflow/",
                ", ".join(f"{one.name} {one.version}" for one in together),
                "one distribution",
            ),
            seen("RECORD that matches the files", winner or "none", "that of a CUDA build"),
        ],
        fixes=gpu_tensorflow(facts, uninstall=names),
    )


def _emptied(facts: Facts) -> Match | None:
    """Return the match on what is left when one of two distributions was uninstalled."""
    left = _owners(facts)
    if not left or facts.tensorflow is None:
        return None
    names = " and ".join(f"{one.name} {one.version}" for one in left)
    return Match(
        title=f"The files of {names} are gone, probably with another TensorFlow package that was uninstalled",
        evidence=[
            seen("installed distributions", names, "the same"),
            seen(facts.tensorflow.origin, "a folder without __init__.py", "the files of the package"),
        ],
        fixes=gpu_tensorflow(facts, uninstall=sorted(one.name for one in left)),
    )


def _owners(facts: Facts) -> list[Distribution]:
    known = facts.environment.distributions if facts.environment else []
    return [one for one in known if one.name in PACKAGE_OWNERS]
