"""Metrics and HTTP: requests are counted on their way, and GET /metrics shows everything."""

import time

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from predictor.metrics.recorder import OTHER_ENDPOINT, MetricsRecorder
from predictor.metrics.scrape import render_metrics
from predictor.metrics.shared_memory import MetricsMemory
from shared.http.prometheus_text import CONTENT_TYPE


class RequestCounter:
    """ASGI middleware that counts every request that is answered.

    Its endpoint is the path of the route that it took. Each route has to be declared with its
    whole path: of a prefix in `include_router` nothing is seen here.
    """

    def __init__(self, app: ASGIApp, metrics: MetricsRecorder) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, and count it when it is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        received = time.perf_counter()
        status = 0

        async def observing_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observing_send)
        except Exception:
            status = status or 500  # which a layer around this one will answer
            raise
        finally:
            if status:  # else the client has gone away
                taken: str = getattr(scope.get("route"), "path", OTHER_ENDPOINT)
                self._metrics.endpoint(taken).count_reply(status, time.perf_counter() - received)


def create_metrics_router(memory: MetricsMemory) -> APIRouter:
    """Make the route of GET /metrics."""
    router = APIRouter()

    @router.get("/metrics", response_class=PlainTextResponse, tags=["metrics"])
    def metrics() -> PlainTextResponse:
        """What Prometheus reads: the whole predictor, whichever of its workers answers."""
        return PlainTextResponse(render_metrics(memory), headers={"content-type": CONTENT_TYPE})

    return router
