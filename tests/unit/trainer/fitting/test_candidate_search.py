"""Every candidate is fitted and scored; one that fails does not stop the others."""

import io
import threading
from typing import Any, Self

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.tree import DecisionTreeClassifier

from shared.errors import CandidatesError
from shared.scoring.scorers import REPORTED_METRICS
from tests.support.tables.tables import SCHEMA, blob_parts
from tests.unit.trainer.estimators import Answering, Failing, Untagged
from trainer.candidates.candidate_table import Table
from trainer.console import Console
from trainer.fitting.candidate_search import fit_candidates, no_candidate_error, rank_trials
from trainer.fitting.trial import Trial, TrialContext

PARTS = blob_parts()


def attempts(metric: str = "f1", **table: Any) -> list[Trial]:
    return fit_candidates(
        table, TrialContext(PARTS, SCHEMA, metric, seed=42), Console(io.StringIO())
    )


def names(attempts: list[Trial]) -> list[str]:
    return [attempt.result.name for attempt in attempts]


def test_a_candidate_gets_every_metric_its_confusions_and_its_parameters() -> None:
    (attempt,) = attempts(tree=DecisionTreeClassifier(max_depth=2))

    result = attempt.result
    assert set(result.metrics) == {
        "f1",
        "precision",
        "recall",
        "roc_auc",
        "accuracy",
        "neg_log_loss",
    }
    assert result.confusion_matrix is not None
    assert np.sum(result.confusion_matrix) == len(PARTS.validation.rows)
    assert result.estimator == "DecisionTreeClassifier(max_depth=2)"
    assert result.parameters["max_depth"] == 2
    assert result.parameters["random_state"] == 42
    assert result.error is None
    assert attempt.fitted is not None
    assert attempt.fitted.score == result.metrics["f1"]


def test_the_metric_that_decides_is_among_the_metrics() -> None:
    (attempt,) = attempts("neg_brier_score", linear=LogisticRegression())

    assert attempt.result.metrics.keys() == {*REPORTED_METRICS[2], "neg_brier_score"}


def test_without_probabilities_the_metrics_that_need_them_are_left_out() -> None:
    (attempt,) = attempts(ridge=RidgeClassifier())

    assert set(attempt.result.metrics) == {"f1", "precision", "recall", "accuracy"}


def test_the_best_comes_first_and_ties_keep_the_tables_order() -> None:
    good, bad = LogisticRegression(), Answering(1)

    in_order = rank_trials(attempts(bad=bad, second=good, third=good, worst=Answering(0)))

    assert names(in_order) == ["second", "third", "bad", "worst"]


def test_a_fit_that_raises_is_recorded_and_the_other_still_wins() -> None:
    found = attempts(broken=Failing(), linear=LogisticRegression())

    said = f"ValueError: {len(PARTS.train.rows)} rows are too many (estimators.py, line "
    assert (found[0].result.error or "").startswith(said)
    assert found[0].result.metrics == {}
    assert names(rank_trials(found)) == ["linear"]


BAD_ESTIMATORS = {
    "one that says nothing of its kind": (Untagged(0.5), "one class index for each row"),
    "no class index": (Answering(0.5), "one class index for each row; it returned float64"),
    "a class that is not there": (Answering(2), "one class index for each row"),
    "nothing that numpy can compare": (Answering("a"), "one class index for each row"),
}


@pytest.mark.parametrize(("estimator", "error"), BAD_ESTIMATORS.values(), ids=BAD_ESTIMATORS)
def test_an_estimator_that_predicts_no_classes_is_excluded(estimator: Any, error: str) -> None:
    (attempt,) = attempts(bad=estimator)

    assert attempt.result.error is not None
    assert error in attempt.result.error


def test_an_impossible_metric_excludes_only_that_candidate() -> None:
    found = attempts("roc_auc", ridge=RidgeClassifier(), linear=LogisticRegression())

    assert "METRIC=roc_auc needs probabilities" in str(found[0].result.error)
    assert names(rank_trials(found)) == ["linear"]


def test_when_all_fail_the_error_says_why_each_did() -> None:
    found = attempts(first=Failing(), second=Answering("a"))

    with pytest.raises(CandidatesError, match="first: ValueError.*; second: predict must return"):
        rank_trials(found)
    assert "first" in str(no_candidate_error(found))


class Together(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Its fit ends only when as many fits as there are candidates have begun."""

    meeting = threading.Barrier(2)

    def fit(self, _X: Any, y: Any) -> Self:
        self.meeting.wait(60)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X), dtype=int)


def test_several_cores_fit_candidates_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("joblib.cpu_count", lambda: 2)

    found = attempts(first=Together(), second=Together())

    assert [attempt.result.error for attempt in found] == [None, None]


def test_the_same_seed_gives_the_same_model_and_another_one_another() -> None:
    table: Table = {"net": MLPClassifier((4,), solver="lbfgs", max_iter=5)}

    def probabilities(seed: int) -> list[float]:
        (attempt,) = fit_candidates(
            table, TrialContext(PARTS, SCHEMA, "f1", seed), Console(io.StringIO())
        )
        assert attempt.fitted is not None
        assert attempt.fitted.validation.probabilities is not None
        return [float(value) for value in attempt.fitted.validation.probabilities[:, 1]]

    assert probabilities(1) == probabilities(1)
    assert probabilities(1) != probabilities(2)


def test_warnings_of_a_fit_are_notes() -> None:
    output = io.StringIO()
    net = MLPClassifier((4,), solver="lbfgs", max_iter=1)

    fit_candidates({"net": net}, TrialContext(PARTS, SCHEMA, "f1", 42), Console(output))

    assert output.getvalue().startswith("note: ConvergenceWarning: lbfgs failed to converge")
    assert output.getvalue().count("\n") == 1
