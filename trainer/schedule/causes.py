"""The causes of a run: what has happened since the last one that began."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.live.drift_record import DriftEvent, DriftRecord, find_events_after
from shared.training.training_status import Cause, HandledCauses, TrainingRequest

DRIFT_PAUSE = timedelta(hours=24)
"""Least time between two trainings because of drift: the same data cannot end a drift."""
_FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
_AT_ONCE = frozenset[Cause]({"data", "request"})
"""Causes that do not wait until a failed run is tried again: they may have removed its reason."""


@dataclass(frozen=True)
class Findings:
    """The results of one look at all causes."""

    planned: datetime | None
    """The first time of the schedule that has not led to a run."""
    request: TrainingRequest | None
    drift: DriftRecord | None
    data: str | None
    """The SHA-256 of the content of the data set; None if it is unknown or changes."""

    def causes(
        self, handled: HandledCauses, retry_at: datetime | None, now: datetime
    ) -> tuple[Cause, ...]:
        """Return the causes of a run that must begin now."""
        found = tuple[Cause, ...](self._find(handled, now))
        if retry_at is None:
            return found
        if retry_at <= now:
            return ("retry", *found)
        return tuple(each for each in found if each in _AT_ONCE)

    def mark_handled(self, handled: HandledCauses, now: datetime) -> HandledCauses:
        """Return *handled* with all causes of this look."""
        changes: dict[str, object] = {"schedule_until": max(now, handled.schedule_until)}
        if self.request is not None:
            changes["request"] = self.request.id
        if self.data is not None:
            changes["data"] = self.data
        if self.drift is not None and self.drift.events:
            newest = self.drift.events[-1]
            changes |= {"drift_event": newest.number, "drift_at": newest.at}
            if self._has_drift(handled):
                changes["drift_trained_at"] = now
        return handled.model_copy(update=changes)

    def _find(self, handled: HandledCauses, now: datetime) -> Iterable[Cause]:
        if self.planned is not None and self.planned <= now:
            yield "schedule"
        # The first content that a waiting trainer sees did not change.
        if None not in {self.data, handled.data} and self.data != handled.data:
            yield "data"
        last = handled.drift_trained_at
        if self._has_drift(handled) and not (last and last <= now < last + DRIFT_PAUSE):
            yield "drift"
        if self.request is not None and self.request.id != handled.request:
            yield "request"

    def _has_drift(self, handled: HandledCauses) -> bool:
        """Say whether a drift began after the last event that was handled."""
        if self.drift is None:
            return False
        new = find_events_after(self.drift.events, handled.drift_event, handled.drift_at)
        return any(each.kind == "began" for each in new)


def pause_after(failures: int) -> timedelta:
    """Return the time until the next attempt after *failures* runs have failed in a row."""
    factor: int = 2 ** min(failures - 1, 20)
    return min(_FIRST_PAUSE * factor, LONGEST_PAUSE)


def first_event(drift: DriftRecord | None) -> DriftEvent | None:
    """Return the last event that a new waiting trainer does not handle, or None without one.

    A drift that goes on is handled, one that has ended is not.
    """
    return None if drift is None or drift.drifted or not drift.events else drift.events[-1]
