"""Processes that are frozen for a while, as by a busy machine."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil


@contextmanager
def frozen(processes: Sequence[psutil.Process]) -> Iterator[None]:
    """Suspend the processes until the block ends."""
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()
