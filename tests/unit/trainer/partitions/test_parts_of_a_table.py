"""A table that is read in parts has the rows, the schema and the splits of one read at once."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import DatasetError, SettingsError
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.dataset.row_hashing import hash_rows
from trainer.dataset.split import SplitRule, choose_splits
from trainer.partitions import file_parts
from trainer.partitions.lazy_rows import LazyRows, list_sources, read_targets
from trainer.partitions.part_survey import PartSurvey, survey_part
from trainer.partitions.table_parts import TableParts, plan_parts, require_parts
from trainer.partitions.whole_table import WholeTable, join_surveys
from trainer.settings import TrainerSettings

COLORS = ["red", "green", "blue", None]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_parts, "_MOST_CELLS", 400)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        random = np.random.default_rng(number)
        count = 200 + number
        colors = ["lilac"] if number == 2 else COLORS  # a category that one file has
        write(
            tmp_path / f"{number}.parquet",
            width=np.where(random.random(count) < 0.1, np.nan, random.normal(size=count)),
            is_new=random.random(count) < 0.5,
            color=pa.array([colors[i % len(colors)] for i in range(count)], pa.string()),
            size=pa.array(["small", "big"] * (count // 2) + ["big"] * (count % 2)),
            row=[f"{number}-{i}" for i in range(count)],
        )
    return tmp_path


def write(path: Path, **columns: Any) -> None:
    parquet.write_table(pa.table(columns), path, row_group_size=50)


def settings(folder: Path, **others: Any) -> TrainerSettings:
    given: dict[str, Any] = {"dataset": folder, "target": "size", "drop": "row", "dask": "local:1"}
    return TrainerSettings(**given | {"holdout_rows": 100} | others)


def survey(
    own: TrainerSettings, metric: str = "accuracy"
) -> tuple[TableParts, list[PartSurvey], WholeTable]:
    table = plan_parts(own, metric)
    surveys = [survey_part(table.reader, SplitRule("7"), part) for part in table.divide()]
    return table, surveys, join_surveys(table.reader, table.names, surveys, own, metric)


def at_once(own: TrainerSettings, metric: str = "accuracy") -> Dataset:
    return load_dataset(own, metric)


def test_a_part_has_some_row_groups_of_one_file(folder: Path) -> None:
    assert len(plan_parts(settings(folder), "accuracy").divide()) == 6


@pytest.mark.parametrize("key", [None, "row"])
def test_schema_classes_and_splits_are_those_of_one_read(folder: Path, key: str | None) -> None:
    own = settings(folder, row_key=key, drop="" if key else "row")
    whole = at_once(own)

    _, surveys, table = survey(own)

    assert table.schema == whole.schema
    hashes = hash_rows(whole, "7")
    assert np.array_equal(np.concatenate([s.splits for s in surveys]), choose_splits(hashes))
    counts = np.bincount(choose_splits(hashes))
    assert list(table.counts.values()) == counts.tolist()
    assert sum(sum(split.values()) for split in table.class_counts.values()) == len(hashes)


def test_rows_and_targets_are_those_of_one_read(folder: Path) -> None:
    own = settings(folder)
    whole = at_once(own)
    table, surveys, joined = survey(own)
    marks = [np.ones(len(each.splits), np.bool_) for each in surveys]

    sources = list_sources(table.reader, table.divide(), joined.schema.features, marks)

    rows = np.concatenate([source.read() for source in sources])
    assert np.array_equal(rows, whole.rows, equal_nan=True)
    targets = np.concatenate([read_targets(source, joined.classes) for source in sources])
    assert np.array_equal(targets, whole.target)


def test_a_regression_has_its_numbers(folder: Path) -> None:
    own = settings(folder, target="width", drop="row")
    for path in folder.iterdir():
        table = parquet.read_table(path)
        parquet.write_table(
            table.filter(pa.compute.invert(pa.compute.is_nan(table["width"]))), path
        )
    whole = at_once(own, "r2")

    table, surveys, joined = survey(own, "r2")

    assert joined.schema == whole.schema
    assert joined.label_range == (whole.target.min(), whole.target.max())
    marks = [np.ones(len(each.splits), np.bool_) for each in surveys]
    sources = list_sources(table.reader, table.divide(), joined.schema.features, marks)
    assert np.array_equal(np.concatenate([read_targets(s, None) for s in sources]), whole.target)


def test_a_lazy_chunk_is_read_again_at_each_pass_and_only_one_is_kept(folder: Path) -> None:
    table, surveys, joined = survey(settings(folder, drop="row,color"))
    marks = [each.splits == 0 for each in surveys]
    first, second, *_ = (
        LazyRows(source, None, 2)
        for source in list_sources(table.reader, table.divide(), joined.schema.features, marks)
    )

    for _pass in range(2):
        for chunk in (first, second):
            assert np.asarray(chunk).shape == chunk.shape
            assert np.array_equal(np.asarray(chunk), chunk.load(), equal_nan=True)


BAD = {
    "no folder": ({"dataset": Path("a.csv")}, "It needs TRAINER_DASK, and a folder"),
    "no cluster": ({"dask": None}, "It needs TRAINER_DASK, and a folder"),
    "a split by time": ({"time": "width"}, "TRAINER_TIME needs all rows in memory"),
    "slices": ({"slice_columns": "color"}, "TRAINER_SLICE_COLUMNS needs all rows"),
    "a refit": ({"refit": True}, "TRAINER_REFIT needs all rows"),
    "live rows": ({"live": True}, "TRAINER_LIVE needs all rows"),
}


@pytest.mark.parametrize(("others", "said"), BAD.values(), ids=BAD)
def test_settings_that_need_all_rows_are_refused(
    folder: Path, others: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        require_parts(settings(folder, **others))


def test_a_missing_label_is_refused(folder: Path) -> None:
    write(
        folder / "3.parquet",
        width=[1.0],
        is_new=[True],
        color=["red"],
        size=pa.array([None], pa.string()),
        row=["x"],
    )

    with pytest.raises(DatasetError, match="'size' is missing in 1 rows"):
        survey(settings(folder))


def test_an_infinite_number_is_refused_with_its_column(folder: Path) -> None:
    write(
        folder / "3.parquet", width=[np.inf], is_new=[True], color=["red"], size=["big"], row=["x"]
    )

    with pytest.raises(DatasetError, match="'width'.*infinite or too large in 1 rows"):
        survey(settings(folder))


def test_a_class_that_a_split_lacks_is_refused(folder: Path) -> None:
    write(folder / "3.parquet", width=[1.0], is_new=[True], color=["red"], size=["huge"], row=["x"])

    with pytest.raises(DatasetError, match="split has no row of class 'huge'"):
        survey(settings(folder))
