"""What is said of where things live, and of where a cell's operations were placed."""

import pytest

from tfgpu_lab.kernels.placement import followed_says, says
from tfgpu_lab.models.live import FollowedCell, FollowedOp
from tfgpu_lab.models.placement import DeviceShare, PlacedThing


def thing(name, *devices, kind="model"):
    values = [DeviceShare(device=device, count=1, bytes=4) for device in devices]
    return PlacedThing(name=name, type="Any", kind=kind, strategy=None, values=values, optimizer=[])


@pytest.mark.parametrize(
    ("gpus", "things", "said"),
    [
        (["GPU:0"], [], "No variable of the notebook holds"),
        (["GPU:0"], [thing("unbuilt")], "No variable of the notebook holds"),
        ([], [thing("m", "CPU:0")], "Everything is on the CPU: TensorFlow has no GPU in this kernel."),
        (["GPU:0"], [thing("m", "GPU:0")], "On the GPU: `m`."),
        (["GPU:0", "GPU:1"], [thing("m", "GPU:0", "GPU:1")], "On the GPU: `m`."),
        (["GPU:0"], [thing("m", "CPU:0", "GPU:0")], "Partly on the GPU: `m`."),
        (
            ["GPU:0"],
            [thing("a", "GPU:0"), thing("b", "CPU:0")],
            "On the GPU: `a`. On the CPU, although TensorFlow has GPU:0: `b`.",
        ),
        (["GPU:0"], [thing("m", "GPU:0"), thing("text", "CPU:0", kind="tensor")], "On the GPU: `m`."),
        (["GPU:0"], [thing("t", "CPU:0", kind="tensor")], "On the CPU, although TensorFlow has GPU:0: `t`."),
        (
            ["GPU:0"],
            [thing(f"m{i}", "GPU:0") for i in range(7)],
            "On the GPU: `m0`, `m1`, `m2`, `m3`, `m4` and 2 more.",
        ),
    ],
)
def test_says_where_things_live(gpus, things, said):
    assert says(gpus, things).startswith(said)


@pytest.mark.parametrize(
    ("on_cpu", "on_gpu", "said"),
    [
        ([], 0, "TensorFlow prepared no new computation in cell [3]: it runs what it had prepared before."),
        ([], 5, "All that cell [3] newly computes is on the GPU (5 operations)."),
        ([("MatMul", 2)], 0, "On the CPU in cell [3]: MatMul (2); on the GPU: no operations."),
        (
            [(f"Op{i}", 1) for i in range(6)],
            1,
            "On the CPU in cell [3]: Op0 (1), Op1 (1), Op2 (1), Op3 (1), Op4 (1) and",
        ),
    ],
)
def test_says_where_operations_were_placed(on_cpu, on_gpu, said):
    found = [FollowedOp(op=op, count=count) for op, count in on_cpu]
    cell = FollowedCell(execution_count=3, functions=9, on_gpu=on_gpu, on_cpu=found, other_on_cpu=1, took_s=0.1)
    assert followed_says(cell).startswith(said)
