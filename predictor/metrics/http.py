"""Count HTTP requests, and serve GET /metrics."""

import time

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from predictor.metrics.prometheus_text import CONTENT_TYPE
from predictor.metrics.recorder import OTHER_ENDPOINT, MetricsRecorder
from predictor.metrics.scrape import render_metrics
from predictor.metrics.shared_memory import MetricsMemory
from predictor.supervision.shared_records import SharedRecords


class RequestCounter:
    """ASGI middleware that counts every request that gets a reply, by the path of its route.

    Declare each route with its whole path: a prefix in `include_router` is not visible here.
    """

    def __init__(self, app: ASGIApp, metrics: MetricsRecorder) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request to the application, and count its reply."""
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
            status = status or 500  # the outer layer will send it
            raise
        finally:
            if status:  # 0 if the client is gone
                path: str = getattr(scope.get("route"), "path", OTHER_ENDPOINT)
                self._metrics.endpoint(path).count_reply(status, time.perf_counter() - received)


def create_metrics_router(memory: MetricsMemory, records: SharedRecords) -> APIRouter:
    """Make the route of GET /metrics."""
    router = APIRouter()

    @router.get("/metrics", response_class=PlainTextResponse, tags=["metrics"])
    def metrics() -> PlainTextResponse:
        """Return the metrics of all workers in Prometheus' text format."""
        return PlainTextResponse(
            render_metrics(memory, records), headers={"content-type": CONTENT_TYPE}
        )

    return router
