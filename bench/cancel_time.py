"""From the DELETE of a benchmark to the end of its whole process group, in each phase, over HTTP with a real kernel.

The bound is a second. The last two rows are a TensorFlow that cannot be interrupted: it holds the interpreter's lock
in C code, as a driver that hangs does, and then also ignores SIGTERM, so that it is killed after half a second.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BOUND_S = 1.0
TOKEN = "bench"
HANGS = "import ctypes\nctypes.PyDLL(None).sleep(300)\n"
DEAF = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + HANGS
REAL, HANGING, DEAFENED = "real", "hanging", "deaf"
LARGE = {"sizes": [4096]}
PHASES = [  # kernel, what is asked beside the kernel, how the step begins, and seconds into it
    (REAL, {}, "Starting the interpreter", 0.0),
    (REAL, {}, "Importing TensorFlow", 0.3),
    (REAL, {}, "Importing TensorFlow", 1.5),
    (REAL, {}, "CPU:0 float32: looking for the best size", 0.2),
    (REAL, LARGE, "CPU:0 float32, 4096 x 4096", 0.5),
    (REAL, {}, "CPU:0: reading and writing its memory", 0.2),
    (HANGING, {}, "Importing TensorFlow", 0.3),
    (DEAFENED, {}, "Importing TensorFlow", 0.3),
]


class Server:
    """A Jupyter Server with the extension, and a kernel for each TensorFlow."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        specs = folder / "DATA" / "kernels"
        for name, source in {REAL: None, HANGING: HANGS, DEAFENED: DEAF}.items():
            packages = specs / name / "packages"
            packages.mkdir(parents=True)
            if source is not None:
                (packages / "tensorflow.py").write_text(source)
            argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            spec = {"argv": argv, "display_name": name, "language": "python", "env": {"PYTHONPATH": str(packages)}}
            (specs / name / "kernel.json").write_text(json.dumps(spec))
        env = os.environ | {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "RUNTIME", "DATA")}
        command = [
            *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--log-level=ERROR"),
            *(f"--port={self.url.rpartition(':')[2]}", f"--IdentityProvider.token={TOKEN}"),
            *(f"--ServerApp.root_dir={folder}", "--ServerApp.jpserver_extensions={'tfgpu_lab': True}"),
            "--TfGpuLab.benchmark_timeout_s=600",
        ]
        self.process = subprocess.Popen(command, env=env)
        while True:
            try:
                self.ask("GET", "api/status")
                break
            except urllib.error.URLError:
                time.sleep(0.1)
        kernels = {name: self.ask("POST", "api/kernels", {"name": name}) for name in (REAL, HANGING, DEAFENED)}
        self.kernels = {name: kernel["id"] for name, kernel in kernels.items()}

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request; return its JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/{path}", data, method=method)
        request.add_header("Authorization", f"token {TOKEN}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def until(self, job: Any, step: str) -> None:
        """Wait until a benchmark comes to a step."""
        while not job["step"].startswith(step):
            if job["state"] not in {"queued", "running"}:
                raise SystemExit(f"It never came to {step!r}: {job['message']}")
            time.sleep(0.01)
            job = self.ask("GET", f"tfgpu-lab/benchmarks/{job['id']}")


@contextmanager
def served() -> Iterator[Server]:
    """Have a server while the body runs."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            for kernel_id in server.kernels.values():
                server.ask("DELETE", f"api/kernels/{kernel_id}")
            server.process.terminate()
            server.process.wait()


def processes() -> dict[int, tuple[int, int]]:
    """Return pid to (parent, process group) of all processes that have not ended."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] not in "ZX":
            found[int(path.parent.name)] = (int(fields[1]), int(fields[2]))
    return found


def guests(server: int) -> set[int]:
    """Return the process groups that a server has started guests in."""
    children = {pid: group for pid, (parent, group) in processes().items() if parent == server}
    return {group for pid, group in children.items() if b"_lifeline" in command(pid)}


def command(pid: int) -> bytes:
    """Return the command line of a process; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def cancel(server: Server, kernel: str, asked: dict[str, Any], step: str, into_s: float) -> tuple[float, float, int]:
    """Cancel a benchmark in a phase; return seconds until all is gone, until the answer, and how many there were."""
    request = {"kernel_id": server.kernels[kernel], "device": "CPU:0", **asked}
    job = server.ask("POST", "tfgpu-lab/benchmarks", request)
    server.until(job, step)
    time.sleep(into_s)
    groups = guests(server.process.pid)
    members = sum(group in groups for _, group in processes().values())
    answered: list[float] = []
    begin = time.perf_counter()

    def delete() -> None:
        server.ask("DELETE", f"tfgpu-lab/benchmarks/{job['id']}")
        answered.append(time.perf_counter() - begin)

    deleting = threading.Thread(target=delete)
    deleting.start()
    while any(group in groups for _, group in processes().values()):
        time.sleep(0.002)
    gone_s = time.perf_counter() - begin
    deleting.join()
    assert not guests(server.process.pid)
    return gone_s, answered[0], members


def main() -> int:
    """Print a row for each phase; 1 when one took longer than the bound."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--times", type=int, default=5, help="cancels in each phase")
    chosen = options.parse_args()
    worst_s = 0.0
    print("all gone, median and most | DELETE answered, median and most | processes | phase")
    with served() as server:
        for kernel, asked, step, into_s in PHASES:
            found = [cancel(server, kernel, asked, step, into_s) for _ in range(chosen.times)]
            columns = [
                f"{statistics.median(times):6.3f} {max(times):6.3f} s"
                for times in ([one[0] for one in found], [one[1] for one in found])
            ]
            most = max(one[2] for one in found)
            what = "" if kernel == REAL else f", {kernel}"
            print(f"{columns[0]:>24}  | {columns[1]:>31}  | {most:9} | {step}, {into_s:g} s into it{what}", flush=True)
            worst_s = max(worst_s, *(max(one[:2]) for one in found))
    print(f"worst of all: {worst_s:.3f} s, of {BOUND_S:g} s")
    return int(worst_s > BOUND_S)


if __name__ == "__main__":
    sys.exit(main())
