"""Our float32 figure for this CPU beside numpy, PyTorch and TensorFlow timed by hand, at equal sizes and threads.

Three questions. Is the method right? It and TensorFlow by hand take turns in one process, so that library, threads and
clock are the same. Which differences are the library's? TensorFlow's own GEMM tells how long its blocks take. Do runs
of the whole benchmark agree, on a machine whose clock changes? TensorFlow by hand is timed right before and after each
of them. `--torch PYTHON` names an interpreter with PyTorch; without it that row is left out, and said. `--heaps` asks
instead what one heap for all threads is good for: the method in fresh processes, with it and without, in turns.
"""

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, NamedTuple

from tfgpu_lab.benchmark.matmul import MatmulBenchmarks
from tfgpu_lab.kernels.interpreter import Launch
from tfgpu_lab.models.benchmark import BenchmarkRequest

WITHIN = 0.05
REST_S = 0.3  # some libraries' threads spin for a while after their work
PAIRS = 24  # batches of each, in turns
# A library in a process of its own: says its name, then answers {"size", "way"}.
SERVE = """
import json, sys, time, statistics
def timed(product, n):
    product(1)
    begin = time.perf_counter(); product(2)
    count, times = max(1, int(0.2 / (time.perf_counter() - begin))), []
    until = time.perf_counter() + 0.6
    while len(times) < 5 or time.perf_counter() < until:
        begin = time.perf_counter(); product(count)
        times.append((time.perf_counter() - begin) / count)
    return 2 * n**3 / statistics.median(times) / 1e12
def serve(name, ways):
    print(json.dumps(name), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(ways[asked['way']](asked['size'])), flush=True)
def looped(once, n):
    def product(count):
        for _ in range(count): once()
    return timed(product, n)
"""
NUMPY = """
import numpy as np
def by_hand(n):
    a, b = (np.random.default_rng(seed).normal(size=(n, n)).astype('float32') for seed in (1, 2))
    return looped(lambda: a @ b, n)
blas = np.show_config(mode='dicts')['Build Dependencies']['blas']
serve('numpy %s, %s %s' % (np.__version__, blas['name'], blas['version']), {'by hand': by_hand})
"""
TORCH = """
import torch
def by_hand(n):
    a, b = torch.randn(n, n), torch.randn(n, n)
    return looped(lambda: a @ b, n)
how = 'MKL' if torch.backends.mkl.is_available() else 'oneDNN'
serve('torch %s, %s, %d threads' % (torch.__version__, how, torch.get_num_threads()), {'by hand': by_hand})
"""
# By hand without `.numpy()`: that copies each result, which is 3 to 5 % of the product itself.
TENSORFLOW = """
import os
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import tensorflow as tf
def repeated(n):
    a, b = tf.random.normal((n, n)), tf.random.normal((n, n))
    def product(count):
        for _ in range(count): tf.linalg.matmul(a, b)
        tf.test.experimental.sync_devices()
    return product
def by_hand(n):
    return timed(repeated(n), n)
def method(n):
    space = {'__name__': 'products'}
    exec(sys.argv[1], space)
    of = space['Products'](tf, False, ())
    operands = of.operands('float32', n)
    run, count = of.batch('function', operands, of.roughly(operands))
    return lambda: of.once(operands, run)[0], count
def in_turns(n):
    product, (once, count), pairs = repeated(n), method(n), []
    for _ in range(int(sys.argv[2])):
        begin = time.perf_counter(); product(count)
        pairs.append([2 * n**3 * count / s / 1e12 for s in (time.perf_counter() - begin, once())])
    return pairs[1:]
def pages(n):
    import resource
    taken = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    once, count = method(n)
    batches = [[taken(), once(), taken()] for _ in range(int(sys.argv[2]))][6:]
    anew = statistics.mean(after - before for before, _, after in batches) * resource.getpagesize()
    return 2 * n**3 * count / statistics.median(s for _, s, _ in batches) / 1e12, anew / (4 * n * n * count)
serve('TensorFlow %s' % tf.__version__, {'by hand': by_hand, 'in turns': in_turns, 'pages': pages})
"""
VERBOSE = """
import os
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import tensorflow as tf
a, b = tf.random.normal((1024, 1024)), tf.random.normal((1024, 1024))
for _ in range(10): tf.linalg.matmul(a, b)
"""


def environment() -> dict[str, str]:
    """No GPU, for all as many threads as this process may use, and one heap, as the benchmark has it."""
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads()))
    return {**os.environ, **limits, "MALLOC_ARENA_MAX": "1", "CUDA_VISIBLE_DEVICES": "-1"}


def threads() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


class Library:
    """One library in its process, which waits between its turns."""

    def __init__(self, python: str, code: str, *more: str, **variables: str) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [python, "-c", SERVE + code, *more]
        self.process = subprocess.Popen(command, env=environment() | variables, text=True, **pipes)
        self.name = self._answer()

    def measure(self, size: int, way: str = "by hand") -> Any:
        """Return TFLOP/s; in turns, a pair for each turn: by hand and by the benchmark's method."""
        time.sleep(REST_S)
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"size": size, "way": way}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End its process."""
        self.process.communicate()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"A library did not measure: {self.process.communicate()[1].strip().splitlines()[-1]}")
        return json.loads(line)


async def ours(sizes: list[int], mode: str = "function") -> dict[int, float]:
    """Return the whole benchmark's own figures by size."""
    jobs = MatmulBenchmarks()
    request = BenchmarkRequest(kernel_id="", device="CPU:0", dtypes=["float32"], sizes=sizes, modes=[mode])
    job = await jobs.create(request, Launch(argv=(sys.executable,), env=environment()))
    while job.state in {"queued", "running"}:
        await asyncio.sleep(0.1)
        job = jobs.get(job.id) or job
    await jobs.close()
    if job.result is None:
        raise SystemExit(f"The benchmark failed: {job.message}")
    return {one.size: one.throughput_tflops for one in job.result.throughputs}


class Round(NamedTuple):
    """What was measured of one size within half a minute, in TFLOP/s."""

    whole: float
    """By a run of the whole benchmark."""
    around: float
    """TensorFlow by hand, right before and after that; their mean."""
    turns: list[tuple[float, float]]
    """Batches by hand and by the benchmark's method, in turns in one process."""
    others: dict[str, float]


def measured(sizes: list[int], tensorflow: Library, others: Sequence[Library]) -> dict[int, Round]:
    """Return one round by size."""
    before = {n: tensorflow.measure(n) for n in sizes}
    whole = asyncio.run(ours(sizes))
    after = {n: tensorflow.measure(n) for n in sizes}
    turns = {n: tensorflow.measure(n, "in turns") for n in sizes}
    found = {n: {one.name: one.measure(n) for one in others} for n in sizes}
    return {n: Round(whole[n], (before[n] + after[n]) / 2, turns[n], found[n]) for n in sizes}


def heaps(sizes: list[int], rounds: int, products: str) -> None:
    """Print the method's rates in fresh processes, and how much of the memory of its results was taken anew."""
    # As many heaps as glibc has by itself, and what guest/device does before TensorFlow is imported left out; or both.
    ways = {"one heap": (f"bytes({31 << 20})\n", "1"), "many": ("", str(8 * threads()))}
    found: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for _ in range(rounds):
        for way, (first, count) in ways.items():
            library = Library(sys.executable, first + TENSORFLOW, products, str(PAIRS), MALLOC_ARENA_MAX=count)
            for n in sizes:
                found.setdefault((way, n), []).append(library.measure(n, "pages"))
            library.close()
    for (way, n), values in sorted(found.items(), key=lambda item: item[0][1]):
        rates, anew = zip(*values, strict=True)
        print(f"{n} x {n} float32, {way}: median {statistics.median(rates):.4f} TFLOP/s ({spread(rates)})", end="")
        print(f", of the results' memory taken anew: {', '.join(f'{share:.0%}' for share in anew)}")


def blocks() -> str:
    """Return what TensorFlow's own GEMM says of itself: its name, and the rate inside its blocks."""
    env = environment() | {"ONEDNN_VERBOSE": "1"}
    said = subprocess.run([sys.executable, "-c", VERBOSE], env=env, capture_output=True, text=True, check=True).stdout
    name, isa = re.search(r"info,(oneDNN v[\d.]+)", said), re.search(r"cpu,isa:(.*)", said)
    calls = re.findall(r"gemm_api,.*,(\d+)x(\d+):\2x(\d+),([\d.e-]+)", said)
    if not (name and isa and calls):
        return "  TensorFlow's products do not go through oneDNN here: nothing is known of its blocks."
    largest = max((int(m) * int(k) * int(n), m, k, n) for m, k, n, _ in calls)
    times = [float(ms) / 1e3 for *shape, ms in calls if tuple(shape) == largest[1:]]
    rate = 2 * largest[0] / statistics.median(times) / 1e12
    return (
        f"  TensorFlow multiplies in blocks with {name[1]} ({isa[1]}), which says of {len(times)} blocks of "
        f"{largest[1]} x {largest[2]} by {largest[3]}:\n"
        f"  {rate:.4f} TFLOP/s a thread, {rate * threads():.4f} on {threads()} threads. More than that no product of "
        "TensorFlow's can reach here."
    )


def spread(values: Sequence[float]) -> str:
    """Return how far values lie from their median."""
    middle = statistics.median(values)
    return f"{min(values) / middle - 1:+.1%} to {max(values) / middle - 1:+.1%}"


def agree(values: Sequence[float]) -> float:
    """Return how far the farthest value lies from the median, as a share."""
    middle = statistics.median(values)
    return max(abs(value / middle - 1) for value in values)


def judged(n: int, rounds: Sequence[Round], name: str) -> int:
    """Print what the rounds say of one size; return how many criteria it does not meet."""
    whole = [one.whole for one in rounds]
    hand = [statistics.median(by_hand for by_hand, _ in one.turns) for one in rounds]
    rows = {f"{name}, timed by hand": hand, "ours, the whole benchmark": whole}
    for other in rounds[0].others:
        rows[other] = [one.others[other] for one in rounds]
    print(f"\n{n} x {n} float32, {threads()} threads, {len(rounds)} rounds: median TFLOP/s, and spread")
    for row, values in sorted(rows.items(), key=lambda item: -statistics.median(item[1])):
        print(f"  {statistics.median(values):.4f}  {spread(values):18}  {row}")
    method = [statistics.median(ours / by_hand for by_hand, ours in one.turns) for one in rounds]
    right = abs(statistics.median(method) - 1) <= WITHIN
    print(f"  method / by hand, in turns in one process: {statistics.median(method):.3f} ({spread(method)})", end="")
    print(f": {'the same' if right else 'NOT the same'} within {WITHIN:.0%}")
    for other in rounds[0].others:
        ratios = [one.others[other] / by_hand for one, by_hand in zip(rounds, hand, strict=True)]
        print(f"  {other} / TensorFlow by hand: {statistics.median(ratios):.3f} ({spread(ratios)}): the library")
    machine, ratio = [one.around for one in rounds], [one.whole / one.around for one in rounds]
    steady = agree(whole) <= WITHIN
    print(
        f"  whole runs agree within {agree(whole):.1%} of their median; TensorFlow by hand around them within ", end=""
    )
    print(f"{agree(machine):.1%}: so much does the machine vary")
    print(f"  whole / by hand around it: {statistics.median(ratio):.3f} ({spread(ratio)})", end="")
    fair = steady or agree(ratio) <= WITHIN
    print(": steady" if steady else f": {'the machine varies, not the figure' if fair else 'NOT steady'}")
    return (not right) + (not fair)


def main() -> int:
    """Print the figures of all and what follows; 1 when something is not within its bound."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--torch", metavar="PYTHON", help="an interpreter with PyTorch")
    options.add_argument("--sizes", type=int, nargs="+", default=[1024, 2048])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--heaps", action="store_true", help="what one heap for all threads is good for")
    chosen = options.parse_args()
    products = files("tfgpu_lab").joinpath("guest").joinpath("products.py").read_text("utf-8")
    if os.getloadavg()[0] > threads() / 2:
        print(f"This machine is busy (load {os.getloadavg()[0]:.1f}): what follows says little.")
    if chosen.heaps:
        heaps(chosen.sizes, chosen.rounds, products)
        return 0
    tensorflow = Library(sys.executable, TENSORFLOW, products, str(PAIRS))
    others = [Library(sys.executable, NUMPY)]
    if chosen.torch:
        others.append(Library(chosen.torch, TORCH))
    else:
        print("torch: left out, since no interpreter with it was named (--torch)")
    try:
        rounds = []
        for number in range(chosen.rounds):
            begun = time.monotonic()
            rounds.append(measured(chosen.sizes, tensorflow, others))
            print(f"round {number + 1} of {chosen.rounds}: {time.monotonic() - begun:.0f} s", flush=True)
    finally:
        for library in (tensorflow, *others):
            library.close()
    failed = sum(judged(n, [one[n] for one in rounds], tensorflow.name) for n in chosen.sizes)
    print(f"\n{blocks()}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
