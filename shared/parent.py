"""Ending with the process that started this one, also when that one is killed with -9."""

import os
import signal
import threading
import time

POLL_SECONDS = 0.2


def end_with_parent() -> None:
    """From now on, send SIGTERM to this process when its parent is gone.

    A daemon thread compares the parent's id: portable, where Linux' parent-death signal is not,
    and unlike that signal it does not fire when only the parent's starting thread ends.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(POLL_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
