"""Seen rows of a holdout are found from files of hashes."""

from pathlib import Path

import numpy as np
import pytest

from gatekeeper.evidence.comparison_messages import RowsFile
from gatekeeper.sandbox.seen_rows import find_seen_rows
from shared.contract.documents import ROWS_MEDIA_TYPE, Descriptor
from shared.contract.layout import ROWS
from shared.scoring.row_hash_file import RowHashes, encode_row_hashes


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("challenger", "champion"):
        (tmp_path / name).mkdir()
    return tmp_path / "challenger", tmp_path / "champion"


def hashes_in(directory: Path, fitted: list[int], holdout: list[int]) -> RowsFile:
    arrays = (np.array(numbers, dtype=np.uint64) for numbers in (fitted, holdout))
    data = encode_row_hashes(RowHashes(*arrays))
    (directory / ROWS).write_bytes(data)
    return RowsFile(directory=directory, file=Descriptor.describe(ROWS, ROWS_MEDIA_TYPE, data))


def test_seen_rows_are_found_by_their_hashes(folders: tuple[Path, Path]) -> None:
    ours = hashes_in(folders[0], [1, 2, 3], [3, 10, 11, 12])
    theirs = hashes_in(folders[1], [1, 11, 12], [10, 10, 20, 21, 22])

    found, mask = find_seen_rows(4, ours, theirs)

    assert (found.rows, found.challenger, found.champion) == (4, 1, 2)
    assert found.lost_fraction == 0.75, "a row that stands twice is one row"
    assert mask.tolist() == [False, False, True, True]


def test_three_lost_rows_of_ten_are_exactly_the_fraction_0_3(folders: tuple[Path, Path]) -> None:
    """Otherwise GATEKEEPER_MAX_HOLDOUT_LOSS=0.3 would refuse three of ten."""
    ours = hashes_in(folders[0], [1], list(range(10, 17)))
    theirs = hashes_in(folders[1], [1], list(range(10, 20)))
    found, _ = find_seen_rows(7, ours, theirs)
    assert found.lost_fraction == 0.3


def test_without_hashes_no_counts_are_reported(folders: tuple[Path, Path]) -> None:
    theirs = hashes_in(folders[1], [1], [2])
    found, mask = find_seen_rows(4, None, theirs)
    assert (found.challenger, found.champion, found.lost_fraction) == (None, None, None)
    assert not mask.any()

    found, mask = find_seen_rows(1, hashes_in(folders[0], [1], [2]), None)
    assert (found.challenger, found.champion, found.lost_fraction) == (0, None, None)
    assert not mask.any()


def test_hashes_of_another_holdout_are_an_error(folders: tuple[Path, Path]) -> None:
    found, _ = find_seen_rows(4, hashes_in(folders[0], [1], [2]), None)
    assert found.challenger is None
    assert found.challenger_error == "rows.npz has hashes of 1 holdout rows; the holdout has 4."


def test_a_changed_file_of_hashes_is_an_error(folders: tuple[Path, Path]) -> None:
    ours, theirs = hashes_in(folders[0], [1], [2]), hashes_in(folders[1], [2], [3])
    (folders[1] / ROWS).write_bytes(b"changed")
    found, mask = find_seen_rows(1, ours, theirs)
    assert (found.challenger, found.champion) == (0, None)
    assert ROWS in found.champion_error
    assert not mask.any()
