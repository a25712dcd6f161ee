"""The ASGI entrance of POST /predict, for requests that the fast path does not take."""

import asyncio
import logging
import time
from concurrent.futures import Executor

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from predictor.codec.reply import PREDICT_PATH, Reply, internal_error_reply, stopping_reply
from predictor.http.request_body import ClientGoneError, read_body
from predictor.lifecycle.event_loop_budget import MAX_LOOP_BODY_BYTES
from predictor.prediction.micro_batcher import MicroBatcher
from predictor.prediction.worker import PredictionWorker

logger = logging.getLogger(__name__)


class PredictEndpoint:
    """An ASGI application that answers POST /predict, and passes other requests to *app*.

    It is ahead of FastAPI and its middleware, which take longer than a prediction. *large* is
    the thread for bodies that would block the event loop.
    """

    def __init__(
        self,
        app: FastAPI,
        batcher: MicroBatcher,
        worker: PredictionWorker,
        large: Executor,
        max_body_bytes: int,
    ) -> None:
        self.app = app
        self._batcher = batcher
        self._worker = worker
        self._large = large
        self._max_body_bytes = max_body_bytes
        self._counters = worker.metrics.endpoint(PREDICT_PATH)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a POST /predict; pass all other requests to the application."""
        is_predict = scope["type"] == "http" and scope["path"] == PREDICT_PATH
        if not is_predict or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        received = time.perf_counter()
        try:
            reply = await self._reply(scope, receive)
        except ClientGoneError:
            return
        except asyncio.CancelledError:  # the server stops, and its grace period is over
            reply = stopping_reply()
        except Exception:
            logger.exception("Unexpected error on POST %s", PREDICT_PATH)
            reply = internal_error_reply()
        headers = [*reply.head.pairs, (b"content-length", b"%d" % len(reply.body))]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})
        self._counters.count_reply(reply.status, time.perf_counter() - received)

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        body = await read_body(scope, receive, self._max_body_bytes)
        if isinstance(body, Reply):
            return body
        if len(body) <= MAX_LOOP_BODY_BYTES:
            return await self._batcher.predict(body)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._large, self._worker.answer, body)
