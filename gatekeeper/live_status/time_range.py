"""The ranges of time that can be shown, each divided into steps."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

RangeName = Literal["hour", "day", "month"]


@dataclass(frozen=True)
class TimeRange:
    """A range of time; its last step contains the present."""

    name: RangeName
    since: datetime
    until: datetime
    """The end of the last step."""
    step: timedelta

    @property
    def starts(self) -> list[datetime]:
        """The beginning of each step, oldest first."""
        count = round((self.until - self.since) / self.step)
        return [self.since + place * self.step for place in range(count)]

    def find_step(self, moment: datetime) -> int | None:
        """Return the index of the step that contains *moment*; None outside of the range."""
        if not self.since <= moment < self.until:
            return None
        return (moment - self.since) // self.step


_STEPS: dict[RangeName, tuple[timedelta, int]] = {
    "hour": (timedelta(minutes=1), 60),
    "day": (timedelta(hours=1), 24),
    "month": (timedelta(days=1), 30),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def choose_range(name: RangeName, now: datetime) -> TimeRange:
    """Return the range that ends with the step of *now*."""
    step, count = _STEPS[name]
    until = _EPOCH + ((now - _EPOCH) // step + 1) * step
    return TimeRange(name, until - count * step, until, step)
