"""Limit the memory of a worker, so that a model call fails instead of the machine."""

import contextlib
import resource

from shared.memory_limit import find_memory_limit

_MIB = 1 << 20
_MOST_SHARES = 2
"""More workers than this do not make the default smaller: most of them need little."""


def limit_memory(limit_mib: int | None, workers: int) -> None:
    """Limit the data of this process to *limit_mib*, by default to what *workers* may use.

    By default it is all memory of the container or machine, and half of it for several workers.

    RLIMIT_DATA counts memory that the process writes to, so the code of libraries is free. Some
    systems do not have it.
    """
    share = find_memory_limit() // min(workers, _MOST_SHARES)
    wanted = share if limit_mib is None else limit_mib * _MIB
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))
