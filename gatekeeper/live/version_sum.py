"""The counts of one version, summed over workers or hours, in one flat array."""

import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum
from typing import NamedTuple, TypeVar

from shared.errors import DocumentError
from shared.live.hour import LATENCY_EDGES, FeatureCounts, LiveMinute, Requests, VersionCounts

Number = TypeVar("Number", int, float)
MAX_COUNT = 2**40
"""The largest count that one worker can have in one hour; a larger one is damage."""
_MINUTES = 60
_LATENCIES = len(LATENCY_EDGES) + 1
_HEAD = 6
"""Numbers before the latencies: answered, rejected, failed, not finite, rows, counted rows."""
_FIXED = _HEAD + _LATENCIES + 2 * _MINUTES


class Shape(NamedTuple):
    """How many bins the predictions, the probabilities and each feature have."""

    predictions: int
    probabilities: int
    features: tuple[int, ...]


class SumKey(NamedTuple):
    """The counts that may be added: those of one version in the bins of one reference."""

    version: int
    digest: str
    reference: str | None
    shape: Shape


@dataclass(frozen=True)
class VersionSum:
    """Summed counts of one version. Its properties are the fields of `VersionCounts`."""

    key: SumKey
    numbers: "array[int]"
    seconds: "array[float]"
    """The sum of all latencies in each of the 60 minutes."""

    @classmethod
    def of(cls, counts: VersionCounts) -> "VersionSum":
        """Return the sum of one worker's counts; raise DocumentError for an impossible count."""
        shape = Shape(
            len(counts.predictions),
            len(counts.probabilities),
            tuple(len(feature.counts) for feature in counts.features),
        )
        requests = [0] * _MINUTES
        failed = [0] * _MINUTES
        seconds = array("d", bytes(8 * _MINUTES))
        for each in counts.minutes:
            requests[each.minute] += each.requests
            failed[each.minute] += each.failed
            seconds[each.minute] += each.seconds
        numbers = [
            counts.requests.answered,
            counts.requests.rejected,
            counts.requests.failed,
            counts.requests.not_finite,
            counts.rows,
            counts.counted_rows,
            *counts.latencies,
            *requests,
            *failed,
            *counts.predictions,
            *counts.probabilities,
        ]
        for feature in counts.features:
            numbers += (*feature.counts, feature.missing, feature.unseen)
        if max(numbers) > MAX_COUNT:
            raise DocumentError(f"Found a count of {max(numbers)}; at most {MAX_COUNT} is valid.")
        key = SumKey(counts.version, counts.digest, counts.reference, shape)
        return cls(key, array("Q", numbers), seconds)

    def __add__(self, other: "VersionSum") -> "VersionSum":
        """Return the sum of both; they have the same key."""
        if self.key != other.key:
            raise ValueError("only counts in the same bins can be added")
        return _add_all([self, other])

    def __sub__(self, earlier: "VersionSum") -> "VersionSum":
        """Return what was counted after *earlier*, which has the same key; never below zero."""
        if self.key != earlier.key:
            raise ValueError("only counts in the same bins can be subtracted")
        return VersionSum(
            self.key,
            array("Q", map(_subtract, self.numbers, earlier.numbers)),
            array("d", map(_subtract, self.seconds, earlier.seconds)),
        )

    @property
    def version(self) -> int:
        """The registry version."""
        return self.key.version

    @property
    def digest(self) -> str:
        """The digest of the model."""
        return self.key.digest

    @property
    def reference(self) -> str | None:
        """The SHA-256 of the reference that has the bins; None if the model has none."""
        return self.key.reference

    @property
    def requests(self) -> Requests:
        """The requests by the class of their status."""
        answered, rejected, failed, not_finite = self.numbers[:4]
        return Requests(answered=answered, rejected=rejected, failed=failed, not_finite=not_finite)

    @property
    def rows(self) -> int:
        """All rows that were answered."""
        return self.numbers[4]

    @property
    def counted_rows(self) -> int:
        """The rows that the predictions, the probabilities and the features count."""
        return self.numbers[5]

    @property
    def latencies(self) -> tuple[int, ...]:
        """The requests in each latency bin."""
        return self._slice(_HEAD, _LATENCIES)

    @property
    def minutes(self) -> tuple[LiveMinute, ...]:
        """The minutes that have requests, in ascending order."""
        begin = _HEAD + _LATENCIES
        requests = self.numbers[begin : begin + _MINUTES]
        failed = self.numbers[begin + _MINUTES : _FIXED]
        return tuple(
            LiveMinute(
                minute=minute,
                requests=requests[minute],
                failed=failed[minute],
                seconds=self.seconds[minute],
            )
            for minute in range(_MINUTES)
            if requests[minute]
        )

    @property
    def predictions(self) -> tuple[int, ...]:
        """The predictions in the bins of the reference."""
        return self._slice(_FIXED, self.key.shape.predictions)

    @property
    def probabilities(self) -> tuple[int, ...]:
        """The largest probability of each row in equal bins."""
        shape = self.key.shape
        return self._slice(_FIXED + shape.predictions, shape.probabilities)

    @property
    def features(self) -> tuple[FeatureCounts, ...]:
        """The counts of each feature, in the order of the artefact's features."""
        shape = self.key.shape
        begin = _FIXED + shape.predictions + shape.probabilities
        found = []
        for size in shape.features:
            *counts, missing, unseen = self._slice(begin, size + 2)
            found.append(
                FeatureCounts.model_construct(counts=tuple(counts), missing=missing, unseen=unseen)
            )
            begin += size + 2
        return tuple(found)

    def _slice(self, begin: int, size: int) -> tuple[int, ...]:
        return tuple(self.numbers[begin : begin + size])


@dataclass(frozen=True)
class HourSum:
    """The counts of all workers in one hour of UTC."""

    hour: datetime
    """The beginning of the hour."""
    versions: Sequence[VersionSum]
    """In ascending order of version; a version has several if workers used different bins."""


def _add_all(sums: Sequence[VersionSum]) -> VersionSum:
    """Add sums with the same key.

    Their numbers are added as long integers, ten times as fast as one by one. No number carries
    into its neighbour: 2**24 counts of at most MAX_COUNT fit into 64 bits.
    """
    first = sums[0]
    total = sum(int.from_bytes(each.numbers.tobytes(), sys.byteorder) for each in sums)
    numbers = array("Q", total.to_bytes(8 * len(first.numbers), sys.byteorder))
    seconds = array("d", map(fsum, zip(*(each.seconds for each in sums), strict=True)))
    return VersionSum(first.key, numbers, seconds)


def _subtract(now: Number, earlier: Number) -> Number:
    return now - min(earlier, now)


def add_sums(sums: Iterable[VersionSum]) -> list[VersionSum]:
    """Add the sums that have the same key, and return them in ascending order of version."""
    found = dict[SumKey, list[VersionSum]]()
    for each in sums:
        found.setdefault(each.key, []).append(each)
    added = [group[0] if len(group) == 1 else _add_all(group) for group in found.values()]
    return sorted(added, key=lambda each: (each.version, each.reference or ""))


def count_numbers(sums: Iterable[VersionSum]) -> int:
    """Return how many numbers *sums* keep in memory."""
    return sum(
        len(each.numbers) + len(each.seconds) + len(each.key.shape.features) for each in sums
    )
