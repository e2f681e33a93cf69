"""Asks a fresh TensorFlow: runs guest/import_tf in the interpreter of a kernel and reads its answer."""

import time
from typing import Any

import msgspec

from ..models.confirmation import Confirmation, ConfirmedGpu
from .interpreter import Launch, LaunchError, run_guest

LOG_CHARACTERS = 16 * 1024


async def import_tf(launch: Launch, *, now_env: dict[str, str] | None = None, timeout_s: float = 60.0) -> Confirmation:
    """Return what TensorFlow says when the interpreter of `launch` imports it.

    `now_env` holds the allow-listed variables of the running kernel where there is one. The process and its children
    are gone when this returns, after `timeout_s` seconds at the latest; what went wrong is in the answer.
    """
    lines: list[dict[str, Any]] = []
    begin = time.monotonic()
    try:
        ended = await run_guest(launch, "import_tf", {"now": now_env}, timeout_s=timeout_s, on_line=lines.append)
    except LaunchError as error:
        return _unanswered(str(error), "", begin)
    log = ended.stderr_tail[-LOG_CHARACTERS:]
    last = lines[-1] if lines else {}
    if last.get("event") == "gpus":  # even if it then did not end by itself
        return _answer(last, log, begin)
    if last.get("event") == "failed":
        return _unanswered(f"`import tensorflow` fails: {last.get('error')}.", log, begin)
    if ended.timed_out:
        return _unanswered(f"TensorFlow did not answer within {timeout_s:g} s.", log, begin)
    return _unanswered(f"The interpreter ended with status {ended.returncode} before TensorFlow answered.", log, begin)


def _answer(line: dict[str, Any], log: str, begin: float) -> Confirmation:
    try:
        gpus = msgspec.convert(line["gpus"], list[ConfirmedGpu])
        version = msgspec.convert(line["version"], str)
    except (KeyError, msgspec.ValidationError) as error:
        return _unanswered(f"TensorFlow's answer is not understood: {error}.", log, begin)
    return Confirmation(
        gpus=gpus,
        failure=None,
        tensorflow_version=version,
        log=log,
        at_s=time.time(),
        duration_s=round(time.monotonic() - begin, 3),
    )


def _unanswered(failure: str, log: str, begin: float) -> Confirmation:
    return Confirmation(
        gpus=None,
        failure=failure,
        tensorflow_version=None,
        log=log,
        at_s=time.time(),
        duration_s=round(time.monotonic() - begin, 3),
    )
