"""Parts are small for the memory of the workers. Row groups of any size are joined or divided."""

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import DatasetError
from trainer.files.parquet_rows import read_rows
from trainer.files.partition_folders import list_files
from trainer.partitions import group_reading
from trainer.partitions.file_parts import FilePart, count_cells, list_parts, read_part

ROWS = 1_000
MIB = 1 << 20


def write(folder: Path, name: str, group: int) -> None:
    folder.mkdir(exist_ok=True)
    first = 0 if name == "a" else ROWS
    numbers = range(first, first + ROWS)
    table = pa.table({"x": numbers, "y": [f"{number}" for number in numbers]})
    parquet.write_table(table, folder / f"{name}.parquet", row_group_size=group)


def read(parts: Sequence[FilePart], columns: Sequence[str] = ("x",)) -> list[list[int]]:
    return [
        [number for batch in read_part(part, columns) for number in batch["x"].to_pylist()]
        for part in parts
    ]


def memory_for(rows: int, columns: int) -> int:
    """Return the bytes of workers whose parts have this many rows."""
    return rows * columns * 8 * 128


def test_a_part_is_a_small_share_of_the_memory_of_a_worker() -> None:
    assert count_cells(512 * MIB) == 512 * MIB / 128 / 8
    assert count_cells(64 * 1024 * MIB) == count_cells(None) == 4_000_000


@pytest.mark.parametrize("group", [7, 100, 130, 999, ROWS])
@pytest.mark.parametrize("most", [1, 64, 100, 5_000])
def test_parts_have_all_rows_in_order_and_none_is_larger_than_allowed(
    tmp_path: Path, group: int, most: int
) -> None:
    write(tmp_path, "a", group)
    write(tmp_path, "b", ROWS)

    parts = list_parts(list_files(tmp_path), 2, memory_for(most, 2))

    rows = read(parts)
    assert [number for part in rows for number in part] == list(range(2 * ROWS))
    assert [len(part) for part in rows] == [part.rows for part in parts]
    assert max(part.rows for part in parts) <= most


def test_parts_of_one_row_group_can_be_read_in_any_order(tmp_path: Path) -> None:
    write(tmp_path, "a", ROWS)
    write(tmp_path, "b", 300)
    parts = list_parts(list_files(tmp_path), 2, memory_for(110, 2))
    expected = dict(zip(parts, read(parts), strict=True))

    for order in (parts[::-1], parts[::2], [*parts[5:], *parts[:5]], [parts[3]] * 3):
        assert read(order) == [expected[part] for part in order]


def test_a_reading_that_stops_early_and_other_columns_do_not_disturb_the_next(
    tmp_path: Path,
) -> None:
    write(tmp_path, "a", ROWS)
    parts = list_parts(list_files(tmp_path), 2, memory_for(100, 2))
    expected = read(parts)

    next(read_part(parts[2], ["x"]))
    assert read(parts[2:4]) == expected[2:4]
    assert read([parts[4]], ["y", "x"]) == [expected[4]]
    assert read([parts[5]]) == [expected[5]]


def test_a_file_that_was_written_again_is_read_anew(tmp_path: Path) -> None:
    write(tmp_path, "a", ROWS)
    parts = list_parts(list_files(tmp_path), 2, memory_for(100, 2))
    read(parts[:2])  # a worker of an earlier run, which then got other parts

    write(tmp_path / "new", "b", ROWS)
    (tmp_path / "new" / "b.parquet").replace(tmp_path / "a.parquet")

    assert read(parts[2:3]) == [[*range(ROWS + 200, ROWS + 300)]]


def test_a_file_that_lost_rows_is_named(tmp_path: Path) -> None:
    write(tmp_path, "a", ROWS)
    parts = list_parts(list_files(tmp_path), 2, memory_for(300, 2))
    parquet.write_table(parquet.read_table(tmp_path / "a.parquet")[:350], tmp_path / "a.parquet")

    for _ in range(2):
        with pytest.raises(DatasetError, match=r"a\.parquet has fewer rows than at the start"):
            read(parts)


def test_a_reading_that_failed_is_not_continued(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a", ROWS)
    parts = list_parts(list_files(tmp_path), 2, memory_for(100, 2))
    expected = read(parts)

    def fail_later(*arguments: Any, **options: Any) -> Iterator[pa.RecordBatch]:
        yield next(read_rows(*arguments, **options))
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(group_reading, "read_rows", fail_later)
        with pytest.raises(OSError, match=os.strerror(errno.EIO)):
            read(parts)
    assert read(parts[1:]) == expected[1:]


def test_features_and_target_in_turn_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a", ROWS)
    parts = list_parts(list_files(tmp_path), 2, memory_for(10, 2))
    opened: list[Sequence[str]] = []

    def note(path: Path, columns: Sequence[str], *others: Any, **options: Any) -> Any:
        opened.append(columns)
        return read_rows(path, columns, *others, **options)

    monkeypatch.setattr(group_reading, "read_rows", note)
    for part in parts:
        for columns in (["x"], ["x", "y"]):
            assert read([part], columns) == [list(range(part.start or 0, (part.start or 0) + 10))]

    assert opened == [["x"], ["x", "y"]]


def test_only_one_reading_of_several_columns_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a", ROWS)
    write(tmp_path, "b", ROWS)
    parts = list_parts(list_files(tmp_path), 2, memory_for(300, 2))
    is_open: list[Sequence[str]] = []

    def note(path: Path, columns: Sequence[str], *others: Any, **options: Any) -> Any:
        is_open.append(columns)
        try:
            yield from read_rows(path, columns, *others, **options)
        finally:
            is_open.remove(columns)

    monkeypatch.setattr(group_reading, "read_rows", note)
    monkeypatch.setattr(group_reading, "_OPEN", group_reading._OpenReadings())
    for columns in (["x", "y"], ["x"], ["y", "x"]):
        for part in parts:
            read([part], ["x"])
            read([part], columns)
            assert sum(len(each) > 1 for each in is_open) <= 1
            assert len(is_open) <= 2


def test_a_row_that_is_larger_than_a_part_is_a_part(tmp_path: Path) -> None:
    write(tmp_path, "a", ROWS)

    assert len(list_parts(list_files(tmp_path), 2, memory=1)) == ROWS
