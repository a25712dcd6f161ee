"""Start one worker process: check the settings, open the port, and serve."""

import logging
import socket
import sys

from predictor.http.credentials import Credentials
from predictor.metrics.shared_memory import MetricsMemory
from predictor.settings import PredictorSettings
from predictor.supervision.handover import Terms
from predictor.supervision.memory_limit import limit_memory
from predictor.supervision.worker_post import WorkerPost
from shared.contract.layout import LIVE, PREDICTIONS, SERVING
from shared.contract.signatures import known_keys
from shared.errors import ModelgateError, StoreNotWritableError
from shared.http.listening import describe_listener, open_listener
from shared.http.timeouts_and_sizes import BACKLOG
from shared.logs import set_up_logging
from shared.parent_process import exit_with_parent
from shared.settings import CommonSettings, load_settings
from shared.store.store import open_for_writing, open_store
from shared.telemetry.spans import start_spans, stop_spans
from shared.text import to_printable_lines

logger = logging.getLogger(__name__)

_SPANS_SECONDS = 0.5
"""Most seconds that a stopping worker waits for the receiver of spans."""
_SPARE_SLOTS = 64
"""Metrics slots for workers that overlap with those that they replace."""


def run_worker(post: WorkerPost) -> int:
    """Serve until SIGTERM or SIGINT, and return the exit status.

    The first worker checks the settings and the store, opens the port, and hands both over to the
    parent process. The workers share the listening socket.
    """
    exit_with_parent(post.parent)
    try:
        common = load_settings(CommonSettings)
        settings = load_settings(PredictorSettings)
        set_up_logging(common.log_level, common.log_format)
        # The worker has its own messages; uvicorn adds warnings and errors only.
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        limit_memory(settings.memory_mib, settings.workers)
        start_spans("modelgate-predictor")
        slots = settings.workers + _SPARE_SLOTS
        files = (settings.api_keys_file, settings.tls_cert, settings.tls_key)
        if post.endowment is None:
            _check_store(common, logs_rows=settings.log_share > 0)
            known_keys(settings.gatekeeper_keys)
            credentials = Credentials.read(*files)
            listener = open_listener(settings.host, settings.port, "PREDICTOR_", backlog=BACKLOG)
            memory = MetricsMemory(slots)
            terms = Terms(
                settings.workers,
                settings.call_seconds,
                settings.drain_seconds,
                settings.grace_seconds,
                common.log_level,
                common.log_format,
            )
            post.hand_over(terms, (listener.fileno(), memory.fileno()))
            has_tls = credentials.certificate is not None
            where = describe_listener(listener, settings.published, has_tls=has_tls)
            count = "1 worker" if settings.workers == 1 else f"{settings.workers} workers"
            logger.info("Listening on %s with %s", where, count)
        else:
            listener = socket.socket(fileno=post.endowment.listener)
            memory = MetricsMemory(slots, post.endowment.metrics)
            credentials = Credentials.wait(*files)
        from predictor.server import serve  # noqa: PLC0415 - the other workers need not wait for it

        with listener:
            try:
                return serve(settings, common, memory, post, listener, credentials=credentials)
            finally:
                stop_spans(_SPANS_SECONDS)
    except ModelgateError as error:
        sys.stderr.write(f"The predictor cannot start. {to_printable_lines(error)}\n")
        return 1


def _check_store(common: CommonSettings, *, logs_rows: bool) -> None:
    """Check that the store exists. Only warn if the volume is full or read-only."""
    log = (PREDICTIONS,) if logs_rows else ()
    try:
        open_for_writing(common.store_dir, SERVING, LIVE, *log)
    except StoreNotWritableError as error:
        if not open_store(common.store_dir).layout.root.is_dir():
            raise
        logger.warning(
            "%s Serving goes on, but without heartbeats, live counts and the prediction log; "
            "`make status` cannot list the workers.",
            error,
        )
