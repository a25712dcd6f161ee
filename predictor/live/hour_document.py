"""The document of an hour: what a worker counted, and what it had written of this hour before."""

from collections.abc import Iterable, Mapping

from predictor.live.hour_tally import RequestSnapshot
from shared.live.hour import MAX_VERSIONS, FeatureCounts, LiveMinute, Requests, VersionCounts

MAX_CELLS = 600_000
"""The most values of features in one document: it then has at most 16 MiB, which readers accept."""


def list_versions(
    snapshots: Iterable[RequestSnapshot], earlier: Mapping[int, VersionCounts]
) -> tuple[VersionCounts, ...]:
    """Return the counts of all versions, in ascending order.

    The counts of *earlier* are added. The oldest versions are left out if the document would
    become larger than readers accept.
    """
    found = dict(earlier)
    for snapshot in snapshots:
        counts = snapshot.describe()
        before = earlier.get(counts.version)
        found[counts.version] = counts if before is None else add_counts(before, counts)
    chosen: list[VersionCounts] = []
    cells = 0
    for number in sorted(found, reverse=True)[:MAX_VERSIONS]:
        cells += _count_cells(found[number])
        if chosen and cells > MAX_CELLS:
            break
        chosen.append(found[number])
    return tuple(reversed(chosen))


def add_counts(before: VersionCounts, after: VersionCounts) -> VersionCounts:
    """Add two counts of one version.

    Counts of rows in other bins cannot be added: then those of *before* are left out.
    """
    if before.reference != after.reference or _list_sizes(before) != _list_sizes(after):
        before = before.model_copy(
            update={
                "counted_rows": 0,
                "predictions": (0,) * len(after.predictions),
                "probabilities": (0,) * len(after.probabilities),
                "features": (),
            }
        )
    requests = Requests(
        answered=before.requests.answered + after.requests.answered,
        rejected=before.requests.rejected + after.requests.rejected,
        failed=before.requests.failed + after.requests.failed,
        not_finite=before.requests.not_finite + after.requests.not_finite,
    )
    return after.model_copy(
        update={
            "requests": requests,
            "rows": before.rows + after.rows,
            "latencies": _add(before.latencies, after.latencies),
            "minutes": _add_minutes(before.minutes, after.minutes),
            "counted_rows": before.counted_rows + after.counted_rows,
            "predictions": _add(before.predictions, after.predictions),
            "probabilities": _add(before.probabilities, after.probabilities),
            "features": tuple(map(_add_feature, before.features, after.features))
            if before.features
            else after.features,
        }
    )


def _add(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(first, second, strict=True))


def _add_feature(first: FeatureCounts, second: FeatureCounts) -> FeatureCounts:
    return FeatureCounts(
        counts=_add(first.counts, second.counts),
        missing=first.missing + second.missing,
        unseen=first.unseen + second.unseen,
    )


def _add_minutes(
    first: tuple[LiveMinute, ...], second: tuple[LiveMinute, ...]
) -> tuple[LiveMinute, ...]:
    minutes = {each.minute: each for each in first}
    for each in second:
        before = minutes.get(each.minute)
        minutes[each.minute] = (
            each
            if before is None
            else LiveMinute(
                minute=each.minute,
                requests=before.requests + each.requests,
                failed=before.failed + each.failed,
                seconds=before.seconds + each.seconds,
            )
        )
    return tuple(minutes[minute] for minute in sorted(minutes))


def _list_sizes(counts: VersionCounts) -> list[int]:
    features = [len(each.counts) for each in counts.features]
    return [len(counts.predictions), len(counts.probabilities), *features]


def _count_cells(counts: VersionCounts) -> int:
    """Count the values of the features in JSON: with an object, a list and two numbers each."""
    return sum(len(each.counts) + 4 for each in counts.features)
