"""How to start the Python of a kernel, and how to run one of our guests in it."""

import asyncio
import contextlib
import json
import os
import signal
import string
import sys
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel

STDERR_TAIL_BYTES = 64 * 1024
LINE_LIMIT_BYTES = 4 * 1024 * 1024
OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024
TERMINATE_S = 0.5  # a guest has no state to save: after that it is killed

# Reads one JSON line {source, name, request}, then runs the source. Results go to a private copy of fd 1, so that
# whatever TensorFlow or C code prints cannot corrupt them; and when stdin ends, the server is gone: so is the guest.
# Python looks into the working folder first, and a notebook's folder may hold a json.py: what we and the guest import
# is imported without it, TensorFlow is then looked for with it, as the kernel does.
BOOTSTRAP = """
import sys
_path = sys.path[:]
sys.path[:] = [_p for _p in _path if _p]
import ast, json, os, threading
def _emit(value, _out=os.fdopen(os.dup(1), 'w', encoding='utf-8')):
    _out.write(json.dumps(value) + '\\n'); _out.flush()
os.dup2(2, 1)
_in = os.fdopen(os.dup(0), 'rb', buffering=0)
_line = b''
while not _line.endswith(b'\\n'):
    _part = _in.read(1 << 16)
    if not _part: sys.exit('no request')
    _line += _part
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
def _lifeline():
    while _in.read(1 << 16): pass
    os._exit(86)
threading.Thread(target=_lifeline, daemon=True).start()
_message = json.loads(_line.decode('utf-8'))
for _node in ast.parse(_message['source']).body:
    if isinstance(_node, ast.Import):
        for _alias in _node.names: __import__(_alias.name)
    elif isinstance(_node, ast.ImportFrom):
        __import__(_node.module)
sys.path[:] = _path
exec(compile(_message['source'], _message['name'], 'exec'),
     {'__name__': '__main__', 'REQUEST': _message['request'], 'emit': _emit})
"""


class LaunchError(Exception):
    """The interpreter of a kernel cannot be told or started; the text is one sentence for the user."""


class Launch(msgspec.Struct, frozen=True):
    """How to start an interpreter."""

    argv: tuple[str, ...]
    """The command up to and including the interpreter, such as `("/opt/env/bin/python",)`."""
    env: dict[str, str]
    """The whole environment of the process to start."""
    cwd: str | None = None
    """Working folder; null for this process's own."""


class GuestExit(msgspec.Struct, frozen=True):
    """How a guest ended."""

    returncode: int | None
    """Exit status; negative for a signal; null when it was ended for taking too long."""
    stderr_tail: str
    """The last part of what it wrote to stderr (and stdout)."""
    timed_out: bool
    """True when it was ended for taking too long."""


def launch_of_python(path: str) -> Launch:
    """Return how to start the interpreter at `path` with this process's environment. Raises LaunchError."""
    if not os.access(path, os.X_OK) or Path(path).is_dir():
        raise LaunchError(f"There is no interpreter at {path}.")
    return Launch(argv=(path,), env=dict(os.environ))


def read_kernelspec(name: str, specs: KernelSpecManager) -> KernelSpec:
    """Return a kernelspec as its file has it now. Raises NoSuchKernel, and LaunchError when it cannot be read."""
    try:
        spec = specs.get_kernel_spec(name)
    except NoSuchKernel:
        raise
    except Exception as error:  # noqa: BLE001 - being edited, or of other types: whatever JSON, traitlets, files raise
        raise LaunchError(f"The kernelspec {name} cannot be read now: {error}.") from None
    texts = [*spec.argv, *spec.env.values(), spec.language]
    if not all(isinstance(one, str) for one in texts):
        raise LaunchError(f"The kernelspec {name} is not valid: there is something else than text in it.")
    return spec


def launch_of_kernelspec(name: str, specs: KernelSpecManager) -> Launch:
    """Return how a kernel of the kernelspec `name` would be started. Raises LaunchError."""
    try:
        spec = read_kernelspec(name, specs)
    except NoSuchKernel:
        raise LaunchError(f"There is no kernelspec named {name}.") from None
    if spec.language.lower() != "python":
        raise LaunchError(f"The kernelspec {name} is for {spec.language}, not for Python.")
    argv = [part for part in spec.argv if part]
    # The interpreter is what stands before `-m ipykernel_launcher` or a launcher script, wrappers included.
    end = next(
        (i for i, part in enumerate(argv) if part in {"-m", "-f", "-c"} or "{connection_file}" in part), len(argv)
    )
    while end > 1 and argv[end - 1].startswith("-"):  # the interpreter's own options, such as -Xfrozen_modules=off
        end -= 1
    prefix = argv[:end]
    if not prefix:
        raise LaunchError(f"The kernelspec {name} names no interpreter.")
    # jupyter_client does the same: a bare python is the server's own.
    if prefix[0] in {"python", f"python{sys.version_info[0]}", "python{}.{}".format(*sys.version_info[:2])}:
        prefix[0] = sys.executable
    env = dict(os.environ)
    env.update({key: string.Template(value).safe_substitute(env) for key, value in (spec.env or {}).items()})
    return Launch(argv=tuple(prefix), env=env)


def launch_of_process(pid: int, executable: str) -> Launch:
    """Return how to start `executable` with the environment that process `pid` was started with. Raises LaunchError."""
    try:
        block = Path(f"/proc/{pid}/environ").read_bytes()
        cwd = str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError as error:
        raise LaunchError(f"The environment of process {pid} cannot be read: {error.strerror}.") from None
    if not block:  # so it is for a moment after the process was started, and once it has ended
        raise LaunchError(f"The environment of process {pid} cannot be read: it is starting or has ended.")
    env = {}
    for entry in block.split(b"\0"):
        name, separator, value = entry.partition(b"=")
        if separator and name:
            env[os.fsdecode(name)] = os.fsdecode(value)
    return Launch(argv=(executable,), env=env, cwd=cwd if Path(cwd).is_dir() else None)


async def run_guest(
    launch: Launch,
    guest: str,
    request: Mapping[str, Any],
    *,
    timeout_s: float,
    on_line: Callable[[dict[str, Any]], None],
) -> GuestExit:
    """Run tfgpu_lab/guest/`guest`.py in the interpreter of `launch`; hand each result to `on_line` as it comes.

    The guest runs in a process group of its own, which is gone when this returns, whether by its end, by `timeout_s`
    (seconds) or by cancellation. Lines that are not JSON objects are passed over. Raises LaunchError when the
    interpreter cannot be started.
    """
    source = files("tfgpu_lab").joinpath("guest").joinpath(f"{guest}.py").read_text("utf-8")
    message = json.dumps({"source": source, "name": f"<tfgpu-lab {guest}>", "request": dict(request)})
    try:
        process = await asyncio.create_subprocess_exec(
            *launch.argv,
            "-c",
            BOOTSTRAP,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=launch.env,
            cwd=launch.cwd,
            start_new_session=True,
            limit=LINE_LIMIT_BYTES,
        )
    except (OSError, ValueError) as error:
        raise LaunchError(f"{launch.argv[0]} cannot be started: {error}.") from None
    assert process.stdout is not None
    assert process.stderr is not None
    tail = bytearray()
    reading = asyncio.gather(_read_lines(process.stdout, on_line), _read_tail(process.stderr, tail))
    timed_out = False
    try:
        await asyncio.wait_for(_converse(process, message), timeout_s)
    except (TimeoutError, asyncio.TimeoutError):  # two classes before Python 3.11
        timed_out = True
    finally:
        await asyncio.shield(_end(process, reading))
    return GuestExit(
        returncode=None if timed_out else process.returncode,
        stderr_tail=tail.decode("utf-8", "replace"),
        timed_out=timed_out,
    )


async def _converse(process: asyncio.subprocess.Process, message: str) -> None:
    assert process.stdin is not None
    with contextlib.suppress(ConnectionError):  # it died at once; its exit status and stderr tell why
        process.stdin.write(message.encode() + b"\n")
        await process.stdin.drain()
    # stdin, the lifeline, stays open until the guest has ended by itself.
    await process.wait()


async def _read_lines(stream: asyncio.StreamReader, on_line: Callable[[dict[str, Any]], None]) -> None:
    total = 0
    while True:
        try:
            line = await stream.readline()
        except ValueError:  # longer than LINE_LIMIT_BYTES: not a result of ours
            continue
        if not line:
            return
        total += len(line)
        if total > OUTPUT_LIMIT_BYTES:  # keep the pipe empty, so that the guest can end
            continue
        with contextlib.suppress(ValueError):
            value = json.loads(line)
            if isinstance(value, dict):
                on_line(value)


async def _read_tail(stream: asyncio.StreamReader, tail: bytearray) -> None:
    while part := await stream.read(1 << 16):
        tail += part
        del tail[:-STDERR_TAIL_BYTES]


async def _end(process: asyncio.subprocess.Process, reading: "asyncio.Future[Any]") -> None:
    """End the process group, also the children that outlived their parent, and release the pipes."""
    _signal(process.pid, signal.SIGTERM)
    if process.returncode is None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), TERMINATE_S)
    _signal(process.pid, signal.SIGKILL)
    await process.wait()
    if process.stdin is not None:
        process.stdin.close()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.gather(reading, return_exceptions=True), TERMINATE_S)
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()


def _signal(group: int, number: signal.Signals) -> None:
    # The group keeps the leader's id as long as it has a member, so this never meets a stranger.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
