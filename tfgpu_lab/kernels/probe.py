"""Asks an interpreter about itself: runs guest/probe and guest/machine there, side by side, and reads their answers."""

import asyncio
from typing import Any

import msgspec

from ..models.environment import Environment
from .interpreter import Launch, LaunchError, run_guest


class ProbeFailed(Exception):
    """The interpreter could not be probed; the text is one sentence for the user."""


async def probe(launch: Launch, *, now_env: dict[str, str] | None = None, timeout_s: float = 10.0) -> Environment:
    """Return what is true of the interpreter of `launch` before TensorFlow is imported.

    `now_env` holds the allow-listed variables of the running kernel where there is one: the notebook may have changed
    them since its process started. Raises ProbeFailed after `timeout_s` seconds, or when the interpreter is broken.
    """
    answers = await asyncio.gather(*(_ask(launch, guest, now_env, timeout_s) for guest in ("probe", "machine")))
    report = {**answers[1], **answers[0], "unread": {**answers[1]["unread"], **answers[0]["unread"]}}
    try:
        return msgspec.convert(report, Environment)
    except msgspec.ValidationError as error:
        raise ProbeFailed(f"The probe of {launch.argv[0]} answered nonsense: {error}.") from None


async def _ask(launch: Launch, guest: str, now_env: dict[str, str] | None, timeout_s: float) -> dict[str, Any]:
    answers: list[dict[str, Any]] = []
    try:
        ended = await run_guest(launch, guest, {"now": now_env}, timeout_s=timeout_s, on_line=answers.append)
    except LaunchError as error:
        raise ProbeFailed(str(error)) from None
    if answers and isinstance(answers[-1].get("unread"), dict):
        return answers[-1]
    if ended.timed_out:
        raise ProbeFailed(f"{launch.argv[0]} did not answer within {timeout_s:g} s.")
    last = next((line for line in reversed(ended.stderr_tail.splitlines()) if line.strip()), "it said nothing")
    raise ProbeFailed(f"{launch.argv[0]} ended with status {ended.returncode} before it answered: {last.strip()}.")
