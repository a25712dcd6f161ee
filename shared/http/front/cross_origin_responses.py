"""Answer preflights of browsers, and let pages of other origins read responses."""

import json
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.front.cross_origins import CrossOrigins, find_one

_NO_CONTENT, _FORBIDDEN = 204, 403


class CrossOriginResponses:
    """An ASGI application that adds the headers of *origins* to the responses of *app*.

    Preflights have no key, so they do not reach *app*. The server adds the headers that every
    response has.

    Args:
        app: The application.
        origins: The origins whose pages may call it.
        variable: The setting that names them, for the refusal.
        count: Called with the status of each reply to a preflight.
    """

    def __init__(
        self, app: ASGIApp, origins: CrossOrigins, variable: str, count: Callable[[int], object]
    ) -> None:
        self._app = app
        self._origins = origins
        self._variable = variable
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = scope["headers"]
        origin = find_one(headers, b"origin")
        is_preflight = scope["method"] == "OPTIONS" and origin
        if is_preflight and find_one(headers, b"access-control-request-method"):
            await self._answer_preflight(origin, send)
            return
        added = self._origins.find(headers)
        if not added:
            await self._app(scope, receive, send)
            return

        async def send_allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._app(scope, receive, send_allowed)

    async def _answer_preflight(self, origin: bytes, send: Send) -> None:
        status, body = _NO_CONTENT, b""
        if self._origins.allows(origin):
            headers = self._origins.allow_preflight(origin)
        else:
            status, body = _FORBIDDEN, self._refuse(origin)
            headers = [(b"content-type", b"application/json")]
        if body:
            headers.append((b"content-length", b"%d" % len(body)))
        self._count(status)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _refuse(self, origin: bytes) -> bytes:
        message = (
            f"Pages of {origin.decode('latin-1')!a:.200} may not call this service. An operator "
            f"can add the origin to {self._variable}."
        )
        error = {"code": "unknown_origin", "message": message, "field": None}
        return json.dumps({"error": error}).encode()
