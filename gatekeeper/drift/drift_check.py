"""Look for drift every few seconds, and keep drift.json: for the thread that polls."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from gatekeeper.drift.compared_model import ComparedModel, read_compared_model
from gatekeeper.drift.comparison import DriftLimits, compare
from gatekeeper.drift.drift_state import begin_record, record_comparison
from gatekeeper.drift.live_windows import MIN_ROWS, WEEK, WINDOWS, LiveWindows
from gatekeeper.live.live_history import LiveHistory, utc_now
from gatekeeper.live.read_marks import HOUR
from gatekeeper.live.version_sum import SumKey, VersionSum
from shared.contract.documents import Registry
from shared.errors import DocumentError, StoreError
from shared.live.drift_file import DriftFile
from shared.live.drift_record import DriftRecord
from shared.store.store import ModelStore

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Fewest seconds from the end of one look to the next.

Rows between two looks are compared together: a shift among them is diluted.
"""
LONGEST_REST_SECONDS = 10.0
"""Most seconds from the end of one look to the next."""
_REST = 20
"""The rest after a look, in multiples of its time: looks take at most 5 % of the thread's time."""
LONGEST_WAIT = timedelta(hours=1)
"""Longest time until a look at a few new rows."""
ROWS_OF_A_LOOK = 50
"""New rows that are worth a look."""
_LONGEST_CREDIT = timedelta(days=7)
"""Longest time since the last look whose false alarms the next look may raise."""

NO_MODEL = "No model is in production."
NO_REFERENCE = (
    "The model in production has no reference.json, so production cannot be compared with its "
    "training rows. Train and promote a new candidate."
)


class DriftCheck:
    """The comparison of production with the reference. Use it from one thread only."""

    def __init__(
        self,
        store: ModelStore,
        history: LiveHistory,
        limits: DriftLimits,
        clock: Callable[[], datetime] = utc_now,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._history = history
        self._limits = limits
        self._clock = clock
        self._ticks = ticks
        self._next = 0.0
        self._file = DriftFile(store.layout)
        self._model: tuple[Registry, ComparedModel | str] | None = None
        self._windows = LiveWindows()
        self._logged = ""

    def look(self, registry: Registry | None) -> None:
        """Compare the version in *registry* if it is time and there are new rows.

        Between two looks, read hours that were not read yet: candidates wait only for a part.

        Raises:
            StoreError: drift.json is damaged or cannot be written.
            OSError: A file cannot be read now.
        """
        if self._ticks() < self._next:
            if not self._history.is_complete:
                self._history.refresh()
            return
        began = self._ticks()
        try:
            self._look(registry)
        finally:
            rest = _REST * (self._ticks() - began)
            self._next = self._ticks() + min(max(rest, LOOK_SECONDS), LONGEST_REST_SECONDS)

    def _look(self, registry: Registry | None) -> None:
        now = self._clock()
        self._history.refresh()
        old = self._read_record()
        if old is None and registry is None:
            return
        record = begin_record(old, now, registry.version if registry else None)
        new = self._check(record, now, registry)
        if new != old:
            self._file.replace(new)
            _log_events(old, new)

    def _read_record(self) -> DriftRecord | None:
        try:
            return self._file.read()
        except DocumentError as error:
            raise DocumentError(
                f"{error} Nothing is compared until you remove this file. A new one is then "
                "written, whose events are numbered from 1 again."
            ) from error

    def _check(self, record: DriftRecord, now: datetime, registry: Registry | None) -> DriftRecord:
        if registry is None:
            return _skip(record, now, NO_MODEL)
        model = self._read_model(registry)
        if isinstance(model, str):
            return _skip(record, now, model)
        hours = self._hours(model.key, now)
        rows = sum(sums.counted_rows for sums in hours.values())
        if rows < MIN_ROWS:
            reason = (
                f"Version {registry.version} has {rows} counted rows in the last {WEEK.days} "
                f"days; a comparison needs at least {MIN_ROWS}."
            )
            return _skip(record, now, reason)
        elapsed = now - record.checked_at
        new_rows = self._windows.count_new_rows(hours)
        is_due = new_rows >= ROWS_OF_A_LOOK or (new_rows > 0 and elapsed >= LONGEST_WAIT)
        if not is_due and record.not_checked is None:
            return record
        return self._compare(record, now, model, hours)

    def _compare(
        self,
        record: DriftRecord,
        now: datetime,
        model: ComparedModel,
        hours: dict[datetime, VersionSum],
    ) -> DriftRecord:
        elapsed = min(now - record.checked_at, _LONGEST_CREDIT).total_seconds()
        if elapsed <= 0:  # the first look, or the clock was set back
            elapsed = LOOK_SECONDS
        level = self._limits.level(elapsed, WINDOWS * len(model.parts))
        windows = self._windows.look(hours, now)
        known = {(each.part, each.feature) for each in record.drifted}
        found = compare(model.parts, [each for each in windows if each], self._limits, level, known)
        _newest, day, _week = windows
        return record_comparison(record, now, found, may_end=day is not None)

    def _hours(self, key: SumKey, now: datetime) -> dict[datetime, VersionSum]:
        """Return the counts of the last week in the bins of the reference, by hour."""
        found, left_out = {}, 0
        for hour in self._history.hours(now - WEEK, now + 2 * HOUR):
            for sums in hour.versions:
                if sums.key == key:
                    found[hour.hour] = sums
                elif sums.version == key.version:
                    left_out += sums.counted_rows
        if left_out:
            self._log_once(
                f"Rows of version {key.version} are left out of the comparison: they were counted "
                "in the bins of another reference than that of the model."
            )
        return found

    def _read_model(self, registry: Registry) -> ComparedModel | str:
        """Return the model to compare, or why it cannot be compared; read it once."""
        if self._model is None or self._model[0] != registry:
            self._windows = LiveWindows()
            self._model = registry, self._read_new_model(registry)
        return self._model[1]

    def _read_new_model(self, registry: Registry) -> ComparedModel | str:
        try:
            return read_compared_model(self._store, registry) or NO_REFERENCE
        except StoreError as error:
            return f"Version {registry.version} cannot be compared: {error}"

    def _log_once(self, sentence: str) -> None:
        if sentence != self._logged:
            logger.warning("%s", sentence)
        self._logged = sentence


def _skip(record: DriftRecord, now: datetime, reason: str) -> DriftRecord:
    """Return the record with the reason why nothing was compared; keep the time if it is known."""
    if record.not_checked == reason:
        return record
    return record.model_copy(update={"checked_at": now, "not_checked": reason})


def _log_events(old: DriftRecord | None, new: DriftRecord) -> None:
    known = old.events[-1].number if old and old.events else 0
    for event in new.events:
        if event.number > known:
            names = [*event.features, *(["the predictions"] if event.predictions else [])]
            logger.info("Drift of version %d %s: %s.", event.version, event.kind, ", ".join(names))
