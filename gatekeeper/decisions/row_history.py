"""The log's earlier decisions: on the champion's holdout rows, and on the candidate's model."""

from collections.abc import Mapping, Sequence
from math import isfinite
from statistics import median
from typing import Any

from gatekeeper.evidence.comparison_messages import RowHistory
from gatekeeper.evidence.taken_back import TakenBack
from gatekeeper.policy.check_names import OLD_NAMES, PROBATION_CHECKS
from gatekeeper.policy.holdout.holdout_retained import HOLDOUT_RETAINED
from gatekeeper.policy.holdout.holdout_reuse import HOLDOUT_REUSE
from gatekeeper.policy.scores.significance import SIGNIFICANCE
from shared.contract.documents import Decision
from shared.store.decision_log import DecisionLog, LogEntry

_READ = {check.id: check.id for check in (HOLDOUT_RETAINED, HOLDOUT_REUSE, SIGNIFICANCE)}
_NAMES = _READ | {old: name for old, name in OLD_NAMES.items() if name in _READ}
"""The id of each check that is read, by its names in decisions of any age."""


class RowTrace:
    """The facts about the champion's rows after the decisions that were added, oldest first.

    Each decision records the difference of two scores on the same rows. From these differences
    follow the places of all models, relative to each other.
    """

    def __init__(self, metric: str) -> None:
        self.metric = metric
        self._champion: str | None = None
        self._places: dict[str, float] = {}
        self._count = self._since = 0

    def add(self, decision: Decision) -> None:
        """Add the next decision of the log."""
        observed = {
            _NAMES[check.name]: check.observed for check in decision.checks if check.name in _NAMES
        }
        difference = _find_difference(observed) if decision.metric == self.metric else None
        champion, is_new = self._champion, _is_on_new_rows(observed)
        if is_new and decision.registry is not None and champion is not None:
            self._begin(champion)
            is_new = False
        if champion is not None and difference is not None and not is_new:
            if decision.outcome != "unchanged":
                self._places[_name_model(decision)] = self._places[champion] + difference
            self._count, self._since = self._count + 1, self._since + 1
        if decision.registry is not None:
            self._champion, self._since = decision.registry.digest, 0
            if self._champion not in self._places:
                self._begin(self._champion)

    def describe(self) -> RowHistory | None:
        """Return the history of the champion's rows; None before the first promotion."""
        if self._champion is None:
            return None
        others = [place for model, place in self._places.items() if model != self._champion]
        lead = self._places[self._champion] - median(others) if others else 0.0
        return RowHistory(
            decisions=self._count,
            since_promotion=self._since,
            models=len(self._places),
            lead=lead,
        )

    def _begin(self, champion: str) -> None:
        self._places, self._count = {champion: 0.0}, 0


class RowHistoryReader:
    """A reader that keeps its trace, because a log of thousands of decisions only grows."""

    def __init__(self) -> None:
        self._trace = RowTrace("")
        self._read = 0
        self._head: str | None = None

    def read(self, entries: Sequence[LogEntry], metric: str) -> RowHistory | None:
        """Return the history that follows from *entries*; read only those that are new."""
        before = entries[self._read - 1].sha256 if 0 < self._read <= len(entries) else None
        if before != self._head or metric != self._trace.metric:
            self._trace, self._read, self._head = RowTrace(metric), 0, None
        for entry in entries[self._read :]:
            self._trace.add(entry.decision)
            self._head = entry.sha256
        self._read = len(entries)
        return self._trace.describe()


def find_taken_back(log: DecisionLog, digest: str) -> TakenBack | None:
    """Return the last rollback of this model by a probation, unless it was in production since."""
    for decision in log.decisions():
        if decision.registry is not None and decision.registry.digest == digest:
            return None  # only a person can have put it there
        for check in decision.failed:
            if check.name not in PROBATION_CHECKS or not isinstance(check.observed, Mapping):
                continue
            if check.observed.get("digest") == digest:
                return TakenBack(decision.number, check.message)
    return None


def _find_difference(observed: Mapping[str, Any]) -> float | None:
    """Return the difference of both scores on the same rows; None if it was not found."""
    found = observed.get(SIGNIFICANCE.id)
    difference = found.get("difference") if isinstance(found, dict) else None
    if not isinstance(difference, int | float):
        return None
    return float(difference) if isfinite(difference) else None


def _is_on_new_rows(observed: Mapping[str, Any]) -> bool:
    """Return whether the champion of then was not promoted on any of the compared rows."""
    reuse = observed.get(HOLDOUT_REUSE.id)
    if isinstance(reuse, dict):
        return bool(reuse.get("reused") == 0)
    # Decisions before this check: all rows of the champion's holdout were missing.
    return bool(observed.get(HOLDOUT_RETAINED.id) == 1)


def _name_model(decision: Decision) -> str:
    """Return a name that copies of a promoted model share."""
    return decision.registry.digest if decision.registry else str(decision.candidate_id)
