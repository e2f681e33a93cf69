"""How long a kernel's agent takes to answer, and the CPU time that it takes from the kernel.

python bench/agent_latency.py [--reads 100]

What that does to a training is measured by bench/training_throughput.py.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from tfgpu_lab.kernels.agent import Agents

ROUND_S, READS_PER_ROUND = 5.0, 2  # the panel asks for the report of the kernel in front, and for the list of kernels
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
        self.seconds = seconds
    def on_train_begin(self, logs=None):
        self.began = time.monotonic()
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = time.monotonic() - self.began >= self.seconds
def fit(seconds):
    model.fit(x, y, epochs=10**9, verbose=0, callbacks=[For(seconds)])
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

    def cpu_ms(self) -> float:
        """Return the CPU time that all threads of the kernel have used, in milliseconds."""
        threads = Path(f"/proc/{self.km.provisioner.pid}/task").glob("*/schedstat")
        return sum(int(one.read_text().split()[0]) for one in threads) / 1e6

    async def cost(self, reads: int) -> str:
        """Return the CPU time that a read costs the kernel, in milliseconds: what can be taken from a training."""
        began, before = time.perf_counter(), self.cpu_ms()
        for _ in range(reads):
            await self.agents.read(self.kernel_id, self.km)
            await asyncio.sleep(0.02)
        used_ms, took_s = self.cpu_ms() - before, time.perf_counter() - began
        before = self.cpu_ms()
        await asyncio.sleep(took_s)
        per_read_ms = (used_ms - (self.cpu_ms() - before)) / reads
        share = per_read_ms * READS_PER_ROUND / (ROUND_S * 1000)
        return f"{per_read_ms:.2f} ms of CPU a read: at most {share:.3%} of a core with a panel open"


async def main(reads: int) -> None:
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
        print(f"in the kernel          {await bench.cost(3 * reads)}")
    finally:
        bench.client.stop_channels()
        await bench.agents.close()
        await kernels.shutdown_kernel(kernel_id, now=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reads", type=int, default=100)
    asyncio.run(main(options.parse_args().reads))
