"""Runs on one store keep their split, also when candidates were removed or the table grew."""

import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.contract.documents import Manifest
from shared.errors import DatasetError, UndecidedError
from shared.scoring.row_hash_file import decode_row_hashes
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
    files = [
        grades.store.layout.candidate(manifest.candidate_id) / "rows.npz"
        for manifest in (first, second)
    ]
    before, after = (decode_row_hashes(file.read_bytes(), file) for file in files)
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


def test_a_new_class_without_a_row_in_each_split_needs_a_new_holdout(grades: Grades) -> None:
    first = grades.train({"g1": 100, "g2": 80})
    assert first.data.split_salt == ""
    with pytest.raises(DatasetError, match=r"'g3'.*TRAINER_NEW_HOLDOUT=true: the rows are then"):
        grades.train(RARE)
    assert grades.store.candidates.ids() == [first.candidate_id]

    second = grades.train(RARE, new_holdout=True)
    assert second.data.split_salt != ""
    assert second.new_holdout
    assert set(second.data.class_counts["holdout"]) == {"g1", "g2", "g3"}
