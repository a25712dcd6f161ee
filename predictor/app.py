"""Build one worker's application from its parts."""

import asyncio
import gc
import logging
import multiprocessing
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from predictor.codec.reply import not_ready_reply
from predictor.http import route_examples
from predictor.http.fast_path_requests import PlainHeads
from predictor.http.fast_protocol import BATCHER, HEADS
from predictor.http.openapi import keep_predict_examples_current
from predictor.http.predict_endpoint import PredictEndpoint
from predictor.http.routes import create_router, describe_predict_body
from predictor.metrics.http import RequestCounter, create_metrics_router
from predictor.metrics.recorder import OTHER_ENDPOINT, MetricsRecorder
from predictor.metrics.shared_memory import MetricsMemory
from predictor.open_inference.route_examples import EXAMPLES as PROTOCOL_EXAMPLES
from predictor.open_inference.routes import add_inference_protocol
from predictor.prediction.micro_batcher import MicroBatcher
from predictor.prediction.worker import PredictionWorker
from predictor.settings import PredictorSettings
from shared.http.limits_protocol import ON_REFUSAL, OPEN_CONNECTIONS
from shared.http.open_connections import OpenConnections
from shared.http.openapi_examples import show_examples
from shared.http.service_app import create_service
from shared.logs import set_up_logging
from shared.parent_process import exit_after
from shared.settings import CommonSettings, load_settings

FIRST_MODEL_SECONDS = 10.0
"""Seconds that a starting worker waits for its first model before it responds without one."""


def create_app(
    settings: PredictorSettings, common: CommonSettings, memory: MetricsMemory | None = None
) -> PredictEndpoint:
    """Create the application; its lifespan starts and stops the worker's other parts.

    All workers of a predictor count in *memory*. Without it, this is the only worker.
    """
    memory = memory or MetricsMemory(slots=1)
    metrics = MetricsRecorder(memory)
    worker = PredictionWorker(settings, common, metrics)
    # One thread each: large requests wait for each other, so that only one of them competes
    # with the small requests for the interpreter. The same goes for calls of a slow model.
    large = ThreadPoolExecutor(max_workers=1, thread_name_prefix="large-request")
    slow = ThreadPoolExecutor(max_workers=1, thread_name_prefix="slow-model")
    batcher = MicroBatcher(
        worker.manager, lambda: not_ready_reply(worker.not_ready_reason), slow, metrics
    )
    connections = OpenConnections()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        await asyncio.to_thread(worker.start, FIRST_MODEL_SECONDS)
        batcher.start()
        connections.start()
        gc.collect()
        gc.freeze()  # collections need not visit the objects that exist now
        try:
            yield {
                BATCHER: batcher,
                HEADS: PlainHeads(),
                OPEN_CONNECTIONS: connections,
                ON_REFUSAL: metrics.endpoint(OTHER_ENDPOINT).count_refusal,
            }
        finally:
            connections.stop()
            batcher.stop()
            for thread in (large, slow):
                thread.shutdown(wait=False, cancel_futures=True)
            await asyncio.to_thread(worker.stop)

    app = create_service(
        "Modelgate predictor",
        {},
        summary="Predicts with the model that is in production.",
        lifespan=lifespan,
    )
    app.include_router(create_router(worker))
    app.include_router(create_metrics_router(memory))
    app.add_middleware(RequestCounter, metrics=metrics)
    show_examples(app, {**route_examples.EXAMPLES, **PROTOCOL_EXAMPLES})
    keep_predict_examples_current(app, describe_predict_body(worker))
    add_inference_protocol(app, worker, large, slow, settings.max_body_bytes)
    return PredictEndpoint(app, batcher, worker, large, settings.max_body_bytes)


def create_worker_app(memory: MetricsMemory) -> PredictEndpoint:
    """Create the application in a worker process: uvicorn calls this in each of them.

    A worker process exits with its parent, also if the parent was killed with SIGKILL.
    """
    common = load_settings(CommonSettings)
    set_up_logging(common.log_level, common.log_format)
    # The worker has its own messages; uvicorn adds warnings and errors only.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    if (parent := multiprocessing.parent_process()) is not None:
        exit_after(parent.join)
    return create_app(load_settings(PredictorSettings), common, memory)
