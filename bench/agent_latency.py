"""How long a kernel's agent takes to answer, and what reading it costs a training.

python bench/agent_latency.py [--reads 100] [--fit-s 20] [--rounds 3]
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from tfgpu_lab.kernels.agent import Agents

MODEL = """
import os, time
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import keras, numpy as np
x, y = np.random.rand(4096, 64).astype("float32"), np.random.rand(4096, 1).astype("float32")
model = keras.Sequential([keras.layers.Dense(128, activation="relu"), keras.layers.Dense(128), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x, y, verbose=0)
class For(keras.callbacks.Callback):
    def __init__(self, seconds):
        super().__init__()
        self.seconds, self.epochs = seconds, 0
    def on_train_begin(self, logs=None):
        self.began = time.monotonic()
    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1
        self.model.stop_training = time.monotonic() - self.began >= self.seconds
    def on_train_end(self, logs=None):
        self.rate = self.epochs / (time.monotonic() - self.began)
def fit(seconds):
    train = For(seconds)
    model.fit(x, y, epochs=10**9, verbose=0, callbacks=[train])
    return train.rate
"""


class Bench:
    """One kernel, its agent, and a client that runs cells."""

    def __init__(self, kernel_id: str, km: Any, client: Any) -> None:
        self.kernel_id, self.km, self.client = kernel_id, km, client
        self.agents = Agents()

    async def run(self, code: str, expression: str = "None") -> str:
        """Run a cell and return the text of an expression after it."""
        sent = self.client.execute(code, user_expressions={"value": expression})
        while (reply := await self.client.get_shell_msg(timeout=600))["parent_header"]["msg_id"] != sent:
            pass
        assert reply["content"]["status"] == "ok", reply["content"]
        return reply["content"]["user_expressions"]["value"]["data"]["text/plain"]

    async def latency(self, reads: int) -> str:
        """Return median and 99th percentile over single reads, in milliseconds."""
        taken_ms = []
        for _ in range(reads):
            began = time.perf_counter()
            await self.agents.read(self.kernel_id, self.km)
            taken_ms.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.05)
        p99 = statistics.quantiles(taken_ms, n=100, method="inclusive")[98]
        return f"median {statistics.median(taken_ms):6.2f} ms   p99 {p99:6.2f} ms   n={reads}"

    async def latency_during(self, cell: str, reads: int) -> str:
        """Return the latency while a cell runs, which must outlast the reads."""
        running = asyncio.create_task(self.run(cell))
        await asyncio.sleep(1)
        line = await self.latency(reads)
        assert not running.done(), "the cell ended before the reads did"
        await running
        return line

    async def epochs_per_s(self, fit_s: float, every_s: float | None) -> float:
        """Return the speed of a fit, with a read every so many seconds or none."""

        async def keep_reading(pause_s: float) -> None:
            while True:
                await self.agents.read(self.kernel_id, self.km)
                await asyncio.sleep(pause_s)

        reading = asyncio.create_task(keep_reading(every_s)) if every_s else None
        rate = float(await self.run(f"rate = fit({fit_s})", "rate"))
        if reading:
            assert not reading.done(), reading.exception()
            reading.cancel()
        return rate


async def main(reads: int, fit_s: float, rounds: int) -> None:
    """Print the figures."""
    kernels = AsyncMappingKernelManager(connection_dir=tempfile.mkdtemp())
    kernel_id = await kernels.start_kernel()
    km = kernels.get_kernel(kernel_id)
    bench = Bench(kernel_id, km, km.client())
    try:
        began = time.perf_counter()
        await bench.agents.install(kernel_id, km)
        print(f"installed after start  {time.perf_counter() - began:6.3f} s")
        bench.client.start_channels()
        await bench.client.wait_for_ready(timeout=60)
        busy_s = reads * 0.12 + 3
        print(f"idle                   {await bench.latency(reads)}")
        print(f"time.sleep             {await bench.latency_during(f'import time; time.sleep({busy_s})', reads)}")
        await bench.run(MODEL)
        print(f"keras fit              {await bench.latency_during(f'fit({busy_s})', reads)}")
        rates: dict[float | None, list[float]] = {None: [], 1.0: []}
        for _ in range(rounds):  # in turn, so that a drift of the machine meets both
            for every_s, found in rates.items():
                found.append(await bench.epochs_per_s(fit_s, every_s))
        without, with_reads = (statistics.median(found) for found in rates.values())
        spread = (max(rates[None]) - min(rates[None])) / without
        print(f"epochs/s: no reads {without:.2f}, one a second {with_reads:.2f}, ratio {with_reads / without:.3f}")
        print(f"spread of the rounds without reads: {spread:.1%}")
    finally:
        bench.client.stop_channels()
        await bench.agents.close()
        await kernels.shutdown_kernel(kernel_id, now=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reads", type=int, default=100)
    options.add_argument("--fit-s", type=float, default=20)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    asyncio.run(main(chosen.reads, chosen.fit_s, chosen.rounds))
