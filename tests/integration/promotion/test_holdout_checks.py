"""Models judge each other on rows that neither has seen, from real data to the decision."""

from dataclasses import replace

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from gatekeeper.decisions.rollback import roll_back
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.layout import ROWS
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate
from tests.support.stores.decisions import check_of, decided
from tests.support.stores.gatekeeping import gatekeeper_of, outcomes
from tests.support.stores.trained import trained
from tests.support.tables.tables import number_features, two_blobs
from trainer.dataset.dataset import DataSchema, Dataset

HONEST = make_pipeline(StandardScaler(), LogisticRegression())
REMEMBERS = DecisionTreeClassifier(random_state=0)
"""Right on every row that it was fitted on."""
POLICY = GatePolicy(metric="accuracy")


def noisy(rows: int) -> Dataset:
    """Return two overlapping classes, so that only a model that remembers is always right."""
    return two_blobs(rows, distance=1.0)


def grown(data: Dataset) -> Dataset:
    """Return the same rows and 600 more, in another order."""
    more, order = two_blobs(600, seed=1, distance=1.0), np.random.default_rng(1).permutation(1000)
    rows, target = np.vstack([data.rows, more.rows]), np.concatenate([data.target, more.target])
    return replace(data, rows=rows[order], target=target[order])


def test_a_champion_that_remembers_its_rows_does_not_stay_for_it(store: ModelStore) -> None:
    decided(store, trained(store, noisy(400), REMEMBERS))

    challenger = trained(store, noisy(400), HONEST, salt="another", new_holdout=True)
    decision = decided(store, challenger)

    assert decision.outcome == "promoted"
    seen = check_of(decision, "holdout-unseen").observed
    assert seen["champion"] > seen["rows"] / 2, "most rows were the champion's own"
    assert seen["compared"] == seen["rows"] - seen["champion"]
    assert "which neither has seen" in check_of(decision, "champion-comparison").message
    assert decision.scores["challenger"] > decision.scores["champion"]


def test_by_its_own_rows_it_would_have_stayed(store: ModelStore) -> None:
    """Without hashes the same challenger is refused, so the check above makes the difference."""
    first = trained(store, noisy(400), REMEMBERS)
    decided(store, first)
    (store.layout.candidate(first) / "manifest.json").unlink()

    decision = decided(store, trained(store, noisy(400), HONEST, salt="another"))

    assert decision.outcome == "refused"
    assert [check.name for check in decision.failed] == ["champion-comparison"]
    assert "cannot show" in check_of(decision, "holdout-unseen").message
    assert "manifest.json is missing" in check_of(decision, "holdout-unseen").message


def test_after_the_data_grew_no_row_of_the_holdout_was_ever_trained_on(store: ModelStore) -> None:
    before = noisy(400)
    decided(store, trained(store, before, REMEMBERS))

    decision = decided(store, trained(store, grown(before), HONEST))

    assert decision.outcome == "promoted"
    seen = check_of(decision, "holdout-unseen").observed
    assert (seen["challenger"], seen["champion"]) == (0, 0)
    assert seen["compared"] == seen["rows"] > 150
    assert check_of(decision, "holdout-retained").observed == 0.0, (
        "and it has all rows of the one before"
    )


def test_a_holdout_that_is_another_must_be_called_new(store: ModelStore) -> None:
    decided(store, trained(store, noisy(400), HONEST))

    silently = decided(store, trained(store, noisy(400), HONEST, salt="another"))
    assert [check.name for check in silently.failed] == ["holdout-retained"]
    assert check_of(silently, "holdout-retained").observed > 0.7

    openly = trained(store, noisy(400), HONEST, salt="another", new_holdout=True)
    assert decided(store, openly).outcome == "promoted"


def test_a_holdout_from_which_rows_were_dropped_is_noticed(store: ModelStore) -> None:
    whole = noisy(400)
    decided(store, trained(store, whole, HONEST))
    easy = np.abs(whole.rows.sum(axis=1) - 1.0) > 0.5

    dropped = replace(whole, rows=whole.rows[easy].copy(), target=whole.target[easy].copy())
    decision = decided(
        store, trained(store, dropped, HONEST), POLICY.model_copy(update={"min_improvement": -1})
    )

    assert [check.name for check in decision.failed] == ["holdout-retained"]


def test_another_column_without_a_key_cannot_be_judged_so(store: ModelStore) -> None:
    narrow = noisy(400)
    decided(store, trained(store, narrow, HONEST))
    schema = DataSchema(
        "classification", number_features(("width", "height", "depth")), narrow.schema.classes
    )
    wide = replace(narrow, schema=schema, rows=np.hstack([narrow.rows, narrow.rows[:, :1] ** 2]))
    policy = POLICY.model_copy(update={"allow_schema_change": True})

    candidate = trained(store, wide, HONEST)
    decision = decided(store, candidate, policy.model_copy(update={"require_row_hashes": True}))
    assert [check.name for check in decision.failed] == ["holdout-unseen", "holdout-retained"]
    assert "TRAINER_ROW_KEY" in check_of(decision, "holdout-unseen").message

    wide = replace(wide, rows=wide.rows.copy())
    decision = decided(store, trained(store, wide, HONEST), policy)
    assert check_of(decision, "holdout-unseen").passed


def test_a_rollback_brings_the_rows_of_then_back(store: ModelStore) -> None:
    decided(store, trained(store, noisy(400), REMEMBERS))
    decided(store, trained(store, noisy(400), HONEST, salt="another", new_holdout=True))
    roll_back(store, 1)

    candidate = trained(store, noisy(400), GaussianNB(), salt="a third", new_holdout=True)
    decision = decided(store, candidate)

    assert check_of(decision, "holdout-unseen").observed["champion"] > 0


def test_a_candidate_of_another_trainer_comes_without_hashes(store: ModelStore) -> None:
    for bias in (0.0, 0.25):
        toy_candidate(toy_model(bias=bias)).publish(store)
    gatekeeper_of(store).poll()

    assert outcomes(store) == ["promoted", "promoted"]
    first, second = (entry.decision for entry in store.decision_log().entries)
    assert f"has no {ROWS}" in check_of(first, "holdout-unseen").message
    assert f"has no {ROWS}" in check_of(second, "holdout-retained").message
