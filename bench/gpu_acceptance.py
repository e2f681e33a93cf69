"""All GPU checks of the product on this machine, in one command and less than five minutes; ends with a table.

What `doctor` foresees against what TensorFlow says, NVML's readings against nvidia-smi's, a child that holds GPU memory
against the binding, and the benchmark against PyTorch or CuPy where one is there. Writes the machine's facts as a
recorded machine for the tests (`--record`). Exit status: 0 all passed, 1 something failed, 2 there is no GPU here.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tfgpu_lab.benchmark.matmul import MatmulBenchmarks
from tfgpu_lab.diagnosis.confirm import confirm
from tfgpu_lab.diagnosis.facts import Facts
from tfgpu_lab.diagnosis.rule import diagnose
from tfgpu_lab.diagnosis.verdict import foresee
from tfgpu_lab.kernels.binding import Here, KernelProcesses, bind
from tfgpu_lab.kernels.import_tf import import_tf
from tfgpu_lab.kernels.interpreter import Launch, launch_of_python
from tfgpu_lab.kernels.probe import probe
from tfgpu_lab.kernels.processes import gpu_files, in_outermost_namespace
from tfgpu_lab.models.benchmark import BenchmarkJob, BenchmarkRequest
from tfgpu_lab.models.gpu import Sweep
from tfgpu_lab.nvml.driver import NvmlDriver

LIMIT_S = 290.0
HELD_MIB = 512
RATIO = 0.85  # of PyTorch's or CuPy's rate; both call the same cuBLAS
SMI = {  # nvidia-smi's field: ours, its unit, and how far two readings of a moment apart may differ
    "memory.total": ("memory_total_bytes", 2**20, 1.0),
    "memory.used": ("memory_used_bytes", 2**20, 64.0),
    "temperature.gpu": ("temperature_c", 1, 5.0),
    "power.limit": ("power_limit_w", 1, 1.0),
    "power.draw": ("power_w", 1, 40.0),
    "clocks.current.sm": ("clock_sm_mhz", 1, 400.0),
    "clocks.max.sm": ("clock_sm_max_mhz", 1, 0.0),
}
HOLD = """
import ctypes, sys
cuda = ctypes.CDLL("libcuda.so.1")
context, at, device = ctypes.c_void_p(), ctypes.c_uint64(), ctypes.c_int()
for code in (cuda.cuInit(0), cuda.cuDeviceGet(ctypes.byref(device), 0),
             cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), device), cuda.cuCtxSetCurrent(context),
             cuda.cuMemAlloc_v2(ctypes.byref(at), ctypes.c_size_t(int(sys.argv[1]) << 20))):
    if code: sys.exit("CUDA answers with error %d" % code)
print("held", flush=True)
sys.stdin.read()
"""
PEERS = {
    "torch": """
import json, sys, torch
kinds = {"float16": torch.float16, "bfloat16": torch.bfloat16, "tf32": torch.float32, "float32": torch.float32}
found = {}
for dtype, n in json.loads(sys.argv[1]):
    torch.backends.cuda.matmul.allow_tf32 = dtype == "tf32"
    a, b = (torch.randn(n, n, device="cuda").to(kinds[dtype]) for _ in range(2))
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    one = 1e-3
    for _ in range(2):
        count = max(3, int(0.3 / one))
        begin.record()
        for _ in range(count): torch.matmul(a, b)
        end.record(); torch.cuda.synchronize()
        one = begin.elapsed_time(end) / 1000 / count
    found[dtype] = 2 * n**3 / one / 1e12
print(json.dumps(["torch " + torch.__version__, found]))
""",
    "cupy": """
import json, sys, cupy, os
found = {}
for dtype, n in json.loads(sys.argv[1]):
    if dtype in ("bfloat16", "tf32"): continue
    a, b = (cupy.random.standard_normal((n, n), dtype="float32").astype(dtype) for _ in range(2))
    one = 1e-3
    for _ in range(2):
        count = max(3, int(0.3 / one))
        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        begin.record()
        for _ in range(count): a @ b
        end.record(); end.synchronize()
        one = cupy.cuda.get_elapsed_time(begin, end) / 1000 / count
    found[dtype] = 2 * n**3 / one / 1e12
print(json.dumps(["cupy " + cupy.__version__, found]))
""",
}


class Row(NamedTuple):
    """One line of the table."""

    check: str
    result: str  # ok, FAILED, left out
    said: str


Check = Callable[[], Awaitable[list[Row]]]


def smi_rows(sweep: Sweep, text: str) -> list[Row]:
    """Compare a sweep with nvidia-smi's CSV of the same moment: uuid, name, and the fields of SMI."""
    theirs = {line[0]: line[1:] for line in (re.split(r",\s*", one) for one in text.strip().splitlines())}
    rows = []
    if missing := theirs.keys() ^ {gpu.uuid for gpu in sweep.devices}:
        rows.append(Row("NVML and nvidia-smi", "FAILED", f"only one of them lists {', '.join(sorted(missing))}"))
    for gpu, sample in zip(sweep.devices, sweep.samples, strict=True):
        if gpu.uuid not in theirs:
            continue
        name, *values = theirs[gpu.uuid]
        wrong = [] if name == gpu.name else [f"name {gpu.name}, nvidia-smi {name}"]
        for (field, (own, unit, tolerance)), value in zip(SMI.items(), values, strict=True):
            read = getattr(gpu, own, None) if hasattr(gpu, own) else getattr(sample, own)
            mine = None if read is None else read / unit
            if not re.fullmatch(r"[\d.]+", value):  # [N/A]
                wrong += [f"{field} {mine}, nvidia-smi {value}"] if mine is not None else []
            elif mine is None or abs(mine - float(value)) > tolerance:
                wrong.append(f"{field} {mine}, nvidia-smi {value}")
        said = "; ".join(wrong) or f"{gpu.name}: {len(values)} values agree"
        rows.append(Row(f"GPU {gpu.index} against nvidia-smi", "FAILED" if wrong else "ok", said))
    return rows


def figure_rows(job: BenchmarkJob, peers: dict[str, dict[str, float]]) -> list[Row]:
    """Say what the benchmark found, with the others' rates beside it."""
    if job.result is None:
        return [Row("benchmark", "FAILED", job.message or "no result")]
    rows = []
    for one in job.result.throughputs:
        ratios = {name: one.throughput_tflops / found[one.dtype] for name, found in peers.items() if one.dtype in found}
        bad = one.device.startswith("GPU") and bool({"fell-back", "above-peak"} & set(one.flags))
        slow = one.device == "GPU:0" and any(ratio < RATIO for ratio in ratios.values())
        peak = f", {one.fraction_of_peak:.0%} of peak" if one.fraction_of_peak is not None else ", peak not known"
        times = f", {one.speedup_over_cpu:.0f} x CPU" if one.speedup_over_cpu is not None else ""
        others = "".join(f", {ratio:.2f} of {name}" for name, ratio in ratios.items() if one.device == "GPU:0")
        flags = f" ({', '.join(one.flags)})" if one.flags else ""
        said = f"{one.throughput_tflops:.4g} TFLOP/s at {one.size}{peak if one.device[:3] == 'GPU' else ''}{times}"
        rows.append(Row(f"{one.device} {one.dtype}", "FAILED" if bad or slow else "ok", said + others + flags))
    for copy in job.result.copies:
        said = f"{copy.host_to_device_gbps:.1f} GB/s there, {copy.device_to_host_gbps:.1f} GB/s back"
        rows.append(Row(f"{copy.device} copies", "ok", said))
    rows += [Row(f"{one.device} memory", "ok", f"{one.gbps:.0f} GB/s") for one in job.result.memory]
    rows += [Row("benchmark", "left out", f"{one.device} {one.dtype}: {one.reason}") for one in job.result.skipped]
    on_gpu = [one for one in job.result.throughputs if one.device.startswith("GPU")]
    took_s = sum(one.took_s for one in on_gpu if one.device == "GPU:0")
    rows.append(Row("time on GPU:0", "ok" if on_gpu and took_s < 8 else "FAILED", f"{took_s:.1f} s, of at most 8 s"))
    return rows


class Acceptance:
    """The checks; each adds rows, and none keeps the others from theirs."""

    def __init__(self, launch: Launch, peers: dict[str, str], record: Path | None) -> None:
        self.launch = launch
        self.peers = peers
        self.record = record
        self.driver = NvmlDriver()
        self.rows: list[Row] = []

    async def run(self, checks: list[str]) -> int:
        """Run the checks and print the table."""
        begun = time.monotonic()
        for name in checks:
            check: Check = getattr(self, name)
            left_s = LIMIT_S - (time.monotonic() - begun)
            print(f"{name} ...", file=sys.stderr, flush=True)
            try:
                self.rows += await asyncio.wait_for(check(), max(1.0, left_s))
            except (TimeoutError, asyncio.TimeoutError):
                self.rows.append(Row(name, "FAILED", f"it did not end within the {LIMIT_S:.0f} s of all checks"))
            except Exception as error:  # noqa: BLE001 - one broken check must not hide the others
                self.rows.append(Row(name, "FAILED", f"{type(error).__name__}: {error}"))
        width = max(len(row.check) for row in self.rows)
        for row in self.rows:
            print(f"{row.result:9} {row.check:{width}}  {row.said}")
        failed = sum(row.result == "FAILED" for row in self.rows)
        print(f"{len(self.rows) - failed} passed or left out, {failed} failed, {time.monotonic() - begun:.0f} s")
        return int(failed > 0)

    async def doctor(self) -> list[Row]:
        """What the facts foresee, against what TensorFlow says in a fresh process."""
        environment = await probe(self.launch)
        facts = Facts(environment=environment, live=None)
        findings = diagnose(facts)
        foreseen = foresee(facts, findings)
        told = confirm(facts, findings, foreseen, await import_tf(self.launch))
        agree = foreseen.verdict == told.judgement.verdict
        causes = ", ".join(one.id for one in findings) or "no findings"
        if self.record:
            self.record.write_text(recorded(facts))
            print(f"recorded: {self.record}", file=sys.stderr)
        said = f"foreseen {foreseen.verdict}, TensorFlow says {told.judgement.verdict}; {causes}"
        usable = told.judgement.verdict == "gpu-ready"
        return [Row("doctor", "ok" if agree and usable else "FAILED", said)]

    async def smi(self) -> list[Row]:
        """NVML's readings against nvidia-smi's."""
        command = shutil.which("nvidia-smi")
        if command is None:
            return [Row("nvidia-smi", "left out", "there is none")]
        fields = ",".join(["uuid", "name", *SMI])
        asked = [command, f"--query-gpu={fields}", "--format=csv,noheader,nounits"]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)  # noqa: ASYNC221
        if done.returncode:
            return [Row("nvidia-smi", "FAILED", done.stdout.strip() or done.stderr.strip())]
        return smi_rows(self.driver.sweep(), done.stdout)

    async def binding(self) -> list[Row]:
        """A child that holds GPU memory, found as a kernel's would be."""
        command = [*self.launch.argv, "-c", HOLD, str(HELD_MIB)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        child = subprocess.Popen(command, env=self.launch.env, text=True, start_new_session=True, **pipes)  # noqa: ASYNC220
        try:
            assert child.stdout is not None
            assert child.stderr is not None
            if child.stdout.readline().strip() != "held":
                return [Row("binding", "FAILED", child.stderr.read().strip())]
            files = gpu_files(child.pid)
            kernel = KernelProcesses("child", "python3", None, (child.pid,), {child.pid: files} if files else {})
            here = Here(
                outermost=in_outermost_namespace(),
                names={child.pid: "python"},
                own=frozenset({child.pid}),
            )
            found = bind(kernel, None, self.driver.sweep(), [kernel], here)
            held = found.memory_used_bytes
            enough = held is None or held >= HELD_MIB << 20
            amount = "how much is not told" if held is None else f"{held >> 20} MiB"
            where = ", ".join(str(use.index) for use in found.gpus) or "none"
            good = bool(found.gpus) and enough and found.certainty != "unknown"
            said = f"{found.certainty}: GPU {where}, {amount} of {HELD_MIB} MiB; {found.reason}"
            return [Row("binding", "ok" if good else "FAILED", said)]
        finally:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()

    async def benchmark(self) -> list[Row]:
        """The benchmark itself, and the same products by others."""

        async def look() -> Any:
            return self.driver.sweep(), []

        jobs = MatmulBenchmarks(observe=look, timeout_s=150)
        try:
            job = await jobs.create(BenchmarkRequest(kernel_id=""), self.launch)
            while job.state in {"queued", "running"}:
                await asyncio.sleep(0.2)
                job = jobs.get(job.id) or job
        finally:
            await jobs.close()
        sizes = [(one.dtype, one.size) for one in job.partial if one.device == "GPU:0"]
        found, rows = {}, []
        for name, python in self.peers.items():
            done = subprocess.run(  # noqa: ASYNC221 - nothing else runs meanwhile
                [python, "-c", PEERS[name], json.dumps(sizes)], capture_output=True, text=True, timeout=90, check=False
            )
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
                rows.append(Row(name, "left out", last))
            else:
                title, found[name] = json.loads(done.stdout.splitlines()[-1])
                rows.append(Row(name, "ok", title))
        return [*rows, *figure_rows(job, found)]


def recorded(facts: Facts) -> str:
    """Return facts as tests/machines has them: without this user's and this machine's names."""
    text = json.dumps(msgspec.to_builtins(facts), indent=1)
    names = {str(Path.home()): "/home/ada", Path.home().name: "ada"}
    for name, other in names.items():
        if len(name) > 3 and name != "/root":
            text = text.replace(name, other)
    return text + "\n"


def main() -> int:
    """Look for a GPU, then run the checks."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = ["doctor", "smi", "binding", "benchmark"]
    options.add_argument("--python", default=sys.executable, help="the interpreter with TensorFlow")
    options.add_argument("--torch", metavar="PYTHON", help="an interpreter with PyTorch; the same one when absent")
    options.add_argument("--cupy", metavar="PYTHON", help="an interpreter with CuPy; the same one when absent")
    options.add_argument("--record", type=Path, metavar="FILE", help="where the recorded machine goes")
    options.add_argument("--only", nargs="+", choices=names, default=names)
    chosen = options.parse_args()
    driver = NvmlDriver()
    sweep = driver.sweep()
    driver.close()
    if not sweep.devices:
        print(f"There is no GPU to accept here. {sweep.driver.reason or 'The NVIDIA driver lists none.'}")
        return 2
    peers = {"torch": chosen.torch or chosen.python, "cupy": chosen.cupy or chosen.python}
    launch = launch_of_python(chosen.python)
    return asyncio.run(Acceptance(launch, peers, chosen.record).run(chosen.only))


if __name__ == "__main__":
    sys.exit(main())
