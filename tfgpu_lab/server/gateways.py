"""Websockets of our own to kernels behind a gateway, with the gateway's address, token and certificates."""

import asyncio
import json
from typing import Any

from jupyter_server.gateway.gateway_client import GatewayClient
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.escape import url_escape
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

from ..kernels.channel import REPLY_LIMIT_BYTES, Unavailable
from ..kernels.remote import LOST

KNOWS_UNTRACKED = (2, 15)  # jupyter_server from here on does not count our questions as activity
OLD = (
    "The gateway's Jupyter Server is older than 2.15 and would take our question for the end of the running cell: "
    "ask again once the cell has ended."
)

ALONE = (
    "No notebook is connected to this kernel. Its gateway keeps what the kernel prints for the one that returns, and "
    "would drop that if we connected: open the notebook to see more."
)


class GatewaySocket:
    """One websocket to the channels of one kernel."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self._connection = connection

    async def send(self, text: str) -> None:
        """Send one message. Raises Unavailable."""
        try:
            await self._connection.write_message(text)
        except WebSocketClosedError:
            raise Unavailable(LOST) from None

    async def receive(self) -> str | bytes | None:
        """Return the next message; None once the connection is closed."""
        return await self._connection.read_message()

    def close(self) -> None:
        """Close it."""
        self._connection.close()


class Gateways:
    """Opens sockets. Used on the event loop only."""

    def __init__(self) -> None:
        self._versions: dict[str, tuple[int, ...]] = {}

    async def connect(self, km: Any, new: bool = False) -> GatewaySocket:  # noqa: FBT001, FBT002 - see Connect
        """Return an open socket to a kernel; `new`: it has just been started. Raises Unavailable."""
        client = GatewayClient.instance()
        old = await self._version(client) < KNOWS_UNTRACKED
        try:
            await km.refresh_model()
        except (web.HTTPError, OSError, ValueError, LookupError, TypeError) as error:  # no answer, or an odd one
            refuses = isinstance(error, web.HTTPError) and error.status_code in {401, 403}
            said = "does not let us speak to the kernel" if refuses else "does not answer"
            raise Unavailable(f"The gateway {said}: {error}.") from error
        if old and km.execution_state == "busy":
            raise Unavailable(OLD)
        if not new and (km.kernel or {}).get("connections") == 0:
            raise Unavailable(ALONE)
        endpoint = client.kernels_endpoint or ""
        url = url_path_join(client.ws_url or "", endpoint, url_escape(str(km.kernel_id)), "channels")
        request = HTTPRequest(url, **_arguments(client))
        opening = asyncio.ensure_future(websocket_connect(request, max_message_size=REPLY_LIMIT_BYTES))
        try:
            return GatewaySocket(await asyncio.shield(opening))
        except asyncio.CancelledError:  # whoever waited has gone: what opens later is closed
            opening.add_done_callback(_close)
            raise
        except (HTTPClientError, OSError) as error:
            raise Unavailable(f"The gateway does not let us speak to the kernel: {error}.") from error

    async def _version(self, client: Any) -> tuple[int, ...]:
        """Return the version of the gateway's Jupyter Server; () when it does not tell."""
        url = str(client.url)
        if url not in self._versions:
            try:
                answer = await AsyncHTTPClient().fetch(url_path_join(url, "api"), **_arguments(client))
                numbers = str(json.loads(answer.body)["version"]).split(".")[:2]
                self._versions[url] = tuple(int(number) for number in numbers)
            except (HTTPClientError, OSError) as error:
                raise Unavailable(f"The gateway does not answer: {error}.") from error
            except (ValueError, LookupError, TypeError):
                self._versions[url] = ()
        return self._versions[url]


def _arguments(client: Any) -> dict[str, Any]:
    """Return token, certificates and time limits, renewed where the gateway wants that."""
    arguments: dict[str, Any] = client.load_connection_args()
    return arguments


def _close(opening: "asyncio.Future[WebSocketClientConnection]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
