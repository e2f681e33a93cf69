"""Asks TensorFlow to note the devices of what it prepares during the next cell; only when the user asks for it.

The host runs this text in a namespace of its own, in an idle kernel, and takes ANSWER back. What it leaves is a
callback of IPython's that removes itself after one cell, and then what was noted, in `builtins`, for the agent to read.
TensorFlow must be initialised already: noting would initialise it.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
import time
from typing import Any, Iterator

NAME = "_tfgpu_lab_followed_"
WAITING = "_tfgpu_lab_following_"
SHOWN = 40
LOOKED_UP = 12  # kinds of operations: TensorFlow goes through all its kernels for each
NAMED_GPU = re.compile(r"(?:^|[/:])gpu:(\d{1,4})$", re.IGNORECASE)
# What is inside of these need not run: "if len(gpus) > 1: ..." is a careful program.
MAYBE = frozenset(
    "If IfExp BoolOp For AsyncFor While Try TryStar Match FunctionDef AsyncFunctionDef Lambda ListComp SetComp "
    "DictComp GeneratorExp".split()
)
# Input pipelines, and how TensorFlow moves things about.
BY_DESIGN = re.compile(
    r"_|.*(Dataset|Iterator|Variable|Shape|PartitionedCall)"
    r"|(Const|Identity|NoOp|Cast|Pack|Unpack|StridedSlice|ConcatV2|Range|Fill|Placeholder)$"
)
FLOATS = (1, 2, 8, 14, 18, 19)  # DT_FLOAT, DOUBLE, COMPLEX64, BFLOAT16, COMPLEX128, HALF
# Operations that have a GPU kernel for numbers with a point. Others on the CPU are as TensorFlow means them to be:
# text, tables, files, shapes, whole numbers of the host, and moving things about.
COMPUTE = frozenset(
    """
    Add AddN AddV2 AvgPool AvgPoolGrad BatchMatMul BatchMatMulV2 BatchMatMulV3 BiasAdd BiasAddGrad Conv2D
    Conv2DBackpropFilter Conv2DBackpropInput Conv3D Conv3DBackpropFilterV2 Conv3DBackpropInputV2 CudnnRNN CudnnRNNV3
    DepthwiseConv2dNative DepthwiseConv2dNativeBackpropFilter DepthwiseConv2dNativeBackpropInput Einsum Elu Erf Exp
    FFT FFT2D FFT3D FusedBatchNorm FusedBatchNormGradV3 FusedBatchNormV3 L2Loss LeakyRelu Log LogSoftmax MatMul Max
    MaxPool MaxPoolGrad Mean Mul Pow RealDiv Relu Relu6 ReluGrad ResourceApplyAdagradV2 ResourceApplyAdam
    ResourceApplyAdamWithAmsgrad ResourceApplyFtrlV2 ResourceApplyGradientDescent ResourceApplyKerasMomentum
    ResourceApplyMomentum ResourceApplyRMSProp Rsqrt RsqrtGrad Selu Sigmoid SigmoidGrad Softmax
    SoftmaxCrossEntropyWithLogits Softplus SparseSoftmaxCrossEntropyWithLogits Sqrt Square SquaredDifference Sub Sum
    Tanh TanhGrad Xdivy _FusedBatchNormEx _FusedConv2D _FusedMatMul
    """.split()
)


def context_of() -> Any:
    module = sys.modules.get("tensorflow.python.eager.context")
    context = vars(module).get("_context") if module is not None else None
    return context if context is not None and vars(context).get("_initialized") else None


def plain(op: str) -> str:
    for prefix in ("_MklNative", "_Mkl"):  # what oneDNN makes of it, on the CPU
        if op.startswith(prefix):
            return op[len(prefix) :].lstrip("_")
    return op


def counted(metadata: Any) -> dict[str, Any]:
    on_cpu: dict[str, int] = {}
    others: dict[str, int] = {}
    on_gpu = other = 0
    for function in metadata.function_graphs:
        for graph in function.partition_graphs:
            for node in graph.node:
                op = plain(node.op)
                numbers = node.attr["T"].type if "T" in node.attr else 0
                computes = op in COMPUTE and numbers in FLOATS
                if ":GPU:" in node.device.upper():
                    on_gpu += computes
                elif computes:
                    on_cpu[op] = on_cpu.get(op, 0) + 1
                else:
                    other += 1
                    others[op] = others.get(op, 0) + 1
    candidates = [(op, count) for op, count in sorted_by_count(others) if not BY_DESIGN.match(op)]
    without = [(op, count) for op, count in candidates[:LOOKED_UP] if has_no_gpu_kernel(op)]
    return {
        "functions": len(metadata.function_graphs),
        "on_gpu": on_gpu,
        "on_cpu": as_list(sorted_by_count(on_cpu)[:SHOWN]),
        "other_on_cpu": other,
        "without_gpu_kernel": as_list(without),
    }


def sorted_by_count(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def as_list(counts: list[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"op": op, "count": count} for op, count in counts]


def has_no_gpu_kernel(op: str) -> bool:
    """Whether TensorFlow says that it has none; `DEFAULT` are kernels for every device."""
    kernels = sys.modules.get("tensorflow.python.framework.kernels")
    if kernels is None:
        return False
    devices = {kernel.device_type for kernel in kernels.get_registered_kernels_for_op(op).kernel}
    return "CPU" in devices and not devices & {"GPU", "DEFAULT"}


def asked_for(metadata: Any) -> Iterator[str]:
    """The devices that functions were written for, before TensorFlow placed them."""
    for function in metadata.function_graphs:
        for node in function.pre_optimization_graph.node:
            yield node.device


def named_in(code: str) -> Iterator[str]:
    """The devices in calls such as tf.device("/GPU:1"), where they are made whatever happens.

    An eager operation keeps no trace of the device that it asked for.
    """
    left: list[ast.AST] = [ast.parse(code)]
    while left:
        node = left.pop()
        if type(node).__name__ in MAYBE:
            continue
        left.extend(ast.iter_child_nodes(node))
        called = node.func if isinstance(node, ast.Call) else None
        if getattr(called, "attr", getattr(called, "id", "")) == "device":
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def missing_gpus(context: Any, metadata: Any, result: Any) -> list[str]:
    there = sum(":GPU:" in device.name for device in vars(context).get("_logical_devices") or [])
    names = set(asked_for(metadata))
    if result.success:
        try:
            names.update(named_in(result.info.raw_cell))
        except Exception:
            pass  # magics, or nested too deep
    here = (name for name in names if "/job:" not in name or "/job:localhost" in name)
    numbers = {int(found.group(1)) for found in map(NAMED_GPU.search, here) if found}
    return ["GPU:%d" % number for number in sorted(numbers) if number >= there]


def traced_by_the_user() -> bool:
    summaries = sys.modules.get("tensorflow.python.ops.summary_ops_v2")
    return summaries is not None and vars(summaries).get("_current_trace_context") is not None


def follow() -> str:
    context = context_of()
    if context is None:
        return "TensorFlow is not initialised yet: run a cell that computes something first."
    events = sys.modules["IPython"].get_ipython().events
    vars(builtins).pop(NAME, None)
    waiting = vars(builtins).pop(WAITING, None)
    if waiting is not None:  # asked twice before a cell ran: the second would take what the first has noted
        events.unregister("post_run_cell", waiting)

    def ended(result: Any) -> None:
        try:
            events.unregister("post_run_cell", ended)
            vars(builtins).pop(WAITING, None)
            if traced_by_the_user():
                return  # what is collected is the user's, and so is the end of it
            began = time.perf_counter()
            try:
                metadata = context.export_run_metadata()
            finally:
                context.disable_graph_collection()
            found = counted(metadata)
            found["missing_gpus"] = missing_gpus(context, metadata, result)[:SHOWN]
            found["execution_count"] = getattr(result, "execution_count", None)
            found["took_s"] = time.perf_counter() - began
            setattr(builtins, NAME, found)
        except Exception:
            pass

    context.enable_graph_collection()
    events.register("post_run_cell", ended)
    setattr(builtins, WAITING, ended)
    return ""


try:
    ANSWER = follow()
except Exception as error:
    ANSWER = ("TensorFlow does not note it: %s: %s." % (type(error).__name__, error))[:500]
