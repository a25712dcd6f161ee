"""POST /predict for the application: whatever the fast path does not take."""

import asyncio
import logging
import time
from collections.abc import Awaitable
from concurrent.futures import Executor

from starlette.types import ASGIApp, Receive, Scope, Send

from predictor.codec.reply import Reply, internal_error, stopping
from predictor.http.openapi import PREDICT
from predictor.http.request_body import ClientGoneError, read_body
from predictor.lifecycle.event_loop_budget import LARGEST_BODY
from predictor.prediction.micro_batcher import Gatherer
from predictor.prediction.worker import Worker

logger = logging.getLogger(__name__)


class PredictEndpoint:
    """An ASGI application; *large* answers what would stall the event loop."""

    def __init__(
        self, gatherer: Gatherer, worker: Worker, large: Executor, max_body_bytes: int
    ) -> None:
        self._gatherer = gatherer
        self._worker = worker
        self._large = large
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._answer(scope, receive, send)

    def ahead_of(self, app: ASGIApp) -> ASGIApp:
        """*app*, but its `POST /predict` answered here: the layers of a framework cost more."""
        endpoint = self._worker.metrics.endpoint(PREDICT)

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            received = time.perf_counter()
            if status := await self._answer(scope, receive, send):
                endpoint.answered(status, time.perf_counter() - received)

        def shortcut(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            is_own = scope["type"] == "http" and scope["path"] == PREDICT
            chosen = counted if is_own and scope["method"] == "POST" else app
            return chosen(scope, receive, send)

        return shortcut

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> int | None:
        """Answer one request; returns the status, or None when nobody is there any more."""
        try:
            reply = await self._reply(scope, receive)
        except ClientGoneError:
            return None
        except asyncio.CancelledError:  # the server stops, and its grace has run out
            reply = stopping()
        except Exception:
            logger.exception("Unexpected error on %s %s", scope["method"], scope["path"])
            reply = internal_error()
        headers = [*reply.head.pairs, (b"content-length", b"%d" % len(reply.body))]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})
        return reply.status

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        body = await read_body(scope, receive, self._max_body_bytes)
        if isinstance(body, Reply):
            return body
        if len(body) <= LARGEST_BODY:
            return await self._gatherer.ask(body)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._large, self._worker.answer, body)
