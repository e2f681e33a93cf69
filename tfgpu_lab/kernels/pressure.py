"""Which idle kernels hold memory that another could use: processes on the GPUs and the kernels' rest; pure.

A kernel counts as idle when it runs no cell. Its processes may compute nonetheless, as a thread or a child of a cell
that has ended does: on a GPU of which it is the only user and which is at work, it is left in peace.
"""

from collections.abc import Mapping, Sequence

from ..models.gpu import Gpu, GpuSample
from ..models.process import GpuProcess, GpuProcesses, IdleHolder

IDLE_S = 300.0
"""A kernel whose last cell ended less than this ago is in use."""
SHARE = 0.1
"""Less of a GPU's memory than this is not worth a word."""
MOST = 10
"""More of them help nobody to choose, and each poll carries them."""


def idle_holders(
    devices: Sequence[Gpu],
    samples: Sequence[GpuSample],
    processes: Sequence[GpuProcesses],
    idle_since_s: Mapping[str, float],
    now_s: float,
) -> list[IdleHolder]:
    """Return the idle kernels that hold a good part of a GPU, ten at most, the one with the most memory first.

    `idle_since_s`: kernel id to when it became idle, in seconds since the epoch; busy kernels are not in it.
    """
    if not idle_since_s:
        return []
    gpus = {gpu.uuid: gpu for gpu in devices}
    working = {sample.uuid for sample in samples if sample.utilization_percent}
    found: list[tuple[int, float, Gpu, GpuProcess]] = []
    for on_it in processes:
        gpu = gpus.get(on_it.uuid)
        if gpu is None or not gpu.memory_total_bytes:
            continue
        by_holder: dict[str | None, list[GpuProcess]] = {}
        for one in on_it.processes:
            by_holder.setdefault(one.kernel_id, []).append(one)
        at_work = on_it.uuid in working and len(by_holder) == 1 and not on_it.others
        for kernel_id, its in by_holder.items():
            since_s = idle_since_s.get(kernel_id) if kernel_id else None
            if since_s is None or now_s - since_s < IDLE_S or at_work:
                continue
            held = [one.memory_used_bytes for one in its]
            memory = 0 if None in held else sum(filter(None, held))  # how much it would free cannot be told: nothing
            share = memory / _within_bytes(gpu, its)
            if share >= SHARE:
                found.append((memory, share, gpu, its[0]))
    found.sort(key=lambda one: -one[0])
    return [_holder(*one, idle_since_s) for one in found[:MOST]]


def _within_bytes(gpu: Gpu, its: Sequence[GpuProcess]) -> int:
    """Return the memory of which a holder can have a part: of its MIG instances, or of the whole GPU."""
    parts = {one.mig_uuid for one in its}
    totals = [part.memory_total_bytes for part in gpu.mig if part.uuid in parts]
    whole = gpu.memory_total_bytes or 0
    return whole if None in parts or None in totals else sum(filter(None, totals)) or whole


def _holder(memory: int, share: float, gpu: Gpu, process: GpuProcess, idle_since_s: Mapping[str, float]) -> IdleHolder:
    assert process.kernel_id
    return IdleHolder(
        kernel_id=process.kernel_id,
        kernel_name=process.kernel_name or "",
        path=process.path,
        gpu_uuid=gpu.uuid,
        gpu_index=gpu.index,
        memory_used_bytes=memory,
        share_of_memory=share,
        idle_since_s=idle_since_s[process.kernel_id],
    )
