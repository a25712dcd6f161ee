"""Schedules in the syntax of cron, in a time zone with its changes of daylight saving time.

A time that a change skips is replaced by the first moment after it. A time that comes twice counts
once, unless the hour of the schedule is `*`.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


class CronSchedule:
    """A schedule such as `0 3 * * *` in one time zone."""

    def __init__(self, expression: str, timezone: str) -> None:
        """Parse both; raise ValueError for a malformed schedule, or one without any time."""
        self._zone = read_timezone(timezone)
        self._expression = require_cron(expression)

    def next_after(self, moment: datetime) -> datetime:
        """Return the first time after *moment*, in UTC."""
        times = CronSim(self._expression, moment.astimezone(self._zone))
        # The library may return the first of two equal wall-clock times after the second.
        return next(at for each in times if (at := each.astimezone(UTC)) > moment)


def require_cron(expression: str) -> str:
    """Return a schedule that has a time; raise ValueError for others."""
    try:
        next(CronSim(expression, _ANY_TIME))
    except (CronSimError, StopIteration) as error:
        reason = str(error) or "it has no time in the next 50 years"
        raise ValueError(
            f"TRAINER_SCHEDULE is {expression!r:.80}, which is not a schedule of cron: {reason}. "
            "Write five fields (minute, hour, day of month, month, day of week), such as "
            "TRAINER_SCHEDULE='0 3 * * *' for each day at 3:00."
        ) from error
    return expression


def read_timezone(name: str) -> ZoneInfo:
    """Return the time zone; raise ValueError for an unknown name."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(
            f"TRAINER_TIMEZONE is {name!r:.80}, which is not a known time zone. "
            "Write a name such as Europe/Vienna or UTC."
        ) from error


def require_timezone(name: str) -> str:
    """Return the name of a known time zone; raise ValueError for others."""
    read_timezone(name)
    return name
