"""A served model answers rows that the data does not hold as the fitted pipeline does."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)
from sklearn.tree import DecisionTreeClassifier

from shared.errors import ExportError
from shared.inference.dataframe import to_frame
from tests.support.sweep import sweep
from tests.support.tables.tables import number_features
from tests.unit.trainer.estimators import Answering
from trainer.console import Console
from trainer.dataset.dataset import DataSchema
from trainer.dataset.split import Split, Splits
from trainer.export.export import ExportedCandidate, export_candidate
from trainer.export.ties import is_tie
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.pipeline_servable import PipelineServable
from trainer.fitting.trial import TrialContext

RANDOM = np.random.default_rng(1)
STORES = RANDOM.integers(1, 7, 600).astype(float)
PEOPLE = RANDOM.integers(0, 50, 600).astype(float)
OPEN = (RANDOM.random(600) < np.where(STORES % 2 == 1, 0.95, 0.05)).astype(np.int64)
SCHEMA = DataSchema("classification", number_features(["store", "people"]), ("closed", "open"))
SLICES = (slice(0, 360), slice(360, 480), slice(480, 600))


def parts(target: Any = OPEN) -> Splits:
    rows = np.column_stack((STORES, PEOPLE))
    return Splits(*(Split(rows[part].copy(), target[part]) for part in SLICES))


def exported(
    estimator: Any, schema: DataSchema = SCHEMA, target: Any = OPEN
) -> tuple[ExportedCandidate, PipelineServable]:
    metric = "accuracy" if schema.classes else "r2"
    context = TrialContext(parts(target), schema, metric, 42)
    (trial,) = fit_candidates({"it": estimator}, context, Console(io.StringIO()))
    assert trial.fitted is not None, trial.result.error
    result = export_candidate(trial.fitted, schema, parts(target), allow_joblib=False)
    return result, PipelineServable(trial.fitted.pipeline, schema)


def encoding(encoder: Any) -> Any:
    columns = make_column_transformer((encoder, ["store"]), remainder="passthrough")
    return make_pipeline(columns, LogisticRegression(max_iter=1000))


STEPS = {
    "one-hot": OneHotEncoder(handle_unknown="ignore"),
    "one-hot without the first": OneHotEncoder(handle_unknown="ignore", drop="first"),
    "one-hot with infrequent": OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=4
    ),
    "one-hot with a warning": OneHotEncoder(handle_unknown="warn", max_categories=3),
    "one-hot of given categories": OneHotEncoder(
        categories=[[1.0, 2.0, 3.0]], handle_unknown="ignore"
    ),
    "ordinal": OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    "ordinal with 0.5": OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=9),
    "target": TargetEncoder(),
    "bins": KBinsDiscretizer(3, strategy="uniform"),
    "ordinal bins": KBinsDiscretizer(4, encode="ordinal", strategy="kmeans"),
    "two sides": Binarizer(threshold=3.0),
}
ASKED = np.array(
    [
        *(
            [store, 20.0]
            for store in (2.0, 2.5, 2.9999999, 3.0, np.nextafter(3.0, 4.0), 0.0, -1.0, 1e-300, 1e9)
        ),
        [4.0, 1e30],
        [5.0, -0.5],
    ]
)


@pytest.mark.filterwarnings("ignore:Found unknown categories")
@pytest.mark.parametrize(
    "step",
    sweep(
        STEPS, "one-hot with infrequent", "ordinal", "target", "bins", "ordinal bins", "two sides"
    ),
)
def test_steps_that_compare_numbers_are_served_as_fitted(step: Any) -> None:
    result, pipeline = exported(encoding(step))

    expected, served = pipeline.predict(ASKED), result.servable.predict(ASKED)
    assert np.array_equal(served.values, expected.values)
    assert served.probabilities is not None
    assert expected.probabilities is not None
    assert np.abs(served.probabilities - expected.probabilities).max() < 1e-6
    assert result.artefact.number_type == "float64"


def test_an_unknown_number_is_not_the_integer_below() -> None:
    result, _ = exported(encoding(STEPS["one-hot"]))

    probabilities = result.servable.predict(np.array([[2.0, 20.0], [2.5, 20.0]])).probabilities

    assert probabilities is not None
    assert abs(probabilities[0, 1] - probabilities[1, 1]) > 0.1


def test_the_proof_is_recorded() -> None:
    result, _ = exported(LogisticRegression())

    assert result.parity is not None
    assert (result.parity.rows, result.parity.generated_rows) == (240, 5000)
    assert result.parity.generated_seed == 0


def test_a_small_difference_of_large_numbers_decides_between_classes() -> None:
    result, pipeline = exported(make_pipeline(StandardScaler(), LogisticRegression()))

    scaler, linear = (step for _, step in pipeline.pipeline.steps)
    slopes = linear.coef_[0] / scaler.scale_
    stores = np.linspace(1e6, 1e9, 200)
    border = -(linear.intercept_[0] + slopes[0] * stores - slopes @ scaler.mean_) / slopes[1]
    rows = np.column_stack((stores, border + np.linspace(-3.0, 3.0, 200) / slopes[1]))
    expected, served = pipeline.predict(rows), result.servable.predict(rows)
    assert np.array_equal(served.values, expected.values)
    assert served.probabilities is not None
    assert expected.probabilities is not None
    assert np.abs(served.probabilities - expected.probabilities).max() < 1e-5
    assert len(np.unique(expected.values)) == 2


def test_thresholds_are_told_apart_to_the_last_bit() -> None:
    result, pipeline = exported(HistGradientBoostingClassifier(max_iter=5))

    rows = np.array([[2.5, 20.0], [np.nextafter(2.5, 3.0), 20.0]])
    assert np.array_equal(result.servable.predict(rows).values, pipeline.predict(rows).values)
    assert result.artefact.number_type == "float64"


def test_powers_of_far_numbers_are_served_as_fitted() -> None:
    schema = DataSchema("regression", SCHEMA.features, ())
    estimator = make_pipeline(StandardScaler(), PolynomialFeatures(2), Ridge())
    result, pipeline = exported(estimator, schema, STORES + PEOPLE**2 / 100)

    rows = np.array([[2.0, 1e25], [1e28, 1e20]])
    assert result.servable.predict(rows).values == pytest.approx(
        pipeline.predict(rows).values, rel=1e-12
    )


def test_an_encoder_that_fails_on_an_unknown_number_is_refused_with_the_row() -> None:
    with pytest.raises(ExportError, match=r"\{'store': .*unknown categories.*handle_unknown"):
        exported(encoding(OneHotEncoder()))


@pytest.mark.thorough
def test_an_overflow_of_far_numbers_does_not_exclude_trees_behind_powers() -> None:
    estimator = make_pipeline(PolynomialFeatures(2), DecisionTreeClassifier(max_depth=3))

    result, pipeline = exported(estimator)

    with (
        pytest.warns(RuntimeWarning, match="overflow"),
        pytest.raises(ValueError, match="infinity or a value too large"),
    ):
        pipeline.predict(np.array([[2.0, 1e29]]))
    assert result.parity is not None
    assert result.parity.generated_rows is not None
    assert result.parity.generated_rows < 5000, "the pipeline does not answer some far rows"


def test_linear_numbers_need_float64_for_rows_far_from_the_data() -> None:
    schema = DataSchema("regression", SCHEMA.features, ())
    result, pipeline = exported(Ridge(), schema, 3 * STORES - PEOPLE)

    rows = np.array([[1e7, 3e7 + 1.0], [-4e9, -1.2e10]])
    assert result.servable.predict(rows).values == pytest.approx(
        pipeline.predict(rows).values, rel=1e-9
    )
    assert result.artefact.number_type == "float64"


def test_an_encoder_of_booleans_needs_no_answer_for_other_numbers() -> None:
    weekend = SCHEMA.features[0].model_copy(update={"name": "store", "type": "boolean"})
    schema = replace(SCHEMA, features=(weekend, SCHEMA.features[1]))
    rows = np.column_stack((STORES % 2, PEOPLE))
    splits = Splits(*(Split(rows[part].copy(), OPEN[part]) for part in SLICES))
    context = TrialContext(splits, schema, "accuracy", 42)
    (trial,) = fit_candidates({"it": encoding(OneHotEncoder())}, context, Console(io.StringIO()))
    assert trial.fitted is not None

    result = export_candidate(trial.fitted, schema, splits, allow_joblib=False)

    assert result.parity is not None
    assert result.parity.generated_rows == 5000


def test_a_slow_pipeline_is_asked_for_fewer_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.export.fitted_answers._MAX_SECONDS", 0.0)

    result, _ = exported(LogisticRegression())

    assert result.parity is not None
    assert result.parity.generated_rows == 1000


class Scoring(Answering):
    """It has the score of its first feature."""

    def decision_function(self, X: Any) -> Any:
        return np.asarray(X)[:, 0]


class Sharing(Answering):
    """It has the probabilities of its first feature."""

    def predict_proba(self, X: Any) -> Any:
        first = np.asarray(X)[:, 0]
        return np.column_stack((1.0 - first, first))


@pytest.mark.parametrize(
    ("estimator", "values", "expected"),
    [
        (Scoring(), [0.0, 1e-12, -1e-12, 1e-6, 5.0], [True, True, True, False, False]),
        (Sharing(), [0.5, 0.5 + 1e-12, 0.5001, 1.0], [False, True, False, False]),
        (Answering(), [0.0, 1.0], [False, False]),
    ],
    ids=["scores", "probabilities", "only labels"],
)
def test_a_tie_is_a_difference_of_scores_by_rounding(
    estimator: Any, values: list[float], expected: list[bool]
) -> None:
    schema = DataSchema("classification", number_features(["x"]), ("no", "yes"))

    assert (
        is_tie(PipelineServable(estimator, schema), np.array(values)[:, None]).tolist() == expected
    )


def fitted(classifier: Any) -> PipelineServable:
    rows = to_frame(parts().train.rows, SCHEMA.features)
    return PipelineServable(classifier.fit(rows, parts().train.target), SCHEMA)


def test_with_a_threshold_a_tie_is_a_score_at_the_threshold() -> None:
    pipeline = fitted(FixedThresholdClassifier(LogisticRegression()))
    rows = np.column_stack((np.arange(1.0, 9.0), np.zeros(8)))
    share = pipeline.predict(rows).probabilities
    assert share is not None
    pipeline.pipeline.set_params(threshold=share[2, 1])

    assert is_tie(pipeline, rows).tolist() == [False, False, True, *[False] * 5]
    pipeline.pipeline.set_params(threshold=share[2, 1] + 1e-6)
    assert not is_tie(pipeline, rows).any()


def test_votes_that_are_equal_to_a_threshold_are_exact_and_no_tie() -> None:
    forest = RandomForestClassifier(10, random_state=0)
    pipeline = fitted(FixedThresholdClassifier(forest, threshold=0.3))
    share = pipeline.predict(parts().train.rows).probabilities
    assert share is not None
    assert (share[:, 1] == 0.3).any()
    assert not is_tie(pipeline, parts().train.rows).any()
