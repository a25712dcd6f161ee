"""Turn a column of times into numbers, to order the rows of a table by time."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute

from shared.errors import DatasetError
from shared.text import join_some, quote
from trainer.tables.columns.column_types import classify_type
from trainer.tables.dates.date_text import DateText, read_date
from trainer.tables.dates.day_text import DateOrder

_LONGEST_MONTH = 31
_SHORT_YEAR = re.compile(r"\s*(\d{1,2})[-./] ?\d{1,2}[-./] ?(\d\d)(?!\d)")

Times = npt.NDArray[Any]
"""Shape [n]: datetime64[us] for dates, float64 for numbers."""


class TimeColumn(NamedTuple):
    """The times of a column."""

    values: Times
    note: str | None = None
    """A sentence about times of several time zones."""


def parse_times(column: pa.ChunkedArray, name: str, order: DateOrder | None = None) -> TimeColumn:
    """Return the time of each row. Times with a time zone are in UTC; numbers stay numbers.

    *order* is that of day and month where the dates do not show it. Raises DatasetError that
    names the column for missing values, for other values, and for an unknown order.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    column_type = classify_type(column.type)
    if column_type == "category":
        column = column.cast(pa.large_string())
        column = compute.if_else(
            compute.equal(compute.utf8_trim_whitespace(column), ""), None, column
        )
    _require_complete(column, name)
    if column_type == "number":
        return TimeColumn(np.asarray(column.cast(pa.float64(), safe=False).to_numpy()))
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return TimeColumn(_to_datetimes(column))
    if column_type == "category":
        for zone in (None, "UTC"):  # ISO, as most programs write it
            with suppress(pa.ArrowInvalid):
                return TimeColumn(_to_datetimes(column.cast(pa.timestamp("us", zone))))
        return _parse_texts(column, name, order)
    raise DatasetError(
        f"Column {name!r} has the type {column.type!s:.80}, which does not order rows by time. "
        "Choose a column of dates, of dates with times, or of numbers."
    )


def _require_complete(column: pa.ChunkedArray, name: str) -> None:
    missing = int(compute.sum(compute.is_null(column, nan_is_null=True)).as_py() or 0)
    if missing:
        raise DatasetError(
            f"The time in column {name!r} is missing in {missing} of {len(column)} rows. "
            "Fill in the times, or remove these rows."
        )


def _to_datetimes(column: pa.ChunkedArray) -> Times:
    zone = getattr(column.type, "tz", None)
    times = column.cast(pa.timestamp("us", zone), safe=False).cast(pa.int64()).to_numpy()
    return np.asarray(times).view("datetime64[us]")


def _parse_texts(column: pa.ChunkedArray, name: str, order: DateOrder | None) -> TimeColumn:
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    values: list[str] = encoded.dictionary.to_pylist()
    dates = [read_date(value) for value in values]
    others = [value for value, date in zip(values, dates, strict=True) if not (date and date.day)]
    if others:
        with suppress(pa.ArrowInvalid):
            return TimeColumn(np.asarray(column.cast(pa.float64()).to_numpy()))
        raise DatasetError(
            f"Column {name!r} has values that are not dates: {join_some([*map(quote, others)])}. "
            "Correct them, or remove these rows."
        )
    found = {value: date for value, date in zip(values, dates, strict=True) if date is not None}
    if _find_order(found, name, order) == "month":
        found |= {
            value: read_date(value, "month") or date
            for value, date in found.items()
            if date.day and date.day.order == "open"
        }
    moments = np.array([date.moment for date in found.values()], dtype="datetime64[us]")
    return TimeColumn(moments[encoded.indices.to_numpy()], _note_zones(found, name))


def _note_zones(dates: Mapping[str, DateText], name: str) -> str | None:
    examples: dict[str, str] = {}
    for value, date in dates.items():
        if date.zone is not None:
            examples.setdefault(date.zone, value)
    if len(examples) < 2:  # noqa: PLR2004 - several zones
        return None
    return (
        f"{quote(name)} has times of several time zones, such as "
        f"{' and '.join(map(quote, [*examples.values()][:2]))}. Times without an offset such as "
        "+01:00 count as UTC."
    )


def _find_order(dates: Mapping[str, DateText], name: str, order: DateOrder | None) -> DateOrder:
    """Return the order of day and month that the dates show, or the one that was chosen."""
    _require_year_last(dates, name)
    examples = {date.day.order: value for value, date in dates.items() if date.day}
    known: list[DateOrder] = [key for key in ("day", "month") if key in examples]
    if len(known) > 1:
        raise DatasetError(
            f"Column {name!r} has dates with the day first, such as {quote(examples['day'])}, and "
            f"with the month first, such as {quote(examples['month'])}. Write all of them with "
            "the year first, as in 2024-03-14."
        )
    if known:
        return known[0]
    if order is None and "open" in examples:
        raise DatasetError(
            f"Column {name!r} has dates such as {quote(examples['open'])}, and no date shows "
            "whether its first number is the day or the month. Set TRAINER_DATE_ORDER=day or "
            "TRAINER_DATE_ORDER=month."
        )
    return order or "day"


def _require_year_last(values: Iterable[str], name: str) -> None:
    """Raise DatasetError for dates such as 24-03-14 whose last number varies as a day."""
    found = [_SHORT_YEAR.match(value) for value in values]
    parts = [(int(match[1]), int(match[2])) for match in found if match]
    firsts, lasts = ({numbers[place] for numbers in parts} for place in (0, 1))
    if len(parts) == len(found) and len(firsts) < len(lasts) and max(lasts) <= _LONGEST_MONTH:
        raise DatasetError(
            f"Column {name!r} has dates such as {quote(next(iter(values)))}, which may begin with "
            "the year. Write the year with four digits, as in 2024-03-14."
        )
