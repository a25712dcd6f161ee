"""Scorings that are killed, stopped or find a full disk before each of their changes."""

import errno
import io
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from shared.errors import ExportedTableError, StoreWriteError
from shared.store.store import ModelStore
from tests.faults.killing import dies_before_change
from tests.faults.support.effort import figure
from tests.integration.scoring.scored_tables import rows_of, score, write_table
from tests.support.models.toy import toy_model, toy_rows
from tests.support.stores.builders import promote
from trainer.score import scoring_run
from trainer.score.unfinished_table import UnfinishedTable

ROWS, PART = 40, 8


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring_run, "_FEWEST_ROWS", PART)
    monkeypatch.setattr(scoring_run, "_PART_ROWS", PART)


@pytest.fixture
def source(store: ModelStore, tmp_path: Path) -> Path:
    """Put a model into production, and write rows to score."""
    promote(store, toy_model())
    rows = toy_rows(ROWS)
    columns = {"width": rows[:, 0], "height": rows[:, 1], "number": list(range(ROWS))}
    return write_table(tmp_path / "rows.parquet", columns)


def require_whole(target: Path, expected: list[dict[str, Any]]) -> None:
    """Require the whole table, and nothing beside it."""
    assert rows_of(target) == expected
    assert [each.name for each in target.parent.iterdir()] == [target.name]
    target.unlink()


@pytest.fixture
def expected(store: ModelStore, source: Path, tmp_path: Path) -> list[dict[str, Any]]:
    """Return the rows of a scoring that nothing interrupts."""
    score(store, source, tmp_path / "whole.parquet")
    return rows_of(tmp_path / "whole.parquet")


def test_a_killed_scoring_is_continued_and_has_no_final_name_before(
    store: ModelStore, source: Path, expected: list[dict[str, Any]], tmp_path: Path
) -> None:
    target = tmp_path / "out" / "scored.parquet"
    turn, killed, continued = 0, True, 0
    while killed:
        turn += figure(quick=3, full=1)
        killed = dies_before_change(turn, partial(score, store, source, target))
        if target.exists():
            assert rows_of(target) == expected
            with pytest.raises(ExportedTableError, match="exists already"):
                score(store, source, target)
        else:
            said = io.StringIO()
            score(store, source, target, said=said)
            continued += "Continuing an interrupted run after row" in said.getvalue()
        require_whole(target, expected)
    assert turn > 10
    assert continued > 2


def test_a_scoring_that_was_killed_twice_is_continued(
    store: ModelStore, source: Path, expected: list[dict[str, Any]], tmp_path: Path
) -> None:
    target = tmp_path / "out" / "scored.csv"
    for turn in (15, 8, 5):
        dies_before_change(turn, partial(score, store, source, target))
        assert not target.exists()
    score(store, source, target)
    assert target.read_text().count("\n") == len(expected) + 1


@pytest.mark.parametrize("change", ["write", "fsync", "rename", "mkdir"])
def test_a_full_disk_ends_with_a_sentence_and_the_run_goes_on_later(
    change: str,
    store: ModelStore,
    source: Path,
    expected: list[dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = tmp_path / "out" / "scored.parquet"
    real, calls = getattr(os, change), 0
    for failing in range(1, 6):
        calls = 0

        def fails(*arguments: Any, failing: int = failing, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == failing:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(os, change, fails)
            try:
                score(store, source, target)
            except StoreWriteError as error:
                assert "No space left on device" in str(error)  # noqa: PT017 - it may also succeed
                assert not target.exists()
                score(store, source, target)
        require_whole(target, expected)


def test_a_promotion_meanwhile_does_not_change_the_version(
    store: ModelStore,
    source: Path,
    expected: list[dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = UnfinishedTable.add

    def add_after_a_promotion(self: UnfinishedTable, table: Any) -> None:
        if not self.rows:
            promote(store, toy_model(bias=3.0))
        real(self, table)

    monkeypatch.setattr(UnfinishedTable, "add", add_after_a_promotion)
    score(store, source, tmp_path / "out" / "scored.parquet")
    require_whole(tmp_path / "out" / "scored.parquet", expected)


@pytest.mark.parametrize("cause", ["promotion", "rows", "columns"])
def test_an_interrupted_run_on_other_grounds_begins_again(
    cause: str, store: ModelStore, source: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out" / "scored.parquet"
    assert dies_before_change(12, partial(score, store, source, target))
    kept = None
    if cause == "promotion":
        promote(store, toy_model(bias=3.0))
    elif cause == "rows":
        rows = toy_rows(ROWS) + 1.0
        write_table(source, {"width": rows[:, 0], "height": rows[:, 1], "number": range(ROWS)})
    else:
        kept = ["number"]
    said = io.StringIO()
    score(store, source, target, kept=kept, said=said)
    assert "This run begins again." in said.getvalue()
    score(store, source, tmp_path / "new.parquet", kept=kept)
    assert rows_of(target) == rows_of(tmp_path / "new.parquet")


def test_two_runs_never_write_one_table(store: ModelStore, source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "scored.parquet"
    with UnfinishedTable(target), pytest.raises(ExportedTableError, match="Another run writes"):
        score(store, source, target)
    score(store, source, target)
    assert len(rows_of(target)) == ROWS
