"""The requests and predictions of one version over time."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from gatekeeper.live.version_sum import HourSum
from gatekeeper.live_status.bodies import LivePoint, LiveVersion, LiveVersionScore, PredictionPoint
from gatekeeper.live_status.distributions import label_bins
from gatekeeper.live_status.hour_sums import Step, add_counts
from gatekeeper.live_status.latency import find_percentile
from gatekeeper.live_status.served_models import ServedModel
from gatekeeper.live_status.time_range import TimeRange
from shared.text import shorten


def describe_version(
    version: int,
    span: TimeRange,
    steps: Sequence[Step],
    hours: Iterable[HourSum],
    *,
    model: ServedModel,
    live_score: LiveVersionScore,
) -> LiveVersion:
    """Describe one version. *steps* are the sums of *hours*, the hours that the range touches."""
    labels = _label_predictions(model)
    latencies = add_counts(step.latencies for step in steps)
    sums = [each for step in steps for each in step.sums]
    points = (
        _count_minutes(version, span, hours)
        if span.step < timedelta(hours=1)
        else _count_steps(span, steps)
    )
    requests = sum(point.requests for point in points)
    seconds = sum((point.mean_seconds or 0) * point.requests for point in points)
    return LiveVersion(
        version=version,
        requests=requests,
        rejected=sum(each.requests.rejected for each in sums),
        failed=sum(point.failed for point in points),
        rows=sum(each.rows for each in sums),
        counted_rows=sum(each.counted_rows for each in sums),
        mean_seconds=seconds / requests if requests else None,
        p50_seconds=find_percentile(latencies, 0.5),
        p95_seconds=find_percentile(latencies, 0.95),
        points=points,
        live_score=live_score,
        prediction_bins=labels,
        predictions=[
            PredictionPoint(
                start=step.start,
                counts=add_counts(
                    each.predictions
                    for each in step.sums
                    if each.reference == model.sha256 and each.key.shape.predictions == len(labels)
                )
                or [0] * len(labels),
            )
            for step in steps
        ],
    )


def _label_predictions(model: ServedModel) -> list[str]:
    """Name what predictions count: the bins of the reference, without one the classes."""
    if model.reference:
        return label_bins(model.reference.predictions)
    return [shorten(name, 128) for name in model.artefact.classes] if model.artefact else []


def _count_minutes(version: int, span: TimeRange, hours: Iterable[HourSum]) -> list[LivePoint]:
    starts = span.starts
    requests, failed, seconds = [0] * len(starts), [0] * len(starts), [0.0] * len(starts)
    for hour in hours:
        for each in hour.versions:
            for minute in each.minutes if each.version == version else ():
                place = span.find_step(hour.hour + timedelta(minutes=minute.minute))
                if place is not None:
                    requests[place] += minute.requests
                    failed[place] += minute.failed
                    seconds[place] += minute.seconds
    return [
        LivePoint(
            start=start,
            requests=requests[place],
            failed=failed[place],
            mean_seconds=seconds[place] / requests[place] if requests[place] else None,
            p50_seconds=None,
            p95_seconds=None,
        )
        for place, start in enumerate(starts)
    ]


def _count_steps(span: TimeRange, steps: Sequence[Step]) -> list[LivePoint]:
    known = {step.start: step for step in steps}
    return [_count_step(known.get(start) or Step(start, ())) for start in span.starts]


def _count_step(step: Step) -> LivePoint:
    found = [each.requests for each in step.sums]
    requests = sum(each.answered + each.rejected + each.failed for each in found)
    latencies = step.latencies
    return LivePoint(
        start=step.start,
        requests=requests,
        failed=sum(each.failed for each in found),
        mean_seconds=step.seconds / requests if requests else None,
        p50_seconds=find_percentile(latencies, 0.5),
        p95_seconds=find_percentile(latencies, 0.95),
    )
