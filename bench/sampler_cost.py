"""What watching GPUs costs a server: NVML calls, CPU, latency of other requests, event-loop time of a poll.

python bench/sampler_cost.py [--gpus 8] [--window-s 10] [--rounds 3] [--peer PYTHON]

The GPUs are simulated below the real pynvml (tests/native/nvml_scenario.c): no time of a driver is in these figures.
With `--peer`, the interpreter of an environment that has jupyterlab-nvdashboard, the same is asked of that at its
default of ten readings a second. Ratios carry; absolute figures are this machine's. Ends with 1 when a limit is broken.
"""

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import scenario  # noqa: E402
from tfgpu_lab.nvml.sampler import Sampler  # noqa: E402
from tfgpu_lab.server.bindings import Bindings  # noqa: E402

POLL_S = 2.0  # what the panel does
PEER_PANELS = ("gpu_utilization", "gpu_usage", "gpu_resource", "pci_stats", "nvlink_throughput", "cpu_resource")
PEER_MS = 100  # its default
POLL_LIMIT_MS = 1.0
PEER_LIMIT = 0.1
TOKEN = "bench"

failures = 0


def judge(what: str, value: float, limit: float) -> None:
    """Print a figure as its ratio to a limit."""
    global failures  # noqa: PLW0603
    failures += value > limit
    print(f"{what:66}{value / limit:8.2f} of the limit{'' if value <= limit else '   BROKEN'}", flush=True)


class Server:
    """A real Jupyter Server in a process of its own, with the simulated driver below it."""

    def __init__(self, python: str, extensions: dict[str, bool], folder: Path, library: Path, *options: str) -> None:
        folder.mkdir()
        self.scenario = scenario.Scenario(folder)
        self.scenario.say("gpus 1")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        env = {**os.environ, **self.scenario.environment, "LD_LIBRARY_PATH": str(library.parent)}
        env |= {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "RUNTIME", "DATA")}
        self._command = [
            python, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={port}",
            f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}",
            f"--ServerApp.jpserver_extensions={extensions!r}", "--log-level=ERROR", *options,
        ]  # fmt: skip
        self._env = env
        self._client = AsyncHTTPClient()

    async def start(self, *lines: str) -> None:
        """Start it, and wait until it answers."""
        self.scenario.say(*lines)
        self._process = subprocess.Popen(self._command, env=self._env)  # noqa: ASYNC220 - waits for nothing
        for _ in range(600):
            with contextlib.suppress(OSError):
                await self.get("api/status")
                return
            await asyncio.sleep(0.1)
        raise TimeoutError("the server does not start")

    def stop(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait()

    async def get(self, path: str) -> Any:
        """Fetch JSON."""
        request = HTTPRequest(f"{self.url}/{path}", headers={"Authorization": f"token {TOKEN}"})
        return json.loads((await self._client.fetch(request)).body)

    def cpu_s(self) -> float:
        """Return the CPU time it has used, in seconds."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def panel(self) -> None:
        """Poll as our panel does, until cancelled."""
        seq = 0
        while True:
            seq = (await self.get(f"tfgpu-lab/gpus?since={seq}"))["seq"]
            await asyncio.sleep(POLL_S)

    async def peer_tab(self) -> None:
        """Keep all panels of the peer open, as one tab does, until cancelled."""
        async with contextlib.AsyncExitStack() as stack:
            sockets = []
            for name in PEER_PANELS:
                url = f"{self.url.replace('http', 'ws')}/nvdashboard/{name}?token={TOKEN}"
                sockets.append(await websocket_connect(url))
                stack.callback(sockets[-1].close)
                await sockets[-1].write_message(json.dumps({"updateFrequency": PEER_MS, "isPaused": False}))

            async def drain(one: Any) -> None:
                while await one.read_message() is not None:
                    pass

            await asyncio.gather(*map(drain, sockets))


@contextlib.asynccontextmanager
async def clients(one: Callable[[], Awaitable[None]], count: int) -> AsyncIterator[None]:
    """Have so many clients while the body runs."""
    tasks = [asyncio.ensure_future(one()) for _ in range(count)]
    await asyncio.sleep(3)
    try:
        yield
        for task in tasks:
            if task.done():
                raise RuntimeError("a client ended early") from task.exception()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def window(server: Server, seconds: float) -> tuple[float, float]:
    """Return NVML calls a second and the share of a core, over a window."""
    calls, cpu_s, began = server.scenario.total(), server.cpu_s(), time.monotonic()
    await asyncio.sleep(seconds)
    took_s = time.monotonic() - began
    return (server.scenario.total() - calls) / took_s, (server.cpu_s() - cpu_s) / took_s


async def status_ms(server: Server, seconds: float) -> list[float]:
    """Return how long each `GET api/status` took, in milliseconds."""
    taken_ms, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        await server.get("api/status")
        taken_ms.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.02)
    return taken_ms


def p50_p99(taken_ms: list[float]) -> tuple[float, float]:
    """Return median and 99th percentile."""
    return statistics.median(taken_ms), statistics.quantiles(taken_ms, n=100, method="inclusive")[98]


async def latency(gpus: int, window_s: float, rounds: int, folder: Path, library: Path) -> None:
    """Compare `GET api/status` of servers without us, with 4 clients, and with a hang of 5 s in any call.

    The third server samples four times as often and lists processes at each reading, so that each function is met.
    """
    often = ("--TfGpuLab.sample_interval_s=0.5", "--TfGpuLab.sample_processes_every=1")
    bare = Server(sys.executable, {"tfgpu_lab": False}, folder / "without", library)
    ours = Server(sys.executable, {"tfgpu_lab": True}, folder / "with", library)
    hung = Server(sys.executable, {"tfgpu_lab": True}, folder / "hanging", library, *often)
    names = ("without us", "with 4 clients", "and any call hanging")
    taken: dict[str, list[list[float]]] = {name: [] for name in names}
    machine = (f"gpus {gpus}", f"mig {gpus - 1} 2 10240", f"process 0 {os.getpid()} 100")
    for server in (bare, ours, hung):
        await server.start(*machine)
    worst = ("", 0.0)
    try:
        async with clients(ours.panel, 4), clients(hung.panel, 4):
            functions = sorted(hung.scenario.calls())
            for _ in range(rounds):
                taken[names[0]].append(await status_ms(bare, window_s))
                taken[names[1]].append(await status_ms(ours, window_s))
                taken[names[2]].append([])
                for function in functions:
                    hung.scenario.say(*machine, f"delay {function} 5000")
                    some_ms = await status_ms(hung, max(1.5, window_s / 5))
                    taken[names[2]][-1] += some_ms
                    worst = max(worst, (function, max(some_ms)), key=lambda one: one[1])
    finally:
        for server in (bare, ours, hung):
            server.stop()
    told = {name: list(zip(*map(p50_p99, windows), strict=True)) for name, windows in taken.items()}
    for name, (p50, p99) in told.items():
        print(
            f"GET api/status {name:22} p50 {statistics.median(p50):6.2f} ms ({min(p50):.2f} to {max(p50):.2f}), "
            f"p99 {statistics.median(p99):6.2f} ms ({min(p99):.2f} to {max(p99):.2f}), {rounds} rounds"
        )
    print(f"{len(functions)} functions hung in turn; the longest answer, {worst[1]:.0f} ms, was during {worst[0]}")
    for name in names[1:]:
        for index, what in enumerate(("p50", "p99")):
            noise = max(told[names[0]][index])
            judge(
                f"{what} {name} against the worst round without, at most 1.5",
                statistics.median(told[name][index]) / noise,
                1.5,
            )


async def http_cost(server: Server, requests: int = 400) -> None:
    """Print the CPU time of a poll over HTTP beside that of Jupyter Server's own smallest answers."""
    seq = (await server.get("tfgpu-lab/gpus"))["seq"]
    for path in ("api/status", "api/kernels", f"tfgpu-lab/gpus?since={seq + 1000}", f"tfgpu-lab/gpus?since={seq}"):
        cpu_s = server.cpu_s()
        for _ in range(requests):
            await server.get(path)
        print(f"GET {path:32} {(server.cpu_s() - cpu_s) / requests * 1000:6.2f} ms of CPU in all, n={requests}")


async def servers(gpus: int, window_s: float, peer: str | None, folder: Path, library: Path) -> None:
    """Compare whole servers."""
    ours = Server(sys.executable, {"tfgpu_lab": True}, folder / "ours", library)
    await ours.start(f"gpus {gpus}")
    try:
        rates = {}
        for count in (1, 4, 64):
            async with clients(ours.panel, count):
                rates[count], cpu = await window(ours, window_s)
            print(f"{gpus} GPUs, {count:2} clients: {rates[count]:6.1f} NVML calls/s, {cpu:7.2%} of a core", flush=True)
            our_cpu = cpu if count == 4 else locals().get("our_cpu", cpu)
        judge("calls/s with 64 clients against 1, at most 1.25", rates[64] / rates[1], 1.25)
        await asyncio.sleep(15 + 3)
        calls, _ = await window(ours, 5)
        print(f"{gpus} GPUs, nobody for the grace time: {calls:.1f} NVML calls/s")
        judge("calls/s when nobody looks, at most 0.001", calls, 0.001)
        await http_cost(ours)
    finally:
        ours.stop()
    if peer:
        theirs = Server(peer, {"jupyterlab_nvdashboard": True}, folder / "peer", library)
        await theirs.start(f"gpus {gpus}")
        try:
            async with clients(theirs.peer_tab, 4):
                calls, cpu = await window(theirs, window_s)
        finally:
            theirs.stop()
        print(f"{gpus} GPUs,  4 tabs of nvdashboard at {PEER_MS} ms: {calls:6.1f} NVML calls/s, {cpu:7.2%} of a core")
        judge("our CPU with 4 clients against the peer's with 4 tabs, at most 0.1", our_cpu / cpu, PEER_LIMIT)


async def poll_cost(folder: Path, library: Path, gpus: int, kernels: int, polls: int = 300) -> tuple[list[float], int]:
    """Time what a poll does on the event loop, with so many processes that stand for kernels.

    Returns the milliseconds of each poll and the median length of an answer in bytes.
    """
    processes = [subprocess.Popen(["sleep", "600"]) for _ in range(kernels)]  # noqa: ASYNC220 - waits for nothing
    pids = {f"kernel-{index}": process.pid for index, process in enumerate(processes)}

    class Kernels(dict[str, Any]):
        def list_kernel_ids(self) -> list[str]:
            return list(self)

        def get_kernel(self, kernel_id: str) -> Any:
            return self[kernel_id]

    since = datetime.now(UTC) - timedelta(hours=1)
    manager = Kernels(
        {
            name: SimpleNamespace(
                kernel_name="python3",
                provisioner=SimpleNamespace(pid=pid),
                execution_state="idle",
                last_activity=since,
            )
            for name, pid in pids.items()
        }
    )
    sessions = SimpleNamespace(
        list_sessions=lambda: [{"kernel": {"id": name}, "path": f"{name}.ipynb"} for name in pids]
    )
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240 - nothing waits yet
    try:
        with scenario.simulated(library, folder) as it:
            it.say(
                f"gpus {gpus}",
                *(f"process {index % gpus} {pid} 9000" for index, pid in enumerate(pids.values())),
            )
            sampler = Sampler(interval_s=0.5)
            bindings = Bindings(manager, sessions, sampler)
            seq = (await sampler.read()).seq
            await bindings.processes()
            taken_ms, sizes = [], []
            for _ in range(polls):
                await asyncio.sleep(0.02)
                began = time.thread_time()
                gpus_now = await sampler.read(seq)
                on_them = await bindings.processes()
                answer = msgspec.structs.replace(gpus_now, processes=on_them, idle_holders=bindings.idle_holders())
                body = msgspec.json.encode(answer)
                taken_ms.append((time.thread_time() - began) * 1000)
                sizes.append(len(body))
                seq = answer.seq
            assert sum(len(one.processes) for one in answer.processes) == kernels
            assert len(answer.idle_holders) == min(kernels, 10)
            await bindings.close()
            await sampler.close()
    finally:
        for process in processes:
            process.kill()
            process.wait()
    return taken_ms, round(statistics.median(sizes))


async def poll(folder: Path, library: Path, gpus: int = 16, kernels: int = 100) -> None:
    """Compare the cost of a poll with its limit."""
    taken_ms, size = await poll_cost(folder, library, gpus, kernels)
    median, p99 = statistics.median(taken_ms), statistics.quantiles(taken_ms, n=100)[98]
    print(
        f"{gpus} GPUs, {kernels} kernels: a poll takes {median:.3f} ms of the event loop "
        f"(p99 {p99:.3f}), {size / 1024:.0f} KiB"
    )
    judge("event-loop time of a poll, median, at most 1 ms", median, POLL_LIMIT_MS)


async def main(gpus: int, window_s: float, rounds: int, peer: str | None) -> int:
    """Print the figures; 1 when a limit is broken."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = scenario.build(folder)
        await poll(folder / "poll", library)
        await servers(gpus, window_s, peer, folder, library)
        await latency(gpus, window_s, rounds, folder, library)
    return int(failures > 0)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--gpus", type=int, default=8)
    options.add_argument("--window-s", type=float, default=10)
    options.add_argument("--rounds", type=int, default=3, help="of the comparison of latencies")
    options.add_argument("--peer", metavar="PYTHON", help="interpreter of an environment with jupyterlab-nvdashboard")
    chosen = options.parse_args()
    AsyncHTTPClient.configure(None, max_clients=200)
    sys.exit(asyncio.run(main(chosen.gpus, chosen.window_s, chosen.rounds, chosen.peer)))
