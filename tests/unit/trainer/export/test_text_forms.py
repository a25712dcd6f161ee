"""A served model reads new spellings in another case, if the fitted pipeline does."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from shared.contract.documents import Artefact
from shared.errors import DocumentError, ModelgateError
from shared.inference.dataframe import to_frame
from shared.inference.feature_encoding import UNSEEN, StringCodes
from shared.inference.onnx_servable import OnnxServable
from tests.support.sweep import sweep
from tests.support.tables.mixed_table import parts_of, schema_of
from trainer.dataset.dataset import DataSchema
from trainer.export.export import ExportedCandidate, export_candidate
from trainer.fitting.pipeline_servable import PipelineServable
from trainer.fitting.trial import FittedCandidate

pytestmark = pytest.mark.usefixtures("_few_generated_rows")
TOWNS = ("Aßlar", "NICE or", "Łódź")
FORMS: dict[str, Callable[[Any], Any]] = {
    "lower": lambda town: town.str.lower(),
    "upper": lambda town: town.str.strip().str.upper(),
    "casefold": lambda town: town.str.casefold(),
}


def schema_with(classes: int) -> DataSchema:
    """Return a schema whose last feature has towns with rare letters."""
    schema = schema_of(classes)
    *others, town = schema.features
    own = town.model_copy(update={"categories": tuple(sorted(TOWNS))})
    return replace(schema, features=(*others, own))


def export(pipeline: Any, schema: DataSchema, *, allow_joblib: bool = False) -> ExportedCandidate:
    classes = len(schema.classes)
    parts = parts_of(classes)
    pipeline.fit(to_frame(parts.train.rows, schema.features), parts.train.target)
    validation = PipelineServable(pipeline, schema).predict(parts.validation.rows)
    fitted = FittedCandidate(pipeline, validation, 0.5)
    return export_candidate(fitted, schema, parts, allow_joblib=allow_joblib)


def pipeline_with(function: Callable[[Any], Any], estimator: Any) -> Any:
    """Make a pipeline with a function of the town."""
    return make_pipeline(
        FunctionTransformer(lambda table: table.assign(town=function(table["town"]))),
        make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["town", "colour"])),
        estimator,
    )


def respell(text: str, numbers: random.Random) -> str:
    cases = (str.lower, str.upper, str.casefold, str.title)
    return "".join(numbers.choice(cases)(letter) for letter in text)


def require_equal(exported: ExportedCandidate, pipeline: Any, schema: DataSchema) -> int:
    """Require equal answers for 300 new spellings, and count those with a known category."""
    numbers = random.Random(7)  # noqa: S311 - only test data
    towns = [respell(numbers.choice(TOWNS), numbers) for _ in range(300)]
    codes = StringCodes(exported.artefact.features[-1])
    rows = np.resize(parts_of(len(schema.classes)).holdout.rows, (300, len(schema.features)))
    rows[:, -1] = [codes[town] for town in towns]
    frame = to_frame(rows, schema.features)
    frame["town"] = pd.Series(towns, dtype=object)  # as in to_frame
    answers = exported.servable.predict(rows).values  # noqa: PD011 - of Predictions
    assert answers == pytest.approx(pipeline.predict(frame))
    return int((rows[:, -1] != UNSEEN).sum())


@pytest.mark.parametrize("classes", sweep({"two classes": 2, "numbers": 0}, "two classes"))
@pytest.mark.parametrize("form", FORMS)
def test_strings_are_looked_up_in_the_form_that_the_function_makes(form: str, classes: int) -> None:
    schema = schema_with(classes)
    estimator = LogisticRegression() if classes else Ridge()
    pipeline = pipeline_with(FORMS[form], estimator)

    exported = export(pipeline, schema)

    *others, town = exported.artefact.features
    assert town.text_form == form
    assert [feature.text_form for feature in others] == [None] * len(others)
    assert exported.notes == ()
    assert require_equal(exported, pipeline, schema) > 200
    decoded = Artefact.decode(exported.files["artefact.json"], "artefact.json")
    assert decoded.features[-1].text_form == form


def test_a_forest_that_seldom_asks_for_the_town_reads_it_right_too() -> None:
    schema = schema_with(2)
    pipeline = pipeline_with(FORMS["lower"], RandomForestClassifier(3, max_depth=1, random_state=0))
    assert export(pipeline, schema).artefact.features[-1].text_form == "lower"


def of_both(town: Any) -> Any:
    return town.where(town == "NICE or", town.str.lower())


OF_CASES: dict[str, Callable[[Any], Any]] = {
    "the string itself": lambda town: town,
    "without spaces": lambda town: town.str.replace(" ", ""),
    "lower but for one": lambda town: town.str.lower().where(town != "NICE or", "NICE or"),
    "the beginning": lambda town: town.str[:2],
    "lower but for one, as it is": of_both,
}


@pytest.mark.parametrize("function", sweep(OF_CASES, "the string itself", "lower but for one"))
def test_no_form_is_chosen_if_the_function_tells_cases_apart(function: Any) -> None:
    schema = schema_with(2)
    pipeline = pipeline_with(function, LogisticRegression())
    exported = export(pipeline, schema)
    assert exported.artefact.features[-1].text_form is None
    assert b"text_form" not in exported.artefact.encode()


def test_a_column_that_is_used_as_it_is_too_has_no_form() -> None:
    schema = schema_with(2)
    encoders = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["town", "small"]),
    )
    pipeline = make_pipeline(
        FunctionTransformer(lambda table: table.assign(small=table["town"].str.lower())),
        encoders,
        RandomForestClassifier(2, max_depth=1, random_state=0),
    )
    exported = export(pipeline, schema)
    assert exported.artefact.features[-1].text_form is None
    assert "other spellings count as unknown" in exported.notes[0]


def test_a_pickle_has_a_form_too() -> None:
    class Own(LogisticRegression):  # type: ignore[misc]  # sklearn ships no types
        """No converter knows it."""

    schema = schema_with(2)
    pipeline = pipeline_with(FORMS["upper"], Own())
    exported = export(pipeline, schema, allow_joblib=True)
    assert exported.parity is None
    assert exported.artefact.features[-1].text_form == "upper"
    require_equal(exported, pipeline, schema)


def test_a_release_that_does_not_know_the_form_cannot_serve_the_model() -> None:
    """Releases up to 0.1.0 know neither field, and pass float32."""
    schema = schema_with(2)
    exported = export(pipeline_with(FORMS["lower"], LogisticRegression()), schema)
    *others, town = exported.artefact.features
    old = exported.artefact.model_copy(
        update={
            "number_type": "float32",
            "features": (*others, town.model_copy(update={"text_form": None})),
        }
    )
    with pytest.raises(ModelgateError):
        OnnxServable(exported.files["model.onnx"], old).predict(np.zeros((1, len(old.features))))


@pytest.mark.parametrize(
    ("was", "now", "reason"),
    [
        (b'"float64"', b'"float32"', "a model with a text_form must have the number_type float64"),
        (b'"lower"', b'"rot13"', "text_form"),
    ],
)
def test_a_form_that_no_reader_can_follow_is_refused(was: bytes, now: bytes, reason: str) -> None:
    schema = schema_with(2)
    exported = export(pipeline_with(FORMS["lower"], LogisticRegression()), schema)
    content = exported.artefact.encode()
    assert was in content
    with pytest.raises(DocumentError, match=reason):
        Artefact.decode(content.replace(was, now), "artefact.json")
