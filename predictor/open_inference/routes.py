"""The protocol's routes. They translate between HTTP and the worker, and decide nothing else."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response

from predictor.codec.reply import Reply, not_ready_reply, stopping_reply
from predictor.http.request_body import ClientGoneError, read_body
from predictor.lifecycle.event_loop_budget import MAX_LOOP_BODY_BYTES, may_exceed_binary_rows
from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference import binary, openapi, schemas
from predictor.open_inference.addressed import find_model
from predictor.open_inference.error_handlers import ROOT, use_protocol_errors
from predictor.open_inference.infer import infer
from predictor.open_inference.inputs import min_values_per_row
from predictor.open_inference.metadata import model_metadata, server_metadata
from predictor.open_inference.replies import convert_reply, ok_reply
from predictor.prediction.worker import PredictionWorker

_CLIENT_GONE = 400
_TAG = "Open Inference Protocol"


def add_inference_protocol(
    app: FastAPI,
    worker: PredictionWorker,
    large: ThreadPoolExecutor,
    slow: ThreadPoolExecutor,
    max_body_bytes: int,
) -> None:
    """Give *app* the protocol.

    *large* answers large bodies; *slow* answers small ones whose model call would stall the
    event loop.
    """
    app.include_router(_server_routes(worker))
    app.include_router(_model_routes(_ModelHandlers(worker, large, slow, max_body_bytes)))
    use_protocol_errors(app)
    openapi.keep_infer_examples_current(app, lambda: worker.served)


def _server_routes(worker: PredictionWorker) -> APIRouter:
    router = APIRouter(prefix=ROOT, tags=[_TAG])

    @router.get("/", include_in_schema=False)
    @router.get("", summary="The server and its extensions", response_model=schemas.ServerMetadata)
    async def metadata() -> Response:
        return _response(server_metadata(worker.served))

    @router.get("/health/live", summary="The process answers", response_model=schemas.ServerLive)
    async def live() -> Response:
        return _response(ok_reply(worker.served, {"live": True}))

    @router.get(
        "/health/ready",
        summary="A model is served",
        response_model=schemas.ServerReady,
        responses=_errors(503),
    )
    async def ready() -> Response:
        served = worker.served
        if served is None:
            return _response(convert_reply(not_ready_reply(worker.not_ready_reason)))
        return _response(ok_reply(served, {"ready": True}))

    return router


def _model_routes(handlers: "_ModelHandlers") -> APIRouter:
    router = APIRouter(tags=[_TAG])
    for path, parameters in (
        (openapi.MODEL, [openapi.NAME_PARAMETER]),
        (openapi.VERSION, [openapi.NAME_PARAMETER, openapi.VERSION_PARAMETER]),
    ):
        router.get(
            path,
            summary="The model's inputs and outputs",
            response_model=schemas.ModelMetadata,
            responses=_errors(404, 503),
            openapi_extra={"parameters": parameters},
        )(handlers.metadata)
        router.get(
            f"{path}/ready",
            summary="The model is served",
            response_model=schemas.ModelReady,
            responses=_errors(404, 503),
            openapi_extra={"parameters": parameters},
        )(handlers.ready)
        router.post(
            f"{path}/infer",
            summary="Predict rows",
            response_model=schemas.InferAnswer,
            responses={200: openapi.INFERRED, **_errors(400, 404, 413, 415, 500, 503)},
            openapi_extra={
                "parameters": [*parameters, openapi.BINARY_PARAMETER],
                "requestBody": openapi.make_infer_body(),
            },
        )(handlers.infer)
    return router


class _ModelHandlers:
    """The same three handlers for the paths with a version and for those without."""

    def __init__(
        self,
        worker: PredictionWorker,
        large: ThreadPoolExecutor,
        slow: ThreadPoolExecutor,
        max_body_bytes: int,
    ) -> None:
        self._worker = worker
        self._large = large
        self._slow = slow
        self._max_body_bytes = max_body_bytes

    def _model(self, request: Request) -> ServedModel | Reply:
        """The model that the path names, or the refusal; taken once for one answer."""
        name, version = request.path_params["name"], request.path_params.get("version")
        return find_model(self._worker.served, self._worker.not_ready_reason, name, version)

    async def metadata(self, request: Request) -> Response:
        served = self._model(request)
        return _response(served if isinstance(served, Reply) else model_metadata(served))

    async def ready(self, request: Request) -> Response:
        served = self._model(request)
        if isinstance(served, Reply):
            return _response(served)
        return _response(ok_reply(served, {"name": served.registry.model_name, "ready": True}))

    async def infer(self, request: Request) -> Response:
        """JSON, with the input's numbers in it or in binary behind it, whatever Content-Type says.

        The whole answer comes from one version.
        """
        try:
            return _response(await self._infer(request))
        except ClientGoneError:
            return Response(status_code=_CLIENT_GONE)  # nobody reads it
        except asyncio.CancelledError:  # the server stops, and its grace has run out
            return _response(convert_reply(stopping_reply()))

    async def _infer(self, request: Request) -> Reply:
        body = await read_body(request.scope, request.receive, self._max_body_bytes)
        if isinstance(body, Reply):
            return convert_reply(body)
        served = self._model(request)
        if isinstance(served, Reply):
            return served
        header = request.headers.get(binary.HEADER)
        fewest = min_values_per_row(served.model.artefact.features)
        too_many = may_exceed_binary_rows(body, fewest)
        if not (too_many or served.model.is_slow or len(body) > MAX_LOOP_BODY_BYTES):
            return infer(served, body, header, self._worker.metrics.count_predictions)
        loop = asyncio.get_running_loop()
        thread = self._large if len(body) > MAX_LOOP_BODY_BYTES else self._slow
        return await loop.run_in_executor(
            thread, infer, served, body, header, self._worker.metrics.count_predictions
        )


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": schemas.ProtocolError} for status in statuses}


def _response(reply: Reply) -> Response:
    return Response(reply.body, reply.status, dict(reply.headers))
