"""A split of the rows by their times, which are numbers or seconds since 1970 in UTC."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from shared.contract.document import Finite, StrictModel

TimeUnit = Literal["number", "seconds"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TimeSplit(StrictModel):
    """A split by time: the holdout has only rows that are newer than all others."""

    column: str
    unit: TimeUnit
    fitted_until: Finite
    """The newest time of the rows that the model was fitted or chosen on."""

    def describe(self) -> str:
        """Return the column and the newest time, as `month 2026-01-01`."""
        return f"{self.column} {format_time(self.fitted_until, self.unit)}"


def format_time(value: float, unit: TimeUnit) -> str:
    """Return *value* as people write it: a number, a date, or a date with a time in UTC."""
    if unit == "seconds":
        try:
            time = _EPOCH + timedelta(seconds=value)
        except OverflowError:
            return f"{value:.15g} s since 1970"
        is_day = time.time() == datetime.min.time()
        return f"{time:%Y-%m-%d}" if is_day else time.isoformat().replace("+00:00", "Z")
    return f"{value:.15g}"
