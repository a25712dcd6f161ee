"""Forked processes for tests: they start at once, with all modules imported."""

import os
import signal
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from gatekeeper.sandbox.resource_limits import exit_with_parent


@dataclass
class Fork:
    """A forked process."""

    pid: int

    def wait(self) -> int:
        """Wait for its end. Return its exit status, negative for a signal that killed it."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def wait_until_stopped(self) -> None:
        """Wait until it has stopped itself."""
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), f"it ended with {status} instead of stopping"

    def go_on(self) -> None:
        """Continue after a stop."""
        os.kill(self.pid, signal.SIGCONT)


def fork(action: Callable[[], object]) -> Fork:
    """Run *action* in a forked process. Its exit status is 0, or 1 after a failure."""
    with warnings.catch_warnings():
        # Forking is safe here: the child runs no code of other threads.
        warnings.simplefilter("ignore", DeprecationWarning)
        parent, pid = os.getpid(), os.fork()
    if pid:
        return Fork(pid)
    status = 1
    try:
        exit_with_parent(parent)
        action()
        status = 0
    except Exception:  # noqa: BLE001 - the test sees status 1 for any error
        traceback.print_exc()
    finally:
        os._exit(status)


def stop_here() -> None:
    """Stop this process until the test continues it, as if its container was paused."""
    os.kill(os.getpid(), signal.SIGSTOP)
