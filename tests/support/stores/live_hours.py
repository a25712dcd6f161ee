"""References and live counts on the volume, as a trainer and a predictor write them."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.contract.documents import Artefact, Registry
from shared.contract.layout import REFERENCE, live_hour_name
from shared.live.hour import (
    LATENCY_EDGES,
    FeatureCounts,
    LiveHour,
    LiveMinute,
    Requests,
    VersionCounts,
)
from shared.live.reference import MAX_NAMED, PROBABILITY_BINS, Bins, FeatureBins, Reference
from shared.store.durable_write import make_directory, replace_file
from shared.store.store import ModelStore

EDGES = (-1.2, -0.8, -0.5, -0.2, 0.0, 0.2, 0.5, 0.8, 1.2)
"""The inner edges of each number."""
_BELL = (8, 9, 10, 11, 12, 12, 11, 10, 9, 8)
_MISSING = 2


def reference_of(artefact: Artefact) -> Reference:
    """Make a reference with the same distribution for each feature of one kind."""
    features = []
    for feature in artefact.features:
        if feature.categories is not None:
            names = feature.categories[:MAX_NAMED]
            counts = _spread(sum(_BELL), (*range(len(names) + 1, 1, -1), 0))
            features.append(FeatureBins(names=names, counts=counts, missing=_MISSING))
        elif feature.type == "boolean":
            features.append(FeatureBins(counts=(60, 40), missing=_MISSING))
        else:
            features.append(FeatureBins(edges=EDGES, counts=_BELL, missing=_MISSING))
    names = artefact.classes[:MAX_NAMED]
    predictions = (
        Bins(names=names, counts=(*range(len(names) + 9, 9, -1), 0))
        if artefact.classes
        else Bins(edges=EDGES, counts=_BELL)
    )
    probabilities = tuple(range(PROBABILITY_BINS)) if artefact.has_probabilities else ()
    return Reference(
        rows=sum(_BELL) + _MISSING,
        features=tuple(features),
        predictions=predictions,
        probabilities=probabilities,
    )


def write_reference(store: ModelStore, digest: str, reference: Reference) -> str:
    """Put the reference beside the model with *digest*, and return its SHA-256."""
    data = reference.encode()
    replace_file(store.layout.model(digest) / REFERENCE, data)
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Traffic:
    """The requests of one version that one worker counts, the same in each hour."""

    version: int
    digest: str
    reference: Reference | None
    requests: int = 600
    """Requests in an hour, one row each."""
    failed: int = 0
    rejected: int = 0
    not_finite: int = 0
    """Those of the rejected ones that show a defect of the model."""
    latency: float = 0.0008
    """Seconds of nearly all requests; each twentieth takes ten times as long."""
    shifted: Collection[int] = ()
    """The indices of features that have all rows in their last bins but one."""

    @classmethod
    def of(cls, registry: Registry, reference: Reference | None, **changes: object) -> "Traffic":
        """Return the traffic of the model in production."""
        return cls(registry.version, registry.digest, reference, **changes)  # type: ignore[arg-type]  # the fields above

    def count(self, minutes: Sequence[int] = range(60)) -> VersionCounts:
        """Return the counts of an hour whose requests arrive in *minutes*."""
        found = self.reference
        sha256 = hashlib.sha256(found.encode()).hexdigest() if found else None
        answered = self.requests - self.failed - self.rejected
        return VersionCounts(
            version=self.version,
            digest=self.digest,
            reference=sha256,
            requests=Requests(
                answered=answered,
                rejected=self.rejected,
                failed=self.failed,
                not_finite=self.not_finite,
            ),
            rows=answered,
            latencies=_latencies(self.latency, self.requests),
            minutes=tuple(
                LiveMinute(
                    minute=minute,
                    requests=count,
                    failed=failed,
                    seconds=count * self.latency * 1.45,
                )
                for minute, count, failed in zip(
                    minutes,
                    _spread(self.requests, [1] * len(minutes)),
                    _spread(self.failed, [1] * len(minutes)),
                    strict=True,
                )
            ),
            counted_rows=answered,
            predictions=_spread(answered, found.predictions.counts) if found else (),
            probabilities=_spread(answered, found.probabilities) if found else (),
            features=tuple(
                self._count_feature(bins, answered, is_shifted=place in self.shifted)
                for place, bins in enumerate(found.features if found else ())
            ),
        )

    def _count_feature(self, bins: FeatureBins, rows: int, *, is_shifted: bool) -> FeatureCounts:
        if is_shifted:
            last = (0,) * (bins.size - 2) + (rows,) + (0,)
            return FeatureCounts(counts=last, missing=0, unseen=0)
        *counts, missing = _spread(rows, (*bins.counts, bins.missing))
        return FeatureCounts(counts=tuple(counts), missing=missing, unseen=0)


def write_hours(
    store: ModelStore,
    traffic: Sequence[Traffic],
    *,
    hours: int = 1,
    until: datetime | None = None,
    worker: str = "host-1-5f0c9a3e",
) -> None:
    """Write the same traffic for each of the last *hours* hours, that of *until* included.

    The requests of the last hour arrive in its minutes before *until*, which is now by default.
    """
    now = until or datetime.now(UTC)
    last = now.replace(minute=0, second=0, microsecond=0)
    for back in range(hours):
        minutes = range(60) if back else range(now.minute + 1)
        versions = sorted((each.count(minutes) for each in traffic), key=lambda each: each.version)
        begin = last - timedelta(hours=back)
        write_hour(store, LiveHour(worker=worker, hour=begin, versions=tuple(versions)))


def write_hour(store: ModelStore, hour: LiveHour) -> None:
    """Write what one worker counted in one hour."""
    path = store.layout.live_hour(hour.worker, live_hour_name(hour.hour))
    make_directory(store.layout.live)
    make_directory(path.parent)
    replace_file(path, hour.encode(), durable=False)


def _spread(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Divide *total* in proportion to *weights*, without a remainder."""
    whole, done, passed, parts = sum(weights), 0, 0, []
    for weight in weights:
        passed += weight
        reached = total * passed // whole if whole else 0
        parts.append(reached - done)
        done = reached
    return tuple(parts)


def _latencies(seconds: float, requests: int) -> tuple[int, ...]:
    counts = [0] * (len(LATENCY_EDGES) + 1)
    slow = requests // 20
    counts[_bin(seconds)] += requests - slow
    counts[_bin(10 * seconds)] += slow
    return tuple(counts)


def _bin(seconds: float) -> int:
    return sum(edge < seconds for edge in LATENCY_EDGES)
