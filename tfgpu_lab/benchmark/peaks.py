"""Dense peak throughput of GPUs by name and element type, with sources; an unknown card has none."""

from typing import NamedTuple


class Peak(NamedTuple):
    """A published figure."""

    tflops: float
    """Dense TFLOP/s, without structured sparsity."""
    source: str
    """Who says so."""


_DATACENTER = "NVIDIA datasheet, dense; as collected in stas00/ml-engineering, compute/accelerator"
_LIGHTNING = "NVIDIA datasheet, dense; as in Lightning fabric/utilities/throughput.py"
_GEFORCE = "NVIDIA Ada and Ampere whitepapers, FP32 accumulate"

# Longest name first, since `H100 PCIe` is not `H100`. float32 with TF32 is an element type of its own here.
_TABLE: tuple[tuple[str, str, dict[str, float]], ...] = (
    ("B300", _DATACENTER, {"float32": 80, "tf32": 1125, "float16": 2250, "bfloat16": 2250}),
    ("GB200", _DATACENTER, {"float32": 80, "tf32": 1250, "float16": 2500, "bfloat16": 2500}),
    ("B200", _DATACENTER, {"float32": 80, "tf32": 1125, "float16": 2250, "bfloat16": 2250}),
    ("GH200", _DATACENTER, {"float32": 67, "tf32": 494.5, "float16": 989, "bfloat16": 989}),
    ("H200", _DATACENTER, {"float32": 67, "tf32": 494.5, "float16": 989, "bfloat16": 989}),
    ("H100 PCIe", _DATACENTER, {"float32": 51, "tf32": 378, "float16": 756, "bfloat16": 756}),
    ("H100 80GB HBM3", _DATACENTER, {"float32": 67, "tf32": 494.5, "float16": 989, "bfloat16": 989}),
    ("L40S", _DATACENTER, {"float32": 91.6, "tf32": 183, "float16": 362, "bfloat16": 362}),
    ("A100", _DATACENTER, {"float32": 19.5, "tf32": 156, "float16": 312, "bfloat16": 312}),
    ("V100-SXM2", _LIGHTNING, {"float32": 15.7, "float16": 125}),
    ("V100-PCIE", _LIGHTNING, {"float32": 14, "float16": 112}),
    ("V100S-PCIE", _LIGHTNING, {"float32": 16.4, "float16": 130}),
    ("Tesla T4", _LIGHTNING, {"float32": 8.1, "float16": 65}),
    ("RTX 4090 D", _GEFORCE, {"float32": 73.5, "tf32": 73.5, "float16": 147.1, "bfloat16": 147.1}),
    ("RTX 4090", _GEFORCE, {"float32": 82.6, "tf32": 82.6, "float16": 165.2, "bfloat16": 165.2}),
    ("RTX 3090 Ti", _GEFORCE, {"float32": 40, "tf32": 40, "float16": 80, "bfloat16": 80}),
)


def peak(gpu_name: str, dtype: str, *, tf32: bool = False) -> Peak | None:
    """Return the dense peak of the GPU called `gpu_name` (as TensorFlow and NVML name it), or None when not known.

    Laptop cards share the desktop names and have other peaks; MIG slices have a part: neither is in the table.
    """
    if "Laptop" in gpu_name or "Max-Q" in gpu_name or "MIG" in gpu_name:
        return None
    for name, source, by_dtype in _TABLE:
        if name in gpu_name:
            figure = by_dtype.get("tf32" if tf32 else dtype)
            return None if figure is None else Peak(figure, source)
    return None
