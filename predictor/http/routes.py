"""The routes. They translate between HTTP and the worker, and make no other decision."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, HTTPException, Response

from predictor.codec.reply import PREDICT_PATH, Reply, stuck_reply
from predictor.http.openapi import make_predict_body
from predictor.http.response_models import (
    VERSION_HEADER,
    Live,
    ManyAnswers,
    ModelStatus,
    OneAnswer,
    Ready,
)
from predictor.lifecycle.manager import WorkerStatus
from predictor.lifecycle.served_model import ServedModel
from predictor.prediction.worker import PredictionWorker
from shared.contract.documents import Feature
from shared.http.service_app import error_responses
from shared.scoring.scorer_names import find_positive_class
from shared.version import VERSION


def create_router(worker: PredictionWorker) -> APIRouter:
    """Make the routes of one worker."""
    router = APIRouter()

    @router.post(
        PREDICT_PATH,
        response_model=OneAnswer | ManyAnswers,
        response_model_exclude_none=True,
        responses={200: {"headers": VERSION_HEADER}, **error_responses(413, 415, 422, 500, 503)},
        openapi_extra={"requestBody": make_predict_body()},
        tags=["predictions"],
    )
    async def predict() -> None:
        """Send JSON; Content-Type is ignored. One version makes all predictions of a request."""
        # PredictEndpoint answers. Only a similar path gets here, such as /predict%0A.
        raise HTTPException(404)

    @router.get("/model", tags=["model"])
    async def model() -> ModelStatus:
        return describe_worker(worker.name, worker.status, worker.last_error)

    @router.get("/livez", response_model=Live, responses=error_responses(503), tags=["health"])
    async def livez() -> Live | Response:
        standstill = worker.vital_signs.serving_standstill
        if standstill is not None:
            return _to_response(stuck_reply(f"This worker is stuck: {standstill}"))
        return Live()

    @router.get(
        "/readyz",
        response_model=Ready,
        response_model_exclude_none=True,
        responses=error_responses(503),
        tags=["health"],
    )
    async def readyz() -> Ready | Response:
        served = worker.served
        if served is None or not worker.is_ready:
            return _to_response(worker.not_ready_reply())
        return Ready(model_version=served.version, message=worker.status.quarantine)

    return router


def _to_response(reply: Reply) -> Response:
    return Response(reply.body, reply.status, dict(reply.headers))


def describe_worker(name: str, status: WorkerStatus, last_error: str | None) -> ModelStatus:
    """Describe one worker for GET /model."""
    desired, served = status.desired, status.served
    artefact = served.model.artefact if served else None
    return ModelStatus(
        worker=name,
        modelgate_version=VERSION,
        desired_version=desired.version if desired else None,
        desired_digest=desired.digest if desired else None,
        serving_version=served.version if served else None,
        serving_digest=served.model.digest if served else None,
        model_name=served.registry.model_name if served else None,
        metric=served.registry.metric if served else None,
        metrics=served.registry.metrics if served else None,
        task=artefact.task if artefact else None,
        features=_list_features(served) if served else None,
        missing_values=list(artefact.missing_values) if artefact else None,
        classes=list(artefact.classes) if artefact else None,
        threshold=artefact.threshold if artefact else None,
        positive_class=find_positive_class(served.registry.metric, served.model.artefact.classes)
        if served
        else None,
        loaded_at=served.loaded_at if served else None,
        last_error=last_error,
        example=list(served.model.example) if served else None,
    )


def _list_features(served: ServedModel) -> list[Feature]:
    return list(served.model.reader.schema.show(served.model.artefact.features))


def describe_predict_body(worker: PredictionWorker) -> Callable[[], dict[str, Any]]:
    """Return a function that describes the body of /predict for the model served then."""

    def describe() -> dict[str, Any]:
        served = worker.status.served
        if served is None:
            return make_predict_body()
        return make_predict_body(served.model.example, served.model.reader.schema)

    return describe
