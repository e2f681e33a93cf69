"""Which idle kernels hold memory that another could use. Nothing here was measured."""

import pytest

from tests.kernels.gpus import MIB, gpu, here, kernel, sweep
from tfgpu_lab.kernels.binding import gpu_processes
from tfgpu_lab.kernels.pressure import IDLE_S, idle_holders
from tfgpu_lab.models.gpu import GpuSample

NOW_S = 100_000.0
LONG_AGO_S = NOW_S - 2 * IDLE_S
TOTAL_MIB = 1000
shares = []  # of all who were told of


def told(seen, *kernels, idle, busy_gpus=(), place=None):
    """Who is told of, as (kernel, GPU, MiB)."""
    devices = [type(one)(**{**_fields(one), "memory_total_bytes": TOTAL_MIB * MIB}) for one in seen.devices]
    samples = [_sample(one.uuid, 40 if one.index in busy_gpus else 0) for one in devices]
    processes = gpu_processes(kernels, seen, place or here(*(pid for it in kernels for pid in it.pids)))
    found = idle_holders(devices, samples, processes, idle, NOW_S)
    shares.extend(one.share_of_memory for one in found)
    return [(one.kernel_id, one.gpu_index, one.memory_used_bytes // MIB) for one in found]


def _fields(struct):
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def _sample(uuid, percent):
    return GpuSample(
        uuid=uuid,
        memory_used_bytes=None,
        utilization_percent=percent,
        temperature_c=None,
        power_w=None,
        clock_sm_mhz=None,
        absent={},
    )


def test_an_idle_kernel_with_much_memory_is_told_with_what_it_would_free():
    one, two = kernel("one", (100, 101)), kernel("two", (200,))
    seen = sweep([(100, 500), (101, 100), (200, 300)])
    assert told(seen, one, two, idle={"one": LONG_AGO_S}) == [("one", 0, 600)]


def test_the_one_with_the_most_memory_comes_first_and_each_gpu_counts_by_itself():
    one, two = kernel("one", (100,)), kernel("two", (200,))
    seen = sweep([(100, 200), (200, 300)], [(100, 400)])
    idle = {"one": LONG_AGO_S, "two": LONG_AGO_S}
    assert told(seen, one, two, idle=idle) == [("one", 1, 400), ("two", 0, 300), ("one", 0, 200)]


@pytest.mark.parametrize(
    ("mib", "idle"),
    [
        (500, {}),  # runs a cell
        (500, {"one": NOW_S - IDLE_S + 1}),  # has just ended one
        (50, {"one": LONG_AGO_S}),  # little
        (None, {"one": LONG_AGO_S}),  # how much, cannot be told
    ],
)
def test_who_is_in_use_or_holds_little_or_nobody_knows_how_much_is_not_told(mib, idle):
    assert told(sweep([(100, mib)]), kernel("one", (100,)), idle=idle) == []


def test_work_in_the_background_is_left_in_peace_only_where_it_must_be_the_kernels_own():
    one, two = kernel("one", (100,)), kernel("two", (200,))
    idle = {"one": LONG_AGO_S}
    assert told(sweep([(100, 500)]), one, idle=idle, busy_gpus={0}) == []
    assert told(sweep([(100, 500), (200, 300)]), one, two, idle=idle, busy_gpus={0}) == [("one", 0, 500)]
    assert told(sweep([(100, 500), (7, 300)]), one, idle=idle, busy_gpus={0}) == [("one", 0, 500)]


def test_on_a_mig_instance_the_instances_memory_counts():
    """A TensorFlow that has taken all of a seventh of a card holds little of the card."""
    split = gpu(0, mig=2)
    parts = [type(one)(**{**_fields(one), "memory_total_bytes": 100 * MIB}) for one in split.mig]
    split = type(split)(**{**_fields(split), "mig": parts})
    one = kernel("one", (100, 101))
    (first, second), idle = [part.uuid for part in parts], {"one": LONG_AGO_S}
    assert told(sweep([(100, 90, first)], devices=[split]), one, idle=idle) == [("one", 0, 90)]
    assert told(sweep([(100, 5, first)], devices=[split]), one, idle=idle) == []
    both = sweep([(100, 90, first), (101, 10, second)], devices=[split])
    assert told(both, one, idle=idle) == [("one", 0, 100)]
    assert shares[-1] == 0.5


def test_a_process_of_no_kernel_is_never_told():
    place = here(100, own=(100,))
    assert told(sweep([(100, 500)]), idle={"one": LONG_AGO_S}, place=place) == []
