"""Listening, and running workers until told to stop."""

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
from shared.errors import PortTakenError

logger = logging.getLogger(__name__)

BACKLOG = 2048
_GRACE_SECONDS = 3
_HANG_SECONDS = 10
# By name: where workers are processes of their own, their parent needs none of this in memory.
_FAST = "predictor.http.fast_protocol:FastProtocol"
_GUARDED = "shared.http.limits_protocol:LimitsProtocol"
_SPARE_SLOTS = 64
"""For workers that SIGHUP or SIGTTIN start beside those of the settings."""


@dataclass(frozen=True)
class _WorkerApp:
    """Makes the application in each worker process, to which it is sent."""

    memory: MetricsMemory

    def __call__(self) -> ASGIApp:
        from predictor.app import create_worker_app  # noqa: PLC0415 - for workers, not their parent

        return create_worker_app(self.memory)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Connections wait in it from now on, until a worker takes them.

    Raises PortTakenError with what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise PortTakenError(
            f"Cannot listen on {host} port {port}: {error.strerror or error}. "
            "End what uses that port, or set PREDICTOR_PORT (or PREDICTOR_HOST) to another."
        ) from error


def serve(settings: PredictorSettings, listener: socket.socket) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status.

    One worker runs in this process. Of several, each is a child that is replaced when it dies
    or hangs; they share the listening socket.
    """
    config = uvicorn.Config(
        _WorkerApp(MetricsMemory(settings.workers + _SPARE_SLOTS)),
        factory=True,
        interface="asgi3",
        workers=settings.workers,
        loop="uvloop",
        http=_FAST if settings.fast_path else _GUARDED,
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
    address = listener.getsockname()
    logger.info("Listening on http://%s:%d with %d workers", *address[:2], settings.workers)
    if settings.workers > 1:
        supervisor = Multiprocess(config, sockets=[listener])
        supervisor.run()
        return int(any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes))
    # uvicorn stops gracefully and then raises the signal again: here that is an orderly end.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        return 0
    return 1
