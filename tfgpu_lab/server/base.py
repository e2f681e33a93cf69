"""The ground of every handler: authenticated, authorised, JSON in and out, one mapping from errors to answers."""

import http
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, TypeVar

import msgspec
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from ..models.kernel import Problem
from .openapi import Operation
from .services import Services

T = TypeVar("T")
Verb = Callable[..., Awaitable[None]]


def guarded(action: str) -> Callable[[Verb], Verb]:
    """Let a verb run only for a logged-in user who may do `action` (`read` or `execute`) on `kernels`."""

    def decorate(verb: Verb) -> Verb:
        allowed: Verb = authorized(action=action, resource="kernels")(verb)
        return web.authenticated(allowed)  # type: ignore[return-value]

    return decorate


class Refused(web.HTTPError):
    """An error answer with a sentence, a stable word and, for bad input, the field."""

    def __init__(self, status: int, message: str, word: str, field: str | None = None) -> None:
        super().__init__(status)
        self.problem = Problem(message=message, reason=word, field=field)


class Handler(APIHandler):
    """Base of our handlers."""

    auth_resource = "kernels"
    # Polling must not make an idle server look used to JupyterHub's culler.
    _track_activity = False
    operations: ClassVar[dict[str, Operation]]

    @property
    def services(self) -> Services:
        """The parts of this server that handlers translate for."""
        services = self.settings["tfgpu_lab"]
        assert isinstance(services, Services)
        return services

    def answer(self, value: msgspec.Struct, status: int = 200) -> None:
        """Finish with `value` as JSON."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.encode(value))

    def cursor(self) -> int:
        """Return the query's `since`, 0 when it is absent; 400 when it is no number."""
        text = self.get_query_argument("since", "0")
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise Refused(400, "`since` must be a whole number, 0 or more.", "bad-request", "since")
        return int(text)

    def body(self, kind: type[T]) -> T:
        """Return the request's body as a `kind`; 400 with the field when it is not one."""
        try:
            return msgspec.json.decode(self.request.body or b"{}", type=kind)
        except msgspec.ValidationError as error:
            # msgspec ends its sentence with " - at `$.path`"; bodies are flat, so the path begins with the field.
            sentence, _, path = str(error).partition(" - at `$.")
            named = re.match(r"\w+", path) or re.search(r"(?<= field `).+?(?=`)", sentence)
            raise Refused(400, sentence + ".", "bad-request", named and named.group()) from None
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise Refused(400, f"The body is not JSON: {error}.", "bad-request") from None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer every error as a Problem; never a traceback."""
        error = kwargs.get("exc_info", (None, None))[1]
        if isinstance(error, Refused):
            problem = error.problem
        elif isinstance(error, web.HTTPError):
            phrase = error.reason or http.HTTPStatus(status_code).phrase
            problem = Problem(message=error.log_message or f"{phrase}.", reason=phrase.lower().replace(" ", "-"))
        else:
            problem = Problem(message="The server met an error of its own; its log tells more.", reason="internal")
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.encode(problem))


class OpenApiHandler(Handler):
    """The description of this interface."""

    operations: ClassVar[dict[str, Operation]] = {}

    @guarded("read")
    async def get(self) -> None:
        """Answer with the OpenAPI document."""
        self.finish(json.dumps(self.settings["tfgpu_lab_openapi"]))
