"""Define the things that a worker gets from its parent, and the parent's view of a worker."""

import os
import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self, TypeAlias

from predictor.supervision.handover import Endowment, Handover, Terms
from predictor.supervision.shared_records import LOAD_LANE, SharedRecords, WorkerRecord
from predictor.supervision.stopwatch import LOOP, Stopwatch


@dataclass(frozen=True)
class WorkerPost:
    """The means with which a worker begins. The first worker has no endowment: it makes one."""

    parent: int
    records: SharedRecords
    number: int
    """The number of the worker's record."""
    endowment: Endowment | None
    handover: Handover | None

    @classmethod
    def without_parent(cls) -> Self:
        """Make the post of a worker that nobody watches."""
        return cls(os.getppid(), SharedRecords(), 0, None, None)

    @property
    def record(self) -> WorkerRecord:
        """The worker's own record."""
        return self.records.worker(self.number)

    def hand_over(self, terms: Terms, descriptors: Sequence[int]) -> None:
        """Give the parent what later workers need; only the first worker has to."""
        if self.handover is not None:
            self.handover.send(terms, descriptors)


_STILL_SECONDS = 0.6
"""Seconds in which an event loop that moves has shown it at least once."""

RunWorker: TypeAlias = Callable[[WorkerPost], int]
"""Serve until a signal, in a process of its own; returns the exit status."""


@dataclass
class WatchedWorker:
    """One worker, as its parent sees it."""

    pid: int
    number: int
    record: WorkerRecord
    stopwatch: Stopwatch
    started_at: float
    stop_at: float | None = None
    """When to stop it, if another worker has taken its place."""
    kill_at: float | None = None
    """When to kill it, if it has to stop."""
    replaces: "WatchedWorker | None" = None
    """The worker that stops as soon as this one serves."""
    memory_failures: int = 0
    ages: dict[int, float] = field(default_factory=dict)
    """The ages at the last look; see `Stopwatch.look`."""

    @property
    def serves(self) -> bool:
        """Whether its event loop has begun to run."""
        return self.record.loop_beat > 0

    @property
    def loop_moves(self) -> bool:
        """Whether its event loop can still handle a signal."""
        beat = self.record.loop_beat
        return (
            self.serves
            and self.ages.get(LOOP, 0.0) < _STILL_SECONDS
            # A call younger than a look says nothing: it began after the last beat.
            and all(
                began < beat
                for lane, began in self.record.running()
                if self.ages.get(lane, 0.0) > 0
            )
        )

    def models_in_calls(self) -> dict[str, bool]:
        """Return each model that it loads or calls, and whether it loads it."""
        lanes = [lane for lane, _ in self.record.running()]
        return {self.record.digest(lane): lane == LOAD_LANE for lane in reversed(lanes)}


def has_heir(worker: WatchedWorker, workers: Iterable[WatchedWorker]) -> bool:
    """Report whether one of *workers* starts for *worker*, which then replaces nobody."""
    heirs = [each for each in workers if each.replaces is worker]
    for heir in heirs:
        heir.replaces = None
    return bool(heirs)


_HARMLESS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


def describe_end(status: int) -> str:
    """Describe how a process ended; *status* is negative for the signal that killed it."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"


def may_be_its_fault(status: int, *, is_oom: bool) -> bool:
    """Report whether the call in which a worker ended may be the cause of its end.

    A SIGKILL counts only if the kernel sent it for lack of memory: an operator may send one.
    """
    if status == -signal.SIGKILL:
        return is_oom
    return -status not in _HARMLESS
