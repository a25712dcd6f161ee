"""The ASGI entrance of POST /predict, for requests that the fast path does not take."""

import asyncio
import logging
import time

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from predictor.codec.reply import PREDICT_PATH, Reply, internal_error_reply, stopping_reply
from predictor.http.key_gate import KeyGate
from predictor.http.reply_sending import send_reply
from predictor.http.request_body import ClientGoneError, read_body
from predictor.http.traced_request import add_traceparent
from predictor.metrics.recorder import OTHER_ENDPOINT
from predictor.prediction.request_answerer import RequestAnswerer
from predictor.prediction.worker import PredictionWorker
from shared.http.upload_budget import release_upload
from shared.tracing.traceparent import current_traceparent, find_traceparent

logger = logging.getLogger(__name__)


class PredictEndpoint:
    """An ASGI application that answers POST /predict, and passes other requests to *app*.

    It is ahead of FastAPI and its middleware, which take longer than a prediction. With *gate*,
    requests need a key.
    """

    def __init__(
        self,
        app: FastAPI,
        answerer: RequestAnswerer,
        worker: PredictionWorker,
        max_body_bytes: int,
        gate: KeyGate | None = None,
    ) -> None:
        self.app = app
        self._gate = gate
        self._answerer = answerer
        self._max_body_bytes = max_body_bytes
        self._worker = worker
        self._counters = worker.metrics.endpoint(PREDICT_PATH)
        self._others = worker.metrics.endpoint(OTHER_ENDPOINT)

    def count_refusal(self, status: int) -> None:
        """Count a reply to a request that did not reach this application."""
        self._others.count_refusal(status)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a POST /predict; pass all other requests to the application."""
        if self._gate is not None and scope["type"] == "http":
            refusal = self._gate.check(scope["path"], scope["headers"])
            if refusal is not None:
                current_traceparent.set(find_traceparent(scope["headers"]))
                await self._send(refusal, scope, send)
                return
        is_predict = scope["type"] == "http" and scope["path"] == PREDICT_PATH
        if not is_predict or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        received = time.perf_counter()
        current_traceparent.set(find_traceparent(scope["headers"]))
        try:
            reply = await self._reply(scope, receive)
        except ClientGoneError:
            return
        except asyncio.CancelledError:  # the server stops, and its grace period is over
            reply = stopping_reply()
        except Exception:
            logger.exception("Unexpected error on POST %s", PREDICT_PATH)
            reply = internal_error_reply()
        finally:
            release_upload(scope)
        self._worker.count_reply(reply, received)
        await self._send(reply, scope, send)
        self._counters.count_reply(reply.status, time.perf_counter() - received)

    async def _send(self, reply: Reply, scope: Scope, send: Send) -> None:
        traceparent = current_traceparent.get()
        if traceparent is not None:
            reply = add_traceparent(reply, traceparent)
        await send_reply(reply, scope, send)

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        body = await read_body(scope, receive, self._max_body_bytes)
        return body if isinstance(body, Reply) else await self._answerer.answer(body)
