"""The Jupyter servers of this user that run now, asked for their kernels and for who holds the GPUs."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
from jupyter_core.paths import jupyter_runtime_dir

from ..models.gpu import Gpus
from ..models.kernel import KernelRow, Kernels
from ..models.process import GpuProcesses

ANSWER_S = 10.0  # the first look at kernels probes their environments
LIMIT_BYTES = 8 << 20

T = TypeVar("T")


class Told(NamedTuple):
    """What one server said."""

    url: str
    kernels: list[KernelRow]
    processes: list[GpuProcesses]
    problem: str
    """Why there is nothing of it, one sentence; empty when it answered."""


def ask_all() -> list[Told]:
    """Ask each running server; blocks for seconds when one does not answer."""
    return [_ask(url, token) for url, token in _running()]


def _running() -> Iterator[tuple[str, str]]:
    """Yield address and token of the servers that say they run; Jupyter keeps a file of each, for its user only."""
    for path in sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json")):
        try:
            info: dict[str, Any] = json.loads(path.read_bytes())
            pid, url, token = int(info["pid"]), str(info["url"]), str(info.get("token") or "")
        except (OSError, ValueError, KeyError, TypeError):  # just written, or not a server's
            continue
        if Path("/proc/self").exists() and not Path(f"/proc/{pid}").exists():
            continue  # it ended without tidying up
        if url.startswith(("http://", "https://")):
            yield url.rstrip("/") + "/", token


def _ask(url: str, token: str) -> Told:
    try:
        # The GPUs first: that is what makes the server look at who holds them.
        gpus = _get(url, token, "gpus?since=0", Gpus)
        kernels = _get(url, token, "kernels", Kernels)
    except urllib.error.HTTPError as error:
        told = {
            403: "asks for a password, which this command does not have.",
            404: "has no TFGPU Lab, or it is not enabled there: run `jupyter server extension enable tfgpu_lab`.",
        }
        return Told(url, [], [], f"The server {url} {told.get(error.code, f'answers with status {error.code}.')}")
    except (OSError, msgspec.MsgspecError) as error:
        return Told(url, [], [], f"The server {url} does not answer: {error}.")
    except (http.client.HTTPException, RecursionError):
        return Told(url, [], [], f"What answers at {url} is no Jupyter server, or ended while it spoke.")
    except ValueError:  # its text would show the token
        return Told(url, [], [], f"The address {url} or the token of that server is not valid.")
    return Told(url, kernels.kernels, gpus.processes, "")


def _get(url: str, token: str, path: str, kind: type[T]) -> T:
    request = urllib.request.Request(f"{url}tfgpu-lab/{path}", headers={"Authorization": f"token {token}"})  # noqa: S310 - http(s) only
    # A proxy has nothing to do with the user's own servers, and would see their tokens.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=ANSWER_S) as answer:
        return msgspec.json.decode(answer.read(LIMIT_BYTES), type=kind)
