"""What an open panel costs a training: paired blocks of one fit, with and without the panel's questions.

python bench/training_throughput.py [--quads 40] [--block-s 2]

A real Jupyter Server with the simulated driver of the tests below it, a real kernel, one long Keras fit on the CPU. In
every second block all questions of a panel are asked once: kernel, GPUs, kernels, events. The panel asks them every
5 s (GPUs: 2 s), so blocks of 2 s have more than it does. Blocks come as ABBA, and the ratio is taken within each
four: a drift of the machine meets both sides. Ends with 1 when the ratio is surely below the limit.
"""

import argparse
import asyncio
import itertools
import json
import math
import os
import statistics
import sys
import tempfile
import time
from bisect import bisect
from pathlib import Path

from jupyter_client.asynchronous import AsyncKernelClient
from sampler_cost import TOKEN, Server
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import scenario  # noqa: E402

LIMIT = 0.99
ROUND_S = 5.0  # the panel's own pace
WARM_S = 3.0
FIT = """
import os, json, time
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import keras, numpy as np
x, y = np.random.rand(4096, 64).astype("float32"), np.random.rand(4096, 1).astype("float32")
model = keras.Sequential([keras.layers.Dense(128, activation="relu"), keras.layers.Dense(128), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(x, y, verbose=0)
class Note(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.at_s, self.end_s = [], time.monotonic() + {seconds}
    def on_train_batch_end(self, batch, logs=None):
        self.at_s.append(time.monotonic())
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = self.at_s[-1] > self.end_s
note = Note()
open({started!r}, "w").close()
model.fit(x, y, epochs=10**9, verbose=0, callbacks=[note])
with open({path!r}, "w") as file:
    json.dump(note.at_s, file)
"""


def batches(at_s: list[float], since_s: float, until_s: float) -> float:
    """Return how many batches ended within a time, parts of the first and the last included."""

    def until(moment_s: float) -> float:
        after = bisect(at_s, moment_s)
        return after + (moment_s - at_s[after - 1]) / (at_s[after] - at_s[after - 1])

    return until(until_s) - until(since_s)


def interval(ratios: list[float]) -> tuple[float, float]:
    """Return the confidence interval of the median, at least 95 %, whatever the distribution."""
    ordered, n = sorted(ratios), len(ratios)
    beyond, low = 0.0, 0
    while (beyond := beyond + math.comb(n, low) / 2**n) <= 0.025:
        low += 1
    return ordered[max(0, low - 1)], ordered[min(n - 1, n - low)]


async def main(quads: int, block_s: float) -> int:
    """Print the ratio; return 1 when it is surely below the limit."""
    folder = Path(tempfile.mkdtemp())
    (folder / "driver").mkdir()
    server = Server(sys.executable, {"tfgpu_lab": True}, folder / "server", scenario.build(folder / "driver"))
    await server.start("gpus 1")
    try:
        request = HTTPRequest(f"{server.url}/api/kernels", "POST", {"Authorization": f"token {TOKEN}"}, body="{}")
        kernel_id = json.loads((await AsyncHTTPClient().fetch(request)).body)["id"]
        client = AsyncKernelClient(connection_file=str(folder / "server" / "RUNTIME" / f"kernel-{kernel_id}.json"))
        client.load_connection_file()
        client.start_channels()
        panel = [f"tfgpu-lab/{path}" for path in (f"kernels/{kernel_id}", "gpus?since=0", "kernels", "events?since=0")]
        await asyncio.gather(*map(server.get, panel))  # the first probes the environment, once
        started, path = folder / "started", folder / "batches.json"
        seconds = quads * 4 * block_s + 2 * WARM_S
        sent = client.execute(FIT.format(seconds=seconds, started=str(started), path=str(path)))
        while not started.exists():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.1)
        await asyncio.sleep(WARM_S)
        edges, cpu_s, answers_ms = [time.monotonic()], [server.cpu_s()], []
        for with_panel in (False, True, True, False) * quads:
            if with_panel:
                await asyncio.gather(*map(server.get, panel))
                answers_ms.append((time.monotonic() - edges[-1]) * 1000)
            edges.append(edges[0] + len(edges) * block_s)
            await asyncio.sleep(edges[-1] - time.monotonic())
            cpu_s.append(server.cpu_s())
        while (await client.get_shell_msg(timeout=120))["parent_header"]["msg_id"] != sent:
            pass
        client.stop_channels()
    finally:
        server.stop()
    at_s = json.loads(path.read_text())
    done = [batches(at_s, *edge) for edge in itertools.pairwise(edges)]
    fours = [done[index : index + 4] for index in range(0, len(done), 4)]
    ratios = [(b + c) / (a + d) for a, b, c, d in fours]
    alike = [math.sqrt(a / d) for a, _, _, d in fours]
    low, high = interval(ratios)
    taken = [after - before for before, after in itertools.pairwise(cpu_s)]
    a_round_s = statistics.mean(
        (taken[i + 1] + taken[i + 2] - taken[i] - taken[i + 3]) / 2 for i in range(0, len(taken), 4)
    )
    share = a_round_s / ROUND_S / (os.cpu_count() or 1)
    print(f"batches/s, median of {len(done)} blocks of {block_s:g} s: {statistics.median(done) / block_s:.1f}")
    print(f"one round of the panel's questions: median {statistics.median(answers_ms):.1f} ms")
    print(
        f"CPU of the server for it: {a_round_s * 1000:.0f} ms, every {ROUND_S:g} s {share:.2%} of this machine's cores"
    )
    print(f"with the panel against without: {statistics.median(ratios):.4f}, 95 % {low:.4f} to {high:.4f}, n={quads}")
    print(f"noise: two blocks without, by the root of their ratio, quartiles {statistics.quantiles(alike, n=4)}")
    return int(high < LIMIT)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quads", type=int, default=40)
    options.add_argument("--block-s", type=float, default=2.0)
    chosen = options.parse_args()
    sys.exit(asyncio.run(main(chosen.quads, chosen.block_s)))
