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


CASES: Cases = {
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
