"""A failed fit names the column that was probably meant, and how booleans are mapped."""

from collections.abc import Callable
from typing import Any

import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from shared.contract.documents import Feature
from tests.support.tables.mixed_table import NUMBERS, parts_of, schema_of
from trainer.candidates.candidate_table import Candidate
from trainer.fitting.failure_text import describe_failure
from trainer.fitting.trial import TrialContext, run_trial

CONTEXT = TrialContext(parts_of(2), schema_of(2), "accuracy", 42)
FLAG = Feature(name="flag", type="boolean")


def failure_of(pipeline: Any) -> str:
    """Fit a pipeline that fails, and return why."""
    result = run_trial(Candidate("own", pipeline), {}, CONTEXT).result
    assert result.error is not None
    return result.error


def own(function: Callable[[Any], Any]) -> Any:
    return make_pipeline(FunctionTransformer(function), LogisticRegression())


@pytest.mark.parametrize(
    "pipeline",
    [
        own(lambda table: table.assign(long=table["toun"].str.len())),
        own(lambda table: table[["age", "toun"]]),
        own(lambda table: table.drop(columns=["toun"])),
        own(lambda table: table.loc[:, "toun"].to_frame()),
        make_pipeline(make_column_transformer((OneHotEncoder(), ["toun"])), LogisticRegression()),
        make_pipeline(make_column_transformer((StandardScaler(), "toun")), LogisticRegression()),
    ],
)
def test_a_column_that_is_not_there_suggests_the_similar_one(pipeline: Any) -> None:
    text = failure_of(pipeline)
    assert "toun" in text or "not a column" in text
    assert text.endswith(". Did you mean 'town'?")


def test_without_a_similar_column_all_are_listed() -> None:
    pipeline = make_column_transformer((OneHotEncoder(), ["postcode"]))
    text = failure_of(make_pipeline(pipeline, LogisticRegression()))
    assert text.endswith(f". The columns are {', '.join(map(repr, [*NUMBERS, 'colour', 'town']))}.")


def test_a_key_of_another_dictionary_is_no_column() -> None:
    sizes = {"Bonn": 1}
    text = failure_of(own(lambda table: table.assign(x=[sizes[town] for town in table["town"]])))
    assert text.startswith("KeyError")
    assert "Did you mean" not in text
    assert "The columns" not in text


@pytest.mark.parametrize(
    ("features", "is_explained"),
    [
        ([FLAG], True),
        ([FLAG, Feature(name="age", type="number", nullable=True)], False),
        ([Feature(name="age", type="number")], False),
    ],
)
def test_missing_values_that_a_function_makes_of_booleans_are_explained(
    features: list[Feature], is_explained: bool
) -> None:
    text = describe_failure(ValueError("Input X contains NaN.\nMore lines"), features)
    assert ("booleans are 1 and 0" in text) is is_explained
