"""Build one worker's application from its parts."""

import asyncio
import gc
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from predictor.form.routes import create_form_router
from predictor.http import route_examples
from predictor.http.api_keys import ApiKeys
from predictor.http.credentials import Credentials
from predictor.http.fast_path_requests import PlainHeads
from predictor.http.fast_protocol import BATCHER, HEADS, KEY_GATE, SPANS
from predictor.http.key_gate import OPEN_PATHS, KeyGate
from predictor.http.openapi import (
    keep_document,
    keep_predict_examples_current,
    require_keys_in_document,
)
from predictor.http.predict_endpoint import PredictEndpoint
from predictor.http.routes import create_router, describe_predict_body
from predictor.metrics.http import RequestCounter, create_metrics_router
from predictor.metrics.recorder import OTHER_ENDPOINT, MetricsRecorder
from predictor.metrics.shared_memory import MetricsMemory
from predictor.open_inference.error_handlers import convert_refusal
from predictor.open_inference.route_examples import EXAMPLES as PROTOCOL_EXAMPLES
from predictor.open_inference.routes import add_inference_protocol
from predictor.prediction.micro_batcher import MicroBatcher
from predictor.prediction.request_answerer import RequestAnswerer
from predictor.prediction.worker import PredictionWorker
from predictor.settings import PredictorSettings
from predictor.supervision.worker_post import WorkerPost
from shared.access.followed_file import FileFollower, FollowedFile
from shared.http.allowed_hosts import ALLOWED_HOSTS, AllowedHosts
from shared.http.front.cross_origin_responses import CrossOriginResponses
from shared.http.front.cross_origins import CROSS_ORIGINS, CrossOrigins
from shared.http.front.head_requests import HeadRequests
from shared.http.front.root_path import RootPath
from shared.http.limits_protocol import ON_REFUSAL
from shared.http.open_connections import OPEN_CONNECTIONS, OpenConnections
from shared.http.openapi_examples import show_examples
from shared.http.service_app import create_service
from shared.http.unread_responses import UNREAD_BYTES, UnreadResponses
from shared.http.upload_budget import UPLOAD_BYTES, UploadBudget
from shared.memory_limit import find_memory_limit
from shared.settings import CommonSettings

FIRST_MODEL_SECONDS = 10.0
"""Seconds that a starting worker waits for its first model before it responds without one."""

_SHARE = 8
"""A worker's memory divided by this is the limit of request bodies, and of unread responses."""


def create_app(
    settings: PredictorSettings,
    common: CommonSettings,
    memory: MetricsMemory | None = None,
    post: WorkerPost | None = None,
    *,
    credentials: Credentials | None = None,
) -> PredictEndpoint:
    """Create the application; its lifespan starts and stops the worker's other parts.

    All workers of a predictor count in *memory*, and the parent process watches the record of
    *post*. Without them, this is the only worker, and nobody watches it. Without
    *credentials*, those of the settings are read.
    """
    memory = memory or MetricsMemory(slots=1)
    post = post or WorkerPost.without_parent()
    metrics = MetricsRecorder(memory)
    worker = PredictionWorker(settings, common, metrics, post)
    # One thread each: large requests wait for each other, so that only one of them competes
    # with the small requests for the interpreter. The same goes for calls of a slow model.
    large = ThreadPoolExecutor(max_workers=1, thread_name_prefix="large-request")
    slow = ThreadPoolExecutor(max_workers=1, thread_name_prefix="slow-model")
    batcher = MicroBatcher(
        worker.manager, worker.not_ready_reply, slow, metrics, worker.live, log=worker.log.rows
    )
    answerer = RequestAnswerer(batcher, worker, large=large, slow=slow)
    share = _share_memory(settings)
    connections = OpenConnections(
        UploadBudget(max(min(share, UPLOAD_BYTES), settings.max_body_bytes)),
        UnreadResponses(min(share, UNREAD_BYTES)),
    )
    hosts = AllowedHosts(settings.allowed_hosts, settings.published, "PREDICTOR_")
    heads = PlainHeads(settings.root_path)
    origins = CrossOrigins.parse(settings.cors_origins)
    keys, certificate = credentials or Credentials.read(
        settings.api_keys_file, settings.tls_cert, settings.tls_key
    )
    gate = _create_gate(keys, metrics, OPEN_PATHS[settings.without_key])
    follower = FileFollower(
        [file for file in (keys, certificate) if file is not None], worker.report_file_problem
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        await asyncio.to_thread(worker.start, FIRST_MODEL_SECONDS)
        batcher.start()
        connections.start()
        if keys is not None:
            loop = asyncio.get_running_loop()
            keys.on_change = lambda: loop.call_soon_threadsafe(heads.forget)
        follower.start()
        worker.vital_signs.start_loop()
        worker.departure.watch(connections.leave)
        gc.collect()
        gc.freeze()  # collections need not visit the objects that exist now
        try:
            yield {
                BATCHER: batcher,
                HEADS: heads,
                KEY_GATE: gate,
                SPANS: worker.spans,
                OPEN_CONNECTIONS: connections,
                ALLOWED_HOSTS: hosts,
                CROSS_ORIGINS: origins,
                ON_REFUSAL: metrics.endpoint(OTHER_ENDPOINT).count_refusal,
            }
        finally:
            worker.departure.stop()
            worker.vital_signs.stop_loop()
            follower.stop()
            connections.stop()
            batcher.stop()
            for thread in (large, slow):
                thread.shutdown(wait=False, cancel_futures=True)
            await asyncio.to_thread(worker.stop)

    app = create_service(
        "Modelgate predictor",
        {},
        root_path=settings.root_path,
        summary="Predicts with the model that is in production.",
        lifespan=lifespan,
    )
    app.include_router(
        create_form_router(worker, answerer, large, settings.max_body_bytes, settings.published)
    )
    app.include_router(create_router(worker))
    app.include_router(create_metrics_router(memory, post.records))
    app.add_middleware(RequestCounter, metrics=metrics)
    app.add_middleware(HeadRequests)
    show_examples(app, {**route_examples.EXAMPLES, **PROTOCOL_EXAMPLES})
    add_inference_protocol(app, worker, large, slow, settings.max_body_bytes)
    _describe_api(app, worker, gate)
    return PredictEndpoint(app, answerer, worker, settings.max_body_bytes, gate)


def add_front(endpoint: PredictEndpoint, settings: PredictorSettings) -> ASGIApp:
    """Return the application with what proxies and pages of other origins need."""
    app: ASGIApp = endpoint
    if settings.root_path:
        app = RootPath(app, settings.root_path)
    origins = CrossOrigins.parse(settings.cors_origins)
    if origins is not None:
        app = CrossOriginResponses(app, origins, "PREDICTOR_CORS_ORIGINS", endpoint.count_refusal)
    return app


def _describe_api(app: FastAPI, worker: PredictionWorker, gate: KeyGate | None) -> None:
    keep_predict_examples_current(app, describe_predict_body(worker))
    if gate is not None:
        require_keys_in_document(app, gate)
    keep_document(app, lambda: worker.served)


def _create_gate(
    keys: FollowedFile[ApiKeys] | None, metrics: MetricsRecorder, open_paths: frozenset[str]
) -> KeyGate | None:
    """Create the gate of all requests; None if they need no key."""
    if keys is None:
        return None
    return KeyGate(keys, metrics.client, metrics.count_refused_client, open_paths, convert_refusal)


def _share_memory(settings: PredictorSettings) -> int:
    """Return the most bytes of bodies, and of unread responses, that this worker holds."""
    own = find_memory_limit(settings.memory_mib)
    return min(own, find_memory_limit() // settings.workers) // _SHARE
