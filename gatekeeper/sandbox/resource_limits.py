"""Limits that a child process sets for itself before it loads a model. It cannot undo them."""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_MIB = 1 << 20


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
    with contextlib.suppress(OSError):  # if memory runs out, the kernel should kill this process
        Path("/proc/self/oom_score_adj").write_text("1000")
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    used = resource.getrusage(resource.RUSAGE_SELF)
    processors = os.cpu_count() or 1
    # The parent watches the wall clock. This limit is for the case that it cannot.
    cpu = int(used.ru_utime + used.ru_stime + 2 * seconds * processors) + 2
    _limit(resource.RLIMIT_CPU, cpu)
    _limit(resource.RLIMIT_AS, _address_space() + memory_mib * _MIB)


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with contextlib.suppress(ValueError, OSError):  # some systems define a limit but refuse it
        resource.setrlimit(kind, (allowed, allowed))


def _address_space() -> int:
    """Return the bytes that this process has mapped; 0 if the system does not report them."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * resource.getpagesize()
