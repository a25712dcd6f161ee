"""TRAINER_TIME names a column of numbers, dates or times."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.contract.time_split import format_time
from shared.errors import DatasetError, ModelgateError, SettingsError
from tests.support.tables.tables import names, write_csv
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.dataset.row_times import read_times
from trainer.settings import TrainerSettings

NEW_YEAR = 1767225600.0
"""2026-01-01 in seconds since 1970."""


def times_of(values: list[Any], type_: pa.DataType | None = None) -> tuple[str, list[float]]:
    column = pa.chunked_array([pa.array(values, type_)])
    found = read_times(column, "when", "sales.parquet")
    return found.unit, found.values.tolist()


@pytest.mark.parametrize(
    "type_",
    [pa.date32(), pa.date64(), *(pa.timestamp(unit) for unit in ("s", "ms", "us", "ns"))],
    ids=str,
)
def test_dates_become_seconds_since_1970(type_: pa.DataType) -> None:
    days = [date(2026, 1, 1), date(1969, 12, 31)]
    values: list[Any] = list(days)
    if pa.types.is_timestamp(type_):
        values = [datetime(d.year, d.month, d.day) for d in days]  # noqa: DTZ001 - a naive column
    assert times_of(values, type_) == ("seconds", [NEW_YEAR, -86400.0])


def test_times_of_any_zone_are_compared_in_utc() -> None:
    vienna = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    assert times_of([vienna], pa.timestamp("us", "Europe/Vienna")) == ("seconds", [NEW_YEAR])
    assert times_of([vienna.astimezone(UTC)], pa.timestamp("s", "UTC")) == ("seconds", [NEW_YEAR])


@pytest.mark.parametrize(
    "values", [[2024, 2026], [202401.0, 202612.0], [1e18, -5.5]], ids=["years", "floats", "huge"]
)
def test_numbers_stay_as_they_are(values: list[Any]) -> None:
    assert times_of(values) == ("number", [float(value) for value in values])


@pytest.mark.parametrize(
    ("texts", "last"),
    [
        (["03/14/2024", "03/15/2024"], "2024-03-15"),
        (["14.03.2024", "15.03.2024"], "2024-03-15"),
        (["14-Mar-24", "2-Apr-24"], "2024-04-02"),
        (["2024-03-14T10:00Z", "2024-03-15T01:00+02:00"], "2024-03-14T23:00:00Z"),
        (["2024-03-14", "2024-03-15"], "2024-03-15"),
    ],
)
def test_dates_in_other_spellings_are_read(texts: list[str], last: str) -> None:
    unit, values = times_of(texts)
    assert unit == "seconds"
    assert values[0] < values[1]
    assert format_time(values[1], "seconds") == last


@pytest.mark.parametrize(
    ("values", "type_", "says"),
    [
        ([2024, None, 2025, None], None, "missing in 2 of 4 rows"),
        ([1.0, float("nan")], None, "missing in 1 of 2 rows"),
        ([1.0, float("inf")], None, "infinite"),
        ([None, datetime(2026, 1, 1, tzinfo=UTC)], None, "missing in 1 of 2 rows"),
        (["2026-01-01", ""], None, "missing in 1 of 2 rows"),
        (["first quarter", "second quarter"], None, "not dates: 'first quarter'"),
        (["north", "north"], pa.dictionary(pa.int8(), pa.string()), "not dates: 'north'"),
        (["01/02/2026", "03/04/2026"], None, "whether its first number is the day or the month"),
        ([True, False], None, "the type bool"),
        ([timedelta(1)], None, "the type duration"),
        ([1000], pa.time32("s"), "the type time32"),
        ([None, None], None, "missing in 2 of 2 rows"),
    ],
)
def test_other_columns_are_refused_with_the_setting_and_the_reason(
    values: list[Any], type_: pa.DataType | None, says: str
) -> None:
    with pytest.raises(DatasetError) as error:
        times_of(values, type_)
    assert str(error.value).startswith("TRAINER_TIME=when ")
    assert "sales.parquet" in str(error.value)
    assert says in str(error.value)


def sales(directory: Path) -> Path:
    columns: dict[str, list[object]] = {
        "day": [f"2026-01-{day:02}" for day in range(1, 29)],
        "week": [day // 7 for day in range(28)],
        "price": [day * 7 % 10 + 0.5 for day in range(28)],
        "sold": [day % 2 for day in range(28)],
    }
    return write_csv(directory / "sales.csv", columns)


def loaded(path: Path, **settings: Any) -> Dataset:
    return load_dataset(TrainerSettings(dataset=path, target="sold", **settings), "accuracy")


def test_the_column_of_a_csv_file_is_read_and_is_not_a_feature(tmp_path: Path) -> None:
    data = loaded(sales(tmp_path), time="day")
    assert names(data) == ("week", "price")
    assert data.times is not None
    assert (data.times.column, data.times.unit) == ("day", "seconds")
    assert data.times.values.tolist() == [NEW_YEAR + 86400.0 * day for day in range(28)]
    by_week = loaded(sales(tmp_path), time="week", drop="day")
    assert names(by_week) == ("price",)
    assert by_week.times is not None
    assert by_week.times.unit == "number"


def test_times_of_several_zones_have_a_note(tmp_path: Path) -> None:
    days = [f"2026-01-{day:02} 10:00{'Z' * (day > 20)}" for day in range(1, 29)]
    columns: dict[str, list[object]] = {
        "day": [*days],
        "price": [day * 7 % 10 + 0.5 for day in range(28)],
        "sold": [day % 2 for day in range(28)],
    }

    data = loaded(write_csv(tmp_path / "sales.csv", columns), time="day")

    (note,) = data.notes
    assert "such as '2026-01-01 10:00' and '2026-01-21 10:00Z'. Times without an offset" in note


def test_a_row_key_may_be_the_time_too(tmp_path: Path) -> None:
    data = loaded(sales(tmp_path), time="day", row_key="day")
    assert data.keys is not None
    assert data.keys[0] == "2026-01-01"
    assert data.times is not None


def test_times_are_part_of_the_fingerprint(tmp_path: Path) -> None:
    path = sales(tmp_path)
    prints = {loaded(path, time=name, drop=other).fingerprint
              for name, other in (("day", "week"), ("week", "day"))}  # fmt: skip
    assert len({*prints, loaded(path, drop="day,week").fingerprint}) == 3


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"time": "date"}, "TRAINER_TIME=date is not in "),
        ({"time": "sold"}, "TRAINER_TIME and TRAINER_TARGET name the same column"),
        ({"time": "day", "drop": "day"}, "TRAINER_DROP and TRAINER_TIME both name 'day'"),
        ({"time": "day", "split_salt": "a"}, "TRAINER_TIME splits by time, so TRAINER_SPLIT_SALT"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    tmp_path: Path, settings: dict[str, str], says: str
) -> None:
    with pytest.raises(ModelgateError) as error:
        loaded(sales(tmp_path), **settings)
    assert says in str(error.value)


def test_the_default_data_has_no_times() -> None:
    with pytest.raises(
        SettingsError, match="TRAINER_TIME is about columns of a file, but TRAINER_DATASET"
    ):
        load_dataset(TrainerSettings(time="day"), "f1")


def test_a_folder_of_parquet_files_has_times_too(tmp_path: Path) -> None:
    for month in (1, 2):
        table = {
            "day": [date(2026, month, day) for day in range(1, 29)],
            "price": [day * month % 9 + 0.5 for day in range(28)],
            "sold": [day % 2 for day in range(28)],
        }
        parquet.write_table(pa.table(table), tmp_path / f"{month}.parquet")
    data = loaded(tmp_path, time="day")
    assert data.times is not None
    assert data.times.values[[0, 28]].tolist() == [NEW_YEAR, NEW_YEAR + 31 * 86400]


def test_a_setting_decides_the_order_of_day_and_month(tmp_path: Path) -> None:
    days = [f"{first:02}/{second:02}/2026" for first in range(1, 13) for second in range(1, 13)]
    columns: dict[str, list[object]] = {
        "sold on": [*days],
        "price": [number * 7 % 10 + 0.5 for number in range(144)],
        "sold": [number % 2 for number in range(144)],
    }
    path = write_csv(tmp_path / "sales.csv", columns)

    with pytest.raises(DatasetError, match="Set TRAINER_DATE_ORDER=day or TRAINER_DATE_ORDER=mon"):
        loaded(path, time="sold on")

    by_month = loaded(path, time="sold on", date_order="month").times
    by_day = loaded(path, time="sold on", date_order="day").times
    assert by_month is not None
    assert by_day is not None
    assert (by_month.values[1] - by_month.values[0]) == 86400.0
    assert (by_day.values[1] - by_day.values[0]) == 31 * 86400.0
    with pytest.raises(SettingsError, match="TRAINER_DATE_ORDER is for the dates in TRAINER_TIME"):
        loaded(path, date_order="day")
