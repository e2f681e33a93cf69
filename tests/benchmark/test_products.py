"""The method of guest/products and the plan of guest/matmul, on a device of any speed: bounded, chosen well, honest."""

import pytest

from tests.benchmark.slow import Clock, guest, part, tensorflow

H100 = {"float16": 700.0, "bfloat16": 720.0, "tf32": 400.0, "float32": 50.0, "float64": 55.0, "int8": 1000.0}


def alike(rate):
    return dict.fromkeys(H100, rate)


def figures(lines):
    return [line for line in lines if line["event"] == "throughput"]


def skipped(lines):
    return {line["dtype"]: line["reason"] for line in lines if line["event"] == "skip"}


@pytest.mark.parametrize("rate", [0.01, 0.3, 3.0, 60.0, 1000.0])
def test_a_quick_run_of_a_gpu_of_any_speed_ends_in_time(rate):
    clock = Clock()
    begun = clock.now_s
    lines = guest(clock, tensorflow(clock, alike(rate)), {})
    assert len(figures(lines)) == 4
    # 6.2 s and the last batches; transfers have 1.3 s (tests/benchmark/test_device.py): 8 s in all.
    assert clock.now_s - begun < 6.7


def test_the_start_of_the_gpu_is_no_part_of_the_figures():
    clock = Clock()
    begun = clock.now_s
    lines = guest(clock, tensorflow(clock, H100, start_s=4.0), {})
    assert all(one["repetitions"] >= 5 for one in figures(lines))
    assert 4 < clock.now_s - begun < 4 + 6.7


@pytest.mark.parametrize("rate", [1.0, 100.0])
def test_a_sweep_ends_in_time(rate):
    clock = Clock()
    begun = clock.now_s
    lines = guest(clock, tensorflow(clock, alike(rate)), {"sweep": True})
    assert len(figures(lines)) > 12
    assert clock.now_s - begun < 46


def test_the_best_size_is_chosen_and_the_rate_is_right():
    clock = Clock()
    lines = guest(clock, tensorflow(clock, H100), {})
    assert [one["dtype"] for one in figures(lines)] == ["float16", "tf32", "bfloat16", "float32"]
    for one in figures(lines):
        assert one["size"] == 8192
        assert one["throughput_tflops"] == pytest.approx(H100[one["dtype"]], rel=0.01)
        assert one["p10"] <= one["throughput_tflops"] <= one["p90"] <= one["max"]
        assert one["repetitions"] >= 5
        assert one["settled"] is True


def test_the_barrier_costs_little_however_fast_the_device_is():
    clock = Clock()
    tf = tensorflow(clock, alike(1000.0), barrier_s=200e-6)
    for one in figures(guest(clock, tf, {"dtypes": ["float16"], "sizes": [1024]})):
        assert one["throughput_tflops"] == pytest.approx(1000, rel=0.02)
        assert one["products"] > 10_000


def test_tf32_and_float32_are_two_figures():
    clock = Clock()
    by_dtype = {one["dtype"]: one for one in figures(guest(clock, tensorflow(clock, H100), {}))}
    assert by_dtype["tf32"]["throughput_tflops"] / by_dtype["float32"]["throughput_tflops"] == pytest.approx(
        8, rel=0.01
    )
    assert (by_dtype["tf32"]["flags"], by_dtype["float32"]["flags"]) == (["tf32"], [])


def test_before_ampere_there_is_no_tf32_and_no_bfloat16():
    clock = Clock()
    lines = guest(clock, tensorflow(clock, H100), {}, capability=(7, 0))
    assert [one["dtype"] for one in figures(lines)] == ["float16", "float32"]
    lines = guest(clock, tensorflow(clock, H100), {"dtypes": ["tf32"]}, capability=(7, 0))
    assert skipped(lines) == {"tf32": "TF32 is a way of GPUs of compute capability 8.0 and newer."}


def test_eight_bit_floating_point_is_skipped_with_the_reason():
    clock = Clock()
    lines = guest(clock, tensorflow(clock, H100), {"dtypes": ["float8", "int8"]})
    assert skipped(lines)["float8"] == "TensorFlow has no matrix product for 8-bit floating point numbers."
    assert [one["dtype"] for one in figures(lines)] == ["int8"]


def test_what_the_cpu_computes_for_a_gpu_says_so_and_ends_in_time():
    clock = Clock()
    begun = clock.now_s
    lines = guest(clock, tensorflow(clock, H100, falls_back=("int8",)), {"dtypes": ["int8", "float16"]})
    fallen, real = figures(lines)
    assert fallen["flags"] == ["fell-back"]
    assert fallen["result_device"].endswith("CPU:0")
    assert real["flags"] == []
    assert clock.now_s - begun < 8


def test_short_memory_leaves_out_the_sizes_that_do_not_fit():
    clock = Clock()
    lines = guest(clock, tensorflow(clock, H100), {"dtypes": ["float32"]}, free_bytes=1 << 30, total_bytes=1 << 30)
    short = next(line for line in lines if line["event"] == "short")
    assert short["size"] == 8192
    assert short["need_bytes"] > (1 << 30) * 0.8
    assert [one["size"] for one in figures(lines)] == [4096]


@pytest.mark.parametrize(("total_gib", "best"), [(3, 8192), (24, 4096)])
def test_of_a_gpu_that_others_use_only_half_of_what_is_free_is_taken(total_gib, best):
    """An 8192 needs 1.6 GiB of the 2.5 GiB that are free, whoever has the rest."""
    clock = Clock()
    memory = {"free_bytes": 5 << 29, "total_bytes": total_gib << 30}
    lines = guest(clock, tensorflow(clock, H100), {"dtypes": ["float32"]}, **memory)
    assert [one["size"] for one in figures(lines)] == [best]


def test_without_room_for_the_smallest_size_nothing_is_measured():
    clock = Clock()
    lines = guest(clock, tensorflow(clock, H100), {"dtypes": ["float32"]}, free_bytes=80 << 20)
    assert figures(lines) == []
    assert skipped(lines) == {"float32": "There is not enough free memory for it."}


def test_memory_that_runs_out_all_the_same_ends_at_the_size_before():
    clock = Clock()

    def full(n, state):
        if n > 4096:
            raise tf.errors.ResourceExhaustedError("OOM when allocating")

    tf = tensorflow(clock, H100, broken=full)
    assert [one["size"] for one in figures(guest(clock, tf, {"dtypes": ["float16"]}))] == [4096]


def test_a_device_that_is_lost_ends_the_run_with_what_it_said():
    clock = Clock()

    def lost(n, state):
        if state.count > 500:
            raise tf.errors.InternalError("CUDA error: unspecified launch failure\nmore")

    tf = tensorflow(clock, H100, broken=lost)
    with pytest.raises(SystemExit, match=r"GPU:0 stopped working: CUDA error: unspecified launch failure$"):
        guest(clock, tf, {})


def test_times_that_still_change_are_waited_for():
    """A GPU that is cold begins fast and slows down: the first, better times must not count."""
    clock = Clock()
    tf = tensorflow(clock, alike(100.0), drift=lambda count: 1.0 if count > 60 else 0.5 + count / 120)
    (one,) = figures(guest(clock, tf, {"dtypes": ["float16"], "sizes": [8192]}))
    assert one["settled"] is True
    assert one["max"] == pytest.approx(100, rel=0.02)


def test_times_that_never_settle_are_told():
    clock = Clock()
    tf = tensorflow(clock, alike(100.0), drift=lambda count: 1.005**count)
    (one,) = figures(guest(clock, tf, {"dtypes": ["float16"], "sizes": [8192]}))
    assert one["settled"] is False


def test_sizes_that_were_asked_for_are_measured_or_left_out_with_the_reason():
    clock = Clock()
    lines = guest(clock, tensorflow(clock, alike(1.0)), {"dtypes": ["float32"], "sizes": [512, 1024, 16384]})
    assert [(one["size"], one["chosen"]) for one in figures(lines)] == [(512, False), (1024, False)]
    assert skipped(lines) == {"float32": "Matrices of 16384: It would not end in time."}


def test_each_mode_is_a_figure():
    clock = Clock()
    lines = guest(clock, tensorflow(clock, H100), {"dtypes": ["float16"], "modes": ["eager", "function", "xla"]})
    assert [one["mode"] for one in figures(lines)] == ["eager", "function", "xla"]


def test_progress_never_goes_back():
    clock = Clock()
    steps = [line for line in guest(clock, tensorflow(clock, H100), {}) if line["event"] == "step"]
    assert [one["progress"] for one in steps] == sorted(one["progress"] for one in steps)
    assert all(one["left_s"] >= 0 for one in steps)


def test_percentiles_lie_between_the_values():
    percentile = part("products", Clock()).percentile
    assert percentile([1.0, 2.0, 3.0], 0.5) == 2.0
    assert percentile([1.0, 2.0], 0.1) == pytest.approx(1.1)
    assert percentile([5.0], 0.9) == 5.0
