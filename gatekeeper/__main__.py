"""`python -m gatekeeper`: run the service. SIGTERM and SIGINT stop it within seconds."""

import argparse
import logging
import signal
import sys
from types import FrameType
from typing import NoReturn

import uvicorn

from gatekeeper.app import create_app
from gatekeeper.settings import load_gatekeeper_settings
from shared.access.certificate import TLS_LOOP, follow_certificate
from shared.access.followed_file import FileFollower
from shared.errors import ModelgateError
from shared.http.limits_protocol import LimitsProtocol
from shared.http.listening import describe_listener, open_listener
from shared.logs import set_up_logging
from shared.parent_process import exit_with_parent
from shared.settings import CommonSettings, load_settings
from shared.telemetry.spans import start_spans, stop_spans
from shared.text import to_printable_lines

logger = logging.getLogger(__name__)

_SPANS_SECONDS = 0.5
"""Most seconds that a stopping gatekeeper waits for the receiver of spans."""
GRACEFUL_SECONDS = 1
"""Seconds in which running requests may finish after the signal to stop."""


def main() -> int:
    """Run until SIGTERM or SIGINT; return 1 if the start fails."""
    parser = argparse.ArgumentParser(
        prog="python -m gatekeeper",
        description="Decide on candidates. Settings: docs/operations.md",
    )
    parser.add_argument(
        "--end-with-parent",
        type=int,
        metavar="PID",
        help="exit when the parent process PID exits",
    )
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    if arguments.end_with_parent is not None:
        exit_with_parent(arguments.end_with_parent)
    try:
        _serve()
    except ModelgateError as error:
        print(f"The gatekeeper cannot start. {to_printable_lines(error)}", file=sys.stderr)
        return 1
    return 0


def _serve() -> None:
    common = load_settings(CommonSettings)
    settings = load_gatekeeper_settings(common.metric, common.costs)
    set_up_logging(common.log_level, common.log_format)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    certificate = follow_certificate("GATEKEEPER_", settings.tls_cert, settings.tls_key)
    start_spans("modelgate-gatekeeper")
    # Listen first: a second gatekeeper on this port must not touch the store.
    listener = open_listener(settings.host, settings.port, "GATEKEEPER_")
    app = create_app(settings, common)
    config = uvicorn.Config(
        app,
        http=LimitsProtocol,
        log_config=None,
        access_log=False,
        lifespan="on",
        ws="none",
        server_header=False,
        proxy_headers=False,
        loop=TLS_LOOP if certificate else "auto",
        ssl_context_factory=certificate.make_context if certificate else None,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )
    logger.info(
        "Listening on %s, store %s, metric %s.",
        describe_listener(listener, settings.published, has_tls=bool(certificate)),
        common.store_dir,
        common.metric,
    )
    follower = FileFollower([certificate] if certificate else [])
    follower.start()
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        follower.stop()
        stop_spans(_SPANS_SECONDS)
        logger.info("Stopped.")


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """Exit with 0: uvicorn stops gracefully and then raises the signal again."""
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
