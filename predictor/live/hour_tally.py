"""The counts of one hour in memory, and the document that has them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from predictor.live.version_bins import RowTotals, VersionBins
from shared.live.hour import (
    LATENCY_EDGES,
    MAX_VERSIONS,
    LiveMinute,
    Requests,
    VersionCounts,
)

MINUTE_SECONDS = 60
MINUTES = 60
HOUR_SECONDS = MINUTES * MINUTE_SECONDS
ANSWERED, REJECTED, FAILED, NOT_FINITE, ROWS, FIRST_LATENCY = range(6)


@dataclass(frozen=True, eq=False)
class CountedVersion:
    """A version that requests and rows are counted for."""

    version: int
    digest: str
    bins: VersionBins


class VersionTally:
    """The counts of one version in one hour."""

    def __init__(self, counted: CountedVersion) -> None:
        self.counted = counted
        self.numbers = [0] * (FIRST_LATENCY + len(LATENCY_EDGES) + 1)
        """Requests by the class of their status, rows, and the latency bins."""
        self.minutes: dict[int, list[float]] = {}
        """For each minute: requests, failed ones, and the sum of latencies in seconds."""
        self.totals: RowTotals | None = None
        """None until a row is counted; only one thread uses it."""

    def minute(self, minute: int) -> list[float]:
        """Return the numbers of one minute."""
        return self.minutes.setdefault(minute, [0, 0, 0.0])

    def add_rows(self, totals: RowTotals) -> None:
        """Add counted rows."""
        if self.totals is None:
            self.totals = self.counted.bins.new_totals()
        self.totals.add(totals)


@dataclass(frozen=True, eq=False)
class RequestSnapshot:
    """The requests of one version at one moment."""

    tally: VersionTally
    numbers: list[int]
    minutes: dict[int, list[float]]

    @classmethod
    def take(cls, tally: VersionTally) -> "RequestSnapshot":
        """Copy the request counters of *tally*."""
        minutes = {minute: [*numbers] for minute, numbers in tally.minutes.items()}
        return cls(tally, [*tally.numbers], minutes)

    def describe(self) -> VersionCounts:
        """Return the counts as a part of a document."""
        counted, numbers = self.tally.counted, self.numbers
        totals = self.tally.totals or counted.bins.new_totals()
        return VersionCounts(
            version=counted.version,
            digest=counted.digest,
            reference=counted.bins.reference,
            requests=Requests(
                answered=numbers[ANSWERED],
                rejected=numbers[REJECTED],
                failed=numbers[FAILED],
                not_finite=numbers[NOT_FINITE],
            ),
            rows=numbers[ROWS],
            latencies=tuple(numbers[FIRST_LATENCY:]),
            minutes=tuple(
                LiveMinute(minute=minute, requests=int(all_), failed=int(failed), seconds=seconds)
                for minute, (all_, failed, seconds) in sorted(self.minutes.items())
                if all_  # rows may be counted in the minute before their reply
            ),
            counted_rows=totals.rows,
            predictions=tuple(totals.predictions.tolist()),
            probabilities=tuple(totals.probabilities.tolist()),
            features=counted.bins.describe(totals.features),
        )


@dataclass(eq=False)
class HourTally:
    """The counts of one hour."""

    hour: int
    """Hours since 1970, in UTC."""
    versions: dict[int, VersionTally] = field(default_factory=dict)
    is_dirty: bool = False
    """Whether it has counts that are not on the volume."""
    earlier: dict[int, VersionCounts] | None = None
    """Counts that this worker wrote before its clock was set back; None: not read yet."""

    @property
    def begin(self) -> datetime:
        """The beginning of the hour."""
        return datetime.fromtimestamp(self.hour * HOUR_SECONDS, UTC)

    def version(self, counted: CountedVersion) -> VersionTally:
        """Return the tally of one version; the oldest ones make room for it."""
        tally = self.versions.get(counted.version)
        if tally is None:
            tally = self.versions[counted.version] = VersionTally(counted)
            for number in sorted(self.versions)[:-MAX_VERSIONS]:
                del self.versions[number]
        return tally
