"""Our float32 figure for this CPU beside numpy, PyTorch and TensorFlow timed by hand, at equal sizes and threads.

Every library computes in a process of its own; the rounds are interleaved, so that a machine that changes its clock
changes it for all. `--torch PYTHON` names an interpreter with PyTorch; without it that row is left out, and said.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys

from tfgpu_lab.benchmark.matmul import MatmulBenchmarks
from tfgpu_lab.kernels.interpreter import Launch
from tfgpu_lab.models.benchmark import BenchmarkRequest

AGREE, WITHIN = 0.05, 0.95
# Each prints one JSON object: the library's name and size -> seconds of a product, median of batches of about 0.1 s.
LOOP = """
import json, sys, time, statistics
sizes = json.loads(sys.argv[1])
def timed(product, n):
    for _ in range(3): product()
    begin = time.perf_counter(); product(); one = time.perf_counter() - begin
    count, times, until = max(1, int(0.1 / one)), [], time.perf_counter() + 1.5
    while len(times) < 5 or time.perf_counter() < until:
        begin = time.perf_counter()
        for _ in range(count): product()
        times.append((time.perf_counter() - begin) / count)
    return statistics.median(times)
"""
NUMPY = """
import numpy as np
found = {}
for n in sizes:
    a, b = (np.random.default_rng(seed).normal(size=(n, n)).astype('float32') for seed in (1, 2))
    found[n] = timed(lambda: a @ b, n)
blas = np.show_config(mode='dicts')['Build Dependencies']['blas']
print(json.dumps({'library': 'numpy %s, %s %s' % (np.__version__, blas['name'], blas['version']), 'seconds': found}))
"""
TORCH = """
import torch
found = {}
for n in sizes:
    a, b = torch.randn(n, n), torch.randn(n, n)
    found[n] = timed(lambda: a @ b, n)
how = 'MKL' if torch.backends.mkl.is_available() else 'oneDNN'
name = 'torch %s, %s, %d threads' % (torch.__version__, how, torch.get_num_threads())
print(json.dumps({'library': name, 'seconds': found}))
"""
TENSORFLOW = """
import os
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '2'
import tensorflow as tf
found = {}
for n in sizes:
    a, b = tf.random.normal((n, n)), tf.random.normal((n, n))
    found[n] = timed(lambda: tf.linalg.matmul(a, b).numpy(), n)
print(json.dumps({'library': 'TensorFlow %s, timed by hand' % tf.__version__, 'seconds': found}))
"""


def environment() -> dict[str, str]:
    """No GPU, and as many threads for all as this process may use."""
    threads = str(len(os.sched_getaffinity(0)))
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
    return {**os.environ, **limits, "CUDA_VISIBLE_DEVICES": "-1"}


def library(python: str, code: str, sizes: list[int]) -> tuple[str, dict[int, float]]:
    """Return a library's name and its TFLOP/s by size."""
    command = [python, "-c", LOOP + code, json.dumps(sizes)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{python} did not measure: {done.stderr.strip().splitlines()[-1]}")
    told = json.loads(done.stdout.splitlines()[-1])
    return told["library"], {int(n): tflops(int(n), s) for n, s in told["seconds"].items()}


def tflops(n: int, seconds: float) -> float:
    """Return what 2 n^3 operations in so many seconds are."""
    return 2 * n**3 / seconds / 1e12


async def ours(sizes: list[int], mode: str = "function") -> dict[int, float]:
    """Return the benchmark's own figures by size; the best one only, when no sizes are given."""
    jobs = MatmulBenchmarks()
    request = BenchmarkRequest(kernel_id="", device="CPU:0", dtypes=["float32"], sizes=sizes, modes=[mode])
    job = jobs.create(request, Launch(argv=(sys.executable,), env=environment()))
    while job.state in {"queued", "running"}:
        await asyncio.sleep(0.1)
        job = jobs.get(job.id) or job
    await jobs.close()
    if job.result is None:
        raise SystemExit(f"The benchmark failed: {job.message}")
    print(f"   (took {job.elapsed_s:.1f} s)", flush=True)
    return {one.size: one.throughput_tflops for one in job.result.throughputs}


def main() -> int:
    """Print the figures of all, the ratios, and whether our runs agree; 1 when something is not within its bound."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--torch", metavar="PYTHON", help="an interpreter with PyTorch")
    options.add_argument("--sizes", type=int, nargs="+", default=[1024, 2048])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--xla", action="store_true", help="also measure ours compiled by XLA")
    chosen = options.parse_args()
    sizes = chosen.sizes
    rounds: dict[str, list[dict[int, float]]] = {}
    others = [(sys.executable, NUMPY), (sys.executable, TENSORFLOW)]
    if chosen.torch:
        others.append((chosen.torch, TORCH))
    else:
        print("torch: left out, since no interpreter with it was named (--torch)")
    for number in range(chosen.rounds):
        print(f"round {number + 1} of {chosen.rounds}", flush=True)
        rounds.setdefault("ours, tf.function", []).append(asyncio.run(ours(sizes)))
        if chosen.xla:
            rounds.setdefault("ours, XLA", []).append(asyncio.run(ours(sizes, "xla")))
        for python, code in others:
            name, found = library(python, code, sizes)
            rounds.setdefault(name, []).append(found)
        for name, rates in rounds.items():
            print("  ", ", ".join(f"{n}: {rate:.4f}" for n, rate in rates[-1].items()), "TFLOP/s", name, flush=True)
    failed = 0
    for n in sizes:
        medians = {name: statistics.median(one[n] for one in found) for name, found in rounds.items()}
        mine = medians["ours, tf.function"]
        best = max(value for name, value in medians.items() if not name.startswith("ours"))
        print(f"\n{n} x {n} float32, {len(os.sched_getaffinity(0))} threads, median of {chosen.rounds} rounds:")
        for name, value in sorted(medians.items(), key=lambda item: -item[1]):
            spread = [one[n] / value - 1 for one in rounds[name]]
            print(
                f"  {value:.4f} TFLOP/s  {value / mine:5.2f} of ours  {min(spread):+.1%} to {max(spread):+.1%}  {name}"
            )
        by_hand = next(value for name, value in medians.items() if "by hand" in name)
        print(f"  ours / best other: {mine / best:.3f}; ours / the same TensorFlow by hand: {mine / by_hand:.3f}")
        mine_all = [one[n] for one in rounds["ours, tf.function"]]
        agree = max(abs(value / mine - 1) for value in mine_all)
        print(f"  our rounds agree within {agree:.1%} of their median")
        failed += agree > AGREE
        # Slower than another library may be TensorFlow's own doing; slower than TensorFlow by hand would be ours.
        failed += mine / by_hand < WITHIN
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
