"""Parts are small for the memory of the workers. Row groups of any size are joined or divided."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from trainer.files.partition_folders import list_files
from trainer.partitions.file_parts import FilePart, count_cells, list_parts, read_part

ROWS = 1_000
MIB = 1 << 20


def write(folder: Path, name: str, group: int) -> None:
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


def test_a_row_that_is_larger_than_a_part_is_a_part(tmp_path: Path) -> None:
    write(tmp_path, "a", ROWS)

    assert len(list_parts(list_files(tmp_path), 2, memory=1)) == ROWS
