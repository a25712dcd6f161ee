"""`python -m trainer.tracking`: show each run and each decision on an MLflow server.

It follows the store and has no part in training or deciding. It only reads the store.
"""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from shared.errors import ModelgateError
from shared.logs import set_up_logging
from shared.parent_process import exit_with_parent
from shared.settings import CommonSettings, load_settings
from shared.store.store import open_existing_store
from shared.text import to_printable_lines
from trainer.tracking.client import require_mlflow
from trainer.tracking.follower import Follower
from trainer.tracking.server_address import TRACKING_URI, find_tracking_server

logger = logging.getLogger(__name__)

_STOP_SECONDS = 3.0
"""Seconds in which a running request may end. One that is cut off is repeated later."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; return 1 if the start fails."""
    parser = argparse.ArgumentParser(
        prog="python -m trainer.tracking",
        description="Show each run and each decision on the MLflow server at MLFLOW_TRACKING_URI. "
        "Settings: docs/mlflow.md",
    )
    parser.add_argument(
        "--end-with-parent", type=int, metavar="PID", help="exit when the parent process PID exits"
    )
    parsed = parser.parse_args(arguments)
    if parsed.end_with_parent is not None:
        exit_with_parent(parsed.end_with_parent)
    try:
        server = find_tracking_server(os.environ)
        if server is None:
            print(f"{TRACKING_URI} is not set, so nothing is tracked.", file=sys.stderr)
            return 0
        require_mlflow()
        common = load_settings(CommonSettings)
        set_up_logging(common.log_level, common.log_format)
        store = open_existing_store(common.store_dir)
    except ModelgateError as error:
        print(f"Tracking cannot start. {to_printable_lines(error)}", file=sys.stderr)
        return 1
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    logger.info(
        "Runs and decisions of the store %s go to %s, experiment %s, registered model %s.",
        *(common.store_dir, server.shown, server.experiment, server.model),
    )
    thread = threading.Thread(target=Follower(store, server, stopping).run, daemon=True)
    thread.start()
    stopping.wait()
    thread.join(_STOP_SECONDS)
    logger.info("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
