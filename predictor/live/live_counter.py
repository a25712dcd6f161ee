"""The counters of a worker: requests exactly, and an even sample of their rows."""

import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from predictor.lifecycle.served_model import ServedModel
from predictor.live.hour_tally import (
    ANSWERED,
    FAILED,
    FIRST_LATENCY,
    HOUR_SECONDS,
    MINUTE_SECONDS,
    MINUTES,
    NOT_FINITE,
    REJECTED,
    ROWS,
    CountedVersion,
    HourTally,
    RequestSnapshot,
    VersionTally,
)
from predictor.live.row_sample import RowSample
from predictor.live.sampled_rows import SampledRow, take_rows
from predictor.live.version_bins import VersionBins
from predictor.metrics.lost_counts import LostCounts
from shared.inference.servable import AnyRows, Predictions
from shared.live.hour import LATENCY_EDGES

KNOWN_VERSIONS = 8
"""The newest versions that are counted: a request may end after its version was replaced."""
_SAMPLE_BYTES = 1 << 20
"""The most memory of the rows that wait to be counted."""
_OK, _CLIENT_ERROR, _SERVER_ERROR = 200, 400, 500


@dataclass(frozen=True)
class Snapshot:
    """All counts that are to be written now."""

    hours: list[tuple[HourTally, list[RequestSnapshot]]]
    """Hours with new counts, in ascending order."""
    rows: list[SampledRow]
    """Rows to count in bins before the hours are written."""


class LiveCounter:
    """Counts requests and rows by hour and version, for any thread.

    Hours are those of *clock*, in seconds since 1970. After a clock was set back, an hour goes on
    where its counts ended.
    """

    def __init__(self, rows_per_second: int, clock: Callable[[], float] = time.time) -> None:
        self._capacity = rows_per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._lost = LostCounts("live counts")
        self._known: dict[int, CountedVersion] = {}
        self._hours: dict[int, HourTally] = {}
        self._sample: RowSample[SampledRow] = RowSample(rows_per_second)
        # The present version and minute, so that most requests need no search.
        self._version = 0
        self._from = self._until = 0.0
        self._hour: HourTally
        self._tally: VersionTally
        self._minute: list[float]

    def serve(self, version: int, digest: str, bins: VersionBins) -> None:
        """Prepare to count for *version*; call this before it is served."""
        with self._lock:
            self._known.pop(version, None)
            self._known[version] = CountedVersion(version, digest, bins)
            for number in [*self._known][:-KNOWN_VERSIONS]:
                del self._known[number]

    def count_replies(self, version: int, statuses: Sequence[int], seconds: float) -> None:
        """Count replies of *version*; the first of their requests arrived *seconds* before.

        Version 0, which no model has, is not counted: there is no version to count it for.
        Never raise an error: no reply may be lost because it cannot be counted.
        """
        count = len(statuses)
        now = self._clock()
        try:
            with self._lock:
                is_present = version == self._version and self._from <= now < self._until
                if not count or not (is_present or self._find(version, now)):
                    return
                numbers, minute = self._tally.numbers, self._minute
                if statuses.count(_OK) == count:
                    numbers[ANSWERED] += count
                else:
                    for status in statuses:
                        numbers[_classify(status)] += 1
                        minute[1] += status >= _SERVER_ERROR
                numbers[FIRST_LATENCY + bisect_left(LATENCY_EDGES, seconds)] += count
                minute[0] += count
                minute[2] += seconds * count
                self._hour.is_dirty = True
        except Exception as error:  # noqa: BLE001 - such as MemoryError
            self._begin_again(error)

    def count_not_finite(self, version: int) -> None:
        """Count a rejected request of *version* that the model did not answer with a finite number.

        Call this besides `count_replies`. Never raise an error.
        """
        now = self._clock()
        try:
            with self._lock:
                if self._find(version, now):
                    self._tally.numbers[NOT_FINITE] += 1
                    self._hour.is_dirty = True
        except Exception as error:  # noqa: BLE001 - such as MemoryError
            self._begin_again(error)

    def count_rows(self, served: ServedModel, predictions: Predictions, rows: AnyRows) -> None:
        """Count the rows of one model call, and keep some of them until `take_rows`.

        Never raise an error: the rows are answered already.
        """
        now, count, version = self._clock(), len(rows), served.version
        try:
            with self._lock:
                is_present = version == self._version and self._from <= now < self._until
                if not (is_present or self._find(version, now)):
                    return
                tally, sample = self._tally, self._sample
                tally.numbers[ROWS] += count
                self._hour.is_dirty = True
                if not sample.skip(count):
                    sample.offer(count, partial(take_rows, tally, rows, predictions))
        except Exception as error:  # noqa: BLE001 - such as MemoryError for a copy of rows
            self._begin_again(error)

    def take_rows(self) -> list[SampledRow]:
        """Return the sampled rows, and begin a new sample.

        Only one thread calls this, `snapshot` and `drop`.
        """
        with self._lock:
            return self._take_rows()

    def snapshot(self) -> Snapshot:
        """Return all that is not on the volume, and consider it written.

        Set `is_dirty` of an hour again if it could not be written.
        """
        present = int(self._clock()) // HOUR_SECONDS
        with self._lock:
            hours = [
                (hour, [RequestSnapshot.take(each) for each in hour.versions.values()])
                for _, hour in sorted(self._hours.items())
                if hour.is_dirty
            ]
            over = [
                hour
                for number, hour in self._hours.items()
                if not hour.is_dirty and number != present
            ]
            snapshot = Snapshot(hours, self._take_rows())
            for hour, _ in hours:  # only now: an error above must not lose counts
                hour.is_dirty = False
            for hour in over:
                self._forget(hour)
            return snapshot

    def drop(self, hour: HourTally) -> None:
        """Forget an hour that cannot be written."""
        with self._lock:
            self._forget(hour)

    def _forget(self, hour: HourTally) -> None:
        self._hours.pop(hour.hour, None)
        self._until = self._from  # it may be the present one

    def _take_rows(self) -> list[SampledRow]:
        sample = self._sample
        self._sample = RowSample(sample.capacity, expected=sample.offered)
        return sample.items

    def _begin_again(self, error: Exception) -> None:
        """Begin a new sample, and find the tally again: *error* may have left half of a change."""
        with self._lock:
            self._take_rows()
            self._until = self._from
        self._lost.report(error)

    def _find(self, version: int, now: float) -> bool:
        """Make the tally of *version* and *now* the present one; report whether there is one."""
        counted = self._known.get(version)
        if counted is None:
            return False
        minute = int(now) // MINUTE_SECONDS
        number = int(now) // HOUR_SECONDS
        if number not in self._hours:
            self._hours[number] = HourTally(number)
        self._hour = self._hours[number]
        self._tally = self._hour.version(counted)
        self._minute = self._tally.minute(minute % MINUTES)
        self._sample.capacity = min(self._capacity, _SAMPLE_BYTES // (8 * counted.bins.width))
        self._version = version
        self._from = float(minute * MINUTE_SECONDS)
        self._until = self._from + MINUTE_SECONDS
        return True


def _classify(status: int) -> int:
    if status < _CLIENT_ERROR:
        return ANSWERED
    return REJECTED if status < _SERVER_ERROR else FAILED
