"""What changed between two sweeps."""

import msgspec
import pytest

from tests.kernels.gpus import OK, gpu, sweep
from tfgpu_lab.models.gpu import Driver
from tfgpu_lab.nvml.changes import changes


def broken(reason):
    driver = Driver(state="failed", reason=reason, nvml_code=999, driver_version=None, cuda_version=None)
    return sweep(driver=driver)


def devices(*states, **options):
    """A sweep of GPUs in these states."""
    rows = [
        msgspec.structs.replace(gpu(i), state=state, problem=None if state == "ok" else f"{state}.", **options)
        for i, state in enumerate(states)
    ]
    return sweep(*([] for _ in rows), devices=rows)


UNNAMED = devices("lost", uuid="unreadable-0")
LATER = devices("stalled", stalled_since_s=7.0)


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (devices("ok"), devices("ok"), []),
        (devices("ok", "ok"), devices("ok", "lost"), ["gpu-lost"]),
        (devices("lost"), devices("lost"), []),
        (devices("lost"), devices("ok"), ["gpu-returned"]),
        (devices("ok"), devices("stalled"), ["gpu-stalled"]),
        (devices("stalled"), LATER, []),
        (devices("ok"), devices("unreadable"), ["gpu-lost"]),
        (devices("ok"), devices("ok", "ok"), ["gpu-appeared"]),
        (devices("ok", "ok"), devices("ok"), ["gpu-vanished"]),
        (UNNAMED, devices("ok"), ["gpu-returned"]),
        (UNNAMED, UNNAMED, []),
        (devices("ok"), broken("x."), ["driver-failed"]),
        (broken("x."), broken("x."), []),
        (broken("x."), broken("y."), ["driver-failed"]),
        (broken("x."), devices("ok", "ok"), ["driver-returned"]),
        (broken("x."), devices("ok", "lost"), ["driver-returned", "gpu-lost"]),
    ],
)
def test_each_change_is_told_once(before, after, kinds):
    found = changes(before, after)
    assert [one.kind for one in found] == kinds
    assert all(one.text.endswith(".") for one in found)


def test_a_change_names_the_gpu():
    (one,) = changes(devices("ok", "ok"), devices("ok", "lost"))
    assert (one.gpu_index, one.gpu_uuid, one.text) == (1, gpu(1).uuid, "GPU 1 does not answer. lost.")


def test_a_driver_that_returns_says_what_it_lists():
    (one,) = changes(broken("x."), devices("ok"))
    assert one.text == f"The NVIDIA driver {OK.driver_version} answers and lists 1 GPU."
