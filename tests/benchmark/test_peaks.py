"""The table of peaks: what it knows, and what it does not guess."""

import pytest

from tfgpu_lab.benchmark.peaks import peak


@pytest.mark.parametrize(
    ("name", "dtype", "tflops"),
    [
        ("NVIDIA H100 80GB HBM3", "float16", 989),
        ("NVIDIA H100 80GB HBM3", "tf32", 494.5),
        ("NVIDIA H100 80GB HBM3", "float32", 67),
        ("NVIDIA H100 PCIe", "float16", 756),
        ("NVIDIA H200", "bfloat16", 989),
        ("NVIDIA GH200 480GB", "bfloat16", 989),
        ("NVIDIA A100-SXM4-40GB", "tf32", 156),
        ("NVIDIA A100 80GB PCIe", "float64", 19.5),
        ("Tesla V100-SXM2-16GB", "float16", 125),
        ("Tesla T4", "float32", 8.1),
        ("NVIDIA L40S", "float16", 362),
        ("NVIDIA L40", "float16", 181),
        # GeForce: with FP32 accumulation, half of what the box says.
        ("NVIDIA GeForce RTX 4090", "float16", 165.2),
        ("NVIDIA GeForce RTX 4090 D", "float16", 147.1),
        ("NVIDIA GeForce RTX 3090", "float16", 71),
        ("NVIDIA GeForce RTX 3090 Ti", "float16", 80),
    ],
)
def test_knows_cards_by_the_names_of_the_driver(name, dtype, tflops):
    found = peak(name, dtype)
    assert found is not None
    assert found.tflops == tflops
    assert "dense" in found.source


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("NVIDIA A10G", "float16"),  # not an A10
        ("NVIDIA H200 NVL", "float16"),  # not an H200
        ("NVIDIA H100 NVL", "float16"),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", "float16"),
        ("Quadro RTX 5000 with Max-Q Design", "float16"),
        ("GRID A100-10C", "float16"),
        ("NVIDIA A100-10C", "float16"),
        ("NVIDIA GeForce RTX 3080 Ti", "float16"),
        ("Tesla V100-SXM2-16GB", "bfloat16"),  # emulated there
        ("Tesla T4", "tf32"),
        ("NVIDIA H100 80GB HBM3", "float8"),  # TensorFlow has none
        ("Simulated GPU", "float32"),
        ("", "float32"),
    ],
)
def test_guesses_nothing(name, dtype):
    assert peak(name, dtype) is None


def test_a_mig_instance_has_its_part():
    found = peak("NVIDIA H100 80GB HBM3 MIG 1g.10gb", "float16", multiprocessors=16)
    assert found is not None
    assert found.tflops == pytest.approx(989 * 16 / 132)
    assert found.source.endswith("16 of 132 multiprocessors")


def test_a_mig_instance_of_unknown_size_has_none():
    assert peak("NVIDIA H100 80GB HBM3 MIG 1g.10gb", "float16") is None
    assert peak("NVIDIA L4 MIG 1g.10gb", "float16", multiprocessors=16) is None


def test_the_multiprocessors_of_a_whole_card_change_nothing():
    assert peak("NVIDIA H200", "float16", multiprocessors=100) == peak("NVIDIA H200", "float16")
