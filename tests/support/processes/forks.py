"""Forked processes for tests, which share everything that is imported and start at once."""

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
        """Its exit status; negative for the signal that killed it."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def wait_until_stopped(self) -> None:
        """Until it has stopped itself."""
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), f"it ended with {status} instead of stopping"

    def go_on(self) -> None:
        """Continue after a stop."""
        os.kill(self.pid, signal.SIGCONT)


def fork(action: Callable[[], object]) -> Fork:
    """Run *action* in a forked process; it exits with 0, or with 1 when it fails."""
    with warnings.catch_warnings():
        # The forked process runs no other thread's code: it only writes files.
        warnings.simplefilter("ignore", DeprecationWarning)
        parent, pid = os.getpid(), os.fork()
    if pid:
        return Fork(pid)
    status = 1
    try:
        exit_with_parent(parent)
        action()
        status = 0
    except Exception:  # noqa: BLE001 - whatever it is, the test sees status 1
        traceback.print_exc()
    finally:
        os._exit(status)


def stop_here() -> None:
    """Stop this process, as if its container was paused, until the test lets it go on."""
    os.kill(os.getpid(), signal.SIGSTOP)
