"""Versions, requirement lines and compute capabilities are read as TensorFlow's metadata means them."""

import pytest

from tfgpu_lab.diagnosis.facts import hides_all
from tfgpu_lab.diagnosis.requirements import Requirement, release, requirement, satisfied
from tfgpu_lab.diagnosis.tensorflow_facts import RELEASES, runs_compiled, runs_natively

BUILD_221 = ["sm_60", "sm_70", "sm_80", "sm_89", "compute_90"]


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("2.21.0", (2, 21, 0)), ("2.22.0rc1", (2, 22, 0)), ("2.21.0.dev20250722", (2, 21, 0)), ("", None), (None, None)],
)
def test_release(version, numbers):
    assert release(version) == numbers


def test_requirement():
    expected = Requirement("nvidia-cudnn-cu12", "<10.0,>=9.3.0.75")
    assert requirement('nvidia-cudnn-cu12<10.0,>=9.3.0.75; extra == "and-cuda"') == expected
    assert requirement("nvidia-cudnn-cu12 (<10.0,>=9.3.0.75)") == expected
    assert requirement("; nothing") is None


@pytest.mark.parametrize(
    ("version", "specifier", "fits"),
    [
        ("9.3.0.75", "<10.0,>=9.3.0.75", True),
        ("9.1.0.70", "<10.0,>=9.3.0.75", False),
        ("10.0", "<10.0,>=9.3.0.75", False),
        ("9.3.0.75", "==9.3.0.75", True),
        ("12.5", "==12.5.0", True),
        ("9.3", "", True),
        ("9.3", "~=9.3", None),
        ("nightly", ">=9", None),
    ],
)
def test_satisfied(version, specifier, fits):
    assert satisfied(version, specifier) is fits


@pytest.mark.parametrize(
    ("capability", "native", "compiled"),
    [
        ((5, 0), False, False),
        ((6, 1), True, False),
        ((7, 5), True, False),
        ((8, 6), True, False),
        ((9, 0), True, True),
        ((10, 0), False, True),
        ((12, 0), False, True),
    ],
)
def test_code_for_a_compute_capability(capability, native, compiled):
    assert runs_natively(capability, BUILD_221) is native
    assert runs_compiled(capability, BUILD_221) is compiled


@pytest.mark.parametrize("mask", ["", " ", "-1", "NoDevFiles", "none", "all", ",0", "-1,0"])
def test_values_that_hide_every_gpu(mask):
    assert hides_all(mask)


@pytest.mark.parametrize("mask", [None, "0", " 0", "0,1", "1, 0", "0,-1", "GPU-8d4f", "MIG-5c2e"])
def test_values_that_hide_not_every_gpu(mask):
    assert not hides_all(mask)


def test_releases_grow_with_their_python():
    newest = [RELEASES[line].python[1] for line in sorted(RELEASES)]
    assert newest == sorted(newest)
