"""Regressors are scored and compared like classifiers, and only finite numbers count."""

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import helper

from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import NPZ_MEDIA_TYPE, ONNX_MEDIA_TYPE, Decision, Descriptor
from shared.contract.layout import ARTEFACT, HOLDOUT, ONNX_MODEL
from shared.inference.servable import Rows
from shared.scoring.holdout_file import Holdout, encode_holdout
from shared.store.store import ModelStore
from tests.support.models.served import model_around, toy_regressor
from tests.support.models.toy import ToyModel, toy_model
from tests.support.stores.builders import ToyCandidate, toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of, handed_in, with_file

RMSE = "neg_root_mean_squared_error"
ROWS = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 5.0], [-2.0, 0.0]])
TRUTH = ROWS @ [1.0, 2.0]
EXACT = toy_regressor((1.0, 2.0))
OFF = toy_regressor((1.0, 3.0))
"""Off by the second feature: its squares are 4, 1, 25 and 0, so the error is the root of 7.5."""


def candidate(
    model: ToyModel,
    claimed: float,
    *,
    metric: str = RMSE,
    rows: Rows = ROWS,
    target: npt.NDArray[np.float64] | npt.NDArray[np.int64] = TRUTH,
) -> ToyCandidate:
    """Return a candidate of a regressor with its claimed score."""
    holdout = encode_holdout(Holdout(rows, target))
    handed = with_file(handed_in(model), HOLDOUT, NPZ_MEDIA_TYPE, holdout)
    return handed.with_manifest(metric=metric, holdout_metrics={metric: claimed})


def decide(store: ModelStore, handed: ToyCandidate, policy: GatePolicy) -> Decision:
    handed.publish(store)
    gatekeeper_of(store, policy).poll()
    return next(store.decision_log().decisions())


@pytest.mark.parametrize(
    ("metric", "good", "bad"),
    [
        (RMSE, 0.0, -(7.5**0.5)),
        ("neg_mean_absolute_error", 0.0, -2.0),
        ("r2", 1.0, 1 - 30 / 81),
    ],
)
def test_the_smaller_error_wins(store: ModelStore, metric: str, good: float, bad: float) -> None:
    policy = GatePolicy(metric=metric)
    first = decide(store, candidate(OFF, bad, metric=metric), policy)
    better = decide(store, candidate(EXACT, good, metric=metric), policy)
    worse = decide(store, candidate(OFF, bad, metric=metric), policy)
    assert [d.outcome for d in (first, better, worse)] == ["promoted", "promoted", "refused"]
    assert worse.scores["champion"] == pytest.approx(good)
    assert worse.scores["challenger"] == pytest.approx(bad)
    assert [check.name for check in worse.failed] == ["champion-comparison"]
    assert "2 features, as in its holdout" in worse.checks[4].message


def test_a_claim_is_computed_again(store: ModelStore) -> None:
    failed = decide(store, candidate(OFF, -2.7), GatePolicy(metric=RMSE)).failed
    assert [check.name for check in failed] == ["score-reproduced"]
    assert "claims RMSE 2.7000; the gatekeeper computed 2.7386" in failed[0].message


def test_a_floor_below_zero_holds(store: ModelStore) -> None:
    policy = GatePolicy(metric=RMSE, floor=-1.0)
    failed = decide(store, candidate(OFF, -(7.5**0.5)), policy).failed
    assert [check.name for check in failed] == ["score-floor"]
    assert decide(store, candidate(EXACT, 0.0), policy).outcome == "promoted"


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (np.array([0, 1, 0, 1]), "target must be a float64 array"),
        (np.array([1.0, np.nan, 0.0, 0.0]), "the target contains numbers that are not finite"),
        (np.array([1.0, np.inf, 0.0, 0.0]), "the target contains numbers that are not finite"),
    ],
)
def test_a_target_that_is_no_number_is_refused(
    store: ModelStore, target: npt.NDArray[np.float64], reason: str
) -> None:
    failed = decide(store, candidate(EXACT, 0.0, target=target), GatePolicy(metric=RMSE)).failed
    assert [check.name for check in failed] == ["schema-compatible"]
    assert reason in failed[0].message


def root_of_a_sum() -> ToyModel:
    """Return a regressor that predicts NaN for rows with a negative sum."""
    model = onnx.load_from_string(EXACT.files[ONNX_MODEL])
    model.graph.node[0].output[0] = "sum"
    model.graph.node.append(helper.make_node("Sqrt", ["sum"], ["variable"]))
    served = bytes(model.SerializeToString())
    return model_around(
        served, ["x0", "x1"], ROWS[:3], task="regression", classes=(), has_probabilities=False
    )


def test_an_answer_that_is_no_number_is_refused(store: ModelStore) -> None:
    failed = decide(store, candidate(root_of_a_sum(), 0.0), GatePolicy(metric=RMSE)).failed
    assert [check.name for check in failed] == ["score-reproduced"]
    assert "have no finite prediction" in failed[0].message


def test_golden_numbers_are_reproduced(store: ModelStore) -> None:
    other = toy_regressor((1.0, 2.1)).files[ONNX_MODEL]
    descriptor = Descriptor.describe(ONNX_MODEL, ONNX_MEDIA_TYPE, other)
    artefact = EXACT.artefact.model_copy(update={"model": descriptor})
    files = {**EXACT.files, ARTEFACT: artefact.encode(), ONNX_MODEL: other}
    handed = candidate(ToyModel(files, artefact), -(0.075**0.5))
    failed = decide(store, handed, GatePolicy(metric=RMSE)).failed
    assert [check.name for check in failed] == ["golden-rows-reproduced"]


def test_a_candidate_of_another_task_needs_another_store(store: ModelStore) -> None:
    toy_candidate(toy_model()).publish(store)
    gatekeeper_of(store).poll()
    for allowed in (False, True):
        policy = GatePolicy(metric=RMSE, allow_schema_change=allowed)
        decision = decide(store, candidate(EXACT, 0.0), policy)
        assert decision.outcome == "refused"
        assert "champion-comparison" in [check.name for check in decision.failed]
        assert "use a separate store for another task" in decision.checks[-1].message
