"""What the notebook does with its GPU (gate 14): models and strategies."""

from typing import Any

from tests.diagnosis.recorded import LIVE, ON_CPU, ON_GPU, Cases

CPU, GPU = ({"device": f"{kind}:0", "count": 2, "bytes": 4096} for kind in ("CPU", "GPU"))
WORKER = "/job:localhost/replica:0/task:0/device:"


def placed(*things: dict[str, Any], gpus: tuple[str, ...] = ("GPU:0",)) -> dict[str, Any]:
    """Return where things live, as looked at."""
    placement = {
        "at_s": 0.0,
        "pid": 1,
        "execution_count": 2,
        "initialized": True,
        "logical_gpus": list(gpus),
        "things": list(things),
        "left_out": 0,
        "took_s": 0.01,
        "says": "So it is.",
    }
    return {"placement": placement}


def thing(*values: dict[str, Any], kind: str = "model", strategy: str | None = None) -> dict[str, Any]:
    """Return a thing whose value is on these devices."""
    return {
        "name": "model",
        "type": "Sequential",
        "kind": kind,
        "strategy": strategy,
        "values": list(values),
        "optimizer": [],
    }


def strategy(name: str, *devices: str) -> dict[str, Any]:
    """Return a strategy in force."""
    listed = [WORKER + device for device in devices] or None
    return {f"{LIVE}strategy": {"name": name, "devices": listed}}


def followed(*, cell: int | None = 3, **more: Any) -> dict[str, Any]:
    """Return what cell [3], the last one, did when it was followed."""
    known = {"execution_count": cell, "functions": 2, "on_gpu": 2, "on_cpu": [], "other_on_cpu": 3, "took_s": 0.01}
    return {"live.execution_count": 4, "live.followed": known | more}


def ran(*, percent: float | None = 4.0, seconds: float | None = 60.0, **more: Any) -> dict[str, Any]:
    """Return what the last cell did."""
    known = {
        "execution_count": 3,
        "cells": 1,
        "began_s": 100.0,
        "ended_s": None if seconds is None else 100.0 + seconds,
        "computed_on": "gpu",
        "devices": ["GPU:0"],
        "reason": "So it was.",
        "gpu_memory_before_bytes": 0,
        "gpu_memory_after_bytes": 0,
        "tensorflow_peak_before_bytes": 0,
        "tensorflow_peak_after_bytes": 0,
        "gpu_time_percent": percent,
        "gpu_time_span_s": 50.0,
        "absent": {},
    }
    return {"execution": known | more}


TEXT = {"without_gpu_kernel": [{"op": "StringLength", "count": 2}]}
SECOND = {"missing_gpus": ["GPU:1"]}

CASES: Cases = {
    "wrong-device-name": (
        [(ON_GPU, followed(**SECOND), "certain"), (ON_GPU, followed(missing_gpus=["GPU:1", "GPU:9"]), "certain")],
        [
            (ON_GPU, followed(**TEXT)),
            (ON_GPU, followed(cell=2, **SECOND)),
            (ON_GPU, followed(cell=None, **SECOND)),
            (ON_CPU, followed(missing_gpus=["GPU:0"])),
        ],
    ),
    "gpu-used-but-looks-idle": (
        [(ON_GPU, ran(), "certain"), (ON_GPU, ran(percent=0.2, cells=2), "certain")],
        [
            (ON_GPU, ran(percent=10.0)),
            (ON_GPU, ran(percent=None)),
            (ON_GPU, ran(gpu_time_span_s=0.0)),
            (ON_GPU, ran(gpu_time_span_s=29.0)),
            (ON_GPU, ran(gpu_time_span_s=None)),
            (ON_GPU, ran(seconds=9.0)),
            (ON_GPU, ran(seconds=None)),
            (ON_GPU, ran(began_s=None)),
            (ON_GPU, ran(computed_on="unknown")),
            (ON_CPU, ran()),
        ],
    ),
    "op-without-gpu-kernel": (
        [(ON_GPU, followed(**TEXT), "certain")],
        [
            (ON_GPU, followed(**SECOND)),
            (ON_GPU, followed(cell=2, **TEXT)),
            (ON_CPU, followed(**TEXT)),
        ],
    ),
    "device-scope-cpu": (
        [(ON_GPU, placed(thing(CPU)), "certain"), (ON_GPU, placed(thing(CPU), thing(GPU)), "certain")],
        [
            (ON_GPU, placed(thing(GPU))),
            (ON_GPU, placed(thing(CPU, GPU))),
            (ON_GPU, placed(thing())),
            (ON_GPU, placed(thing(CPU, kind="tensor"))),
            (ON_GPU, placed(thing(CPU, kind="layer"))),
            (ON_GPU, placed(thing(CPU, strategy="CentralStorageStrategyV1"))),
            (ON_GPU, placed(thing(CPU), gpus=())),
            (ON_CPU, placed(thing(CPU), gpus=())),
            (ON_CPU, placed(thing(CPU))),
        ],
    ),
    "strategy-or-distribution-cpu": (
        [
            (ON_GPU, strategy("OneDeviceStrategy", "CPU:0"), "certain"),
            (ON_GPU, strategy("MirroredStrategy", "CPU:0", "CPU:1"), "certain"),
            (ON_GPU, placed(thing(CPU, strategy="OneDeviceStrategy")), "certain"),
        ],
        [
            (ON_GPU, strategy("MirroredStrategy", "GPU:0")),
            (ON_GPU, strategy("MirroredStrategy", "CPU:0", "GPU:0")),
            (ON_GPU, strategy("ParameterServerStrategyV2")),
            (ON_GPU, placed(thing(CPU, strategy="CentralStorageStrategyV1"))),
            (ON_GPU, placed(thing(GPU, strategy="MirroredStrategy"))),
            (ON_GPU, placed(thing(CPU))),
            (ON_CPU, strategy("MirroredStrategy", "CPU:0")),
        ],
    ),
}
