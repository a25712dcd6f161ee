"""Send a reply through ASGI; a large body piece by piece, as fast as the client reads."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from predictor.codec.reply import Reply
from shared.http.unread_responses import HELD_BYTES


async def send_reply(reply: Reply, scope: Scope, send: Send) -> None:
    """Send *reply*, and count the memory that it needs until the client has read it."""
    headers = [*reply.head.pairs, (b"content-length", b"%d" % reply.size)]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if reply.pieces is not None:
        scope[HELD_BYTES] = reply.pieces.held
        for piece in reply.pieces:
            if HELD_BYTES not in scope:  # the client is gone
                return
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(0)  # a client that reads fast must not keep the event loop
        scope.pop(HELD_BYTES, None)
    await send({"type": "http.response.body", "body": reply.body})


class ReplyResponse(Response):
    """A reply as a response of FastAPI's routes."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.body, reply.status, dict(reply.headers))
        self._reply = reply

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as in Response
        """Send the reply."""
        await send_reply(self._reply, scope, send)
