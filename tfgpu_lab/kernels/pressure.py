"""Which idle kernels hold memory that another could use: processes on the GPUs and the kernels' rest; pure.

A kernel counts as idle when it runs no cell. Its processes may compute nonetheless, as a thread or a child of a cell
that has ended does: on a GPU of which it is the only user and which is at work, it is left in peace.
"""

from collections.abc import Mapping, Sequence

from ..models.gpu import Gpu, GpuSample
from ..models.process import GpuProcesses, IdleHolder

IDLE_S = 300.0
"""A kernel whose last cell ended less than this ago is in use."""
SHARE = 0.1
"""Less of a GPU's memory than this is not worth a word."""


def idle_holders(
    devices: Sequence[Gpu],
    samples: Sequence[GpuSample],
    processes: Sequence[GpuProcesses],
    idle_since_s: Mapping[str, float],
    now_s: float,
) -> list[IdleHolder]:
    """Return the idle kernels that hold a good part of a GPU, the one with the most memory first.

    `idle_since_s`: kernel id to when it became idle, in seconds since the epoch; busy kernels are not in it.
    """
    gpus = {gpu.uuid: gpu for gpu in devices}
    working = {sample.uuid for sample in samples if sample.utilization_percent}
    found = []
    for on_it in processes:
        gpu = gpus.get(on_it.uuid)
        if gpu is None:
            continue
        holders = {one.kernel_id for one in on_it.processes}
        for kernel_id in dict.fromkeys(one.kernel_id for one in on_it.processes if one.kernel_id):
            since_s = idle_since_s.get(kernel_id)
            alone = holders == {kernel_id} and not on_it.others
            if since_s is None or now_s - since_s < IDLE_S or (alone and on_it.uuid in working):
                continue
            mine = [one for one in on_it.processes if one.kernel_id == kernel_id]
            held = [one.memory_used_bytes for one in mine]
            if None in held or not gpu.memory_total_bytes:
                continue  # how much it would free cannot be told
            memory = sum(filter(None, held))
            if memory < SHARE * gpu.memory_total_bytes:
                continue
            found.append(
                IdleHolder(
                    kernel_id=kernel_id,
                    kernel_name=mine[0].kernel_name or "",
                    path=mine[0].path,
                    gpu_uuid=gpu.uuid,
                    gpu_index=gpu.index,
                    memory_used_bytes=memory,
                    share_of_memory=memory / gpu.memory_total_bytes,
                    idle_since_s=since_s,
                )
            )
    return sorted(found, key=lambda one: -one.memory_used_bytes)
