"""The sums of finished hours, in bounded memory."""

from collections.abc import Collection
from datetime import datetime

from gatekeeper.live.left_out import LeftOut
from gatekeeper.live.read_marks import ReadMarks
from gatekeeper.live.version_sum import VersionSum, add_sums, count_numbers
from shared.contract.layout import live_hour_name

MAX_SUMS = 100
"""The most versions and references of one hour; further ones are left out."""
MAX_FINISHED_NUMBERS = 2**25
"""The most numbers of all finished hours, 8 bytes each."""


class FinishedHours:
    """The sum of each hour over all workers; each hour of a worker is added once."""

    def __init__(self, origin: datetime, left_out: LeftOut) -> None:
        self.sums = dict[datetime, list[VersionSum]]()
        self.changed = set[datetime]()
        """The hours that changed since somebody emptied this set."""
        self._marks = ReadMarks(origin)
        self._numbers = 0
        self._left_out = left_out

    def has(self, worker: str, hour: datetime) -> bool:
        """Return whether the hour of *worker* was added, or left out for good."""
        return self._marks.has(worker, hour)

    def note(self, worker: str, hour: datetime) -> None:
        """Leave an hour of *worker* out for good."""
        self._marks.note(worker, hour)

    def add(self, hour: datetime, worker: str, sums: list[VersionSum]) -> None:
        """Add an hour of *worker*, unless it was added before.

        The oldest hours are left out if all hours together have too many numbers.
        """
        if self.has(worker, hour):
            return
        self._marks.note(worker, hour)
        added = add_sums([*self.sums.get(hour, ()), *sums])[-MAX_SUMS:]
        self._numbers += count_numbers(added) - count_numbers(self.sums.get(hour, ()))
        self.sums[hour] = added
        self.changed.add(hour)
        while self._numbers > MAX_FINISHED_NUMBERS:
            oldest = min(self.sums)
            self._drop(oldest)
            self._left_out.add(
                "finished",
                f"The counts of {live_hour_name(oldest)} are left out, and so may be older ones: "
                f"the gatekeeper keeps at most {MAX_FINISHED_NUMBERS:,} numbers of finished hours.",
            )

    def forget(self, oldest: datetime, workers: Collection[str]) -> None:
        """Drop the hours before *oldest*; *workers* are those that are not gone."""
        for hour in [hour for hour in self.sums if hour < oldest]:
            self._drop(hour)
        self._marks.forget(oldest, workers)

    def _drop(self, hour: datetime) -> None:
        self._numbers -= count_numbers(self.sums.pop(hour))
        self.changed.add(hour)
