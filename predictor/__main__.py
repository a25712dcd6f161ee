"""`python -m predictor`: check settings and store, then serve.

Worker processes import this module again, so importing it must be fast and do nothing.
"""

import argparse
import logging
import os
import sys

from predictor.server import BACKLOG, serve
from predictor.settings import PredictorSettings
from shared.contract.layout import SERVING
from shared.contract.signatures import known_keys
from shared.errors import ModelgateError, StoreNotWritableError
from shared.http.listening import open_listener
from shared.logs import set_up_logging
from shared.parent_process import exit_with_parent
from shared.settings import CommonSettings, load_settings
from shared.store.store import open_for_writing, open_store

logger = logging.getLogger("predictor")


def main() -> int:
    """Run the predictor and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m predictor", description="Serve predictions. Settings: docs/operations.md"
    )
    parser.add_argument(
        "--end-with-parent", type=int, metavar="PID", help="exit when the parent process PID exits"
    )
    arguments = parser.parse_args()
    if arguments.end_with_parent is not None:
        exit_with_parent(arguments.end_with_parent)
    try:
        common = load_settings(CommonSettings)
        settings = load_settings(PredictorSettings)
        set_up_logging(common.log_level, common.log_format)
        _check_store(common)
        known_keys(settings.gatekeeper_keys)
        listener = open_listener(settings.host, settings.port, "PREDICTOR_", backlog=BACKLOG)
    except ModelgateError as error:
        print(f"The predictor cannot start. {error}", file=sys.stderr)
        return 1
    with listener:
        return serve(settings, listener)


def _check_store(common: CommonSettings) -> None:
    """Check that the store exists. Only warn if the volume is full or read-only."""
    try:
        open_for_writing(common.store_dir, SERVING)
    except StoreNotWritableError as error:
        if not open_store(common.store_dir).layout.root.is_dir():
            raise
        logger.warning(
            "%s Serving goes on, but without heartbeats; `make status` cannot list the workers.",
            error,
        )


if __name__ == "__main__":
    status = main()
    # A thread may still compute a large reply that nobody waits for: do not wait for it.
    logging.shutdown()
    os._exit(status)
