"""With TRAINER_TIME the time of the answer is the time of a live row, if it can be true."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.contract.layout import StoreLayout
from shared.errors import DatasetError
from tests.support.stores.logged_rows import START, make_row, write_labels, write_rows
from tests.support.tables.tables import write_csv
from tests.unit.trainer.live_rows.people import TABLE, describe, left_out, load, person
from trainer.dataset.dataset import Dataset
from trainer.live_rows.added_rows import add_live_rows
from trainer.splits.time_split import split_by_time

HOUR = 3600.0


@pytest.fixture
def dated(tmp_path: Path) -> Dataset:
    days = [datetime(2025, 1, 1 + day, tzinfo=UTC).date() for day in range(30)]
    return load(write_csv(tmp_path / "people.csv", {**TABLE, "day": days}), time="day")


def log_at(layout: StoreLayout, hours: list[float]) -> None:
    """Log a row with a label for each hour after START, in a file that was written at START."""
    rows = [
        make_row(f"row-{i}", hour * HOUR, features=person(i + 0.5)) for i, hour in enumerate(hours)
    ]
    os.utime(write_rows(layout, rows), (START.timestamp(), START.timestamp()))
    write_labels(layout, [(row.id, "no") for row in rows])


def test_rows_that_are_later_than_their_file_are_left_out(
    dated: Dataset, table: Dataset, layout: StoreLayout
) -> None:
    log_at(layout, [-1, 5, 7, 24 * 365 * 7000])
    joined = add_live_rows(dated, layout)
    assert describe(joined, 30) == [[0.5, "Rome", True, "no"], [1.5, "Rome", True, "no"]]
    assert left_out(joined) == {"time": 2}
    assert "2 with a later time than their file" in joined.notes[-1]
    assert len(add_live_rows(table, layout).rows) == 34, "without TRAINER_TIME the time is not used"


def test_a_split_that_live_rows_make_too_small_names_them(
    dated: Dataset, layout: StoreLayout
) -> None:
    log_at(layout, [0.0] * 30)
    joined = add_live_rows(dated, layout)
    assert joined.times is not None
    with pytest.raises(DatasetError, match=r"30 of 60 rows are logged rows .* Unset TRAINER_LIVE"):
        split_by_time(joined, joined.times)
