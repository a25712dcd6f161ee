"""A better candidate that could not be exported is named, with its score."""

import pytest

from shared.contract.documents import Manifest
from shared.contract.run_results import CandidateResult
from shared.reports.html_report import render_report
from shared.reports.report_document import CandidateReport
from shared.reports.unexported_warning import warn_about_unexported
from tests.support.stores.builders import toy_candidate

MANIFEST = toy_candidate().manifest
MAE = "neg_mean_absolute_error"
NO_REPORT = CandidateReport(
    rows=40,
    confusion_matrix=None,
    curves=(),
    residuals=None,
    importances=(),
    importance_rows=40,
    shuffles=5,
)


def result(name: str, score: float | None, error: str | None = None) -> CandidateResult:
    return CandidateResult(
        name=name,
        estimator=f"{name}()",
        parameters={},
        metrics={} if score is None else {MAE: score},
        confusion_matrix=None,
        fit_seconds=0.1,
        error=error,
    )


def published(*others: CandidateResult) -> Manifest:
    results = (*others, result("boosting", -4558.2))
    scores = {MAE: -4600.0}
    update = {"metric": MAE, "model_name": "boosting", "candidates": results}
    return MANIFEST.model_copy(update={**update, "holdout_metrics": scores})


def test_the_better_candidate_is_named_with_both_scores() -> None:
    manifest = published(result("ridge", -2259.1, "Operator equal"), result("worse", -9000.0, "no"))
    assert warn_about_unexported(manifest) == (
        "ridge (MAE 2259.1) scored better on validation and could not be exported; "
        "boosting (MAE 4558.2) is published instead."
    )


def test_several_better_candidates_are_named_best_first() -> None:
    failed = [result(name, score, "no") for name, score in (("a", -3000.0), ("b", -2000.0))]
    assert (warn_about_unexported(published(*failed)) or "").startswith(
        "b (MAE 2000.0) and a (MAE 3000.0) scored better"
    )


@pytest.mark.parametrize(
    "other",
    [
        result("worse", -9000.0, "not exported"),
        result("equal", -4558.2, "not exported"),
        result("broken", None, "ValueError"),
        result("exported", -4700.0),
    ],
    ids=lambda each: each.name,
)
def test_without_a_better_one_there_is_no_warning(other: CandidateResult) -> None:
    assert warn_about_unexported(published(other)) is None


def test_a_manifest_without_the_chosen_candidates_scores_has_no_warning() -> None:
    assert warn_about_unexported(MANIFEST.model_copy(update={"candidates": ()})) is None


def test_the_report_shows_the_warning_and_why() -> None:
    page = render_report(published(result("ridge", -2259.1, "Operator equal")), NO_REPORT, ())
    assert "ridge (MAE 2259.1) scored better on validation" in page
    assert "cannot be exported: Operator equal" in page
