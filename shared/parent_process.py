"""Exit when the parent process exits, even if it was killed with SIGKILL."""

import os
import signal
import threading
import time
from collections.abc import Callable

_POLL_SECONDS = 0.25
_STOP_SECONDS = 6.0
"""Seconds in which a process must stop after SIGTERM."""


def exit_with_parent(started_by: int | None = None) -> None:
    """Send SIGTERM to this process once its parent exits.

    A process whose parent dies gets another parent; this shows on Linux and macOS. *started_by* is
    the parent's process id. Pass it if the parent may exit before this call.
    """
    parent = os.getppid() if started_by is None else started_by

    def wait_for_another() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL_SECONDS)

    exit_after(wait_for_another)


def exit_after(wait: Callable[[], object]) -> None:
    """Call *wait* in a thread, and send SIGTERM to this process when it returns.

    A process that does not handle the signal, because its main thread is stuck, ends anyway.
    """

    def watch() -> None:
        wait()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_STOP_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
