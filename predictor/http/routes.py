"""The routes. They translate between HTTP and the worker, and decide nothing else."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from predictor.codec.reply import PREDICT_PATH, Reply, not_ready_reply
from predictor.http.openapi import make_predict_body
from predictor.http.response_models import Live, ManyAnswers, ModelStatus, OneAnswer, Ready
from predictor.lifecycle.manager import WorkerStatus
from predictor.prediction.worker import PredictionWorker
from shared.http.service_app import error_responses

_VERSION_HEADER = {
    "x-model-version": {
        "description": "The registry version that gave the answer.",
        "schema": {"type": "integer"},
    }
}


def create_router(worker: PredictionWorker, predict_endpoint: ASGIApp) -> APIRouter:
    """Make the routes of one worker."""
    router = APIRouter()

    @router.post(
        PREDICT_PATH,
        summary="Predict one row or many",
        response_model=OneAnswer | ManyAnswers,
        response_model_exclude_none=True,
        responses={200: {"headers": _VERSION_HEADER}, **error_responses(413, 415, 422, 500, 503)},
        openapi_extra={"requestBody": make_predict_body()},
        tags=["predictions"],
    )
    async def predict() -> Response:
        """JSON, whatever Content-Type says. The whole answer comes from one version."""
        return _ForwardingResponse(predict_endpoint)

    @router.get("/model", summary="What this worker wants and serves", tags=["model"])
    async def model() -> ModelStatus:
        return describe_worker(worker.name, worker.status)

    @router.get("/livez", summary="The process answers", tags=["health"])
    async def livez() -> Live:
        return Live()

    @router.get(
        "/readyz",
        summary="A model is loaded and has reproduced its golden rows",
        response_model=Ready,
        responses=error_responses(503),
        tags=["health"],
    )
    async def readyz() -> Ready | Response:
        served = worker.status.served
        if served is None:
            return _response(not_ready_reply(worker.not_ready_reason))
        return Ready(model_version=served.version)

    return router


def describe_worker(worker: str, status: WorkerStatus) -> ModelStatus:
    """Everything about one worker, as GET /model shows it."""
    desired, served = status.desired, status.served
    artefact = served.model.artefact if served else None
    return ModelStatus(
        worker=worker,
        desired_version=desired.version if desired else None,
        desired_digest=desired.digest if desired else None,
        serving_version=served.version if served else None,
        serving_digest=served.model.digest if served else None,
        model_name=served.registry.model_name if served else None,
        metric=served.registry.metric if served else None,
        metrics=served.registry.metrics if served else None,
        task=artefact.task if artefact else None,
        features=list(artefact.features) if artefact else None,
        classes=list(artefact.classes) if artefact else None,
        loaded_at=served.loaded_at if served else None,
        last_error=status.last_error,
        example=list(served.model.example) if served else None,
    )


def current_predict_body(worker: PredictionWorker) -> Callable[[], dict[str, Any]]:
    """/predict's request body as the model served now takes it, with a row of its own."""

    def body() -> dict[str, Any]:
        served = worker.status.served
        if served is None:
            return make_predict_body()
        return make_predict_body(served.model.example, served.model.artefact.features)

    return body


class _ForwardingResponse(Response):
    """Leaves the whole answer to another application."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def _response(reply: Reply) -> Response:
    return Response(reply.body, reply.status, dict(reply.headers))
