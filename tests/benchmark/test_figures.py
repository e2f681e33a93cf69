"""From recorded lines of the guest to results: peaks, flags, refusals, the past."""

import time

import msgspec
import pytest

from tests.benchmark.past import past
from tests.benchmark.test_watch import CARD, GIB, HEX, UUID, look, on_card, process
from tests.kernels.gpus import gpu, sweep
from tfgpu_lab.benchmark.figures import Measured
from tfgpu_lab.benchmark.watch import Look, Watch

CONDITIONS = {
    "event": "conditions",
    "tensorflow": "2.21.0",
    "python": "3.11.7",
    "executable": "/env/bin/python",
    "host": "a-machine",
    "cpu": "A processor",
    "threads": 8,
    "load_before": 0.2,
    "gpus": ["NVIDIA H100 80GB HBM3"],
    "cuda_build": "12.5.1",
    "cudnn_build": "9",
}
DEVICE = {"event": "device", "device": "GPU:0", "uuid": HEX, "free_bytes": 70 * GIB, "multiprocessors": 132}
FIGURE = {
    "event": "throughput",
    "device": "GPU:0",
    "dtype": "float16",
    "mode": "function",
    "size": 8192,
    "chosen": True,
    "throughput_tflops": 700.0,
    "p10": 690.0,
    "p90": 705.0,
    "max": 710.0,
    "repetitions": 20,
    "products": 32,
    "settled": True,
    "took_s": 1.5,
    "result_device": "/job:localhost/replica:0/task:0/device:GPU:0",
    "flags": [],
}
CPU = FIGURE | {"device": "CPU:0", "dtype": "float32", "throughput_tflops": 0.5, "size": 2048}


def taken(*lines, looks=(), conditions=CONDITIONS):
    watch = Watch(None, {})
    measured = Measured("k", "/env/bin/python")
    for line in (conditions, *lines):
        if line["event"] == "throughput":
            watch.looks.extend(looks)
        measured.take(dict(line), watch)
    return measured


def test_a_figure_has_its_peak_and_the_times_of_the_cpu():
    measured = taken({"event": "device", "device": "CPU:0", "free_bytes": GIB}, CPU, DEVICE, FIGURE)
    cpu, gpu = measured.throughputs
    assert (gpu.peak_tflops, gpu.speedup_over_cpu) == (989, 1400)
    assert gpu.fraction_of_peak == pytest.approx(700 / 989)
    assert gpu.device_name == "NVIDIA H100 80GB HBM3"
    assert (cpu.peak_tflops, cpu.speedup_over_cpu, cpu.device_name) == (None, None, "A processor")


def test_more_than_the_peak_allows_is_flagged():
    assert taken(DEVICE, FIGURE | {"throughput_tflops": 1200.0}).throughputs[0].flags == ["above-peak"]
    assert taken(DEVICE, FIGURE | {"throughput_tflops": 1050.0}).throughputs[0].flags == []  # boost clocks


def test_a_figure_of_tf32_has_that_peak():
    one = taken(DEVICE, FIGURE | {"dtype": "tf32", "flags": ["tf32"], "throughput_tflops": 400.0}).throughputs[0]
    assert (one.peak_tflops, one.flags) == (494.5, ["tf32"])


def test_a_mig_instance_has_its_part_of_the_peak():
    conditions = CONDITIONS | {"gpus": ["NVIDIA H100 80GB HBM3 MIG 1g.10gb"]}
    one = taken(DEVICE | {"multiprocessors": 16}, FIGURE, conditions=conditions).throughputs[0]
    assert one.peak_tflops == pytest.approx(989 * 16 / 132)


def test_what_fell_back_has_no_peak_no_speedup_no_readings_and_no_past():
    fallen = FIGURE | {"flags": ["fell-back"], "result_device": "/device:CPU:0"}
    measured = taken({"event": "device", "device": "CPU:0"}, CPU, DEVICE, fallen, looks=[look(1e9)])
    kept = measured.compare([past(device_id=HEX)], 1.0)
    one = measured.throughputs[1]
    assert (one.peak_tflops, one.speedup_over_cpu, one.circumstances, one.before) == (None, None, None, None)
    assert [figure.device for figure in kept] == ["CPU:0"]


def test_a_gpu_that_was_held_back_is_flagged():
    one = taken(DEVICE, FIGURE, looks=[look(1e9, throttle_reasons=["power limit"], clock_sm_mhz=1410)]).throughputs[0]
    assert one.flags == ["throttled"]
    assert (one.circumstances.clock_sm_mhz, one.circumstances.throttle_reasons) == (1410, ["power limit"])


def test_a_gpu_that_was_busy_before_is_flagged_and_an_idle_holder_is_not():
    def flags(percent):
        watch = Watch(None, {})
        measured = Measured("k", "e")
        measured.take(dict(CONDITIONS), watch)
        before_s = measured._used_from_s - 1
        watch.looks += [look(before_s, [on_card(process(7, GIB))], utilization_percent=percent), look(1e9)]
        measured.take(dict(DEVICE), watch)
        measured.take(dict(FIGURE), watch)
        return measured.throughputs[0].flags, measured.throughputs[0].circumstances.holders

    assert flags(80) == (["busy-gpu"], "python3 (process 7) holds 1.0 GiB.")
    assert flags(2) == ([], "python3 (process 7) holds 1.0 GiB.")


def test_the_benchmark_never_names_itself():
    """From its conditions on, the driver's list has the guest on each GPU that TensorFlow starts."""
    watch = Watch(None, {})
    watch.looks.append(look(time.monotonic(), [on_card(process(7, GIB))], memory_used_bytes=GIB))
    measured = Measured("k", "e")
    measured.take(dict(CONDITIONS), watch)
    both = [on_card(process(7, GIB), process(4711, 60 * GIB, name="python"))]
    watch.looks += [look(time.monotonic(), both, memory_used_bytes=61 * GIB, utilization_percent=100), look(1e9, both)]
    measured.take(DEVICE | {"free_bytes": 0, "refused": "its memory is full."}, watch)
    measured.take(dict(FIGURE), watch)
    seen = measured.throughputs[0].circumstances
    assert measured.notes == ["python3 (process 7) holds 1.0 GiB."]
    assert (seen.holders, seen.memory_used_before_bytes) == ("python3 (process 7) holds 1.0 GiB.", GIB)
    assert (seen.busy_before_percent, measured.throughputs[0].flags) == (0, [])


def test_of_several_mig_instances_the_other_one_is_said():
    split = gpu(0, mig=2)
    mine, other = msgspec.structs.replace(split.mig[0], uuid=f"MIG-{UUID}"), split.mig[1]
    watch = Watch(None, {})
    watch.looks.append(Look(1.0, sweep([], devices=[msgspec.structs.replace(split, mig=[mine, other])]), []))
    measured = Measured("k", "e")
    measured.take(dict(CONDITIONS), watch)
    measured.take(dict(DEVICE), watch)
    (note,) = measured.notes
    assert note.startswith("GPU:0 is one MIG instance of 2, and CUDA shows a process only one. To measure another ")
    assert note.endswith(f": tfgpu-lab bench --device {other.uuid}")


def test_short_memory_is_said_once_with_who_holds_it():
    short = {"event": "short", "device": "GPU:0", "size": 8192, "need_bytes": 2 * GIB, "dtype": "float16"}
    watch = Watch(None, {})
    watch.looks.append(look(time.monotonic(), [on_card(process(7, 60 * GIB, path="train.ipynb"))]))
    measured = Measured("k", "e")
    measured.take(dict(CONDITIONS), watch)
    for line in (DEVICE | {"free_bytes": GIB}, short, short | {"dtype": "float32"}):
        measured.take(dict(line), watch)
    assert measured.notes == [
        "GPU:0 has 1.0 GiB of free memory: float16 matrices of 8192 and larger, which need 2.0 GiB, are left out.",
        "python3 (train.ipynb) holds 60.0 GiB.",
    ]


def test_a_refusal_says_who_holds_the_memory():
    watch = Watch(None, {})
    watch.looks.append(look(time.monotonic(), [on_card(process(7, 79 * GIB))]))
    measured = Measured("k", "e")
    measured.take(dict(CONDITIONS), watch)
    measured.take(DEVICE | {"free_bytes": 0, "refused": "its memory is full."}, watch)
    assert measured.notes == ["python3 (process 7) holds 79.0 GiB."]


def test_the_past_is_compared_and_kept():
    measured = taken(DEVICE, FIGURE)
    before = past(device_id=HEX, environment="/env/bin/python", throughput_tflops=1000.0, p10=990.0)
    (kept,) = measured.compare([before], before.at_s + 86_400)
    assert (kept.device_id, kept.environment, kept.driver_version) == (HEX, "/env/bin/python", None)
    assert (kept.repetitions, kept.threads) == (20, None)
    one = measured.result().throughputs[0].before
    assert one.change == pytest.approx(-0.3)
    assert one.regression.startswith("GPU:0 is 30 % slower with float16 than on 3 November")


def test_a_cpu_is_known_by_its_machine_and_a_busy_one_is_said():
    conditions = CONDITIONS | {"load_before": 7.0}
    measured = taken({"event": "device", "device": "CPU:0"}, CPU, conditions=conditions)
    (kept,) = measured.compare([], 1.0)
    assert (kept.device_id, kept.threads) == ("a-machine/A processor", 8)
    assert measured.result().notes == [
        "The processor was already busy (load 7.0 on 8 threads): the CPU figures may be low."
    ]
    assert taken({"event": "device", "device": "CPU:0"}, CPU).result().notes == []


def test_everything_else_is_handed_on():
    lines = [
        {"event": "skip", "device": "GPU:0", "dtype": "float8", "reason": "No."},
        {"event": "bandwidth", "device": "GPU:0", "gbps": 3000.0},
        {"event": "copy", "device": "GPU:0", "host_to_device_gbps": 25.0, "device_to_host_gbps": 21.0},
        {"event": "note", "text": "A note."},
        {"event": "something newer"},
    ]
    result = taken(DEVICE, *lines).result()
    assert result.skipped[0].reason == "No."
    assert result.memory[0].gbps == 3000
    assert result.copies[0].device_to_host_gbps == 21
    assert result.notes == ["A note."]
    assert msgspec.json.decode(msgspec.json.encode(result), type=type(result)) == result


def test_the_driver_is_told_from_the_readings():
    watch = Watch(None, {})
    watch.looks.append(look(0.0))
    measured = Measured("k", "e")
    for line in (CONDITIONS, DEVICE, FIGURE):
        measured.take(dict(line), watch)
    assert measured.result().conditions.driver_version == "550.54.14"
    assert CARD.uuid == f"GPU-{HEX[:8]}-{HEX[8:12]}-{HEX[12:16]}-{HEX[16:20]}-{HEX[20:]}"
