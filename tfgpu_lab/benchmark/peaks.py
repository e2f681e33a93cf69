"""Dense peak throughput of GPUs by name and element type, with sources; an unknown card has none."""

import re
from typing import NamedTuple


class Peak(NamedTuple):
    """A published figure."""

    tflops: float
    """Dense TFLOP/s, without structured sparsity; of int8, 10^12 integer operations a second."""
    source: str
    """Who says so, and what was computed from it."""


class _Card(NamedTuple):
    pattern: str
    source: str
    tflops: dict[str, float]
    multiprocessors: int | None = None  # of the whole card, so that a MIG instance's part can be told


_ML = "NVIDIA datasheet, dense; as collected in stas00/ml-engineering, compute/accelerator"
_LIGHTNING = "NVIDIA datasheet, dense; as in Lightning fabric/utilities/throughput.py"
_SHEET = "NVIDIA datasheet, dense"
_ADA = "NVIDIA Ada GPU architecture whitepaper, dense, FP32 accumulate"
_AMPERE = "NVIDIA Ampere GA102 whitepaper, dense, FP32 accumulate"


def _figures(
    float32: float, tf32: float, half: float, *, int8: float | None = None, float64: float | None = None
) -> dict[str, float]:
    """One row; TF32 is an element type of its own here, and float16 has bfloat16's rate since Ampere."""
    row = {"float32": float32, "tf32": tf32, "float16": half, "bfloat16": half}
    return row | {name: value for name, value in (("int8", int8), ("float64", float64)) if value is not None}


_HOPPER = _figures(67, 494.5, 989, int8=1979, float64=67)
# The names are those of NVML and CUDA. A word must match as a whole: A10G is no A10, and H200 NVL no H200.
_TABLE = (
    _Card(r"\bB300\b", _ML, _figures(80, 1125, 2250)),
    _Card(r"\bGB200\b", _ML, _figures(80, 1250, 2500)),
    _Card(r"\bB200\b", _ML, _figures(80, 1125, 2250)),
    _Card(r"\bGH200\b", _ML, _HOPPER, 132),
    _Card(r"\bH200$|\bH200 (?!NVL)", _ML, _HOPPER, 132),
    _Card(r"\bH100 PCIe\b", _ML, _figures(51, 378, 756, int8=1513, float64=51), 114),
    _Card(r"\bH100 80GB HBM3\b", _ML, _HOPPER, 132),
    _Card(r"\bL40S\b", _ML, _figures(91.6, 183, 362, int8=733)),
    _Card(r"\bL40\b", _SHEET, _figures(90.5, 90.5, 181, int8=362)),
    _Card(r"\bL4\b", _SHEET, _figures(30.3, 60, 121, int8=242)),
    _Card(r"\bA100\b", _ML, _figures(19.5, 156, 312, int8=624, float64=19.5), 108),
    _Card(r"\bA30\b", _SHEET, _figures(10.3, 82, 165, int8=330, float64=10.3), 56),
    _Card(r"\bA40\b", _SHEET, _figures(37.4, 74.8, 149.7, int8=299.3)),
    _Card(r"\bA10\b", _LIGHTNING, _figures(31.2, 62.5, 125, int8=250)),
    _Card(r"\bV100-SXM2\b", _LIGHTNING, {"float32": 15.7, "float16": 125, "float64": 7.8}),
    _Card(r"\bV100-PCIE\b", _LIGHTNING, {"float32": 14, "float16": 112, "float64": 7}),
    _Card(r"\bV100S-PCIE\b", _LIGHTNING, {"float32": 16.4, "float16": 130, "float64": 8.2}),
    _Card(r"\bTesla T4\b", _LIGHTNING, {"float32": 8.1, "float16": 65, "int8": 130}),
    _Card(r"\bRTX 4090 D\b", _ADA, _figures(73.5, 73.5, 147.1)),
    _Card(r"\bRTX 4090\b", _ADA, _figures(82.6, 82.6, 165.2)),
    _Card(r"\bRTX 3090 Ti\b", _AMPERE, _figures(40, 40, 80)),
    _Card(r"\bRTX 3090\b", _AMPERE, _figures(35.6, 35.6, 71)),
    _Card(r"\bRTX 3080$", _AMPERE, _figures(29.8, 29.8, 59.5)),
)
# Laptop cards share the desktop names and have other peaks; of a virtual GPU it is not known how much it gets.
_OTHERS = re.compile(r"Laptop|Max-Q|\bGRID\b|vGPU|-\d+[ABCQ]\b")
_INSTANCE = re.compile(r" MIG .*")


def peak(gpu_name: str, dtype: str, *, multiprocessors: int | None = None) -> Peak | None:
    """Return the dense peak of the GPU called `gpu_name` (as CUDA and NVML name it), or None when it is not known.

    A MIG instance has its part of the card's, by its `multiprocessors` as CUDA counts them.
    """
    if _OTHERS.search(gpu_name):
        return None
    whole, instances = _INSTANCE.subn("", gpu_name)
    card = next((card for card in _TABLE if re.search(card.pattern, whole)), None)
    if card is None or dtype not in card.tflops:
        return None
    if not instances:
        return Peak(card.tflops[dtype], card.source)
    if multiprocessors is None or card.multiprocessors is None:
        return None
    share = multiprocessors / card.multiprocessors
    part = f"{multiprocessors} of {card.multiprocessors} multiprocessors"
    return Peak(card.tflops[dtype] * share, f"{card.source}; {part}")
