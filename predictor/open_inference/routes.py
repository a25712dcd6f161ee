"""The protocol's routes. They translate between HTTP and the worker, and make no other decision."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response

from predictor.codec.reply import Reply, internal_error_reply, stopping_reply
from predictor.http.reply_sending import ReplyResponse
from predictor.http.request_body import ClientGoneError, read_body
from predictor.lifecycle.event_loop_budget import MAX_LOOP_BODY_BYTES, may_exceed_binary_rows
from predictor.lifecycle.served_model import ServedModel
from predictor.loop_turns import run_in_turns
from predictor.open_inference import openapi
from predictor.open_inference.error_handlers import ROOT, use_protocol_errors
from predictor.open_inference.infer import infer
from predictor.open_inference.input_rows import min_values_per_row
from predictor.open_inference.metadata import describe_model, describe_server
from predictor.open_inference.replies import convert_error, ok_reply, protocol_error
from predictor.open_inference.request import JSON_LENGTH_HEADER
from predictor.open_inference.response import describe_outputs
from predictor.prediction.worker import PredictionWorker
from shared.http.upload_budget import release_upload
from shared.text import quote

_CLIENT_GONE = 400
_INFER = f"{openapi.MODEL}/infer"
"""The route of a span, also for paths with a version."""
_TAG = "Open Inference Protocol"


def add_inference_protocol(
    app: FastAPI,
    worker: PredictionWorker,
    large: ThreadPoolExecutor,
    slow: ThreadPoolExecutor,
    max_body_bytes: int,
) -> None:
    """Add the protocol's routes and errors to *app*.

    *large* runs requests with large bodies. *slow* runs small ones whose model call would
    block the event loop.
    """
    app.include_router(_server_routes(worker))
    app.include_router(_model_routes(_ModelHandlers(worker, large, slow, max_body_bytes)))
    use_protocol_errors(app)
    openapi.keep_infer_examples_current(app, lambda: worker.served)


def _server_routes(worker: PredictionWorker) -> APIRouter:
    router = APIRouter(prefix=ROOT, tags=[_TAG])

    @router.get("/", include_in_schema=False)
    @router.get("", response_model=openapi.ServerMetadata)
    async def metadata() -> Response:
        return _respond(describe_server(worker.served))

    @router.get("/health/live", response_model=openapi.ServerLive)
    async def live() -> Response:
        return _respond(ok_reply(worker.served, {"live": True}))

    @router.get(
        "/health/ready",
        response_model=openapi.ServerReady,
        responses=_errors(503),
    )
    async def ready() -> Response:
        served = worker.served
        if served is None or not worker.is_ready:
            return _respond(convert_error(worker.not_ready_reply()))
        return _respond(ok_reply(served, {"ready": True}))

    return router


def _model_routes(handlers: "_ModelHandlers") -> APIRouter:
    router = APIRouter(tags=[_TAG])
    for path, parameters in (
        (openapi.MODEL, [openapi.NAME_PARAMETER]),
        (openapi.VERSION, [openapi.NAME_PARAMETER, openapi.VERSION_PARAMETER]),
    ):
        router.get(
            path,
            response_model=openapi.ModelMetadata,
            responses=_errors(404, 503),
            openapi_extra={"parameters": parameters},
        )(handlers.metadata)
        router.get(
            f"{path}/ready",
            response_model=openapi.ModelReady,
            responses=_errors(404, 503),
            openapi_extra={"parameters": parameters},
        )(handlers.ready)
        router.post(
            f"{path}/infer",
            response_model=openapi.InferAnswer,
            responses={200: openapi.INFERRED, **_errors(400, 404, 413, 415, 500, 503)},
            openapi_extra={
                "parameters": [*parameters, openapi.BINARY_PARAMETER],
                "requestBody": openapi.make_infer_body(),
            },
        )(handlers.infer)
    return router


class _ModelHandlers:
    """Three handlers for the paths with a version and for those without."""

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

    async def metadata(self, request: Request) -> Response:
        served = self._find_model(request)
        if isinstance(served, Reply):
            return _respond(served)
        return _respond(describe_model(served, describe_outputs(served)))

    async def ready(self, request: Request) -> Response:
        served = self._find_model(request)
        if isinstance(served, Reply):
            return _respond(served)
        if not self._worker.is_ready:
            return _respond(convert_error(self._worker.not_ready_reply()))
        return _respond(ok_reply(served, {"name": served.registry.model_name, "ready": True}))

    async def infer(self, request: Request) -> Response:
        """Predict the rows in the body: JSON, or JSON with binary data behind it.

        Content-Type is ignored. One version makes all predictions.
        """
        received = time.perf_counter()
        try:
            reply = await self._infer(request)
        except ClientGoneError:
            return Response(status_code=_CLIENT_GONE)  # nobody reads it
        except asyncio.CancelledError:  # the server stops, and its grace period is over
            reply = convert_error(stopping_reply())
        except Exception:
            self._worker.count_reply(internal_error_reply(), received, _INFER)
            raise
        finally:
            release_upload(request.scope)
        self._worker.count_reply(reply, received, _INFER)
        return _respond(reply)

    async def _infer(self, request: Request) -> Reply:
        body = await read_body(request.scope, request.receive, self._max_body_bytes)
        if isinstance(body, Reply):
            return convert_error(body)
        served = self._find_model(request)
        if isinstance(served, Reply):
            return served
        arguments = (
            served,
            body,
            request.headers.get(JSON_LENGTH_HEADER),
            self._worker.count_predictions,
            self._worker.log.rows,
        )
        is_large = len(body) > MAX_LOOP_BODY_BYTES
        min_values = min_values_per_row(served.model.artefact.features)
        if not (is_large or served.model.is_slow or may_exceed_binary_rows(body, min_values)):
            return infer(*arguments)
        return await run_in_turns(self._large if is_large else self._slow, infer, *arguments)

    def _find_model(self, request: Request) -> ServedModel | Reply:
        """Return the served model if the path names it, otherwise the error.

        A path without a version names any version. Call this once for each request.
        """
        served = self._worker.served
        if served is None:
            return convert_error(self._worker.not_ready_reply())
        name, version = request.path_params["name"], request.path_params.get("version")
        served_name = served.registry.model_name
        if name != served_name:
            return protocol_error(
                404,
                f"No model {quote(name)} is served; the model in production is "
                f"{quote(served_name)}, version {served.version}.",
            )
        if version not in {None, str(served.version)}:
            return protocol_error(
                404,
                f"Version {quote(str(version))} of {quote(served_name)} is not served; version "
                f"{served.version} is. Omit the version to use the one in production.",
            )
        return served


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": openapi.ProtocolError} for status in statuses}


def _respond(reply: Reply) -> Response:
    if reply.pieces is not None:
        return ReplyResponse(reply)
    return Response(reply.body, reply.status, dict(reply.headers))
