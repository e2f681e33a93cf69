"""Figures of the past, and readings, for the tests of what compares and keeps them."""

from typing import Any

from tfgpu_lab.models.benchmark import Circumstances, PastFigure

THIRD_OF_NOVEMBER_S = 1_793_700_000.0  # 2026-11-03
NOW_S = THIRD_OF_NOVEMBER_S + 22 * 86_400


def past(**changes: Any) -> PastFigure:
    """Return a figure of a GPU."""
    figure: dict[str, Any] = {
        "at_s": THIRD_OF_NOVEMBER_S,
        "environment": "/env/bin/python",
        "device": "GPU:0",
        "device_id": "aa",
        "device_name": "NVIDIA H200",
        "dtype": "float16",
        "mode": "function",
        "size": 8192,
        "chosen": True,
        "throughput_tflops": 700.0,
        "p10": 690.0,
        "p90": 710.0,
        "repetitions": 20,
        "flags": [],
        "circumstances": seen(),
        "tensorflow": "2.21.0",
        "driver_version": "550.54.14",
    }
    return PastFigure(**(figure | changes))


def seen(**changes: Any) -> Circumstances:
    """Return readings of a GPU at work."""
    readings: dict[str, Any] = {
        "samples": 3,
        "clock_sm_mhz": 1900.0,
        "clock_sm_max_mhz": 1980,
        "power_w": 650.0,
        "power_limit_w": 700.0,
        "busy_before_percent": 0,
    }
    return Circumstances(**(readings | changes))
