"""Seen rows of a holdout are found from files of hashes."""

from pathlib import Path

import numpy as np
import pytest

from gatekeeper.evidence.comparison_messages import ComparisonRequest, RowsFile, Slicing
from gatekeeper.sandbox.seen_rows import find_seen_rows
from shared.contract.documents import NPZ_MEDIA_TYPE, ROWS_MEDIA_TYPE, Descriptor
from shared.contract.layout import ROWS
from shared.scoring.holdout_file import Holdout
from shared.scoring.row_hash_file import RowHashes, encode_row_hashes


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("challenger", "champion"):
        (tmp_path / name).mkdir()
    return tmp_path / "challenger", tmp_path / "champion"


def comparison(
    challenger: RowsFile | None = None,
    champion: RowsFile | None = None,
    *,
    challenger_until: float | None = None,
    champion_until: float | None = None,
    earlier: tuple[RowsFile, ...] = (),
) -> ComparisonRequest:
    """Make a request with the evidence of seen rows."""
    return ComparisonRequest(
        holdout_directory=Path("unread"),
        holdout=Descriptor.describe("holdout.npz", NPZ_MEDIA_TYPE, b""),
        schema_directory=Path("unread"),
        schema_digest="unread",
        metric="accuracy",
        seconds=1,
        memory_mib=1,
        challenger=Path("unread"),
        champion=None,
        challenger_rows=challenger,
        champion_rows=champion,
        earlier_rows=earlier,
        challenger_until=challenger_until,
        champion_until=champion_until,
        required=0,
        confidence=0.95,
        slicing=Slicing(),
    )


def holdout_of(rows: int, times: list[float] | None = None) -> Holdout:
    target = np.zeros(rows, dtype=np.int64)
    return Holdout(np.zeros((rows, 1)), target, None if times is None else np.array(times))


def hashes_in(directory: Path, fitted: list[int], holdout: list[int]) -> RowsFile:
    arrays = (np.array(numbers, dtype=np.uint64) for numbers in (fitted, holdout))
    data = encode_row_hashes(RowHashes(*arrays))
    (directory / ROWS).write_bytes(data)
    return RowsFile(directory=directory, file=Descriptor.describe(ROWS, ROWS_MEDIA_TYPE, data))


def test_seen_rows_are_found_by_their_hashes(folders: tuple[Path, Path]) -> None:
    ours = hashes_in(folders[0], [1, 2, 3], [3, 10, 11, 12])
    theirs = hashes_in(folders[1], [1, 11, 12], [10, 10, 20, 21, 22])

    found, mask, _ = find_seen_rows(comparison(ours, theirs), holdout_of(4))

    assert (found.rows, found.challenger, found.champion) == (4, 1, 2)
    assert found.lost_fraction == 0.75, "a row that stands twice is one row"
    assert mask.tolist() == [False, False, True, True]
    assert found.reused == 1, "10 is in both holdouts; 3 is new, and 11 and 12 are not compared"


def test_three_lost_rows_of_ten_are_exactly_the_fraction_0_3(folders: tuple[Path, Path]) -> None:
    """Otherwise GATEKEEPER_MAX_HOLDOUT_LOSS=0.3 would refuse three of ten."""
    ours = hashes_in(folders[0], [1], list(range(10, 17)))
    theirs = hashes_in(folders[1], [1], list(range(10, 20)))
    found, *_ = find_seen_rows(comparison(ours, theirs), holdout_of(7))
    assert found.lost_fraction == 0.3


def test_rows_of_earlier_holdouts_are_lost_too(folders: tuple[Path, Path], tmp_path: Path) -> None:
    ours = hashes_in(folders[0], [1], [10, 11, 12])
    theirs = hashes_in(folders[1], [1], [10, 11, 12, 12])
    before = []
    for number, rows in enumerate(([10, 20, 12], [30, 20])):
        (tmp_path / f"{number}").mkdir()
        before.append(hashes_in(tmp_path / f"{number}", [1], rows))
    asked = comparison(ours, theirs, earlier=tuple(before))

    found, mask, _ = find_seen_rows(asked, holdout_of(3))

    assert (found.kept_rows, found.lost_fraction) == (5, 0.4), "20 and 30 of 10, 11, 12, 20, 30"
    assert not mask.any(), "only the champion's own training rows are excluded"

    (tmp_path / "1" / ROWS).unlink()
    found, *_ = find_seen_rows(asked, holdout_of(3))
    assert found.lost_fraction is None, "a file that is removed meanwhile is not forgotten"
    assert str(tmp_path / "1" / ROWS) in found.champion_error


def test_without_hashes_no_counts_are_reported(folders: tuple[Path, Path]) -> None:
    theirs = hashes_in(folders[1], [1], [2])
    found, mask, _ = find_seen_rows(comparison(None, theirs), holdout_of(4))
    assert (found.challenger, found.champion, found.lost_fraction) == (None, None, None)
    assert not mask.any()

    found, mask, _ = find_seen_rows(
        comparison(hashes_in(folders[0], [1], [2]), None), holdout_of(1)
    )
    assert (found.challenger, found.champion, found.lost_fraction) == (0, None, None)
    assert not mask.any()


def test_hashes_of_another_holdout_are_an_error(folders: tuple[Path, Path]) -> None:
    found, *_ = find_seen_rows(comparison(hashes_in(folders[0], [1], [2]), None), holdout_of(4))
    assert found.challenger is None
    assert found.challenger_error == "rows.npz has hashes of 1 holdout rows; the holdout has 4."


def test_a_changed_file_of_hashes_is_an_error(folders: tuple[Path, Path]) -> None:
    ours, theirs = hashes_in(folders[0], [1], [2]), hashes_in(folders[1], [2], [3])
    (folders[1] / ROWS).write_bytes(b"changed")
    found, mask, _ = find_seen_rows(comparison(ours, theirs), holdout_of(1))
    assert (found.challenger, found.champion) == (0, None)
    assert ROWS in found.champion_error
    assert not mask.any()


def test_a_split_by_time_has_seen_all_rows_up_to_a_time(folders: tuple[Path, Path]) -> None:
    """Hashes do not matter: rows of two months may be equal."""
    ours = hashes_in(folders[0], [1, 2], [1, 1, 2, 2])
    theirs = hashes_in(folders[1], [1], [2])
    request = comparison(ours, theirs, challenger_until=18, champion_until=19)

    found, mask, _ = find_seen_rows(request, holdout_of(4, [19, 20, 19, 20]))

    assert (found.challenger, found.champion, found.lost_fraction) == (0, 2, 0.0)
    assert mask.tolist() == [True, False, True, False]


def test_a_holdout_that_is_not_newer_than_training_is_counted(folders: tuple[Path, Path]) -> None:
    ours = hashes_in(folders[0], [1], [2, 3, 4])
    found, *_ = find_seen_rows(comparison(ours, challenger_until=20), holdout_of(3, [19, 20, 21]))
    assert found.challenger == 2


def test_a_split_by_time_loses_only_rows_that_left_the_data(folders: tuple[Path, Path]) -> None:
    ours = hashes_in(folders[0], [10, 11, 12], [13, 14])
    theirs = hashes_in(folders[1], [1], [11, 12, 13, 20])
    request = comparison(ours, theirs, challenger_until=5, champion_until=3)
    found, *_ = find_seen_rows(request, holdout_of(2, [6, 7]))
    assert found.lost_fraction == 0.25


def test_a_champion_without_a_split_by_time_is_known_by_hashes(folders: tuple[Path, Path]) -> None:
    ours = hashes_in(folders[0], [10, 11], [12, 13, 14])
    theirs = hashes_in(folders[1], [10, 13], [11, 12, 14])
    request = comparison(ours, theirs, challenger_until=5)
    found, mask, _ = find_seen_rows(request, holdout_of(3, [6, 7, 8]))
    assert (found.challenger, found.champion, found.lost_fraction) == (0, 1, 0.0)
    assert mask.tolist() == [False, True, False]


def test_times_tell_seen_rows_without_hashes() -> None:
    request = comparison(challenger_until=5, champion_until=6)
    found, mask, _ = find_seen_rows(request, holdout_of(3, [6, 7, 8]))
    assert (found.challenger, found.champion, found.lost_fraction) == (0, 1, None)
    assert mask.tolist() == [True, False, False]


def test_a_holdout_without_times_is_an_error() -> None:
    found, *_ = find_seen_rows(comparison(challenger_until=5), holdout_of(3))
    assert found.challenger is None
    assert "holdout.npz has no times" in found.challenger_error
