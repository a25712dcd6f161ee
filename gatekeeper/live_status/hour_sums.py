"""Sums of the hours of one version, step by step; steps that are over are added up only once."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gatekeeper.live.version_sum import HourSum, VersionSum, add_sums
from gatekeeper.live_status.time_range import TimeRange

MAX_STEPS = 256
"""The most sums that are kept: those of 30 days and 24 hours, for two versions and more."""


@dataclass(frozen=True)
class Step:
    """The sums of one version in a time of at least an hour, one for each reference."""

    start: datetime
    sums: Sequence[VersionSum]

    @property
    def latencies(self) -> list[int]:
        """The requests in each latency bin."""
        return add_counts(each.latencies for each in self.sums)

    @property
    def seconds(self) -> float:
        """The sum of all latencies."""
        return sum(sum(each.seconds) for each in self.sums)


class HourSums:
    """The sums of steps, for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known = dict[
            tuple[int, datetime, timedelta], tuple[list[VersionSum], list[VersionSum]]
        ]()

    def find_steps(self, version: int, span: TimeRange, hours: Iterable[HourSum]) -> list[Step]:
        """Return the steps of *version*, oldest first; a step is an hour if the range has minutes.

        Steps without counts are left out.
        """
        length = max(span.step, timedelta(hours=1))
        found = dict[datetime, list[VersionSum]]()
        for hour in hours:
            place = span.find_step(hour.hour)
            start = hour.hour if place is None else span.since + place * span.step
            start = hour.hour if span.step < length else start
            found.setdefault(start, []).extend(
                each for each in hour.versions if each.version == version
            )
        return [
            Step(start, self._add((version, start, length), found[start]))
            for start in sorted(found)
            if found[start]
        ]

    def _add(
        self, key: tuple[int, datetime, timedelta], sums: list[VersionSum]
    ) -> list[VersionSum]:
        """Add *sums*, or return what was found for the very same objects before."""
        with self._lock:
            known = self._known.get(key)
        if known and list(map(id, known[0])) == list(map(id, sums)):
            return known[1]
        found = add_sums(sums)
        with self._lock:
            self._known.pop(key, None)
            self._known[key] = sums, found
            while len(self._known) > MAX_STEPS:
                del self._known[next(iter(self._known))]
        return found


def add_counts(several: Iterable[Sequence[int]]) -> list[int]:
    """Return the sum of counts in the same bins; empty ones count as zeros."""
    filled = [counts for counts in several if counts]
    return [sum(column) for column in zip(*filled, strict=True)]
