"""How the state of drift and its events follow from the last state and a new comparison."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from gatekeeper.drift.comparison import Difference
from shared.live.drift_record import MAX_EVENTS, DriftedPart, DriftEvent, DriftRecord

QUIET = timedelta(days=1)
"""Time without a difference after which a drift has ended. A daily rhythm does not end it."""


def begin_record(old: DriftRecord | None, now: datetime, version: int | None) -> DriftRecord:
    """Return the record for *version* before it is compared.

    The drift of an earlier version ends with an event: its successor is compared from its own
    first row on.
    """
    if old is not None and old.version == version:
        return old
    events = old.events if old else ()
    if old is not None and old.version is not None and old.drifted:
        features, predictions = _features(old.drifted), _is_announced(old)
        events = _add_event(events, "ended", now, old.version, features, predictions=predictions)
    return DriftRecord(
        checked_at=old.checked_at if old else now,
        version=version,
        not_checked=None,
        drifted=(),
        events=events,
    )


def record_comparison(
    old: DriftRecord, now: datetime, differences: Sequence[Difference], *, may_end: bool
) -> DriftRecord:
    """Return the record after a comparison of its version.

    *may_end* says that the last day has enough rows to show that a drift is over.
    """
    version = old.version
    if version is None:
        raise ValueError("only a version in production can be compared")
    known = {(each.part, each.feature): each for each in old.drifted}
    found = {}
    for each in differences:
        key = each.part.part, each.part.feature
        found[key] = DriftedPart(
            part=each.part.part,
            feature=each.part.feature,
            stability_index=each.stability_index,
            p_value=each.p_value,
            rows=each.rows,
            since=known[key].since if key in known else now,
            seen_at=now,
        )
    for key, part in known.items():
        is_over = may_end and now - (part.seen_at or old.checked_at) >= QUIET
        if key not in found and not is_over:
            found[key] = part
    drifted = tuple(found.values())
    return old.model_copy(
        update={
            "checked_at": now,
            "not_checked": None,
            "drifted": drifted,
            "events": _report(old, now, version, drifted),
        }
    )


def _report(
    old: DriftRecord, now: datetime, version: int, drifted: Sequence[DriftedPart]
) -> tuple[DriftEvent, ...]:
    """Add the events by which *drifted* differs from the old state.

    Predictions that begin to drift after a feature have no event of their own: the feature
    explains them. They are one if they drift without a feature.
    """
    before, after = _features(old.drifted), _features(drifted)
    was_announced = _is_announced(old)
    drifts = _has_predictions(drifted)
    ended = tuple(name for name in before if name not in after)
    began = tuple(name for name in after if name not in before)
    is_over = was_announced and not drifts
    is_new = drifts and not _has_predictions(old.drifted) and bool(began)
    is_unexplained = drifts and not was_announced and not after
    events = old.events
    if ended or is_over:
        events = _add_event(events, "ended", now, version, ended, predictions=is_over)
    if began or is_unexplained:
        predictions = is_new or is_unexplained
        events = _add_event(events, "began", now, version, began, predictions=predictions)
    return events


def _is_announced(record: DriftRecord) -> bool:
    """Return whether the last event about predictions is their beginning."""
    for event in reversed(record.events):
        if event.predictions:
            return event.kind == "began"
    return False


def _has_predictions(drifted: Sequence[DriftedPart]) -> bool:
    return any(each.feature is None for each in drifted)


def _features(drifted: Sequence[DriftedPart]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.feature for each in drifted if each.feature is not None))


def _add_event(
    events: tuple[DriftEvent, ...],
    kind: Literal["began", "ended"],
    at: datetime,
    version: int,
    features: tuple[str, ...],
    *,
    predictions: bool,
) -> tuple[DriftEvent, ...]:
    number = events[-1].number + 1 if events else 1
    event = DriftEvent(
        number=number,
        kind=kind,
        at=at,
        version=version,
        features=features,
        predictions=predictions,
    )
    return (*events, event)[-MAX_EVENTS:]
