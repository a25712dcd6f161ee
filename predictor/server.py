"""Run the workers until a signal stops the predictor."""

import logging
import signal
import socket
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from predictor.metrics.shared_memory import MetricsMemory
from predictor.settings import PredictorSettings
from shared.http.listening import listener_url, published_url

logger = logging.getLogger(__name__)

BACKLOG = 2048
_GRACE_SECONDS = 3
_HANG_SECONDS = 10
# By name: a parent of worker processes does not need these in memory.
_FAST = "predictor.http.fast_protocol:FastProtocol"
_LIMITS = "shared.http.limits_protocol:LimitsProtocol"
_SPARE_SLOTS = 64
"""Metrics slots for workers that SIGHUP or SIGTTIN start in addition to PREDICTOR_WORKERS."""


@dataclass(frozen=True)
class _WorkerApp:
    """Creates the application in each worker process, to which it is pickled."""

    memory: MetricsMemory

    def __call__(self) -> ASGIApp:
        from predictor.app import create_worker_app  # noqa: PLC0415 - for workers, not their parent

        return create_worker_app(self.memory)


def serve(settings: PredictorSettings, listener: socket.socket) -> int:
    """Serve until SIGTERM or SIGINT, and return the exit status.

    A single worker runs in this process. Several workers are child processes that share the
    listening socket; each is replaced when it dies or hangs.
    """
    config = uvicorn.Config(
        _WorkerApp(MetricsMemory(settings.workers + _SPARE_SLOTS)),
        factory=True,
        interface="asgi3",
        workers=settings.workers,
        loop="uvloop",
        http=_FAST if settings.fast_path else _LIMITS,
        ws="none",
        lifespan="on",
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_worker_healthcheck=_HANG_SECONDS,
    )
    url = published_url(settings.published, listener_url(listener))
    logger.info("Listening on %s with %d workers", url, settings.workers)
    if settings.workers > 1:
        supervisor = Multiprocess(config, sockets=[listener])
        supervisor.run()
        return int(any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes))
    # uvicorn stops gracefully and then raises the signal again; handle it as a normal exit.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        return 0
    return 1
