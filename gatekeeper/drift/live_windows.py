"""The windows of production that are compared: the newest rows, the last day and the last week."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import add

from gatekeeper.live.version_sum import VersionSum

NEWEST_ROWS = 300
"""Rows of the shortest window: a shift of one standard deviation is found in this many."""
MIN_ROWS = 100
"""The fewest rows of a window that is compared."""
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
WINDOWS = 3
_CHANGING = timedelta(hours=2)
"""Time from the beginning of an hour in which its counts may still grow."""

Hours = Mapping[datetime, VersionSum]


@dataclass(frozen=True)
class _Snapshot:
    """The hours that were still growing at one look."""

    since: datetime
    hours: dict[datetime, VersionSum]

    def rows_after(self, hours: Hours) -> int:
        return sum(
            sums.counted_rows - (self.hours[hour].counted_rows if hour in self.hours else 0)
            for hour, sums in hours.items()
            if hour >= self.since
        )

    def added_after(self, hours: Hours) -> VersionSum | None:
        return _total(
            sums - self.hours[hour] if hour in self.hours else sums
            for hour, sums in hours.items()
            if hour >= self.since
        )


@dataclass
class LiveWindows:
    """The windows of one version. It remembers the last looks, because hours are coarse."""

    snapshots: list[_Snapshot] = field(default_factory=list)

    def count_new_rows(self, hours: Hours) -> int:
        """Return the rows that were counted since the last look."""
        if not self.snapshots:
            return sum(sums.counted_rows for sums in hours.values())
        return self.snapshots[-1].rows_after(hours)

    def look(self, hours: Hours, now: datetime) -> tuple[VersionSum | None, ...]:
        """Return the newest rows, the last day and the last week; None for one with few rows.

        The newest rows are those since the latest look after which `NEWEST_ROWS` were counted,
        or those of the newest hours with as many.
        """
        newest = self._since_a_look(hours) or _newest_hours(hours)
        since = now - _CHANGING
        self.snapshots.append(
            _Snapshot(since, {hour: sums for hour, sums in hours.items() if hour >= since})
        )
        day = _total(sums for hour, sums in hours.items() if hour >= now - DAY)
        week = _total(sums for hour, sums in hours.items() if hour >= now - WEEK)
        return newest, _if_enough(day), _if_enough(week)

    def _since_a_look(self, hours: Hours) -> VersionSum | None:
        for place in reversed(range(len(self.snapshots))):
            if self.snapshots[place].rows_after(hours) >= NEWEST_ROWS:
                del self.snapshots[:place]
                return self.snapshots[0].added_after(hours)
        return None


def _newest_hours(hours: Hours) -> VersionSum | None:
    found: VersionSum | None = None
    for hour in sorted(hours, reverse=True):
        found = found + hours[hour] if found else hours[hour]
        if found.counted_rows >= NEWEST_ROWS:
            return found
    return None


def _total(sums: Iterable[VersionSum]) -> VersionSum | None:
    found = list(sums)
    return reduce(add, found) if found else None


def _if_enough(sums: VersionSum | None) -> VersionSum | None:
    return sums if sums and sums.counted_rows >= MIN_ROWS else None
