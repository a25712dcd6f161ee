"""Look every few seconds whether the version on probation fails, and roll it back if it does."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from gatekeeper.decisions.automatic_rollback import take_back
from gatekeeper.live.live_history import LiveHistory, utc_now
from gatekeeper.live.read_marks import HOUR
from gatekeeper.probation.conditions import ProbationLimits, find_failure
from gatekeeper.probation.label_looks import LabelBoard
from gatekeeper.probation.loading import LoadingWatch
from gatekeeper.probation.on_probation import Probation, ProbationClock, find_probation
from gatekeeper.probation.request_counts import RequestCounts, count_requests
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore

if TYPE_CHECKING:
    from shared.contract.signing_keys import SigningKey

LOOK_SECONDS = 1.0
"""Fewest seconds between two looks; workers write their counts as often."""
_ALL = timedelta(days=366)


@dataclass
class ProbationCheck:
    """The looks of the thread that polls. Their whole state follows from the volume."""

    store: ModelStore
    history: LiveHistory
    limits: ProbationLimits
    clock: ProbationClock
    key: "SigningKey | None" = None
    ticks: Callable[[], float] = time.monotonic
    loading: LoadingWatch = field(default_factory=LoadingWatch)
    labels: LabelBoard = field(default_factory=LabelBoard)
    _next: float = 0.0

    def look(self, log: DecisionLog) -> None:
        """Judge the version on probation if it is time, and restore its predecessor if it fails.

        Raises:
            ModelPrunedError: The predecessor cannot be restored.
            StoreError: The decision cannot be written.
            OSError: A file cannot be read now.
        """
        if not self.limits.seconds or self.ticks() < self._next:
            return
        self._next = self.ticks() + LOOK_SECONDS
        probation = find_probation(log.decisions())
        if probation is None or not self.clock.seconds_left(probation):
            return
        loading = self.loading.look(self.store.heartbeats.survey(), probation.registry.digest)
        self.history.refresh()
        counts, before = count_both(self.history, probation)
        if not self.history.is_complete:
            before = counts = RequestCounts()  # a part of the counts proves nothing
        labelled = self.labels.read(probation).scores
        failed = find_failure(
            probation, counts, before, self.limits, loading=loading, labelled=labelled
        )
        if failed is not None:
            take_back(self.store, probation.registry, probation.predecessor, failed, self.key)


def count_both(history: LiveHistory, probation: Probation) -> tuple[RequestCounts, RequestCounts]:
    """Return the requests of the version on probation, and those of its predecessor."""
    now = utc_now()
    hours = history.hours(now - _ALL, now + 2 * HOUR)
    before = {probation.predecessor.version}
    return count_requests(hours, probation.versions), count_requests(hours, before)
