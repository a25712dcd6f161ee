"""Rows may not leave the holdout, neither at once nor little by little."""

import errno
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.naive_bayes import GaussianNB

from gatekeeper.decisions.rollback import roll_back
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision
from shared.contract.layout import ROWS
from shared.store.candidates import Candidates
from shared.store.store import ModelStore
from tests.support.stores.decisions import check_of, decided
from tests.support.stores.gatekeeping import gatekeeper_of
from tests.support.stores.trained import trained
from tests.support.tables.tables import two_blobs
from trainer.dataset.dataset import Dataset
from trainer.dataset.row_hashing import hash_rows
from trainer.dataset.split import choose_splits, split_dataset

ANY_SCORE = {"metric": "accuracy", "min_improvement": -1}
DEFAULT = GatePolicy(**ANY_SCORE)
TENTH = GatePolicy(**ANY_SCORE, max_holdout_loss=0.1)
WHOLE = two_blobs(500, distance=2.0)
HOLDOUT = np.flatnonzero(choose_splits(hash_rows(WHOLE, "")) == 2)
"""The indices of its holdout rows."""


def without(lost: npt.NDArray[np.int64] | Sequence[int]) -> Dataset:
    kept = np.delete(np.arange(len(WHOLE.rows)), lost)
    return replace(WHOLE, rows=WHOLE.rows[kept].copy(), target=WHOLE.target[kept].copy())


def decided_with_loss(
    store: ModelStore, candidate_id: str, policy: GatePolicy
) -> tuple[Decision, float]:
    """Return the decision and the fraction of rows that it calls lost."""
    decision = decided(store, candidate_id, policy)
    return decision, retained(decision).observed


def retained(decision: Decision) -> CheckResult:
    return check_of(decision, "holdout-retained")


def train_first(store: ModelStore) -> None:
    trained(store, without([]), GaussianNB())
    gatekeeper_of(store, TENTH).poll()


def test_dropping_half_of_the_mistakes_is_refused_by_default(store: ModelStore) -> None:
    """The example of docs/gate.md: both models gain, so only the missing rows show it."""
    train_first(store)
    data = without([])
    parts = split_dataset(data, "")
    model = GaussianNB().fit(parts.train.rows, parts.train.target)
    wrong = HOLDOUT[model.predict(WHOLE.rows[HOLDOUT]) != WHOLE.target[HOLDOUT]]
    assert 0.05 < len(wrong) / len(HOLDOUT) < 0.2, "about 90 of 100 rows are right"

    decision, lost = decided_with_loss(
        store, trained(store, without(wrong[::2]), GaussianNB()), GatePolicy(metric="accuracy")
    )

    assert [check.name for check in decision.failed] == ["holdout-retained"]
    assert lost == pytest.approx(len(wrong[::2]) / len(HOLDOUT))
    assert decision.scores["challenger"] > model.score(WHOLE.rows[HOLDOUT], WHOLE.target[HOLDOUT])


def test_small_losses_add_up_until_the_holdout_is_declared_new(store: ModelStore) -> None:
    train_first(store)
    step = len(HOLDOUT) * 9 // 100

    first, lost = decided_with_loss(
        store, trained(store, without(HOLDOUT[:step]), GaussianNB()), TENTH
    )
    assert (first.outcome, lost) == ("promoted", step / len(HOLDOUT))
    twice = HOLDOUT[: 2 * step]
    second, lost = decided_with_loss(store, trained(store, without(twice), GaussianNB()), TENTH)
    assert [check.name for check in second.failed] == ["holdout-retained"]
    assert lost == 2 * step / len(HOLDOUT)
    assert f"the {len(HOLDOUT)} rows that versions 1 to 2 were" in retained(second).message

    openly = trained(store, without(twice), GaussianNB(), new_holdout=True)
    assert decided_with_loss(store, openly, TENTH)[0].outcome == "promoted"
    third = HOLDOUT[: 3 * step]
    later, lost = decided_with_loss(store, trained(store, without(third), GaussianNB()), TENTH)
    assert (later.outcome, lost) == ("promoted", step / (len(HOLDOUT) - 2 * step))


def test_rows_that_return_are_not_lost(store: ModelStore) -> None:
    train_first(store)
    step = len(HOLDOUT) * 9 // 100

    for start in (0, step, 2 * step):
        lost = HOLDOUT[start : start + step]
        decision, found = decided_with_loss(
            store, trained(store, without(lost), GaussianNB()), TENTH
        )
        assert (decision.outcome, found) == ("promoted", step / len(HOLDOUT))


def test_a_removed_candidate_forgets_no_loss(store: ModelStore) -> None:
    train_first(store)
    step = len(HOLDOUT) * 6 // 100
    decided_with_loss(store, trained(store, without(HOLDOUT[:step]), GaussianNB()), TENTH)
    shutil.rmtree(store.layout.candidate(store.candidates.ids()[0]))

    twice = without(HOLDOUT[: 2 * step])
    decision, lost = decided_with_loss(store, trained(store, twice, GaussianNB()), TENTH)

    assert [check.name for check in decision.failed] == ["holdout-retained"]
    assert lost == pytest.approx(2 * step / len(HOLDOUT))
    assert "versions 2 to 2" not in retained(decision).message


def test_a_damaged_holdout_forgets_no_loss(store: ModelStore) -> None:
    train_first(store)
    step = len(HOLDOUT) * 6 // 100
    decided_with_loss(store, trained(store, without(HOLDOUT[:step]), GaussianNB()), TENTH)
    file = store.layout.candidate(store.candidates.ids()[0]) / ROWS
    file.write_bytes(file.read_bytes()[:-1] + b"?")

    twice = without(HOLDOUT[: 2 * step])
    decision, lost = decided_with_loss(store, trained(store, twice, GaussianNB()), TENTH)

    assert [check.name for check in decision.failed] == ["holdout-retained"]
    assert lost == pytest.approx(2 * step / len(HOLDOUT))


def test_a_holdout_that_cannot_be_read_now_is_no_verdict(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_first(store)
    second = trained(store, without(HOLDOUT[:1]), GaussianNB())
    decided(store, second, TENTH)
    first = next(iter(store.candidates.ids()))
    read = type(store.candidates).manifest_bytes

    def fail_now(candidates: Candidates, candidate_id: str) -> bytes:
        if candidate_id == first:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return read(candidates, candidate_id)

    third = trained(store, without(HOLDOUT[:2]), GaussianNB())
    with monkeypatch.context() as busy:
        busy.setattr(type(store.candidates), "manifest_bytes", fail_now)
        with pytest.raises(OSError, match="Too many open files"):
            gatekeeper_of(store, TENTH).poll()
    assert not store.decision_log().is_decided(third), "the next poll tries again"
    assert decided(store, third, TENTH).outcome == "promoted"


def test_after_a_rollback_the_rows_of_then_count(store: ModelStore) -> None:
    train_first(store)
    half = HOLDOUT[: len(HOLDOUT) // 2]
    decided_with_loss(store, trained(store, without(half), GaussianNB(), new_holdout=True), TENTH)
    roll_back(store, 1)

    decision, lost = decided_with_loss(store, trained(store, without([]), GaussianNB()), TENTH)
    assert (decision.outcome, lost) == ("promoted", 0.0)
    assert "All rows that version 3 was judged on" in retained(decision).message
    decision, lost = decided_with_loss(store, trained(store, without(half), GaussianNB()), TENTH)
    assert decision.outcome == "refused"
    assert lost == pytest.approx(len(half) / len(HOLDOUT))


@pytest.mark.thorough
def test_forty_promotions_lose_no_more_than_one(store: ModelStore) -> None:
    """Beyond the ten holdouts that are compared, the decisions carry the loss on."""
    train_first(store)
    limit = GatePolicy(**ANY_SCORE, max_holdout_loss=0.25)
    gone, promoted = 0, 0
    for _ in range(40):
        candidate = trained(store, without(HOLDOUT[: gone + 1]), GaussianNB())
        decision, lost = decided_with_loss(store, candidate, limit)
        is_promoted = decision.outcome == "promoted"
        assert is_promoted == (lost <= 0.25)
        gone, promoted = gone + is_promoted, promoted + is_promoted
    assert 0.2 < gone / len(HOLDOUT) <= 0.26
    assert promoted > 2 * 10, "the oldest holdouts are not compared any more"
