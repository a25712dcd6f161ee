"""Ending with the process that started this one, also when that one was killed -9."""

import os
import signal
import threading
import time
from collections.abc import Callable

_POLL_SECONDS = 0.25


def exit_with_parent(started_by: int | None = None) -> None:
    """End this process by SIGTERM, so gracefully, once its parent is gone.

    A process whose parent dies gets another one: asking who it is works on Linux and macOS.
    *started_by* is the parent's process id, for a parent that may have died before this is asked.
    """
    parent = os.getppid() if started_by is None else started_by

    def wait_for_another() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL_SECONDS)

    exit_after(wait_for_another)


def exit_after(wait: Callable[[], object]) -> None:
    """End this process by SIGTERM once *wait*, called in a thread of its own, returns."""

    def watch() -> None:
        wait()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
