"""POST /predict for the application: whatever the fast path does not take."""

import asyncio
import logging
import time
from collections.abc import Awaitable
from concurrent.futures import Executor

from starlette.types import ASGIApp, Receive, Scope, Send

from predictor.codec.reply import PREDICT_PATH, Reply, internal_error_reply, stopping_reply
from predictor.http.request_body import ClientGoneError, read_body
from predictor.lifecycle.event_loop_budget import MAX_LOOP_BODY_BYTES
from predictor.prediction.micro_batcher import MicroBatcher
from predictor.prediction.worker import PredictionWorker

logger = logging.getLogger(__name__)


class PredictEndpoint:
    """An ASGI application; *large* answers what would stall the event loop."""

    def __init__(
        self, batcher: MicroBatcher, worker: PredictionWorker, large: Executor, max_body_bytes: int
    ) -> None:
        self._batcher = batcher
        self._worker = worker
        self._large = large
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._answer(scope, receive, send)

    def ahead_of(self, app: ASGIApp) -> ASGIApp:
        """*app*, but its `POST /predict` answered here: the layers of a framework cost more."""
        endpoint = self._worker.metrics.endpoint(PREDICT_PATH)

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            received = time.perf_counter()
            if status := await self._answer(scope, receive, send):
                endpoint.count_reply(status, time.perf_counter() - received)

        def shortcut(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            is_own = scope["type"] == "http" and scope["path"] == PREDICT_PATH
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
            reply = stopping_reply()
        except Exception:
            logger.exception("Unexpected error on %s %s", scope["method"], scope["path"])
            reply = internal_error_reply()
        headers = [*reply.head.pairs, (b"content-length", b"%d" % len(reply.body))]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})
        return reply.status

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        body = await read_body(scope, receive, self._max_body_bytes)
        if isinstance(body, Reply):
            return body
        if len(body) <= MAX_LOOP_BODY_BYTES:
            return await self._batcher.predict(body)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._large, self._worker.answer, body)
