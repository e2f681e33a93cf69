"""What `tfgpu-lab watch` shows: GPUs, who holds them, and kernels with their verdicts; pure."""

from collections.abc import Sequence

from ..models.gpu import Gpu, Gpus, GpuSample
from ..models.kernel import KernelRow
from ..models.process import GpuProcesses

MARKS = {"gpu": "+", "gpu-ready": "+", "cpu-fallback": "!"}
GIB = 1 << 30


def screen(
    gpus: Gpus, processes: Sequence[GpuProcesses], kernels: Sequence[KernelRow], problems: Sequence[str], width: int
) -> str:
    """Return the page, no line longer than `width` characters.

    `processes`, `kernels` and `problems` are of all running servers together.
    """
    latest = {sample.uuid: sample for sample in gpus.samples[-1].gpus} if gpus.samples else {}
    driver = gpus.driver.driver_version
    lines = [
        f"NVIDIA driver {driver}, CUDA up to {gpus.driver.cuda_version or '?'}" if driver else "NVIDIA driver: none"
    ]
    if gpus.error:
        lines.append(gpus.error)
    for gpu in gpus.devices:
        lines += ["", *_gpu(gpu, latest.get(gpu.uuid)), *_holders(gpu.uuid, processes)]
    lines += ["", "Kernels" if kernels else "No kernel of a running Jupyter server of yours is known."]
    room = max((len(_name(row)) for row in kernels), default=0)
    for row in kernels:
        held = f"  {_gib(row.gpu_memory_used_bytes)}" if row.gpu_memory_used_bytes else ""
        lines.append(f"  {MARKS.get(row.verdict, '-')} {_name(row):{room}}  {row.verdict:12}{held}  {row.reason}")
    lines += [f"  {problem}" for problem in problems]
    return "\n".join(line if len(line) <= width else line[: max(0, width - 1)] + "…" for line in lines)


def _gpu(gpu: Gpu, sample: GpuSample | None) -> list[str]:
    head = f"GPU {gpu.index}  {gpu.name}"
    if gpu.problem:
        return [head, f"  {gpu.problem}"]
    if sample is None:
        return [head]
    total, used = gpu.memory_total_bytes, sample.memory_used_bytes
    parts = [
        f"memory {_gib(used)} of {_gib(total)}" if used is not None and total else "memory: not told",
        f"in use {sample.utilization_percent} %" if sample.utilization_percent is not None else "",
        f"{sample.temperature_c} °C" if sample.temperature_c is not None else "",
        f"{sample.power_w:.0f} W" if sample.power_w is not None else "",
        f"slowed by {', '.join(sample.throttle_reasons)}" if sample.throttle_reasons else "",
    ]
    return [head, "  " + "  ".join(filter(None, parts))]


def _holders(uuid: str, processes: Sequence[GpuProcesses]) -> list[str]:
    """The processes of one GPU; what several servers tell of the same process is said once, as its own server does."""
    here = [one for one in processes if one.uuid == uuid]
    named_last = sorted((one for told in here for one in told.processes), key=lambda one: one.owner == "kernel")
    mine = {one.pid: one for one in named_last}
    lines = []
    for one in sorted(mine.values(), key=lambda one: -(one.memory_used_bytes or 0)):
        who = one.path or one.kernel_name or f"{one.process_name or 'process'} (pid {one.pid})"
        lines.append(f"    {_gib(one.memory_used_bytes):>9}  {who}")
    others = max((told.others for told in here), default=0)
    if others:
        memory = next(told.others_memory_used_bytes for told in here if told.others == others)
        lines.append(f"    {_gib(memory):>9}  {others} process{'es' * (others != 1)} of others")
    return lines


def _name(row: KernelRow) -> str:
    return row.path or row.name


def _gib(value: int | None) -> str:
    return "not told" if value is None else f"{value / GIB:.1f} GiB"
