"""Limits for the times of a status: a clock that was years ahead must not stop trainings."""

from datetime import datetime, timedelta

from shared.training.training_status import TrainingStatus
from trainer.schedule.causes import LONGEST_PAUSE

_FUTURE = timedelta(days=1)
"""A time that was handled so far ahead comes from a clock that was wrong."""


def limit_times(status: TrainingStatus, now: datetime) -> TrainingStatus:
    """Return *status* with times that a right clock could have written by *now*."""
    changes: dict[str, object] = {}
    handled = status.handled
    if handled.schedule_until > now + _FUTURE:
        changes["schedule_until"] = now
    if handled.drift_at is not None and handled.drift_at > now + _FUTURE:
        changes["drift_at"] = None  # numbers decide which events are new
    retry_at = status.retry_at and min(status.retry_at, now + LONGEST_PAUSE)
    return status.model_copy(
        update={"handled": handled.model_copy(update=changes), "retry_at": retry_at}
    )
