"""Columns of times become numbers that sort as the times do."""

from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from shared.errors import DatasetError
from trainer.tables.time_column import parse_times

MARCH = np.array(["2024-03-14T00:00", "2024-04-02T00:00", "2023-12-24T00:00"], "datetime64[us]")


@pytest.mark.parametrize(
    "values",
    [
        [date(2024, 3, 14), date(2024, 4, 2), date(2023, 12, 24)],
        [datetime(2024, 3, 14, tzinfo=UTC), datetime(2024, 4, 2, tzinfo=UTC)],
        ["2024-03-14", "2024-04-02", "2023-12-24"],
        ["2024-03-14T01:00+01:00", "2024-04-02T00:00Z", "2023-12-23T19:00-05:00"],
        ["03/14/2024", "04/02/2024", "12/24/2023"],
        ["14.3.24", "2.4.24", "24.12.23"],
        ["14-Mar-24", "2 April 2024", "Dec 24, 2023"],
        ["20240314", "20240402", "20231224"],
    ],
)
def test_dates_become_datetimes(values: list[Any]) -> None:
    times = parse_times(pa.chunked_array([values]), "sold").values

    assert times.dtype == "datetime64[us]"
    assert times.tolist() == MARCH[: len(values)].tolist()


def test_a_dictionary_in_chunks_is_read_as_its_values() -> None:
    chunks = [pa.array(["14.03.2024"] * 3), pa.array(["02.04.2024"])]

    times = parse_times(
        pa.chunked_array([chunk.dictionary_encode() for chunk in chunks]), "sold"
    ).values

    assert times.tolist() == MARCH[[0, 0, 0, 1]].tolist()


def test_numbers_stay_numbers() -> None:
    assert parse_times(pa.chunked_array([[20240314, 20231224]]), "sold").values.tolist() == [
        20240314.0,
        20231224.0,
    ]


def test_an_unknown_order_of_day_and_month_is_an_error_unless_it_is_chosen() -> None:
    column = pa.chunked_array([["03/04/2024", "05/06/2024"]])

    with pytest.raises(
        DatasetError, match="'sold'.*no date shows whether its first.*TRAINER_DATE_ORDER=day or"
    ):
        parse_times(column, "sold")

    chosen = parse_times(column, "sold", "month").values
    assert chosen.tolist() == [datetime(2024, 3, 4), datetime(2024, 5, 6)]  # noqa: DTZ001 - dates have no zone


def test_the_order_that_the_dates_show_is_taken_before_the_chosen_one() -> None:
    column = pa.chunked_array([["03/04/2024", "05/31/2024"]])

    assert parse_times(column, "sold", "day").values[0] == np.datetime64("2024-03-04")


def test_short_dates_that_may_begin_with_the_year_are_an_error() -> None:
    days = [f"24-03-{day:02}" for day in range(1, 29)]

    with pytest.raises(DatasetError, match="'24-03-01', which may begin with the year"):
        parse_times(pa.chunked_array([days]), "sold")

    germany = [f"{day}.3.24" for day in range(1, 29)]
    assert parse_times(pa.chunked_array([germany]), "sold").values[0] == np.datetime64("2024-03-01")


def test_strings_of_numbers_are_numbers() -> None:
    assert parse_times(pa.chunked_array([["2024", "2025.5"]]), "year").values.tolist() == [
        2024,
        2025.5,
    ]


def test_two_orders_in_one_column_are_an_error() -> None:
    with pytest.raises(DatasetError, match="day first, such as '31/03/2024', and with the month"):
        parse_times(pa.chunked_array([["03/31/2024", "31/03/2024"]]), "sold")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["2024-03-14", "", "2024-03-15"], "'sold' is missing in 1 of 3 rows"),
        ([1.0, float("nan"), None], "'sold' is missing in 2 of 3 rows"),
        (["14 March 2024", "unknown", "0000-00-00"], "not dates: 'unknown', '0000-00-00'. Correct"),
        (["8:30 PM", "9:30 PM"], "not dates: '8:30 PM', '9:30 PM'"),
        ([time(8, 30)], "type time64.us., which does not order rows by time"),
        ([True, False], "type bool"),
    ],
)
def test_other_columns_are_errors_that_name_the_column(values: list[Any], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        parse_times(pa.chunked_array([values]), "sold")


def test_a_year_beyond_those_of_nanoseconds_is_a_time() -> None:
    times = parse_times(pa.chunked_array([["31.12.9999", "14.03.2024"]]), "sold").values

    assert times.argsort().tolist() == [1, 0]


MIXED_ZONES = [
    ["2024-03-14T10:00Z", "2024-03-14 11:00"],
    ["2024-03-14 10:00 +01:00", "2024-03-15", "2024-03-14 10:00"],
    ["2024-03-14 10:00 Europe/Vienna", "2024-03-14 10:00 America/New_York"],
    ["2024-03-14 10:00 JST", "2024-03-14 10:00:00 UTC"],
]
ONE_ZONE = [
    ["2024-03-14T10:00Z", "2024-03-14 11:00+02:00", "2024-03-15"],
    ["14.03.2024 10:00", "2024-03-14 11:00"],
    ["2024-03-14 10:00 Europe/Vienna", "2024-03-15 10:00 Europe/Vienna"],
]


@pytest.mark.parametrize("values", [*MIXED_ZONES, *ONE_ZONE])
def test_times_of_several_zones_have_a_note(values: list[str]) -> None:
    note = parse_times(pa.chunked_array([values]), "sold").note

    if values in ONE_ZONE:
        assert note is None
    else:
        assert note is not None
        assert note.startswith(f"'sold' has times of several time zones, such as '{values[0]}' and")
        assert note.endswith("Times without an offset such as +01:00 count as UTC.")
