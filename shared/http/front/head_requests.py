"""Answer HEAD, which monitors and load balancers send, wherever GET is answered."""

from starlette.types import ASGIApp, Receive, Scope, Send


class HeadRequests:
    """An ASGI application that lets *app* answer HEAD as GET; the server sends no body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            # A copy: the server finds in its own scope that the response has no body.
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)
