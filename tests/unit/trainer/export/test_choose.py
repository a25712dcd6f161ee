"""The best candidate that can be exported wins."""

import io
from typing import Any

import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from shared.contract.documents import JOBLIB_MEDIA_TYPE
from shared.errors import CandidatesError
from tests.support.tables.tables import SCHEMA, blob_parts
from tests.unit.trainer.estimators import Answering, Failing, Unconvertible
from trainer.console import Console
from trainer.export.choose import Choice, choose_candidate
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import TrialContext

PARTS = blob_parts()


def chosen(*, allow_joblib: bool = False, **table: Any) -> Choice:
    console = Console(io.StringIO())
    attempts = fit_candidates(table, TrialContext(PARTS, SCHEMA, "f1", 42), console)
    return choose_candidate(attempts, SCHEMA, PARTS, console, allow_joblib=allow_joblib)


def test_the_best_candidate_on_validation_is_chosen() -> None:
    choice = chosen(stump=Answering(1), linear=LogisticRegression())

    assert choice.name == "linear"
    assert [result.name for result in choice.results] == ["stump", "linear"]
    assert all(result.error is None for result in choice.results)


def test_a_better_candidate_that_does_not_export_is_skipped_with_the_reason() -> None:
    choice = chosen(
        best=Unconvertible(), stump=DecisionTreeClassifier(max_depth=1), broken=Failing()
    )

    assert choice.name == "stump"
    errors = {result.name: result.error for result in choice.results}
    assert errors["stump"] is None
    assert "ALLOW_JOBLIB=true" in str(errors["best"])
    assert "ValueError" in str(errors["broken"])
    assert choice.results[0].metrics["f1"] > 0, "what it scored stays in the table"


def test_with_allow_joblib_the_best_candidate_wins_as_a_pickle_too() -> None:
    choice = chosen(
        best=Unconvertible(), stump=DecisionTreeClassifier(max_depth=1), allow_joblib=True
    )

    assert choice.name == "best"
    assert choice.exported.artefact.model.media_type == JOBLIB_MEDIA_TYPE


def test_if_no_candidate_exports_all_reasons_are_given() -> None:
    with pytest.raises(CandidatesError, match="dummy: it does not convert.*broken: ValueError"):
        chosen(dummy=DummyClassifier(), broken=Failing())
