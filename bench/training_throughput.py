"""What an open panel costs a training: batches lost around each of the panel's questions, in one fit.

python bench/training_throughput.py [--rounds 60]

A real Jupyter Server with the simulated driver of the tests below it, a real kernel, one long Keras fit on the CPU.
Every second one of three things is done in turn: all questions of a panel are asked at once (kernel, GPUs, kernels,
events), only the one for the GPUs, or nothing. The batches of the half second that begins there are set against those
of the half seconds before and after it, so that a drift of the machine meets both sides; what is missing is the
training time that it cost. The panel asks all of them every 5 s, and for the GPUs every 2 s: from that follows the
ratio with the panel to without. What nothing costs tells how far the method is to be believed. Beside it stands a
bound that needs no statistics: the ratio if all CPU time of the server and of ipykernel's own threads, during the
questions and between them, were taken from the training. Ends with 1 when the measured ratio is surely below the limit.
"""

import argparse
import asyncio
import itertools
import json
import random
import statistics
import sys
import tempfile
import time
from bisect import bisect
from pathlib import Path
from typing import NamedTuple

from jupyter_client.asynchronous import AsyncKernelClient
from sampler_cost import TOKEN, Server
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import scenario  # noqa: E402

LIMIT = 0.99
ROUND_S, GPUS_S = 5.0, 2.0  # the panel's own pace
WINDOW_S = 0.5
TURN_S = 1.0  # and a window before the next turn's
WARM_S = 3.0
RESAMPLES = 2000
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


def lost_s(at_s: list[float], asked_s: float) -> float:
    """Return the training time that what began at a moment cost: the batches missing in the window after it."""
    windows = [asked_s + WINDOW_S * index for index in (-1, 0, 1, 2)]
    before, during, after = (batches(at_s, *edges) for edges in itertools.pairwise(windows))
    a_batch_s = (at_s[-1] - at_s[0]) / (len(at_s) - 1)
    return ((before + after) / 2 - during) * a_batch_s


def interval(values: list[float]) -> tuple[float, float]:
    """Return the 95 % interval of the mean, whatever the distribution: from means of values drawn anew."""
    chance = random.Random(0)
    means = sorted(statistics.fmean(chance.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES)]


def said(what: str, values: list[float]) -> None:
    """Print what one turn costs."""
    low, high = (1000 * value for value in interval(values))
    mean = 1000 * statistics.fmean(values)
    print(f"{what:48} {mean:6.1f} ms of training, 95 % {low:.1f} to {high:.1f}, n={len(values)}")


class Threads:
    """The CPU time of threads of a process, by the scheduler's own account."""

    def __init__(self, pid: int) -> None:
        """Those that the process has now, without its first one, in which the cells run."""
        folder = Path(f"/proc/{pid}/task")
        self._files = [one / "schedstat" for one in folder.iterdir() if one.name != str(pid)]

    def cpu_s(self) -> float:
        """Return what they have used, in seconds."""
        return sum(int(one.read_text().split()[0]) for one in self._files) / 1e9


class Turns(NamedTuple):
    """What was done when, and what CPU time it took, by kind."""

    asked_s: dict[str, list[float]]  # monotonic
    cpu_s: dict[str, list[tuple[float, float]]]  # of the server, and of the kernel's own threads
    answers_ms: list[float]  # of all questions


async def taken(rounds: int, server: Server, kernel: Threads, panel: list[str]) -> Turns:
    """Take turns."""
    kinds = {"all": panel, "gpus": panel[1:2], "nothing": []}
    turns = Turns({kind: [] for kind in kinds}, {kind: [] for kind in kinds}, [])
    order = itertools.cycle(itertools.chain.from_iterable(itertools.permutations(kinds)))  # each follows each
    next_s = time.monotonic()
    for kind in itertools.islice(order, rounds * len(kinds)):
        before, now_s = (server.cpu_s(), kernel.cpu_s()), time.monotonic()
        turns.asked_s[kind].append(now_s)
        await asyncio.gather(*map(server.get, kinds[kind]))
        if kind == "all":
            turns.answers_ms.append((time.monotonic() - now_s) * 1000)
        next_s += TURN_S
        await asyncio.sleep(next_s - time.monotonic())
        turns.cpu_s[kind].append((server.cpu_s() - before[0], kernel.cpu_s() - before[1]))
    return turns


async def measured(rounds: int) -> tuple[list[float], Turns]:
    """Return when each batch ended, and the turns beside them."""
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
        report, *_ = await asyncio.gather(*map(server.get, panel))  # the first probes the environment, once
        kernel = Threads(report["live"]["pid"])  # before TensorFlow has its own
        started, path = folder / "started", folder / "batches.json"
        seconds = rounds * 3 * TURN_S + 2 * WARM_S
        sent = client.execute(FIT.format(seconds=seconds, started=str(started), path=str(path)))
        while not started.exists():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.1)
        await asyncio.sleep(WARM_S)
        await asyncio.gather(*map(server.get, panel))
        await asyncio.sleep(WARM_S / 2)
        turns = await taken(rounds, server, kernel, panel)
        while (await client.get_shell_msg(timeout=120))["parent_header"]["msg_id"] != sent:
            pass
        client.stop_channels()
    finally:
        server.stop()
    return json.loads(path.read_text()), turns


def main(rounds: int) -> int:
    """Print the ratio; return 1 when it is surely below the limit."""
    at_s, turns = asyncio.run(measured(rounds))
    lost = {kind: [lost_s(at_s, asked_s) for asked_s in moments] for kind, moments in turns.asked_s.items()}
    said("all of the panel's questions at once cost", lost["all"])
    said("the one for the GPUs alone", lost["gpus"])
    said("nothing (so far is the method to be believed)", lost["nothing"])
    print(f"all answers are there after {statistics.median(turns.answers_ms):.0f} ms at the median")
    more = ROUND_S / GPUS_S - 1  # of the questions for the GPUs, beside those with all others
    costs = [one + more * gpus for one, gpus in zip(lost["all"], lost["gpus"], strict=True)]
    low, high = (1 - cost_s / ROUND_S for cost_s in reversed(interval(costs)))
    ratio = 1 - statistics.fmean(costs) / ROUND_S
    print(f"training with the panel against without: {ratio:.4f}, 95 % {low:.4f} to {high:.4f}; limit {LIMIT}")
    used = {
        kind: [statistics.fmean(column) for column in zip(*rows, strict=True)] for kind, rows in turns.cpu_s.items()
    }
    resting_s = sum(used["nothing"]) / TURN_S * ROUND_S
    beyond = {kind: [one - rest for one, rest in zip(used[kind], used["nothing"], strict=True)] for kind in used}
    server_ms, kernel_ms = (1000 * one for one in beyond["all"])
    print(f"CPU time of all questions: {server_ms:.1f} ms of the server, {kernel_ms:.1f} ms in the kernel")
    print(f"CPU time between the questions: {sum(used['nothing']) / TURN_S:.2%} of a core")
    ceiling = 1 - (sum(beyond["all"]) + more * sum(beyond["gpus"]) + resting_s) / ROUND_S
    print(f"were all of it the training's: {ceiling:.4f}")
    return int(high < LIMIT)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=60)
    sys.exit(main(options.parse_args().rounds))
