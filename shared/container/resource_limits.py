"""Limits that a process sets for itself before it reads an untrusted model. It cannot undo them."""

import contextlib
import os
import resource
from pathlib import Path

_MIB = 1 << 20


def limit_processor_time(seconds: float) -> None:
    """Limit the processor time from now on to *seconds* on each processor, twice over.

    The parent watches the wall clock. This limit is for the case that it cannot.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    processors = os.cpu_count() or 1
    cpu = int(used.ru_utime + used.ru_stime + 2 * seconds * processors) + 2
    _limit(resource.RLIMIT_CPU, cpu)


def limit_memory(memory_mib: int) -> None:
    """Limit the memory that is added from now on; forbid writing files and core dumps."""
    with contextlib.suppress(OSError):  # if memory runs out, the kernel should kill this process
        Path("/proc/self/oom_score_adj").write_text("1000")
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
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
