"""Three classes and numbers are fitted, scored and shown as two classes are."""

from dataclasses import replace
from io import StringIO
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from shared.errors import CandidatesError, ServableError
from shared.inference.dataframe import to_frame
from shared.scoring.scorers import REPORTED_METRICS
from tests.support.tables.tables import SCHEMA, blob_parts, in_parts, noisy_plane, three_groups
from tests.unit.trainer.estimators import Untagged
from trainer.console import Console
from trainer.dataset.dataset import Dataset
from trainer.fitting.candidate_search import fit_candidates, rank_trials
from trainer.fitting.pipeline_servable import PipelineServable
from trainer.fitting.trial import Trial, TrialContext

NUMBERS = noisy_plane()
GROUPS = three_groups()


def attempts(data: Dataset, metric: str, **table: Any) -> list[Trial]:
    fitting = TrialContext(in_parts(data), data.schema, metric, seed=42)
    return fit_candidates(table, fitting, Console(StringIO()))


def test_three_classes_are_ranked_by_a_metric_for_them() -> None:
    found = attempts(
        GROUPS, "f1_macro", stump=DecisionTreeClassifier(max_depth=1), linear=LogisticRegression()
    )

    best = rank_trials(found)[0].result
    assert best.name == "linear"
    assert best.metrics.keys() == set(REPORTED_METRICS[3])
    assert [len(row) for row in best.confusion_matrix or ()] == [3, 3, 3]


def test_numbers_are_ranked_by_an_error() -> None:
    found = attempts(
        NUMBERS,
        "neg_root_mean_squared_error",
        stump=DecisionTreeRegressor(max_depth=1),
        linear=LinearRegression(),
    )

    best = rank_trials(found)[0]
    assert best.result.name == "linear"
    assert best.result.metrics.keys() == set(REPORTED_METRICS[0])
    assert -0.7 < best.result.metrics["neg_root_mean_squared_error"] < -0.3, "the noise's"
    assert best.result.confusion_matrix is None
    assert best.fitted is not None
    assert best.fitted.validation.values.dtype == np.float64
    assert best.fitted.validation.probabilities is None


def test_a_candidate_of_the_wrong_kind_is_excluded_with_the_reason() -> None:
    regressor, right = attempts(GROUPS, "accuracy", wrong=Ridge(), right=LogisticRegression())
    classifier, linear = attempts(NUMBERS, "r2", wrong=LogisticRegression(), right=Ridge())

    assert regressor.result.error == "it is a regressor, but the target holds classes"
    assert classifier.result.error == "it is a classifier, but the target holds numbers"
    assert right.result.error is None
    assert linear.result.error is None


def test_a_table_of_only_unsuitable_candidates_is_one_sentence() -> None:
    with pytest.raises(
        CandidatesError, match=r"no estimator can .*Each of these is a regressor: a, b\."
    ):
        attempts(GROUPS, "accuracy", a=Ridge(), b=LinearRegression())
    with pytest.raises(
        CandidatesError, match=r"holds numbers, .* Each of these is a classifier: a\. Use"
    ):
        attempts(NUMBERS, "r2", a=LogisticRegression())


def test_an_estimator_that_does_not_say_its_kind_is_judged_by_its_answers() -> None:
    assert attempts(NUMBERS, "neg_max_error", flat=Untagged(7.0))[0].result.error is None


BAD_ANSWERS = {
    "text": ("a", "one number for each row; it returned <U1 of shape"),
    "a number without end": (np.inf, "numbers that are not finite"),
    "no number": (np.nan, "numbers that are not finite"),
    "imaginary": (1j, "one number for each row; it returned complex128"),
}


@pytest.mark.parametrize(("answer", "error"), BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_regressor_answers_finite_numbers(answer: Any, error: str) -> None:
    (attempt,) = attempts(NUMBERS, "r2", bad=Untagged(answer))

    assert error in str(attempt.result.error)


def test_a_regressor_answers_one_number_for_each_row() -> None:
    target = np.column_stack([NUMBERS.target, NUMBERS.target])
    two = LinearRegression().fit(to_frame(NUMBERS.rows, NUMBERS.schema.features), target)

    with pytest.raises(ServableError, match=r"one number for each row; .* of shape \(300, 2\)"):
        PipelineServable(two, NUMBERS.schema).predict(NUMBERS.rows)


def test_an_undefined_score_excludes_only_that_candidate() -> None:
    metric = "neg_mean_squared_log_error"
    data = replace(NUMBERS, target=np.exp(NUMBERS.target / 10))
    found = attempts(data, metric, bad=Untagged(-2.0), good=Untagged(3.0))

    assert f"METRIC={metric} cannot be computed here" in str(found[0].result.error)
    assert [attempt.result.name for attempt in rank_trials(found)] == ["good"]


def test_fits_do_not_change_the_rows_of_the_next() -> None:
    parts = blob_parts()
    in_place = make_pipeline(StandardScaler(copy=False), LogisticRegression())
    before = [part.rows.copy() for part in parts.by_name().values()]

    (attempt,) = fit_candidates(
        {"a": in_place}, TrialContext(parts, SCHEMA, "f1", 42), Console(StringIO())
    )

    assert attempt.result.error is None
    for part, rows in zip(parts.by_name().values(), before, strict=True):
        assert (part.rows == rows).all()
