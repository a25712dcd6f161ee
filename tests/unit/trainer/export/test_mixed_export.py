"""Models of mixed columns are exported to ONNX, and predict the same."""

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from examples.mixed import CANDIDATES
from shared.contract.documents import ONNX_MEDIA_TYPE, Feature
from shared.contract.golden_rows import GoldenRows
from shared.contract.layout import GOLDEN, ONNX_MODEL
from shared.errors import ExportError
from shared.inference.feature_encoding import UNSEEN
from shared.inference.golden_rows import verify_golden_rows
from shared.inference.onnx_servable import OnnxServable
from tests.support.sweep import sweep
from tests.support.tables.mixed_table import CATEGORIES, NUMBERS, parts_of, schema_of
from trainer.console import Console
from trainer.conversion.to_onnx import INPUT, Precision, suitable_precisions
from trainer.dataset.dataset import DataSchema
from trainer.dataset.split import Split, Splits
from trainer.export.export import ExportedCandidate, export_candidate
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.pipeline_servable import PipelineServable
from trainer.fitting.trial import TrialContext

pytestmark = pytest.mark.usefixtures("_few_generated_rows")
ENCODER = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
IMPUTER = SimpleImputer(strategy="median")


def exported(
    estimator: Any, schema: DataSchema, parts: Splits, *, allow_joblib: bool = False
) -> tuple[ExportedCandidate, PipelineServable]:
    """Return a candidate as it is published, and as it was fitted."""
    metric = "accuracy" if schema.classes else "r2"
    fitting = TrialContext(parts, schema, metric, 42)
    (attempt,) = fit_candidates({"it": estimator}, fitting, Console(io.StringIO()))
    assert attempt.fitted is not None, attempt.result.error
    pipeline = PipelineServable(attempt.fitted.pipeline, schema)
    return export_candidate(attempt.fitted, schema, parts, allow_joblib=allow_joblib), pipeline


def session_of(result: ExportedCandidate) -> OnnxServable:
    assert result.artefact.model.media_type == ONNX_MEDIA_TYPE
    servable = OnnxServable(result.files[ONNX_MODEL], result.artefact)
    golden = GoldenRows.decode(result.files[GOLDEN], GOLDEN)
    verify_golden_rows(servable, golden, result.artefact)
    return servable


@pytest.mark.parametrize("classes", sweep({"0": 0, "2": 2, "3": 3}, "0", "3"))
def test_columns_of_all_types_are_served_as_fitted(classes: int) -> None:
    model = Ridge() if classes == 0 else LogisticRegression(max_iter=500)
    columns = make_column_transformer((IMPUTER, NUMBERS), (ENCODER, CATEGORIES))
    parts = parts_of(classes)

    result, pipeline = exported(make_pipeline(columns, model), schema_of(classes), parts)

    servable = session_of(result)
    rows = np.array([[30.0, np.nan, 1.0, UNSEEN, np.nan], [55.5, 20.0, 0.0, 2.0, UNSEEN]])
    wanted, found = pipeline.predict(rows), servable.predict(rows)
    assert np.allclose(found.values, wanted.values, rtol=1e-5)
    if classes:
        assert found.probabilities is not None
        assert np.abs(found.probabilities - wanted.probabilities).max() < 1e-5
    assert result.parity is not None
    asked = len(parts.validation.rows) + 2 * len(parts.holdout.rows)
    assert result.parity.rows == asked, "the holdout's rows once more, with holes and unseen texts"
    assert (result.parity.max_relative_difference is None) == bool(classes)


@pytest.mark.parametrize("name", CANDIDATES)
def test_the_mixed_example_converts(name: str) -> None:
    candidate = CANDIDATES[name]

    result, _pipeline = exported(candidate, schema_of(3), parts_of(3))

    session_of(result)


def renamed(names: Sequence[str]) -> DataSchema:
    schema = schema_of(2)
    features = tuple(
        feature.model_copy(update={"name": name})
        for feature, name in zip(schema.features, names, strict=True)
    )
    return replace(schema, features=features)


def test_columns_may_have_any_name() -> None:
    names = ["a b", "a_b", "'\"\\", "ü.é\t", INPUT]
    numbers, texts = names[:3], names[3:]
    columns = ColumnTransformer(
        [("it's", ENCODER, texts[::-1]), ("the rest", IMPUTER, numbers)],
        transformer_weights={"the rest": 0.5},
    )

    result, _pipeline = exported(
        make_pipeline(columns, StandardScaler(), LogisticRegression()), renamed(names), parts_of(2)
    )

    session_of(result)


COLUMNS = {
    "by type": (
        make_column_selector(dtype_include="number"),
        make_column_selector("o|t", dtype_include=object),
    ),
    "by place": ([2, 0, 1], [4, 3]),
    "by slice": (slice("age", "member"), slice("colour", None)),
    "by mask": ([True, True, True, False, False], [False, False, False, True, True]),
}


@pytest.mark.parametrize("chosen", sweep(COLUMNS, "by type", "by mask"))
def test_columns_may_be_chosen_in_any_way(chosen: tuple[Any, Any]) -> None:
    numbers, texts = chosen
    columns = make_column_transformer((IMPUTER, numbers), (ENCODER, texts))

    result, _pipeline = exported(
        make_pipeline(columns, LogisticRegression(max_iter=500)), schema_of(2), parts_of(2)
    )

    session_of(result)


def test_columns_are_taken_by_name_where_all_are_numbers() -> None:
    parts, schema = only([0, 2])
    columns = make_column_transformer((StandardScaler(), ["member"]), remainder="passthrough")

    result, _pipeline = exported(make_pipeline(columns, LogisticRegression()), schema, parts)

    session_of(result)


def test_a_table_of_only_categories_is_served() -> None:
    parts, schema = only([3, 4])

    result, _pipeline = exported(make_pipeline(ENCODER, LogisticRegression()), schema, parts)

    session_of(result)


def only(places: list[int]) -> tuple[Splits, DataSchema]:
    parts, schema = parts_of(2), schema_of(2)
    kept = (Split(part.rows[:, places], part.target) for part in parts.by_name().values())
    features = tuple(schema.features[place] for place in places)
    return Splits(*kept), replace(schema, features=features)


RAISING = {
    "unseen": make_pipeline(
        make_column_transformer((IMPUTER, NUMBERS), (OneHotEncoder(), CATEGORIES)),
        LogisticRegression(),
    ),
    "missing": make_pipeline(
        make_column_transformer(("passthrough", NUMBERS), (ENCODER, CATEGORIES)),
        LogisticRegression(),
    ),
}


@pytest.mark.parametrize("allow_joblib", [False, True])
@pytest.mark.parametrize("estimator", RAISING.values(), ids=RAISING)
def test_an_estimator_that_fails_on_accepted_rows_is_excluded_with_a_remedy(
    estimator: Any, allow_joblib: bool
) -> None:
    rows, targets = parts_of(2), parts_of(2)
    whole = (
        Split(np.nan_to_num(part.rows), targets.by_name()[name].target)
        for name, part in rows.by_name().items()
    )
    with pytest.raises(ExportError, match="SimpleImputer.*handle_unknown"):
        exported(estimator, schema_of(2), Splits(*whole), allow_joblib=allow_joblib)


def test_only_trees_that_read_float32_themselves_compute_in_float32() -> None:
    forest, booster = RandomForestClassifier(), HistGradientBoostingClassifier()

    assert suitable_precisions(forest)[0] is Precision.NARROW
    for other in (booster, LogisticRegression(), make_pipeline(StandardScaler(), forest)):
        assert Precision.NARROW not in suitable_precisions(other)


@pytest.mark.parametrize("classes", [0, 2])
def test_forests_send_missing_values_where_they_went_at_the_fit(classes: int) -> None:
    parts, schema = only([0, 1, 2]) if classes else (parts_of(0), schema_of(0))
    if not classes:
        kept = (Split(part.rows[:, :3], part.target) for part in parts.by_name().values())
        parts, schema = Splits(*kept), replace(schema, features=schema.features[:3])
    forest = RandomForestClassifier(5) if classes else RandomForestRegressor(5)

    result, pipeline = exported(forest, schema, parts)

    rows = np.array([[30.0, np.nan, 1.0], [55.5, np.nan, 0.0]])
    found = session_of(result).predict(rows)
    assert np.allclose(found.values, pipeline.predict(rows).values, rtol=1e-5)


def test_equal_models_of_mixed_columns_have_equal_bytes() -> None:
    columns = make_column_transformer((IMPUTER, NUMBERS), (ENCODER, CATEGORIES))
    candidate = make_pipeline(columns, RandomForestClassifier(3))

    first, second = (exported(candidate, schema_of(3), parts_of(3))[0] for _ in range(2))

    assert first.digest == second.digest


def test_a_category_is_a_text_also_where_it_looks_like_a_number() -> None:
    parts, schema = only([3, 4])
    digits = tuple(
        Feature(name=feature.name, type="category", categories=("1", "2", "é"))
        for feature in schema.features
    )

    result, _pipeline = exported(
        make_pipeline(ENCODER, LogisticRegression()), replace(schema, features=digits), parts
    )

    session_of(result)
