"""Runs on one store keep their split, also when candidates were removed or the table grew."""

import shutil
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.contract.documents import Manifest
from shared.contract.layout import ROWS
from shared.errors import UndecidedError
from shared.scoring.row_hash_file import RowHashes, decode_row_hashes
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.stores.gatekeeping import failed_checks, gatekeeper_of, outcomes
from tests.support.tables.tables import write_csv
from trainer.console import Console
from trainer.settings import TrainerSettings
from trainer.training import train


class Grades:
    """A table with a rare class, which the trainer reads from a file."""

    def __init__(self, store: ModelStore, path: Path) -> None:
        self.store, self.path = store, path
        self.output = StringIO()

    def train(self, counts: dict[str, int], **settings: Any) -> Manifest:
        """Train on the *counts* of rows of each grade, and let a gatekeeper decide."""
        table: dict[str, list[object]] = {"acid": [], "grade": []}
        for grade, count in counts.items():
            number = int(grade[1:])
            table["acid"] += (number + np.random.default_rng(number).random(count)).tolist()
            table["grade"] += [grade] * count
        write_csv(self.path, table)
        common = CommonSettings(store_dir=self.store.layout.root, metric="accuracy")
        own = TrainerSettings(
            dataset=self.path,
            target="grade",
            candidates="tests.unit.trainer.small_table:CANDIDATES",
            wait_seconds=0,
            **settings,
        )
        with pytest.raises(UndecidedError):
            train(common, own, Console(self.output))
        gatekeeper_of(self.store).poll()
        return self.store.candidates.manifest(self.store.candidates.ids()[-1])

    def hashes(self, manifest: Manifest) -> RowHashes:
        file = self.store.layout.candidate(manifest.candidate_id) / ROWS
        return decode_row_hashes(file.read_bytes(), file)


@pytest.fixture
def grades(store: ModelStore, tmp_path: Path) -> Grades:
    return Grades(store, tmp_path / "grades.csv")


RARE = {"g1": 100, "g2": 80, "g3": 3}
GROWN = {"g1": 130, "g2": 90, "g3": 12}


def test_a_grown_table_keeps_the_salt_and_loses_no_holdout_row(grades: Grades) -> None:
    first = grades.train(RARE)
    second = grades.train(GROWN)

    assert first.data.split_salt == second.data.split_salt != ""
    assert f", salt {first.data.split_salt}\n" in grades.output.getvalue()
    assert outcomes(grades.store)[0] == "promoted"
    before, after = grades.hashes(first), grades.hashes(second)
    assert np.isin(before.holdout, after.holdout).all()
    assert not np.isin(after.holdout, before.fitted).any()


def test_a_store_without_candidates_keeps_the_salt(grades: Grades) -> None:
    first = grades.train(RARE)
    shutil.rmtree(grades.store.layout.candidates)
    assert grades.train(GROWN).data.split_salt == first.data.split_salt


def test_another_salt_changes_the_holdout_and_is_not_kept_if_it_is_refused(grades: Grades) -> None:
    first = grades.train(RARE)
    grades.train(GROWN, split_salt="experiment")
    experiment = grades.store.candidates.ids()[-1]
    assert "holdout-retained" in failed_checks(grades.store, experiment)
    assert grades.train(GROWN).data.split_salt == first.data.split_salt


def test_a_new_class_moves_only_its_own_rows_and_leaves_the_holdout(grades: Grades) -> None:
    first = grades.train({"g1": 100, "g2": 80})
    second = grades.train(RARE)
    third = grades.train(GROWN)

    assert (first.data.split_salt, dict(first.data.moved_rows)) == ("", {})
    assert second.data.split_salt == ""
    assert second.data.class_counts["holdout"]["g3"] == 1
    assert 1 <= len(second.data.moved_rows) <= 2
    assert "moved for rare classes\n" in grades.output.getvalue()
    assert third.data.moved_rows == second.data.moved_rows
    hashes = [grades.hashes(manifest) for manifest in (first, second, third)]
    for before, after in pairwise(hashes):
        assert np.isin(before.holdout, after.holdout).all()
        assert not np.isin(after.holdout, before.fitted).any()
