"""Names of folders become columns with types, and a watch sees each file of a partition."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import DatasetError
from tests.support.tables.table_files import ROWS, write_odd_partitions
from trainer.dataset.load import load_dataset
from trainer.files.open_table import open_table
from trainer.files.parquet_files import ParquetFiles
from trainer.files.partition_folders import list_files
from trainer.partitions.file_parts import list_parts, read_part
from trainer.schedule.data_watch import DataWatch
from trainer.settings import TrainerSettings


def test_each_value_has_the_type_that_all_values_fit(tmp_path: Path) -> None:
    data = load_dataset(
        TrainerSettings(dataset=write_odd_partitions(tmp_path), target="size"), "f1_macro"
    )

    features = {feature.name: feature for feature in data.schema.features}
    assert [features[name].type for name in "nxbc"] == ["number", "number", "boolean", "category"]
    assert features["c"].categories == ("a b",)
    assert features["c"].nullable
    names = list(features)
    first = data.rows[:, [names.index(name) for name in "nxb"]]
    assert first[0].tolist() == [-20, 2, 0]
    assert first[ROWS].tolist() == [1, 0.5, 1]


def test_a_part_for_a_cluster_has_the_columns_of_its_folders(tmp_path: Path) -> None:
    table = open_table(write_odd_partitions(tmp_path))
    assert isinstance(table, ParquetFiles)

    parts = list_parts(table.parts, 4)
    batches = [batch for part in parts for batch in read_part(part, ["x", "width"])]

    assert [batch.schema.names for batch in batches] == [["x", "width"]] * len(batches)
    assert pa.concat_arrays([b["x"] for b in batches]).unique().to_pylist() == [2, 0.5]


def test_zeros_before_a_number_stay(tmp_path: Path) -> None:
    for month in ("01", "02"):
        (tmp_path / f"month={month}").mkdir()
        parquet.write_table(pa.table({"a": [1]}), tmp_path / f"month={month}" / "0.parquet")

    assert [part.values[0][1].as_py() for part in list_files(tmp_path)] == ["01", "02"]


def test_the_column_of_a_file_precedes_that_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "a=9").mkdir()
    parquet.write_table(pa.table({"a": [1], "b": [2]}), tmp_path / "a=9" / "0.parquet")

    (batch,) = open_table(tmp_path).batches(["b", "a"])

    assert batch.to_pydict() == {"b": [2], "a": [1]}


def test_a_watch_sees_a_new_file_in_a_partition(tmp_path: Path) -> None:
    folder = write_odd_partitions(tmp_path)
    watch = DataWatch(folder)
    before = watch.read_now()
    (folder / "n=1" / "x=0.5" / "b=true" / "c=a%20b" / "part-1.parquet").write_bytes(b"more")

    assert before is not None
    assert watch.read_now() not in {before, None}


def test_an_empty_partition_has_no_rows_and_a_folder_of_them_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "a=1").mkdir()
    with pytest.raises(DatasetError, match="is a folder without Parquet files"):
        open_table(tmp_path)
