"""Serve HTTP in one worker process until a signal stops it."""

import math
import signal
import socket

import uvicorn

from predictor.app import add_front, create_app
from predictor.http.credentials import Credentials
from predictor.http.last_connections import LastConnectionsServer
from predictor.metrics.shared_memory import MetricsMemory
from predictor.settings import PredictorSettings
from predictor.supervision.worker_post import WorkerPost
from shared.access.certificate import TLS_LOOP
from shared.http.front.cross_origins import CrossOrigins
from shared.http.timeouts_and_sizes import BACKLOG
from shared.settings import CommonSettings

_FAST = "predictor.http.fast_protocol:FastProtocol"
_LIMITS = "shared.http.limits_protocol:LimitsProtocol"


def serve(
    settings: PredictorSettings,
    common: CommonSettings,
    memory: MetricsMemory,
    post: WorkerPost,
    listener: socket.socket,
    *,
    credentials: Credentials,
) -> int:
    """Serve until SIGTERM or SIGINT, and return the exit status; HTTPS with a certificate."""
    certificate = credentials.certificate
    origins = CrossOrigins.parse(settings.cors_origins)
    config = uvicorn.Config(
        add_front(create_app(settings, common, memory, post, credentials=credentials), settings),
        interface="asgi3",
        loop=TLS_LOOP if certificate else "uvloop",
        ssl_context_factory=certificate.make_context if certificate else None,
        http=_FAST if settings.fast_path else _LIMITS,
        ws="none",
        lifespan="on",
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        headers=origins.every_response if origins else None,
        timeout_graceful_shutdown=math.ceil(settings.grace_seconds),
    )
    # uvicorn stops gracefully and then raises the signal again; handle it as a normal exit.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        LastConnectionsServer(config, listener).run(sockets=[listener])
    except KeyboardInterrupt:
        return 0
    return 1
