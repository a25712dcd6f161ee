"""With a confidence, possible chance results are not promoted, but ties are."""

import math
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evidence.prediction_file import reserve_file
from gatekeeper.sandbox.predictions_io import read_predictions, write_predictions
from shared.contract.check_result import CheckResult
from shared.errors import ServableError
from shared.inference.servable import Predictions
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import ToyCandidate, toy_candidate
from tests.support.stores.gatekeeping import ACCURACY, gatekeeper_of, outcomes

SURE = ACCURACY.model_copy(update={"confidence": 0.95})


def rivals(rows: int, of: int = 200) -> tuple[ToyCandidate, ToyCandidate]:
    """Return two candidates; the first is wrong on about this many rows of the second's holdout."""
    step = 8.0 / (2 * of - 1)
    first = toy_candidate(toy_model(bias=4 * step * rows), rows=of, correct=of)
    return first, toy_candidate(rows=of, correct=of)


def chance(store: ModelStore) -> CheckResult:
    decision = store.decision_log().entries[-1].decision
    (check,) = (check for check in decision.checks if check.name == "significance")
    return check


def test_a_difference_of_few_rows_is_inconclusive_and_one_of_many_is_not(store: ModelStore) -> None:
    for rows, outcome in ((1, "inconclusive"), (20, "promoted")):
        first, second = rivals(rows)
        first.publish(store)
        gatekeeper_of(store).poll()
        second.publish(store)
        gatekeeper_of(store, SURE).poll()
        assert outcomes(store)[-1] == outcome, chance(store)


def test_a_retrain_that_ties_is_promoted(store: ModelStore) -> None:
    for _ in range(2):
        toy_candidate(toy_model()).publish(store)
        gatekeeper_of(store, SURE).poll()
    assert outcomes(store) == ["promoted", "promoted"]
    assert chance(store).observed["probability"] == 1.0
    assert chance(store).observed["difference"] == 0.0


def test_a_tie_of_different_models_is_promoted_only_without_a_confidence(
    store: ModelStore,
) -> None:
    """Equal predictions on 200 rows do not show that the models are equally good."""
    for policy, outcome in ((SURE, "promoted"), (SURE, "inconclusive"), (ACCURACY, "promoted")):
        bias = 0.001 * len(outcomes(store))
        toy_candidate(toy_model(bias=bias), rows=200, correct=200).publish(store)
        gatekeeper_of(store, policy).poll()
        assert outcomes(store)[-1] == outcome, chance(store)
    observed = chance(store).observed
    assert (observed["differing_rows"], observed["probability"]) == (0, 0.5)
    assert observed["bound"] == pytest.approx(-3 / 200)


def test_real_processes_compare_and_leave_nothing_behind(store: ModelStore) -> None:
    first, second = rivals(2)
    with closing(ProcessEvaluator(threading.Event())) as evaluator:
        for candidate in (first, second):
            candidate.publish(store)
            gatekeeper_of(store, SURE, evaluator=evaluator).poll()
    assert outcomes(store) == ["promoted", "inconclusive"]
    observed = chance(store).observed
    assert observed["difference"] == pytest.approx(2 / 200)
    assert observed["bound"] == observed["interval"][0] < 0
    assert observed["rows"] == 200
    assert observed["resamples"] == 10_000
    assert not [path for path in store.layout.models.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(("place", "forged"), [(0, 7.0), (0, math.nan), (1, math.inf)])
def test_forged_predictions_are_not_compared(tmp_path: Path, place: int, forged: float) -> None:
    artefact, path = toy_model().artefact, tmp_path / "answers"
    reserve_file(path, 8 * 3 * 10, artefact, most_bytes=1 << 20)
    answers = np.zeros((10, 3))
    path.write_bytes(answers.tobytes())
    assert (read_predictions(path, 10, artefact).values == 0).all()
    answers[5, place] = forged
    path.write_bytes(answers.tobytes())
    with pytest.raises(ServableError):
        read_predictions(path, 10, artefact)
    path.write_bytes(answers.tobytes()[:-8])
    with pytest.raises(ValueError, match="mmap length"):
        read_predictions(path, 10, artefact)


def test_answers_take_no_more_room_than_a_model_may(tmp_path: Path) -> None:
    artefact, path = toy_model().artefact, tmp_path / "answers"
    reserve_file(path, 8 * 3 * 10, artefact, most_bytes=100)
    assert path.stat().st_size == 100
    with pytest.raises(ServableError, match="GATEKEEPER_EVALUATION_MEMORY_MIB"):
        write_predictions(path, Predictions(np.zeros(10, dtype=np.int64), None), artefact)
