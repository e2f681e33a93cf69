"""A figure beside the last one of its kind: what counts as worse, and which reasons are said."""

import pytest

from tests.benchmark.past import NOW_S, past, seen
from tfgpu_lab.benchmark.regression import compare, day


def slower(**changes):
    return past(at_s=NOW_S, throughput_tflops=483.0, p10=480.0, p90=490.0, **changes)


def sentence(now, then, busy=None):
    return compare(now, [then], busy).regression


def test_slower_is_said_with_the_day():
    assert sentence(slower(), past()) == "GPU:0 is 31 % slower with float16 than on 3 November."


@pytest.mark.parametrize(
    ("now", "then", "reason"),
    [
        ({"throttle_reasons": ["power limit"]}, {}, "power-capped"),
        ({"throttle_reasons": ["heat (hardware)", "heat (software)"]}, {}, "slowed by heat"),
        ({"throttle_reasons": ["board limit"]}, {}, "board limit"),
        (
            {"throttle_reasons": ["power limit"], "power_limit_w": 400.0},
            {},
            "its power limit is 400 W now and was 700 W",
        ),
        ({"clock_sm_mhz": 1200.0}, {}, "its clock was 1200 MHz now and 1900 MHz then"),
    ],
)
def test_a_reason_is_said_when_the_readings_show_it(now, then, reason):
    said = sentence(slower(circumstances=seen(**now)), past(circumstances=seen(**then)))
    assert said == f"GPU:0 is 31 % slower with float16 than on 3 November: {reason}."


def test_what_was_so_then_too_explains_nothing():
    capped = seen(throttle_reasons=["power limit"])
    assert sentence(slower(circumstances=capped), past(circumstances=capped)).endswith("than on 3 November.")


def test_other_work_and_other_versions_are_said():
    said = sentence(slower(tensorflow="2.22.0", driver_version="560.1"), past(), "other work was on it")
    assert said.endswith(
        ": other work was on it; TensorFlow was 2.21.0 then and is 2.22.0; the driver was 550.54.14 then and is 560.1."
    )


def test_without_readings_no_reason_is_invented():
    assert sentence(slower(circumstances=None), past(circumstances=None)).endswith("than on 3 November.")


@pytest.mark.parametrize(
    "now",
    [
        past(at_s=NOW_S, throughput_tflops=650.0, p10=640.0, p90=660.0),  # 7 %
        past(at_s=NOW_S, throughput_tflops=483.0, p10=300.0, p90=695.0),  # the spreads overlap
        past(at_s=NOW_S, throughput_tflops=900.0, p10=890.0, p90=910.0),
        past(at_s=NOW_S, throughput_tflops=483.0, p10=483.0, p90=483.0, repetitions=1),  # no spread at all
    ],
)
def test_no_false_alarm(now):
    found = compare(now, [past()])
    assert found.regression is None
    assert found.change == pytest.approx(now.throughput_tflops / 700 - 1)


@pytest.mark.parametrize(
    "other",
    [
        {"device_id": "bb"},
        {"environment": "/other/bin/python"},
        {"dtype": "bfloat16"},
        {"mode": "xla"},
        {"size": 4096, "chosen": False},
        {"threads": 4},
    ],
)
def test_only_its_own_kind_counts(other):
    assert compare(slower(), [past(**other)]) is None
    assert compare(slower(), []) is None


def test_a_cpu_is_compared_at_equal_threads_only():
    def cpu(threads):
        return slower(device="CPU:0", threads=threads)

    assert compare(cpu(8), [past(device="CPU:0", threads=8)]).regression
    assert compare(cpu(8), [past(device="CPU:0", threads=2)]) is None
    assert compare(cpu(8), [past(device="CPU:0", threads=None)]) is None  # of an older version: it cannot be told


def test_sizes_that_the_benchmark_chose_may_differ():
    assert compare(slower(), [past(size=4096)]).size == 4096


def test_the_newest_counts():
    history = [past(throughput_tflops=100.0), past(throughput_tflops=600.0, at_s=NOW_S - 60)]
    assert compare(slower(), history).throughput_tflops == 600.0


def test_days_are_as_short_as_they_can_be():
    assert day(NOW_S - 86_400 * 400, NOW_S).startswith("on 21 October 2025")
    assert day(NOW_S, NOW_S).startswith("today at ")


def test_a_figure_of_the_same_size_comes_before_a_newer_one_of_another():
    compared = compare(past(at_s=NOW_S, size=512), [past(size=512), past(size=4096, throughput_tflops=9e3)])
    assert (compared.size, compared.regression) == (512, None)
