"""Differential probes: the same probe with one thing changed, so that a cause is proven and not guessed.

Both start other processes than the kernel's own interpreter, so they are made only where they are asked for.
"""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import msgspec
from jupyter_client.kernelspec import KernelSpecManager

from ..models.environment import Environment, LoginShell, Neighbour
from .interpreter import Launch, LaunchError, launch_of_kernelspec
from .probe import ProbeFailed, probe

SHELLS = frozenset({"bash", "zsh", "ksh", "dash", "sh"})
SHELL_S = 10.0
AT_ONCE = 2
NEIGHBOURS = 12  # kernelspecs that are looked at, in the order of their names
_KEPT = ("HOME", "USER", "LOGNAME", "SHELL", "LANG", "TERM", "PATH")
_MARK = "TFGPU-LAB-LD_LIBRARY_PATH="


async def with_neighbours(environment: Environment, launch: Launch, specs: KernelSpecManager) -> Environment:
    """Return the report with the interpreters of all other Python kernelspecs, each probed once."""
    own = _same(environment.interpreter.executable)
    launches: dict[str, tuple[str, Launch]] = {}
    for name in sorted(specs.find_kernel_specs()):
        with contextlib.suppress(LaunchError):
            other = launch_of_kernelspec(name, specs)
            if other.argv != launch.argv:
                launches[name] = (specs.get_kernel_spec(name).display_name, other)
    turn = asyncio.Semaphore(AT_ONCE)

    async def look(name: str) -> Neighbour | None:
        display_name, other = launches[name]
        async with turn:
            with contextlib.suppress(ProbeFailed):
                return _neighbour(name, display_name, await probe(other))
        return None

    found = await asyncio.gather(*(look(name) for name in list(launches)[:NEIGHBOURS]))
    others = [one for one in found if one is not None and _same(one.executable) != own]
    return msgspec.structs.replace(environment, neighbours=others)


async def with_login_shell(environment: Environment, launch: Launch) -> Environment:
    """Return the report with what LD_LIBRARY_PATH of the user's login shell would change.

    Runs the user's shell and its start-up files: ask first. The report is unchanged where the shell gives no answer.
    """
    path = await login_library_path(launch.env)
    if path is None:
        return environment
    changed = msgspec.structs.replace(launch, env={**launch.env, "LD_LIBRARY_PATH": path})
    try:
        there = await probe(changed)
    except ProbeFailed:
        return environment
    found = LoginShell(
        library_path=path,
        missing=_missing(there),
        driver_found=there.cuda is not None and there.cuda.library is not None,
    )
    return msgspec.structs.replace(environment, login_shell=found)


async def login_library_path(env: dict[str, str]) -> str | None:
    """Return LD_LIBRARY_PATH of an interactive login shell of this user; empty when it sets none, None when unknown."""
    shell = env.get("SHELL", "/bin/bash")
    if Path(shell).name not in SHELLS or not os.access(shell, os.X_OK):
        return None
    command = f'printf "%s%s\\n" "{_MARK}" "${{LD_LIBRARY_PATH-}}"'
    process = await asyncio.create_subprocess_exec(
        shell,
        "-lic",
        command,
        env={name: env[name] for name in _KEPT if name in env},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), SHELL_S)
    except (TimeoutError, asyncio.TimeoutError):  # two classes before Python 3.11
        return None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # also what its start-up files left behind
        await process.wait()
    lines = out.decode("utf-8", "replace").splitlines()
    said = [line.partition(_MARK)[2] for line in lines if _MARK in line]
    return said[-1] if said else None


def _neighbour(name: str, display_name: str, environment: Environment) -> Neighbour:
    built = environment.tensorflow
    return Neighbour(
        kernel_name=name,
        display_name=display_name,
        executable=environment.interpreter.executable,
        tensorflow_version=built.version if built else None,
        is_cuda_build=built.is_cuda_build if built else None,
        missing=_missing(environment),
    )


def _missing(environment: Environment) -> list[str]:
    return [one.soname for one in environment.libraries if one.path is None or one.load_error]


def _same(executable: str) -> str:
    """Return what two names of one interpreter share; links are not followed: they make environments differ."""
    path = Path(executable)
    return str(path.parent / "python") if path.name.startswith("python") else str(path)
