"""A run says which strings a served model answers otherwise than the fitted pipeline."""

import io
from typing import Any

import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from shared.inference.dataframe import to_frame
from tests.support.tables.mixed_table import parts_of, schema_of
from trainer.console import Console
from trainer.export.choose import choose_candidate
from trainer.export.new_spellings import read_new_spellings
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.pipeline_servable import PipelineServable
from trainer.fitting.trial import TrialContext


def pipeline_with(function: Any, classes: int) -> Any:
    """Make a pipeline with a function of the town."""
    return make_pipeline(
        FunctionTransformer(lambda table: table.assign(town=function(table["town"]))),
        make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["town"])),
        LogisticRegression() if classes else Ridge(),
    )


def notes_of(function: Any, classes: int = 2) -> list[str]:
    """Fit a pipeline with a function of the town, and return the notes on it."""
    parts, schema = parts_of(classes), schema_of(classes)
    fitted = pipeline_with(function, classes)
    fitted.fit(to_frame(parts.train.rows, schema.features), parts.train.target)
    return [*read_new_spellings(PipelineServable(fitted, schema), schema, parts.holdout.rows).notes]


def of_known(town: Any) -> Any:
    names = {"Bonn": 1, "Oslo": 2, "Rome": 3, "": 4, "<unseen>": 5}
    return town.map(lambda text: names[text])


@pytest.mark.parametrize("classes", [2, 0])
@pytest.mark.parametrize(
    ("function", "spelling"),
    [
        (lambda town: town.str.lower().str.replace(".", ""), "'Bonn.' in town"),
        (lambda town: town.mask(town == "Oslo", town.str.upper()), "'OSLO' in town"),
        (lambda town: town.str.replace(".", ""), "'Bonn.' in town"),
        (lambda town: town.str[:3], "'Bonn.' in town"),
        (lambda town: town.str.split(" ").str[0], "'Bonn x' in town"),
        (lambda town: town.str.len(), "'nnoB' in town"),
        (of_known, "'bonn' in town"),
    ],
)
def test_a_spelling_that_only_the_fitted_pipeline_knows_is_named(
    function: Any, spelling: str, classes: int
) -> None:
    (note,) = notes_of(function, classes)

    assert note.startswith("its own functions run on the known strings of the training data")
    assert spelling in note


@pytest.mark.parametrize(
    "function",
    [
        lambda town: town,
        lambda town: town.map({"Bonn": "west"}).fillna("other"),
        lambda town: town.where(town.isin(["Bonn", "Oslo"]), "other"),
    ],
)
def test_no_note_is_written_if_new_strings_are_unknown_to_both(function: Any) -> None:
    assert notes_of(function) == []


def test_a_run_shows_the_note_of_the_chosen_candidate() -> None:
    parts, schema, stream = parts_of(2), schema_of(2), io.StringIO()
    context = TrialContext(parts, schema, "accuracy", 42)
    candidates = {"own": pipeline_with(lambda town: town.str[:3], 2)}
    trials = fit_candidates(candidates, context, Console(io.StringIO()))

    choose_candidate(trials, schema, parts, Console(stream), allow_joblib=False)

    (note,) = stream.getvalue().splitlines()
    assert note.startswith("note: own: its own functions run on the known strings")
    assert "docs/functions.md#strings-that-the-training-data-lacks" in note
