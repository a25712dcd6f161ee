"""Memory that all workers of one predictor share, with a slot for each worker.

It is an unnamed file: worker processes inherit it, and it disappears with the last of them. A
worker is alive while it has a lock on the file; the kernel releases the lock when it dies.
"""

import fcntl
import mmap
import os
import sys
import tempfile
import weakref
from dataclasses import dataclass
from itertools import pairwise

from predictor.metrics.shared_area import SharedArea, VectorKey, read_area

SHOWN_VERSIONS = 8
"""Number of newest versions whose predictions are on the page."""
_MAIN_BYTES = 64 << 10
_VERSION_BYTES = 64 << 10
_SLOT_BYTES = _MAIN_BYTES + (SHOWN_VERSIONS + 1) * _VERSION_BYTES


class NoFreeSlotError(RuntimeError):
    """More workers run than the memory has slots."""


@dataclass(frozen=True)
class WorkerSlot:
    """The numbers of one worker, continued from the worker that it replaces."""

    main: SharedArea
    versions: tuple[SharedArea, ...]
    """An area for each version with predictions: one more than the page has."""


@dataclass(frozen=True)
class SlotReading:
    """The content of one slot."""

    number: int
    alive: bool
    """Whether the worker that counts there is alive."""
    vectors: tuple[tuple[VectorKey, list[float]], ...]


class MetricsMemory:
    """Slots for *slots* workers. Unused slots take no memory.

    A fork has the same memory. Any other process gets it with the descriptor *fd*.
    """

    def __init__(self, slots: int, fd: int | None = None) -> None:
        self._fd = _create(slots * _SLOT_BYTES) if fd is None else fd
        # Keep it open: closing any descriptor of the file releases this process's locks.
        weakref.finalize(self, os.close, self._fd)
        self._slots = slots
        self._bytes = memoryview(mmap.mmap(self._fd, slots * _SLOT_BYTES))
        self._own: set[int] = set()

    def fileno(self) -> int:
        """Return the descriptor of the memory."""
        return self._fd

    def claim(self) -> WorkerSlot:
        """Take the first slot without a living worker, until this process ends.

        Raises NoFreeSlotError.
        """
        for number in range(self._slots):
            if number not in self._own and self._lock(number, fcntl.LOCK_EX | fcntl.LOCK_NB):
                self._own.add(number)
                main, *versions = map(SharedArea, self._areas(number))
                return WorkerSlot(main, tuple(versions))
        raise NoFreeSlotError(f"All {self._slots} metrics slots are taken.")

    def read(self) -> list[SlotReading]:
        """Read every slot in which a worker counts or has counted."""
        readings = []
        for number in range(self._slots):
            vectors = [pair for area in self._areas(number) for pair in read_area(area).items()]
            if not vectors:
                break  # slots are taken in order
            readings.append(SlotReading(number, self._is_alive(number), tuple(vectors)))
        return readings

    def _is_alive(self, number: int) -> bool:
        if number in self._own:
            return True
        if not self._lock(number, fcntl.LOCK_SH | fcntl.LOCK_NB):
            return True
        self._lock(number, fcntl.LOCK_UN)
        return False

    def _areas(self, number: int) -> list[memoryview]:
        start = number * _SLOT_BYTES
        ends = range(start + _MAIN_BYTES, start + _SLOT_BYTES + 1, _VERSION_BYTES)
        return [self._bytes[a:b] for a, b in pairwise((start, *ends))]

    def _lock(self, number: int, operation: int) -> bool:
        try:
            fcntl.lockf(self._fd, operation, 1, number)
        except (BlockingIOError, PermissionError):
            return False
        return True


def _create(size: int) -> int:
    if sys.platform == "linux":
        fd = os.memfd_create("modelgate-metrics")
    else:
        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    os.ftruncate(fd, size)
    return fd
