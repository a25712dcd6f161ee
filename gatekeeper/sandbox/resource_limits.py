"""The end and the limits of a child process, which sets them before it loads a model."""

import ctypes
import os
import signal
import sys

from shared.container.resource_limits import limit_memory, limit_processor_time

_PR_SET_PDEATHSIG = 1


def exit_with_parent(parent: int) -> None:
    """Make this process die when its parent process *parent* dies, also by kill -9.

    Ignore the signals that stop a whole process group or container: the parent handles them. If
    they ended this process, that would look like a failure of the model.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent died before prctl
        os._exit(1)


def limit_resources(seconds: float, memory_mib: int) -> None:
    """Limit memory and processor time from now on; forbid writing files and core dumps."""
    limit_memory(memory_mib)
    limit_processor_time(seconds)
