"""Many small drops do not add up: GATEKEEPER_MAX_TOTAL_DROP compares with a pinned version."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from gatekeeper.decisions.rollback import roll_back
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision
from shared.contract.layout import HOLDOUT, ONNX_MODEL, REFERENCE
from shared.inference.onnx_servable import OnnxServable
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model, toy_rows
from tests.support.stores.builders import toy_candidate
from tests.support.stores.decisions import check_of, decided
from tests.support.stores.gatekeeping import gatekeeper_of, outcomes
from tests.support.stores.trained import trained
from tests.support.tables.tables import two_blobs

ROWS = 100
STEP = 4 * 8 / (2 * ROWS - 1)
"""The change of the bias that turns one of the toy rows."""
ONE_A_TIME = GatePolicy(metric="accuracy", min_improvement=-0.01)
TWO_IN_TOTAL = ONE_A_TIME.model_copy(update={"max_total_drop": 0.02})


def publish(store: ModelStore, wrong: int) -> str:
    """Publish a model that is wrong on this many of 100 rows, the same for all models."""
    honest, model = toy_candidate(rows=ROWS, correct=ROWS), toy_model(bias=wrong * STEP)
    right = OnnxServable(toy_model().files[ONNX_MODEL], model.artefact).predict(toy_rows(ROWS))
    found = OnnxServable(model.files[ONNX_MODEL], model.artefact).predict(toy_rows(ROWS))
    assert int((found.values != right.values).sum()) == wrong
    score = float(np.mean(found.values == right.values))
    candidate = toy_candidate(model, rows=ROWS, claimed=score)
    own = (*model.descriptors, candidate.manifest.file(REFERENCE))
    files = (*own, honest.manifest.file(HOLDOUT))
    candidate.files[HOLDOUT] = honest.files[HOLDOUT]
    return candidate.with_manifest(files=files).publish(store)


def drop_of(decision: Decision) -> CheckResult:
    return check_of(decision, "total-drop")


def test_without_the_limit_small_drops_add_up(store: ModelStore) -> None:
    for wrong in range(5):
        decision = decided(store, publish(store, wrong), ONE_A_TIME)
        assert "total-drop" not in {check.name for check in decision.checks}
    assert outcomes(store) == ["promoted"] * 5


def test_the_limit_stops_them_and_lets_a_better_model_pass(store: ModelStore) -> None:
    first = decided(store, publish(store, 0), TWO_IN_TOTAL)
    assert drop_of(first).skipped == "not_checked"
    for wrong in (1, 2):
        assert decided(store, publish(store, wrong), TWO_IN_TOTAL).outcome == "promoted"

    refused = decided(store, publish(store, 3), TWO_IN_TOTAL)
    better = decided(store, publish(store, 1), TWO_IN_TOTAL)

    assert [check.name for check in refused.failed] == ["total-drop"]
    found = drop_of(refused)
    assert found.observed == {
        "version": 1,
        "rows": ROWS,
        "challenger": 0.97,
        "pinned": 1.0,
        "difference": pytest.approx(-0.03),
    }
    assert found.message.startswith(
        "accuracy 0.9700, and 1.0000 of version 1, which is pinned, on the same 100 rows. "
        "The difference is -0.03 in total; a drop of at most 0.02 is allowed."
    )
    assert "GATEKEEPER_MAX_TOTAL_DROP" in found.message
    assert better.outcome == "promoted"


def test_the_pinned_version_can_be_chosen_and_must_exist(store: ModelStore) -> None:
    for wrong in range(4):
        decided(store, publish(store, wrong), ONE_A_TIME)
    third = TWO_IN_TOTAL.model_copy(update={"pinned_version": 3})
    missing = TWO_IN_TOTAL.model_copy(update={"pinned_version": 30})

    assert decided(store, publish(store, 4), TWO_IN_TOTAL).outcome == "refused"
    refused = decided(store, publish(store, 4), missing)
    assert "The log has no version 30." in drop_of(refused).message
    assert decided(store, publish(store, 4), third).outcome == "promoted"


def test_its_model_is_kept_and_a_rollback_does_not_move_it(store: ModelStore) -> None:
    for wrong in (0, 1, 2):
        candidate = publish(store, wrong)
        gatekeeper_of(store, TWO_IN_TOTAL, keep_models=1).poll()
        assert store.decision_log().is_decided(candidate)
    assert len(store.models.digests()) == 2, "the pinned one and the one in production"
    roll_back(store, 1)
    roll_back(store, 3)

    refused = decided(store, publish(store, 3), TWO_IN_TOTAL)
    assert drop_of(refused).observed["version"] == 1


def test_a_pinned_model_that_is_damaged_is_no_silent_pass(store: ModelStore) -> None:
    decided(store, publish(store, 0), TWO_IN_TOTAL)
    pinned = store.decision_log().registry
    assert pinned is not None
    decided(store, publish(store, 1), TWO_IN_TOTAL)
    (store.layout.model(pinned.digest) / ONNX_MODEL).write_bytes(b"no model")

    refused = decided(store, publish(store, 1), TWO_IN_TOTAL)

    assert [check.name for check in refused.failed] == ["total-drop"]
    assert "Version 1, which is pinned, could not be scored" in drop_of(refused).message


def test_only_rows_that_neither_has_seen_are_compared(store: ModelStore) -> None:
    """The pinned tree remembers its own rows; there it would seem better than it is."""
    policy = GatePolicy(metric="accuracy", min_improvement=-1, max_total_drop=0.0)
    noisy = two_blobs(400, distance=1.0)
    decided(store, trained(store, noisy, DecisionTreeClassifier(random_state=0)), policy)
    again = two_blobs(400, distance=1.0)

    candidate = trained(store, again, LogisticRegression(), salt="another", new_holdout=True)
    decision = decided(store, candidate, policy)

    seen = next(each for each in decision.checks if each.name == "holdout-unseen").observed
    found = drop_of(decision)
    assert found.observed["rows"] == seen["rows"] - seen["champion"] < seen["rows"] / 2
    assert f"the same {found.observed['rows']} rows that neither has seen" in found.message
    assert found.passed
