"""What a scoring process does to itself before it touches a model, so that it can do no harm.

Everything here narrows the process that calls it, and cannot be undone by it.
"""

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
    """Die when *parent*, the process that started this one, dies, even by kill -9.

    Signals that ask a whole group or container to stop are the parent's to answer: were they
    to end this process, that would look like the model's fault.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before this process could ask
        os._exit(1)


def limit_resources(seconds: float, memory_mib: int) -> None:
    """Limit memory and processor time from here on; write no file, dump no core."""
    with contextlib.suppress(OSError):  # when memory runs out, let it be this process that goes
        Path("/proc/self/oom_score_adj").write_text("1000")
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    used = resource.getrusage(resource.RUSAGE_SELF)
    processors = os.cpu_count() or 1
    # Only a stop for a process whose parent cannot end it: the parent watches the wall clock.
    cpu = int(used.ru_utime + used.ru_stime + 2 * seconds * processors) + 2
    _limit(resource.RLIMIT_CPU, cpu)
    _limit(resource.RLIMIT_AS, _address_space() + memory_mib * _MIB)


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with contextlib.suppress(ValueError, OSError):  # some systems know a limit and refuse it
        resource.setrlimit(kind, (allowed, allowed))


def _address_space() -> int:
    """Bytes that this process has mapped; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * resource.getpagesize()
