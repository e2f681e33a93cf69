"""Rules on what the kernel's process did not inherit: the right interpreter, the shell's variables (gates 1 and 11)."""

from ..models.environment import ActivateScript, Neighbour
from ..models.finding import Evidence, Fix
from .facts import Facts
from .fixes import LISTS_GPU, admin, kernel_env
from .missing import in_a_wheel
from .rule import Match, rule, seen

_PATH = "LD_LIBRARY_PATH"


@rule(
    "kernel-env-mismatch",
    gate=1,
    title="The notebook's kernel is another environment than the one with TensorFlow for the GPU",
    label="wrong kernel for the GPU",
)
def kernel_env_mismatch(facts: Facts) -> Match | None:
    """Means: TensorFlow with CUDA is installed, but for another interpreter than this kernel's. `!pip` in a cell and
    pip in a terminal often belong to another environment than the kernel.

    Seen by: this interpreter has no TensorFlow, a CPU build, or lacks CUDA's libraries; the same probe in the
    interpreter of another kernelspec finds a CUDA build with all its libraries.

    Fix: choose that kernel for the notebook; install with `%pip`, which uses the kernel's own interpreter.

    Source: https://github.com/tensorflow/tensorflow/issues/60790; https://github.com/jupyter/notebook/issues/6886
    """
    lacks = facts.tensorflow_missing or facts.is_cpu_build or bool(facts.missing)
    good = [one for one in _neighbours(facts) if one.is_cuda_build and not one.missing]
    if not lacks or not good or facts.environment is None:
        return None
    here = facts.environment.interpreter.executable
    now = "no TensorFlow" if facts.tensorflow_missing else "a CPU build" if facts.is_cpu_build else "libraries missing"
    best = good[0]
    return Match(
        severity=None if facts.driver_works else "info",
        certainty="certain" if facts.driver_works else "likely",
        title=f"TensorFlow for the GPU is installed for the kernel {best.display_name}, not for this one",
        evidence=[
            seen(f"the same probe in {here}", now, "a CUDA build and its libraries"),
            *(
                seen(
                    f"the same probe in {one.executable}", f"CUDA build {one.tensorflow_version}, all found", "the same"
                )
                for one in good
            ),
        ],
        fixes=[
            Fix(
                kind="runtime-setting",
                title=f"Choose the kernel {best.display_name}",
                text=f"Kernel > Change Kernel... > {best.display_name} ({best.kernel_name})",
                verified_by="In the new kernel `tf.config.list_physical_devices('GPU')` lists the GPU.",
            )
        ],
    )


@rule(
    "kernel-env-missing-vars",
    gate=11,
    title="The kernel lacks LD_LIBRARY_PATH of the login shell",
    label="LD_LIBRARY_PATH not inherited",
)
def kernel_env_missing_vars(facts: Facts) -> Match | None:
    """Means: in a terminal TensorFlow finds its libraries, in the notebook it does not: the Jupyter server was started
    by a desktop, systemd, VS Code or JupyterHub, which do not read the shell's start-up files.

    Seen by: the same probe, with LD_LIBRARY_PATH of the login shell and nothing else changed, finds what is missing.

    Fix: put the variable into the kernel's kernel.json: `"env": {"LD_LIBRARY_PATH": "..."}`.

    Source: https://github.com/jupyter/notebook/issues/2120; https://github.com/jupyter/notebook/issues/1290
    """
    shell = facts.environment.login_shell if facts.environment else None
    if shell is None or shell.library_path == (facts.at_start(_PATH) or ""):
        return None
    driver = facts.no_libcuda and shell.driver_found
    libraries = [one for one in facts.missing if one not in shell.missing]
    if not driver and not libraries:
        return None
    mends = len(libraries) == len(facts.missing) and (driver or not facts.no_libcuda)
    found = [*(["libcuda.so.1"] if driver else []), *libraries]
    return Match(
        certainty="certain" if mends else "likely",
        evidence=[
            seen(f"{_PATH} at the kernel's start", facts.at_start(_PATH), shell.library_path),
            seen(f"the same probe with {shell.library_path}", f"finds {', '.join(found)}", "the same without it"),
        ],
        fixes=[
            kernel_env("Put it into the kernel's kernel.json, then restart the kernel", {_PATH: shell.library_path})
        ],
    )


@rule(
    "jupyterhub-env-filter",
    gate=11,
    title="LD_LIBRARY_PATH is not set in this JupyterHub notebook, and CUDA's libraries need it",
    label="JupyterHub drops LD_LIBRARY_PATH",
)
def jupyterhub_env_filter(facts: Facts) -> Match | None:
    """Means: JupyterHub's spawner hands only the variables of `Spawner.env_keep` to the user's server, so a variable
    that is set on the machine or in the hub does not reach the notebook.

    Seen by: JupyterHub's own variables, no LD_LIBRARY_PATH, and every library that is missing lies in a folder of the
    system that only this variable would name. Whether it is set outside of the notebook is not seen: likely.

    Fix: name the folders in the kernel's kernel.json; for every user, `c.Spawner.env_keep` or `c.Spawner.environment`
    in jupyterhub_config.py.

    Source: https://github.com/jupyterhub/jupyterhub/issues/2630; https://github.com/jupyterhub/jupyterhub/issues/330
    """
    hosted = facts.environment.surroundings.hosted if facts.environment else None
    gone = [one for one in facts.libraries if one.path is None]
    if hosted != "jupyterhub" or facts.at_start(_PATH) or not gone:
        return None
    conda = f"{facts.environment.interpreter.prefix if facts.environment else ''}/lib"
    outside = [[p for p in one.elsewhere if not in_a_wheel(p) and p.rpartition("/")[0] != conda] for one in gone]
    if not all(outside):
        return None
    folders = ":".join(dict.fromkeys(paths[0].rpartition("/")[0] for paths in outside))
    return Match(
        certainty="likely",
        evidence=[
            seen(f"{_PATH} at the kernel's start", None, folders),
            seen("libraries that it would name", ", ".join(one.soname for one in gone), "found by the loader"),
        ],
        fixes=[
            kernel_env("Name the folders in the kernel's kernel.json, then restart the kernel", {_PATH: folders}),
            admin(
                "Let JupyterHub pass it on (jupyterhub_config.py), then restart the user's server",
                f"c.Spawner.environment = {{'{_PATH}': '{folders}'}}",
                LISTS_GPU,
            ),
        ],
    )


@rule(
    "conda-activate-not-run",
    gate=11,
    title="The kernel lacks variables that `conda activate` sets",
    label="conda environment not activated",
    severity="info",
)
def conda_activate_not_run(facts: Facts) -> Match | None:
    """Means: scripts in etc/conda/activate.d set LD_LIBRARY_PATH or XLA_FLAGS; a kernelspec that names the
    environment's python directly never runs them.

    Seen by: such a script in the kernel's environment, and the variable is not set in the kernel. It keeps the GPU away
    where it names the folder of a library that is missing.

    Fix: put the variables into the kernel's kernel.json.

    Source: https://github.com/tensorflow/tensorflow/issues/63362; https://github.com/tensorflow/tensorflow/issues/60790
    """
    known = facts.environment.conda if facts.environment else None
    lacking = {
        name: (script, value)
        for script in (known.scripts if known else [])
        for name, value in script.variables.items()
        if facts.at_start(name) is None
    }
    if not lacking:
        return None
    values = {name: value.removesuffix(f":${name}") for name, (_, value) in lacking.items()}
    folders = {part.rstrip("/") for part in values.get(_PATH, "").split(":")}
    gone = [one for one in facts.libraries if one.path is None]
    named = [one.soname for one in gone if any(path.rpartition("/")[0] in folders for path in one.elsewhere)]
    evidence = [_not_set(name, script, value) for name, (script, value) in lacking.items()]
    if named:
        evidence.append(seen(f"libraries in the folders of {_PATH}", ", ".join(named), "found by the loader"))
    literal = {name: value for name, value in values.items() if "$" not in value and "`" not in value}
    return Match(
        severity="blocks-gpu" if gone and len(named) == len(gone) else None,
        evidence=evidence,
        fixes=[kernel_env("Put them into the kernel's kernel.json, then restart the kernel", literal)]
        if literal
        else [_with_conda_run(facts)],
    )


def _with_conda_run(facts: Facts) -> Fix:
    prefix = facts.environment.interpreter.prefix if facts.environment else ""
    argv = f'["conda", "run", "-p", "{prefix}", "--no-capture-output", "python", "-m", "ipykernel_launcher", "-f", '
    return Fix(
        kind="command",
        title="Start the kernel through conda (argv of its kernel.json), then restart it",
        text=f'"argv": {argv}"{{connection_file}}"]',
        verified_by=LISTS_GPU,
    )


def _not_set(name: str, script: ActivateScript, value: str) -> Evidence:
    return seen(f"{name} at the kernel's start", None, f"{value}, as {script.path} sets it")


def _neighbours(facts: Facts) -> list[Neighbour]:
    return (facts.environment.neighbours or []) if facts.environment else []
