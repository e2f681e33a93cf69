"""Host half of guest/placement: looks where models and variables live, in an idle kernel and only on demand."""

import ast
import time
from importlib.resources import files
from typing import Any

import msgspec

from ..models.live import FollowedCell, LiveReport
from ..models.placement import PlacedThing, Placement
from .agent import Agents
from .channel import Unavailable

ANSWER_LIMIT_CHARS = 256 * 1024
LIMIT_S = 20.0
CODE = files("tfgpu_lab").joinpath("guest/placement.py").read_text(encoding="utf-8")
FOLLOW_CODE = files("tfgpu_lab").joinpath("guest/follow.py").read_text(encoding="utf-8")
GARBLED = "What the kernel says of its models cannot be understood."


class _Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    error: str


class _Answer(msgspec.Struct, frozen=True, kw_only=True, tag="seen"):
    initialized: bool
    logical_gpus: list[str]
    things: list[PlacedThing]
    left_out: int
    took_s: float


async def look(agents: Agents, kernel_id: str, km: Any, live: LiveReport | None) -> Placement:
    """Return where things live in a kernel that runs no cell. Raises Busy, Unavailable."""
    try:
        answer = msgspec.json.decode(await _run(agents, kernel_id, km, CODE), type=_Answer | _Failed)
    except msgspec.MsgspecError:
        raise Unavailable(GARBLED) from None
    if isinstance(answer, _Failed):
        raise Unavailable(f"The kernel could not tell: {answer.error}.")
    return Placement(
        at_s=time.time(),
        pid=live.pid if live else None,
        execution_count=live.execution_count if live else None,
        says=says(answer.logical_gpus, answer.things),
        **{name: getattr(answer, name) for name in answer.__struct_fields__},
    )


async def follow(agents: Agents, kernel_id: str, km: Any) -> str | None:
    """Have TensorFlow note what it places where during the next cell; None, or why it does not.

    Raises Busy, Unavailable. What was noted is in `followed` of the agent's report once that cell has ended.
    """
    return await _run(agents, kernel_id, km, FOLLOW_CODE) or None


async def _run(agents: Agents, kernel_id: str, km: Any, code: str) -> str:
    """Run a guest's text in an idle kernel, in a namespace of its own, and return its ANSWER."""
    run = f"(lambda ns: (__import__('builtins').exec({code!r}, ns), ns['ANSWER'])[1])({{'__name__': 'tfgpu_lab'}})"
    text = await agents.evaluate(kernel_id, km, run, LIMIT_S)
    if len(text) > ANSWER_LIMIT_CHARS:  # to read it would take the server's time and memory
        raise Unavailable(GARBLED)
    try:
        return str(ast.literal_eval(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise Unavailable(GARBLED) from None


def followed_says(cell: FollowedCell) -> str:
    """Return what follows from where the operations of a cell were placed."""
    cell_name = f"cell [{cell.execution_count}]" if cell.execution_count else "the cell"
    if not cell.on_cpu and not cell.on_gpu:
        return f"TensorFlow prepared no new computation in {cell_name}: it runs what it had prepared before."
    if not cell.on_cpu:
        return f"All that {cell_name} newly computes is on the GPU ({cell.on_gpu} operations)."
    shown = ", ".join(f"{one.op} ({one.count})" for one in cell.on_cpu[:5])
    more = f" and {len(cell.on_cpu) - 5} more kinds" if len(cell.on_cpu) > 5 else ""
    return f"On the CPU in {cell_name}: {shown}{more}; on the GPU: {cell.on_gpu or 'no'} operations."


def says(gpus: list[str], things: list[PlacedThing]) -> str:
    """Return what follows from where things live."""
    held = [one for one in things if one.values]
    if not held:
        return "No variable of the notebook holds a built model, a TensorFlow variable or a tensor."
    models = [one for one in held if one.kind in ("model", "layer", "module")] or held
    on_gpu = [one for one in models if all(share.device.startswith("GPU:") for share in one.values)]
    on_cpu = [one for one in models if all(not share.device.startswith("GPU:") for share in one.values)]
    mixed = [one for one in models if one not in on_gpu and one not in on_cpu]
    if not gpus:
        return "Everything is on the CPU: TensorFlow has no GPU in this kernel."
    parts = []
    if on_gpu:
        parts.append(f"On the GPU: {_names(on_gpu)}.")
    if mixed:
        parts.append(f"Partly on the GPU: {_names(mixed)}.")
    if on_cpu:
        parts.append(f"On the CPU, although TensorFlow has {', '.join(gpus)}: {_names(on_cpu)}.")
    return " ".join(parts)


def _names(things: list[PlacedThing]) -> str:
    shown = ", ".join(f"`{one.name}`" for one in things[:5])
    return shown if len(things) <= 5 else f"{shown} and {len(things) - 5} more"
