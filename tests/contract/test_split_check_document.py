"""The table of split failures in docs/data.md is computed again: scores, and what warns."""

import itertools
import re

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, roc_auc_score

from tests.support.project import ROOT
from tests.support.sweep import sweep
from tests.support.tables.honest_tables import HONEST
from tests.support.tables.split_tables import DOCUMENTED, LEAKS, Table, drift
from trainer.dataset.row_hashing import hash_splits
from trainer.dataset.split import BOUNDS, Split, Splits, split_dataset
from trainer.settings import TrainerSettings
from trainer.split_checks.split_check import check_split

TEXT = (ROOT / "docs" / "data.md").read_text()
SECTION = TEXT.split("\n### Warnings about the split\n")[1].split("\n## ")[0]
_FIRST_TABLE = SECTION.split("\n\n| found |")[0]
_, _, *_LINES = re.findall(r"^\|(.*)\|$", _FIRST_TABLE, re.MULTILINE)
ROWS = {
    name.strip(): (metric.strip(), [float(cell) for cell in scores], advice.strip(" `"))
    for name, metric, *scores, advice in (line.split("|") for line in _LINES)
}
COPIES, DRIFT = "copies beside an increasing id", "drift in time"


def score(train: Split, other: Split, metric: str) -> float:
    forest = RandomForestClassifier(60, random_state=0).fit(train.rows, train.target)
    chances = forest.predict_proba(other.rows)[:, 1]
    if metric == "ROC AUC":
        return float(roc_auc_score(other.target, chances))
    return float(accuracy_score(other.target, chances > 0.5))


def follow_the_advice(name: str, table: Table) -> Splits:
    """Split the table as the warning advises."""
    if name == DRIFT:
        data = table.without("seconds").dataset()
        ends = [0, *(int(len(data.rows) * bound) for bound in BOUNDS), len(data.rows)]
        parts = itertools.pairwise(ends)
        return Splits(*(Split(data.rows[a:b], data.target[a:b]) for a, b in parts))
    if name == COPIES:
        return split_dataset(table.without("entry").dataset(), "")
    return split_dataset(table.dataset(is_keyed=True), "")


@pytest.mark.parametrize("name", sweep({name: name for name in DOCUMENTED}, COPIES))
def test_the_table_shows_real_scores_and_a_real_warning(name: str) -> None:
    metric, written, advice = ROWS[name]
    table = DOCUMENTED[name](np.random.default_rng(1))
    data = table.dataset()
    splits = split_dataset(data, "")
    later = np.random.default_rng(2)
    new = (drift(later, 600, since=1.0) if name == DRIFT else DOCUMENTED[name](later)).dataset()
    advised = follow_the_advice(name, table)

    found = [
        score(splits.train, splits.holdout, metric),
        score(splits.train, Split(new.rows, new.target), metric),
        score(advised.train, advised.holdout, metric),
    ]

    np.testing.assert_allclose(found, written, atol=0.011)
    hashes = hash_splits(data, len(splits.holdout.rows))
    warnings = check_split(data, splits, hashes, TrainerSettings()).warnings
    assert any(advice in warning for warning in warnings)


def test_the_table_has_every_example_and_the_text_the_numbers_of_tables() -> None:
    assert ROWS.keys() == DOCUMENTED.keys()
    assert f"{len(HONEST)} honest tables" in " ".join(SECTION.split())
    assert f"{len(LEAKS)} tables" in " ".join(SECTION.split())
