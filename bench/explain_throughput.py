"""How fast `tfgpu-lab explain` reads logs, against only reading their lines.

python bench/explain_throughput.py [--megabytes 100]
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tfgpu_lab.diagnosis.explain import explain
from tfgpu_lab.diagnosis.log import BLOCK_BYTES, read

TIME = "2024-01-01 00:00:00.000000: "
LOGS = {
    "training": " 45/1563 [..............................] - ETA: 12s - loss: 0.6931 - accuracy: 0.5012\r" * 20
    + f"{TIME}I tensorflow/core/common_runtime/bfc_allocator.cc:1010] 12 Chunks of size 256 totalling 3.0KiB\n" * 20,
    "one error, repeated": f"{TIME}E tensorflow/stream_executor/cuda/cuda_driver.cc:313] failed call to cuInit: "
    "UNKNOWN ERROR (303)\n",
    "no line end": "Could not load dynamic library 'lib",
    "escapes": "\x1b[0;31mred\x1b[0m ",
}


def lines(path: Path) -> None:
    """The comparison: a plain loop over the lines."""
    with path.open("rb") as file:
        for _ in file:
            pass


def explained(path: Path) -> None:
    """What `tfgpu-lab explain` does."""
    with path.open("rb") as file:
        explain(read(iter(lambda: file.read(BLOCK_BYTES), b"")))


def write(path: Path, text: str, size: int) -> None:
    block = (text * (1_000_000 // len(text) + 1))[:1_000_000].encode()
    with path.open("wb") as file:
        for _ in range(size // len(block)):
            file.write(block)


def seconds(work: Callable[[Path], None], path: Path) -> float:
    begin = time.perf_counter()
    work(path)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    size = parser.parse_args().megabytes * 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        ours = {}
        for name, text in LOGS.items():
            write(path, text, size)
            ours[name] = seconds(explained, path)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # before a loop that keeps whole lines
        for name, text in LOGS.items():
            write(path, text, size)
            plain = min(seconds(lines, path) for _ in range(3))
            rate, ratio = size / 1e6 / ours[name], ours[name] / plain
            print(f"{name:22} {ours[name]:6.2f} s {rate:7.1f} MB/s, {ratio:6.1f} times a loop over the lines")
    print(f"peak memory while explaining: {peak_mb:.0f} MiB")


if __name__ == "__main__":
    main()
