"""CUDA's numbers and TensorFlow's names, from NVML's list and a kernel's variables."""

import pytest

from tests.kernels.gpus import gpu, live, tensorflow
from tfgpu_lab.kernels.ordinals import cuda_devices, tensorflow_devices

ALIKE = [gpu(0), gpu(1), gpu(2)]
MIXED = [gpu(0, name="Slow"), gpu(1, name="Fast")]
SPLIT = [gpu(0, mig=2)]
A, B, C = (one.uuid for one in ALIKE)


def told(devices, **variables):
    found = cuda_devices(devices, variables)
    return found if found is None else [target.mig_uuid or target.gpu.uuid for target in found]


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        (None, [A, B, C]),
        ("2,0", [C, A]),
        (" 1 , 2 ", [B, C]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("0,7,1", [A]),
        ("0,x,1", [A]),
        (B, [B]),
        (B[:-1] + "1", [B]),
        ("GPU-", []),  # names three: CUDA takes none
        (f"{C},0", [C, A]),
    ],
)
def test_cuda_visible_devices(visible, expected):
    assert told(ALIKE, **({} if visible is None else {"CUDA_VISIBLE_DEVICES": visible})) == expected


def test_gpus_of_several_kinds_have_no_order_unless_it_is_the_buses():
    assert told(MIXED) is None
    assert told(MIXED, CUDA_VISIBLE_DEVICES="0") is None
    assert told(MIXED, CUDA_DEVICE_ORDER="PCI_BUS_ID", CUDA_VISIBLE_DEVICES="1") == [MIXED[1].uuid]
    assert told(MIXED, CUDA_VISIBLE_DEVICES=MIXED[0].uuid) == [MIXED[0].uuid]


def test_mig_instances_are_named_one_by_one_and_only_the_first_is_listed():
    first, second = (part.uuid for part in SPLIT[0].mig)
    assert told(SPLIT) == [first]
    assert told(SPLIT, CUDA_VISIBLE_DEVICES=second) == [second]
    assert told(SPLIT, CUDA_VISIBLE_DEVICES=f"MIG-{SPLIT[0].uuid}/2/0") == [second]
    assert told([*SPLIT, gpu(1)]) == [gpu(1).uuid]


def test_tensorflow_counts_what_is_visible_to_it():
    it = live(tensorflow=tensorflow(visible=["GPU:1"], logical=["GPU:0"]), CUDA_VISIBLE_DEVICES="2,0")
    assert {name: target.gpu.index for name, target in tensorflow_devices(it, ALIKE).items()} == {"GPU:0": 0}


def test_tensorflow_that_has_not_begun_has_no_devices():
    assert tensorflow_devices(live(), ALIKE) == {}
    assert tensorflow_devices(live(tensorflow=tensorflow(context="created")), ALIKE) == {}


def test_a_gpu_split_into_logical_ones_is_not_guessed():
    it = live(tensorflow=tensorflow(visible=["GPU:0"], logical=["GPU:0", "GPU:1"]))
    assert tensorflow_devices(it, ALIKE) == {"GPU:0": None, "GPU:1": None}
