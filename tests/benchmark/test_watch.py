"""Which looks belong to which figure, which GPU is meant, and what is said of those who hold it."""

import asyncio

import msgspec
import pytest

from tests.kernels.gpus import gpu, sweep
from tfgpu_lab.benchmark import watch
from tfgpu_lab.benchmark.watch import NOT_FOUND, UNWATCHED, Look, Watch, circumstances, find, holders
from tfgpu_lab.kernels.ordinals import Target
from tfgpu_lab.models.gpu import Driver, GpuSample, MigSample
from tfgpu_lab.models.process import GpuProcess, GpuProcesses

GIB = 1 << 30
UUID = "aa11bb22-0000-4000-8000-000000000007"
HEX = UUID.replace("-", "")
CARD = msgspec.structs.replace(
    gpu(0), uuid=f"GPU-{UUID}", pci_bus_id="00000000:01:00.0", power_limit_w=700.0, clock_sm_max_mhz=1980
)
TARGET = Target(CARD, None)


def look(at_s, processes=(), **values):
    sample = {"memory_used_bytes": 0, "utilization_percent": 0, "temperature_c": 50, "power_w": 300.0, "absent": {}}
    one = GpuSample(uuid=CARD.uuid, **(sample | {"clock_sm_mhz": 1900} | values))
    return Look(at_s, msgspec.structs.replace(sweep([], devices=[CARD]), samples=[one]), processes)


def process(pid, memory, name="python3", path=None, mig=None):
    return GpuProcess(
        pid=pid,
        owner="user",
        kernel_id=None,
        kernel_name=None,
        path=path,
        process_name=name,
        mig_uuid=mig,
        memory_used_bytes=memory,
    )


def on_card(*processes, others=0, others_memory=None):
    return GpuProcesses(
        uuid=CARD.uuid,
        at_s=0,
        processes=list(processes),
        others=others,
        others_memory_used_bytes=others_memory,
        absent=None,
    )


def test_a_figure_has_the_readings_that_fell_into_it():
    looks = [look(1.0, clock_sm_mhz=300), look(11.0), look(12.0, clock_sm_mhz=1500, temperature_c=61), look(13.0)]
    seen = circumstances(looks, TARGET, began_s=10.0, used_from_s=2.0)
    assert (seen.samples, seen.clock_sm_mhz, seen.temperature_c, seen.absent) == (3, 1900, 61, None)
    assert (seen.power_w, seen.power_limit_w, seen.clock_sm_max_mhz) == (300, 700, 1980)


def test_a_reason_for_throttling_counts_if_it_was_seen_once():
    looks = [look(11.0, throttle_reasons=["power limit"]), look(12.0, throttle_reasons=[])]
    assert circumstances(looks, TARGET, 10.0, 9.0).throttle_reasons == ["power limit"]
    assert circumstances(looks, TARGET, 11.5, 9.0).throttle_reasons == []


def test_busy_is_what_it_was_before_the_benchmark_used_it():
    looks = [look(1.0, utilization_percent=100), look(7.0, utilization_percent=3), look(12.0, utilization_percent=99)]
    assert circumstances(looks, TARGET, 10.0, used_from_s=9.0).busy_before_percent == 3
    assert circumstances(looks[2:], TARGET, 10.0, used_from_s=9.0).busy_before_percent is None


def test_memory_in_use_is_what_it_was_before():
    looks = [look(7.0, memory_used_bytes=3 * GIB), look(12.0, memory_used_bytes=70 * GIB)]
    assert circumstances(looks, TARGET, 10.0, used_from_s=9.0).memory_used_before_bytes == 3 * GIB
    assert circumstances(looks[1:], TARGET, 10.0, used_from_s=9.0).memory_used_before_bytes is None
    parts = [MigSample(uuid="MIG-a", memory_used_bytes=GIB, absent={})]
    looks = [look(7.0, memory_used_bytes=3 * GIB, mig=parts)]
    assert circumstances(looks, Target(CARD, "MIG-a"), 10.0, used_from_s=9.0).memory_used_before_bytes == GIB
    assert circumstances(looks, Target(CARD, "MIG-b"), 10.0, used_from_s=9.0).memory_used_before_bytes is None


def test_without_a_reading_in_time_it_says_so():
    seen = circumstances([look(1.0)], TARGET, 10.0, 0.5)
    assert (seen.samples, seen.clock_sm_mhz) == (0, None)
    assert seen.absent == "The driver was not read while this was measured."


def test_values_that_the_driver_does_not_tell_are_null():
    seen = circumstances([look(11.0, clock_sm_mhz=None, power_w=None)], TARGET, 10.0, 9.0)
    assert (seen.samples, seen.clock_sm_mhz, seen.power_w) == (1, None, None)


def test_a_gpu_is_found_by_its_uuid_then_by_its_bus_address():
    others = [gpu(1), CARD]
    assert find({"device": "GPU:0", "uuid": HEX}, others, {}) == TARGET
    assert find({"device": "GPU:0", "pci_bus_id": "0000:01:00.0"}, others, {}) == TARGET
    assert find({"device": "GPU:0", "pci_bus_id": "0000:09:00.0"}, others, {}) is None


def test_a_mig_instance_is_found_by_its_uuid():
    split = gpu(0, mig=2)
    instance = msgspec.structs.replace(split.mig[1], uuid=f"MIG-{UUID}")
    split = msgspec.structs.replace(split, mig=[split.mig[0], instance])
    assert find({"device": "GPU:0", "uuid": HEX, "pci_bus_id": "0000:01:00.0"}, [split], {}) == Target(
        split, instance.uuid
    )


def test_without_either_cudas_order_decides_where_it_can():
    alike = [gpu(0), gpu(1)]
    assert find({"device": "GPU:0"}, alike, {"CUDA_VISIBLE_DEVICES": "1"}) == Target(alike[1], None)
    assert find({"device": "GPU:5"}, alike, {}) is None
    assert find({"device": "GPU:0"}, [gpu(0, "A"), gpu(1, "B")], {}) is None


@pytest.mark.parametrize(
    ("processes", "said"),
    [
        ([], None),
        ([on_card()], None),
        (
            [on_card(process(7, GIB), process(8, 60 * GIB, path="train.ipynb"))],
            "python3 (train.ipynb) holds 60.0 GiB; python3 (process 7) holds 1.0 GiB.",
        ),
        ([on_card(process(7, None, name=None))], "A process (process 7) holds memory, how much is not told."),
        ([on_card(others=1, others_memory=512 << 20)], "1 process of others holds 512 MiB."),
        ([on_card(others=2)], "2 processes of others hold memory, how much is not told."),
        (
            [on_card(*(process(pid, GIB, name="a") for pid in range(5)))],
            "; ".join(f"a (process {pid}) holds 1.0 GiB" for pid in range(3)) + "; 2 more of yours hold memory, too.",
        ),
    ],
)
def test_who_holds_it_is_one_sentence(processes, said):
    assert holders(processes, TARGET) == said


def test_only_the_processes_of_a_mig_instance_hold_it():
    listed = [on_card(process(7, GIB, mig="MIG-a"), process(8, GIB, mig="MIG-b"), others=3)]
    assert holders(listed, Target(CARD, "MIG-b")) == "python3 (process 8) holds 1.0 GiB."


def test_nobody_watching_is_said():
    seen = Watch(None, {}).circumstances(TARGET, 0.0, 0.0)
    assert (seen.samples, seen.absent) == (0, UNWATCHED)


def test_a_driver_that_fails_is_said_in_its_own_words():
    broken = Driver(state="not-loaded", reason="It is not loaded.", nvml_code=9, driver_version=None, cuda_version=None)
    one = Watch(None, {})
    one.looks.append(Look(1.0, sweep(driver=broken), []))
    assert one.circumstances(None, 0.0, 0.0).absent == "It is not loaded."
    one.looks.append(look(2.0))
    assert one.circumstances(None, 0.0, 0.0).absent == NOT_FOUND


def test_looks_are_taken_until_it_is_cancelled_and_each_sweep_once(monkeypatch):
    monkeypatch.setattr(watch, "INTERVAL_S", 0.001)
    sweeps = [sweep([]), sweep([])]
    asked = []

    enough = asyncio.Event()

    async def observe():
        asked.append(1)
        if len(asked) == 8:
            enough.set()
        return None if len(asked) == 1 else (sweeps[0] if len(asked) < 5 else sweeps[1], [])

    async def run():
        one = Watch(observe, {})
        task = asyncio.create_task(one.run())
        await enough.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return one.looks

    assert [one.sweep for one in asyncio.run(run())] == sweeps
