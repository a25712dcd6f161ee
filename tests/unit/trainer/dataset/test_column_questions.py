"""A question is a note, and the setting that it names answers it."""

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.support.tables.tables import names, write_csv
from trainer.dataset.columns import dropped_columns
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings

ROWS = 300
RANDOM = random.Random(6)  # noqa: S311 - only test data
AGENTS = [
    f"{a} {b}"
    for a in ("Eva", "Max", "Lea", "Jan")
    for b in ("Wolf", "Koch", "Lang", "Beer", "Fuchs", "Moser")
]
COLUMNS: dict[str, list[Any]] = {
    "contract, old": RANDOM.sample(range(5000, 5000 + ROWS), ROWS),
    "day": [20240101 + n % 28 for n in range(ROWS)],
    "agent": [AGENTS[n * 7 % len(AGENTS)] for n in range(ROWS)],
    "plan": ["Basic"] * 200 + ["basic"] * 60 + ["Plus"] * 35 + ["Bsaic"] * 5,
    "age": [20 + n * 13 % 60 for n in range(ROWS)],
    "y": ["yes", "no", "No"] * (ROWS // 3),
}


@pytest.fixture(params=["csv", "parquet"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "parquet":
        parquet.write_table(pa.table(COLUMNS), tmp_path / "a.parquet")
        return tmp_path / "a.parquet"
    quoted = {f'"{name}"': values for name, values in COLUMNS.items()}
    return write_csv(tmp_path / "a.csv", quoted)


def load(path: Path, **settings: Any) -> Dataset:
    return load_dataset(TrainerSettings(dataset=path, target="y", **settings), "accuracy")


def test_each_column_has_its_question_and_one_setting_answers_all(path: Path) -> None:
    data = load(path)

    assert names(data) == ("contract, old", "day", "agent", "plan", "age")
    days, contract, agent, everything, *alike = data.notes
    assert days.endswith("If they are dates, leave the column out: set TRAINER_DROP=day")
    assert contract.startswith("'contract, old' has whole numbers from 5000 to 5299 that never")
    assert agent.startswith("'agent' has 24 different values in 300 rows. They look like names of")
    assert everything.startswith(
        "To leave out all of 'day', 'contract, old', 'agent', set TRAINER_"
    )
    assert [note.partition(" has ")[0] for note in alike] == ["'plan'", "'y'"]
    drop = everything.partition("TRAINER_DROP=")[2].strip("'")
    assert set(dropped_columns.parse_names(drop)) == {"day", "contract, old", "agent"}
    answered = load(path, drop=drop)
    assert names(answered) == ("plan", "age")
    assert answered.notes == tuple(alike)


def test_columns_that_are_left_out_already_stay_in_the_setting(path: Path) -> None:
    notes = load(path, drop='["age", "day"]').notes

    assert """DROP='["age", "day", "contract, old"]'""" in notes[0]
    assert notes[1].endswith("TRAINER_DROP=age,day,agent")
    assert """DROP='["age", "day", "contract, old", "agent"]'""" in notes[2]


def test_a_column_with_one_value_is_in_the_setting_for_all(tmp_path: Path) -> None:
    columns = {"agent": COLUMNS["agent"], "unit": ["kg"] * ROWS, "y": COLUMNS["age"]}
    path = write_csv(tmp_path / "a.csv", columns)

    notes = load(path).notes

    assert notes[-1] == "To leave out all of 'agent', 'unit', set TRAINER_DROP=agent,unit"


def test_a_type_answers_a_question_too(path: Path) -> None:
    types = (
        '{"contract, old": "number", "day": "number", "agent": "category", "plan": "category", '
        '"y": "category"}'
    )

    assert load(path, types=types).notes == ()


def test_the_row_key_is_not_questioned(path: Path) -> None:
    notes = load(path, row_key="contract, old", drop="day,agent").notes

    assert [note.partition(" has ")[0] for note in notes] == ["'plan'", "'y'"]
