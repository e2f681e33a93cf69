"""The kernels of this server, and which notebook or console each belongs to."""

from typing import Any

from jupyter_core.utils import ensure_async


class NoSuchKernel(Exception):
    """The server has no kernel of that id."""


async def session_paths(sessions: Any) -> dict[str, str]:
    """Return kernel id to the path of its session, relative to the server's root."""
    listed = await ensure_async(sessions.list_sessions())
    return {session["kernel"]["id"]: session["path"] for session in listed if session.get("kernel")}
