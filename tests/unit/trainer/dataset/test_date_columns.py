"""Dates are not features. Times of day are categories if a setting says so."""

from pathlib import Path
from typing import Any

import pytest

from shared.errors import DatasetError
from tests.support.tables.tables import names, write_csv
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings

DAYS = [(month, day) for month in range(1, 13) for day in range(1, 29)]
ROWS = len(DAYS)


def load(path: Path, **settings: Any) -> Dataset:
    settings = {"dataset": path, "target": "y", **settings}
    return load_dataset(TrainerSettings.model_validate(settings), "accuracy")


def table(path: Path, column: list[object]) -> Path:
    values: dict[str, list[object]] = {
        "x": [row * 7 % 13 + 0.5 for row in range(ROWS)],
        "when": column,
        "y": [row % 2 for row in range(ROWS)],
    }
    return write_csv(path / "a.csv", values)


@pytest.mark.parametrize(
    "spelling",
    [
        *("{m:02}/{d:02}/2024", "{d}.{m}.2024", "{d}.{m}.24", "2024-{m:02}-{d:02}", "{d}/{m}/24"),
        *("2024-{m:02}-{d:02}T10:00Z", "{d:02}-Mar-24", "{m}/{d}/2024 8:00 PM", "2024-{m:02}"),
        *("{d}. März 2024", "Thu {d} Mar 2024 10:00:00 GMT", "2024W{d:02}", "2024/{m}/{d}"),
    ],
)
def test_dates_of_any_spelling_are_refused(tmp_path: Path, spelling: str) -> None:
    path = table(tmp_path, [spelling.format(m=month, d=day) for month, day in DAYS])

    with pytest.raises(DatasetError, match="'when' .dates such as '.*#dates .*TRAINER_DROP=when"):
        load(path)

    assert names(load(path, drop="when")) == ("x",)


@pytest.mark.parametrize("other", ["unknown", "0000-00-00", "31.02.2024", "pending"])
def test_a_few_cells_that_are_not_dates_are_named(tmp_path: Path, other: str) -> None:
    column: list[object] = [f"2024-{month:02}-{day:02}" for month, day in DAYS]
    column[3] = column[40] = other

    with pytest.raises(DatasetError, match=f"'when' .dates such as .* except '{other}' in 2 rows"):
        load(table(tmp_path, column))


def test_times_of_day_are_categories_by_a_setting(tmp_path: Path) -> None:
    path = table(tmp_path, [f"{8 + row % 9:02}:30" for row in range(ROWS)])
    setting = '{"when": "category"}'

    with pytest.raises(DatasetError, match=f"'08:30'.*or either read .*TYPES='{setting}', or drop"):
        load(path)

    slots = load(path, types=setting).schema.features[1]
    assert slots.categories is not None
    assert slots.categories[:2] == ("08:30", "09:30")


def test_dates_are_categories_if_a_person_insists(tmp_path: Path) -> None:
    path = table(tmp_path, [f"03/{1 + row % 9:02}/2024" for row in range(ROWS)])

    days = load(path, types='{"when": "category"}').schema.features[1]

    assert days.categories is not None
    assert days.categories[:2] == ("03/01/2024", "03/02/2024")


def test_numbers_that_look_like_days_are_numbers_with_a_note(tmp_path: Path) -> None:
    path = table(tmp_path, [20240000 + 100 * month + day for month, day in DAYS[::-1]])

    data = load(path)

    assert names(data) == ("x", "when")
    assert data.notes[0].startswith("'when' is read as numbers, and all of them look like days")
    assert data.notes[0].endswith("TRAINER_DROP=when")
    assert load(path, types='{"when": "number"}').notes == ()


def test_dates_are_not_classes(tmp_path: Path) -> None:
    path = table(tmp_path, [f"03/{1 + row % 9:02}/2024" for row in range(ROWS)])

    with pytest.raises(DatasetError, match="'when' holds dates such as '03/01/2024'"):
        load(path, target="when")


@pytest.mark.parametrize(
    "values",
    [
        *(["1.2.24", "1.2.25", "1.10.11"], ["3/4", "1/2", "12/24"], ["10.0.0.1", "10.0.0.2"]),
        *(["2009-10", "2010-11", "2011-12"], ["120/80", "130/85"], ["14-Mar", "15-Mar"]),
    ],
)
def test_other_columns_stay_categories(tmp_path: Path, values: list[str]) -> None:
    data = load(table(tmp_path, [values[row % len(values)] for row in range(ROWS)]))

    assert data.schema.features[1].categories == tuple(sorted(values))
