"""Retrains on one table: the same rows decide again, which is counted and allowed for."""

import shutil
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatekeeper.decisions.rollback import roll_back
from shared.contract.check_result import CheckResult
from shared.contract.documents import ROWS_MEDIA_TYPE, Decision
from shared.contract.layout import ROWS
from shared.scoring.row_hash_file import RowHashes, encode_row_hashes
from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.models.lookup import candidate_on, lookup_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import ToyCandidate
from tests.support.stores.decisions import check_of, decided
from tests.support.stores.gatekeeping import (
    ACCURACY,
    running_gatekeeper,
    with_file,
)

ROWS_OF_TABLE = 200
NAMES = [f"row{number:03}" for number in range(2 * ROWS_OF_TABLE)]
CLASSES = ("no", "yes")


def retrain(
    wrong: Collection[int],
    validation: float | None = None,
    *,
    rows: Collection[int] = range(ROWS_OF_TABLE),
    tried: int = 0,
) -> ToyCandidate:
    """Build a model that is wrong on these rows, with its score on the validation rows."""
    truth = {number: CLASSES[number % 2] for number in range(len(NAMES))}
    answers = {
        NAMES[number]: CLASSES[1 - number % 2] if number in wrong else label
        for number, label in truth.items()
    }
    holdout = [(NAMES[number], truth[number]) for number in rows]
    claimed = 1 - len(set(wrong) & set(rows)) / len(holdout)
    candidate = candidate_on(lookup_model(answers), holdout, claimed=claimed)
    (result,) = candidate.manifest.candidates
    metrics = {} if validation is None else {"accuracy": validation}
    result = result.model_copy(update={"metrics": metrics, "settings_tried": tried})
    return candidate.with_manifest(candidates=(result,))


def hashed(candidate: ToyCandidate, rows: Collection[int]) -> ToyCandidate:
    """Add the hashes of its holdout rows."""
    holdout = np.array([10_000 + number for number in rows], dtype=np.uint64)
    data = encode_row_hashes(RowHashes(np.arange(5, dtype=np.uint64), holdout))
    keyed = candidate.manifest.data.model_copy(update={"row_key": "id"})
    return with_file(candidate.with_manifest(data=keyed), ROWS, ROWS_MEDIA_TYPE, data)


def decide(store: ModelStore, candidate: ToyCandidate, **policy: object) -> Decision:
    """Let a gatekeeper that has just started decide."""
    return decided(store, candidate.publish(store), ACCURACY.model_copy(update=policy))


def reuse(decision: Decision) -> CheckResult:
    return check_of(decision, "holdout-reuse")


def counts(decision: Decision) -> tuple[Any, ...]:
    names = ("reused", "decisions", "since_promotion", "models")
    return tuple(reuse(decision).observed[name] for name in names)


CHAMPION, WORSE, LOWER = range(16), range(20, 40), range(40, 58)
"""The rows on which three models are wrong; their accuracies are 0.92, 0.90 and 0.91."""


@pytest.fixture
def champion(store: ModelStore) -> str:
    """Return the id of a champion whose rows have also refused another model."""
    decision = decide(store, retrain(CHAMPION, 0.90))
    assert decision.outcome == "promoted"
    assert decide(store, retrain(WORSE, 0.88)).outcome == "refused"
    assert decision.candidate_id is not None
    return decision.candidate_id


def test_each_decision_counts_those_before_it_on_the_same_rows(store: ModelStore) -> None:
    first = decide(store, retrain(WORSE, 0.9))
    assert "holdout-reuse" not in {check.name for check in first.checks}

    second = decide(store, retrain(CHAMPION, 0.9))
    assert second.outcome == "promoted"
    assert counts(second) == (200, 0, 0, 1)
    assert "two models for the first time" in reuse(second).message

    assert counts(decide(store, retrain(LOWER, 0.9))) == (200, 1, 0, 2)
    assert counts(decide(store, retrain(WORSE, 0.9))) == (200, 2, 1, 3)


def test_a_better_validation_score_outweighs_what_may_be_luck(
    store: ModelStore, champion: str
) -> None:
    assert champion
    decision = decide(store, retrain(LOWER, 0.93))
    assert decision.outcome == "promoted"
    check = decision.checks[-1]
    allowance = reuse(decision).observed["allowance"]
    assert check.required == pytest.approx(0.92 - allowance)
    assert 0.01 < allowance < 0.03, "luck cannot explain the whole lead on validation"
    assert "better validation score counts" in check.message


@pytest.mark.parametrize(
    ("validation", "changes"),
    [(0.90, {}), (0.88, {}), (None, {}), (0.93, {"luck_allowance": False})],
    ids=["equal", "worse", "unknown", "turned off"],
)
def test_otherwise_the_champions_score_is_required(
    store: ModelStore, champion: str, validation: float | None, changes: dict[str, object]
) -> None:
    assert champion
    decision = decide(store, retrain(LOWER, validation), **changes)
    assert decision.outcome == "refused"
    assert decision.checks[-1].required == pytest.approx(0.92)
    assert reuse(decision).observed["allowance"] == 0.0
    assert counts(decision) == (200, 1, 1, 2)


def test_the_best_of_many_settings_must_be_better_by_more(store: ModelStore, champion: str) -> None:
    assert champion
    assert decide(store, retrain(LOWER, 0.93, tried=60)).outcome == "refused"


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [(True, False, "refused"), (True, True, "promoted"), (False, True, "promoted")],
)
def test_a_refitted_champion_may_be_better_than_its_validation_score(
    store: ModelStore, before: bool, after: bool, outcome: str
) -> None:
    decide(store, retrain(CHAMPION, 0.90).with_manifest(refitted=before))
    decide(store, retrain(WORSE, 0.88))
    challenger = retrain(LOWER, 0.93).with_manifest(refitted=after)
    assert decide(store, challenger).outcome == outcome


def test_the_first_comparison_on_some_rows_allows_nothing(store: ModelStore) -> None:
    decide(store, retrain(CHAMPION, 0.8))
    decision = decide(store, retrain(LOWER, 0.99))
    assert decision.outcome == "refused"
    assert decision.checks[-1].required == pytest.approx(0.92)


def test_a_confidence_counts_the_allowance(store: ModelStore, champion: str) -> None:
    assert champion
    before, after = (
        decide(store, retrain(LOWER, validation), confidence=0.95) for validation in (0.88, 0.93)
    )

    def probability(decision: Decision) -> float:
        found = next(check for check in decision.checks if check.name == "significance")
        return float(found.observed["probability"])

    assert probability(after) > probability(before) + 0.1


def test_rows_that_were_added_do_not_count_as_reused(store: ModelStore) -> None:
    few, more = range(100), range(160)
    decide(store, hashed(retrain(range(8), 0.90, rows=few), few))
    decide(store, hashed(retrain(range(10, 20), 0.88, rows=few), few))
    decision = decide(store, hashed(retrain(range(20, 36), 0.99, rows=more), more))
    assert counts(decision) == (100, 1, 1, 2)
    assert "100 of these 160 rows decided 1 time before" in reuse(decision).message
    whole = decide(store, hashed(retrain(range(20, 36), 0.99, rows=few), few))
    assert decision.scores["champion"] == pytest.approx(1 - 8 / 160)
    assert 0 < reuse(decision).observed["allowance"] < reuse(whole).observed["allowance"]


def test_a_new_holdout_begins_without_luck(store: ModelStore) -> None:
    old, new = range(100), range(200, 300)
    decide(store, hashed(retrain(range(8), 0.90, rows=old), old))
    decide(store, hashed(retrain(range(10, 20), 0.88, rows=old), old))

    changed = hashed(retrain([*range(10), 200], 0.99, rows=new), new)
    decision = decide(store, changed.with_manifest(new_holdout=True))
    assert decision.outcome == "refused"
    assert reuse(decision).message == "Version 1 was not promoted on any of these rows."

    changed = hashed(retrain(range(20, 30), 0.99, rows=new), new)
    assert decide(store, changed.with_manifest(new_holdout=True)).outcome == "promoted"
    decision = decide(store, hashed(retrain([205], 0.99, rows=new), new))
    assert counts(decision) == (100, 1, 0, 2)


def test_after_a_rollback_the_rows_of_the_model_have_decided_too(
    store: ModelStore, champion: str
) -> None:
    assert decide(store, retrain(range(60, 70), 0.9)).outcome == "promoted"
    roll_back(store, 1)
    found = store.decision_log().registry
    assert found is not None
    assert found.candidate_id == champion
    assert counts(decide(store, retrain(LOWER, 0.9))) == (200, 2, 0, 3)


def test_removed_candidates_have_decided_too(store: ModelStore, champion: str) -> None:
    for candidate_id in store.candidates.ids():
        if candidate_id != champion:
            shutil.rmtree(store.layout.candidate(candidate_id))
    assert counts(decide(store, retrain(LOWER, 0.9))) == (200, 1, 1, 2)


def test_without_the_champions_manifest_the_rule_is_that_of_before(
    store: ModelStore, champion: str
) -> None:
    shutil.rmtree(store.layout.candidate(champion))
    decision = decide(store, retrain(LOWER, 0.99))
    assert decision.outcome == "refused"
    assert (reuse(decision).result, reuse(decision).observed["reused"]) == ("not checked", None)
    assert "It is unknown whether these rows decided before." in reuse(decision).message


def decided_by(log: Path, store: ModelStore, retrains: Sequence[Collection[int]]) -> Any:
    """Start a gatekeeper, publish candidates in turn, and return the decision about the last."""
    with running_gatekeeper(store.layout.root, log) as gatekeeper:
        for wrong in retrains:
            url = f"{gatekeeper.url}/decisions/{len(store.decision_log().entries) + 1}"
            retrain(wrong, 0.9).publish(store)
            found = wait_for(partial(decision_at, url), url)
    return found


def decision_at(url: str) -> Any:
    answer = plain_http.get(url)
    return answer.json() if answer.status_code == 200 else None


def test_a_gatekeeper_that_restarts_goes_on_counting(store: ModelStore, tmp_path: Path) -> None:
    """Several retrains on one table, judged by two real processes."""
    decided_by(tmp_path / "first", store, [CHAMPION, WORSE])
    last = decided_by(tmp_path / "second", store, [LOWER])
    (check,) = (each for each in last["checks"] if each["name"] == "holdout-reuse")
    assert (check["observed"]["decisions"], check["observed"]["since_promotion"]) == (1, 1)
    assert check["message"].startswith(
        "These rows decided 1 time before, 1 time since version 1 was promoted."
    )
