"""A function or class of the user is served without its code, or refused in a plain sentence."""

import io
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.compose import (
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, VotingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from xgboost import XGBClassifier

from shared.contract.layout import JOBLIB_MODEL, ONNX_MODEL
from shared.errors import ExportError
from shared.inference.dataframe import to_frame
from tests.support.sweep import sweep
from tests.support.tables.mixed_table import CATEGORIES, NUMBERS, parts_of, schema_of
from tests.unit.trainer import own_steps
from tests.unit.trainer.estimators import Unconvertible
from trainer.console import Console
from trainer.export import fitted_answers
from trainer.export.export import ExportedCandidate, export_candidate
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import TrialContext

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("_few_generated_rows")]
F = FunctionTransformer


def exported(estimator: Any, classes: int = 2) -> ExportedCandidate:
    parts, schema = parts_of(classes), schema_of(classes)
    context = TrialContext(parts, schema, "accuracy" if classes else "r2", 42)
    (trial,) = fit_candidates({"it": estimator}, context, Console(io.StringIO()))
    assert trial.fitted is not None, trial.result.error
    return export_candidate(trial.fitted, schema, parts, allow_joblib=False)


def encoded() -> OneHotEncoder:
    return OneHotEncoder(handle_unknown="ignore", sparse_output=False)


def with_numbers(*steps: Any, names: Any = NUMBERS) -> Any:
    """Build the columns: numbers by some steps, categories encoded."""
    numbers = make_pipeline(*steps) if steps else "passthrough"
    return make_column_transformer((numbers, names), (encoded(), CATEGORIES))


def with_ratio(estimator: Any, *steps: Any) -> Any:
    columns = with_numbers(*steps, names=[*NUMBERS, "ratio"])
    return make_pipeline(F(own_steps.add_ratio), columns, estimator)


UNKNOWN: Any = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
LINEAR, IMPUTER = LogisticRegression(), SimpleImputer()
PIPELINES = {
    "lambda": make_pipeline(with_numbers(IMPUTER, F(lambda x: np.log1p(abs(x)))), LINEAR),
    "identity": make_pipeline(with_numbers(IMPUTER, F()), LINEAR),
    "checked": make_pipeline(with_numbers(IMPUTER, F(np.square, validate=True)), LINEAR),
    "with arguments": make_pipeline(
        with_numbers(F(own_steps.clipped, kw_args={"limit": 40.0}), IMPUTER), LINEAR
    ),
    "with names": make_pipeline(
        with_numbers(IMPUTER, F(np.cbrt, feature_names_out="one-to-one")), LINEAR
    ),
    "table": with_ratio(LINEAR, IMPUTER, StandardScaler()),
    "selected by type": make_pipeline(
        F(own_steps.add_ratio),
        make_column_transformer(
            (IMPUTER, make_column_selector(dtype_include="number")),
            (encoded(), make_column_selector(dtype_include=object)),
        ),
        LINEAR,
    ),
    "in place": make_pipeline(
        F(own_steps.add_ratio_in_place), with_numbers(IMPUTER, names=[*NUMBERS, "ratio"]), LINEAR
    ),
    "categories": make_pipeline(
        make_column_transformer(
            (make_pipeline(F(own_steps.lower_all), encoded()), CATEGORIES), (IMPUTER, NUMBERS)
        ),
        LINEAR,
    ),
    "imputed categories": make_pipeline(
        make_column_transformer(
            (
                make_pipeline(
                    SimpleImputer(missing_values="", strategy="most_frequent"),
                    F(own_steps.lower_all),
                    encoded(),
                ),
                CATEGORIES,
            )
        ),
        LINEAR,
    ),
    "one column as a Series": make_pipeline(
        make_column_transformer((F(lambda fare: fare.fillna(0).to_frame()), "fare")), LINEAR
    ),
    "encoded whole numbers": make_pipeline(
        make_column_transformer(
            (make_pipeline(F(own_steps.length_of), encoded()), ["town"]),
            (make_pipeline(F(own_steps.decade_of), OrdinalEncoder(**UNKNOWN)), ["age"]),
        ),
        LINEAR,
    ),
    "union": make_pipeline(
        with_numbers(IMPUTER), make_union(F(np.square), StandardScaler()), LINEAR
    ),
    "columns in another order": make_pipeline(
        make_column_transformer(
            (with_numbers(IMPUTER, names=["member", "age"]), ["town", "member", "colour", "age"])
        ),
        LINEAR,
    ),
    "own class of an array": make_pipeline(with_numbers(IMPUTER, own_steps.Centred()), LINEAR),
    "own class of a table": make_pipeline(own_steps.Limited(), with_numbers(IMPUTER), LINEAR),
    "forest": make_pipeline(
        with_numbers(F(lambda x: np.log1p(x.abs()))), RandomForestClassifier(5)
    ),
    "histogram booster": with_ratio(HistGradientBoostingClassifier(max_iter=5)),
    "XGBoost": with_ratio(XGBClassifier(n_estimators=5)),
    "LightGBM": with_ratio(LGBMClassifier(n_estimators=5, verbose=-1)),
}


QUICK = ("lambda", "table", "own class of an array", "categories")


@pytest.mark.parametrize("pipeline", sweep(PIPELINES, *QUICK))
def test_a_pipeline_with_own_code_is_served_as_fitted(pipeline: Any) -> None:
    result = exported(pipeline)

    assert result.parity is not None
    assert (result.parity.generated_rows or 0) > 0.98 * fitted_answers.ROWS


TARGETS: dict[str, dict[str, Any]] = {
    "logarithm": {"func": np.log1p, "inverse_func": np.expm1},
    "lambda": {"func": np.sqrt, "inverse_func": lambda y: y**2},
    "standard": {"transformer": StandardScaler()},
    "range": {"transformer": MinMaxScaler()},
    "size": {"transformer": MaxAbsScaler()},
    "robust": {"transformer": RobustScaler()},
    "power": {"transformer": PowerTransformer()},
    "box-cox": {"transformer": PowerTransformer("box-cox")},
    "unchanged": {},
}


@pytest.mark.parametrize("target", sweep(TARGETS, "logarithm"))
def test_a_transformed_target_is_served_as_fitted(target: dict[str, Any]) -> None:
    inner = make_pipeline(with_numbers(IMPUTER, StandardScaler()), Ridge())

    result = exported(TransformedTargetRegressor(inner, **target), classes=0)

    assert result.parity is not None


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["table", "lambda"])
def test_a_threshold_and_a_search_around_own_code_are_served(name: str) -> None:
    assert exported(FixedThresholdClassifier(PIPELINES[name], threshold=0.3)).parity is not None
    search = GridSearchCV(PIPELINES[name], {"logisticregression__C": [0.1, 1.0]}, cv=2)
    assert exported(search).parity is not None


@pytest.mark.thorough
def test_a_function_inside_a_vote_is_served_as_fitted() -> None:
    squares = make_pipeline(F(np.square), Ridge())
    vote = VotingRegressor([("squares", squares), ("plain", Ridge())])

    assert exported(make_pipeline(with_numbers(IMPUTER), vote), classes=0).parity is not None


def test_a_quantile_of_the_target_has_no_converter() -> None:
    target = TransformedTargetRegressor(Ridge(), transformer=QuantileTransformer(n_quantiles=9))

    with pytest.raises(ExportError, match="inverse of QuantileTransformer has no converter"):
        exported(make_pipeline(with_numbers(IMPUTER), target), classes=0)


REFUSED = {function.__name__: function for function in own_steps.REFUSED}


@pytest.mark.parametrize("function", sweep(REFUSED, "with_clock", "less_mean", "with_loop"))
def test_what_cannot_be_served_is_named_with_the_remedy(function: Callable[..., Any]) -> None:
    with pytest.raises(ExportError) as refusal:
        exported(make_pipeline(with_numbers(IMPUTER, F(function)), LINEAR))

    text = str(refusal.value)
    assert f"its function {function.__name__} cannot be served" in text
    assert own_steps.REFUSED[function] in text
    needs_all_rows = "over all rows" in text
    assert ("each row is predicted by itself" if needs_all_rows else "no Python code") in text
    assert ("ALLOW_JOBLIB" in text) is not needs_all_rows
    assert "docs/functions.md#operations-that-do-not-convert" in text


def test_a_branch_is_refused() -> None:
    numbers = with_numbers(IMPUTER, F(lambda x: x if x.shape[1] == 3 else -x))
    assert exported(make_pipeline(numbers, LINEAR)).parity is not None  # a known number of columns

    branching = F(lambda x: np.where(x > 0, x, 0) if (x > 0).all(axis=1) else -x)
    with pytest.raises(ValueError, match="truth value"):  # numpy refuses it in the fit itself
        branching.fit_transform(np.ones((3, 2)))


def test_an_own_class_that_predicts_is_refused_with_the_reason() -> None:
    with pytest.raises(ExportError, match="no Python code.*class Unconvertible.*estimators.md"):
        exported(make_pipeline(with_numbers(IMPUTER), Unconvertible()))


def test_a_row_that_the_pipeline_refuses_gets_no_number() -> None:
    estimator = with_ratio(LINEAR, IMPUTER, StandardScaler())
    result = exported(estimator)
    rows = parts_of(2).holdout.rows[:2].copy()
    rows[0, :2] = 0.0, 7.0  # 7 / 0

    answer = result.servable.predict(rows).probabilities

    assert answer is not None
    assert np.isnan(answer[0]).all()
    assert np.isfinite(answer[1]).all()


def test_a_function_that_changes_its_table_changes_no_other_candidate() -> None:
    parts, schema = parts_of(2), schema_of(2)
    before = parts.train.rows.copy(), parts.validation.rows.copy()
    context = TrialContext(parts, schema, "accuracy", 42)
    frame = context.train_frame.copy()

    (trial,) = fit_candidates({"it": PIPELINES["in place"]}, context, Console(io.StringIO()))
    assert trial.fitted is not None
    export_candidate(trial.fitted, schema, parts, allow_joblib=False)

    assert context.train_frame.equals(frame)
    assert np.array_equal(parts.train.rows, before[0], equal_nan=True)
    assert np.array_equal(parts.validation.rows, before[1], equal_nan=True)


def test_the_model_holds_no_code_and_the_pickle_holds_the_lambda() -> None:
    result = exported(PIPELINES["lambda"])

    assert b"lambda" not in result.files[ONNX_MODEL]
    assert result.artefact.number_type == "float64"
    pipeline = joblib.load(io.BytesIO(result.files[JOBLIB_MODEL]))
    frame = to_frame(parts_of(2).holdout.rows, schema_of(2).features)
    found = result.servable.predict(parts_of(2).holdout.rows)
    assert pipeline.predict(frame).tolist() == found.values.tolist()
