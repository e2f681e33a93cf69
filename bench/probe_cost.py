"""What the static probe costs in the kernel's interpreter: time and peak memory of either guest, against the limits."""

import json
import statistics
import subprocess
import sys
import time
from importlib.resources import files

from tfgpu_lab.kernels.interpreter import BOOTSTRAP

LIMIT_S, LIMIT_MB = 0.3, 40
RUNS = 9


# Of the process since its exec: what getrusage says of a child counts its parent's memory too.
SAY_PEAK = (
    "\nimport re\nemit({'peak_kb': int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read()).group(1))})\n"
)


def cost(guest: str) -> tuple[float, float]:
    """Return seconds from start to end, and the peak memory in MB of the guest's process (its children apart)."""
    source = files("tfgpu_lab").joinpath("guest").joinpath(f"{guest}.py").read_text("utf-8")
    message = json.dumps({"source": source + SAY_PEAK, "name": guest, "request": {"now": None}}) + "\n"
    begin = time.perf_counter()
    command = [sys.executable, "-c", BOOTSTRAP]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(message)
        child.stdin.flush()  # and it stays open until the guest has ended: it is its lifeline
        lines = child.stdout.read().splitlines()
        seconds = time.perf_counter() - begin
    return seconds, json.loads(lines[-1])["peak_kb"] / 1024


def main() -> None:
    """Print one line a guest."""
    print(f"{RUNS} runs each, median and worst; limits {LIMIT_S:g} s and {LIMIT_MB} MB")
    for guest in ("probe", "machine"):
        runs = [cost(guest) for _ in range(RUNS)]
        times, sizes = [one[0] for one in runs], [one[1] for one in runs]
        held = "ok" if statistics.median(times) <= LIMIT_S and max(sizes) <= LIMIT_MB else "OVER THE LIMIT"
        print(f"{guest:8} {statistics.median(times):.3f} s ({max(times):.3f})  {max(sizes):.1f} MB  {held}")


main()
