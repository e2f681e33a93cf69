"""Writes docs/performance.md: what watching costs against the number of GPUs, kernels and clients.

python bench/cost_chart.py

The GPUs are simulated below the real pynvml, so no time of a driver is in these figures; the shape of the curves
carries, the absolute figures are of the machine that made them.
"""

import asyncio
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sampler_cost import ROOT, Server, clients, poll_cost, window
from tornado.httpclient import AsyncHTTPClient

from tests import scenario

GPUS, KERNELS, CLIENTS = (1, 2, 4, 8, 16), (0, 25, 50, 100), (1, 4, 16, 64)
PAGE = ROOT / "docs" / "performance.md"


def chart(title: str, axis: str, x: Sequence[int], unit: str, y: Sequence[float]) -> str:
    """Return a chart and its figures as a table, in Markdown."""
    top = max(y) * 1.2 or 1
    ticks = ", ".join(map(str, x))
    values = ", ".join(f"{value:.3f}" for value in y)
    rows = "\n".join(f"| {a} | {b:.3f} |" for a, b in zip(x, y, strict=True))
    return f"""## {title}

```mermaid
xychart-beta
    title "{title}"
    x-axis "{axis}" [{ticks}]
    y-axis "{unit}" 0 --> {top:.3f}
    line [{values}]
```

| {axis} | {unit} |
| ---: | ---: |
{rows}
"""


async def measure(folder: Path) -> list[str]:
    """Return the charts."""
    library = scenario.build(folder)

    async def median_ms(gpus: int, kernels: int) -> float:
        taken_ms, _ = await poll_cost(folder / "poll", library, gpus, kernels, polls=150)
        return statistics.median(taken_ms)

    charts = [
        chart(
            "Event-loop time of a poll, 100 kernels",
            "GPUs",
            GPUS,
            "ms, median of 150",
            [await median_ms(gpus, 100) for gpus in GPUS],
        ),
        chart(
            "Event-loop time of a poll, 16 GPUs",
            "kernels",
            KERNELS,
            "ms, median of 150",
            [await median_ms(16, kernels) for kernels in KERNELS],
        ),
    ]
    calls, cpu = [], []
    for gpus in GPUS:
        server = Server(sys.executable, {"tfgpu_lab": True}, folder / f"gpus-{gpus}", library)
        await server.start(f"gpus {gpus}")
        try:
            async with clients(server.panel, 4):
                calls.append((await window(server, 8))[0])
        finally:
            server.stop()
    charts.append(chart("NVML calls, 4 clients", "GPUs", GPUS, "calls a second", calls))
    calls = []
    server = Server(sys.executable, {"tfgpu_lab": True}, folder / "clients", library)
    await server.start("gpus 8")
    try:
        for count in CLIENTS:
            async with clients(server.panel, count):
                rate, share = await window(server, 8)
            calls.append(rate)
            cpu.append(share * 100)
    finally:
        server.stop()
    charts.append(chart("NVML calls, 8 GPUs", "clients", CLIENTS, "calls a second", calls))
    charts.append(chart("CPU of the server, 8 GPUs", "clients", CLIENTS, "% of one core", cpu))
    return charts


if __name__ == "__main__":
    AsyncHTTPClient.configure(None, max_clients=200)
    with tempfile.TemporaryDirectory() as name:
        charts = asyncio.run(measure(Path(name)))
    head = """# Performance

What watching GPUs costs the Jupyter server. Written by `bench/cost_chart.py`: the GPUs are simulated below the real
pynvml, so no time of a driver is in it, and the absolute figures are of the machine that made them. A poll is what one
open panel asks every two seconds. [Costs](costs.md) compares these figures with limits and with another extension.

"""
    PAGE.write_text(head + "\n".join(charts), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))
