"""report.json: what it says of a model is what scikit-learn says."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from shared.inference.onnx_servable import OnnxServable
from shared.inference.servable import Predictions
from shared.reports.report_document import MAX_CURVES, MAX_POINTS, MAX_RESIDUALS
from tests.support.models.toy import CLASSES, numbers_called, toy_model
from trainer.dataset.split import Split
from trainer.export.export import ExportedCandidate
from trainer.publishing import holdout_report
from trainer.publishing.holdout_report import MAX_MATRIX_CLASSES, make_holdout_report

RANDOM = np.random.default_rng(7)
ROWS = RANDOM.normal(size=(400, 2))
TRUTH = (ROWS[:, 0] + RANDOM.normal(scale=0.5, size=400) > 0).astype(np.int64)
MODEL = toy_model((1.0, 0.0))
SERVABLE = OnnxServable(MODEL.files["model.onnx"], MODEL.artefact)
ANSWERS = SERVABLE.predict(ROWS)
EXPORTED = ExportedCandidate(MODEL.artefact, {}, None, ANSWERS, ANSWERS, SERVABLE)
HOLDOUT = Split(ROWS, TRUTH)


def of_many_classes(count: int) -> ExportedCandidate:
    names = tuple(f"class {number}" for number in range(count))
    answers = Predictions(RANDOM.integers(0, count, 400), RANDOM.dirichlet(np.ones(count), 400))
    artefact = MODEL.artefact.model_copy(update={"classes": names})
    return replace(EXPORTED, artefact=artefact, holdout=answers)


def test_counts_and_areas_are_scikit_learns() -> None:
    report = make_holdout_report(EXPORTED, HOLDOUT, "f1", seed=42)

    answers = EXPORTED.holdout
    assert answers.probabilities is not None
    (curves,) = report.curves
    assert curves.name == CLASSES[1]
    assert curves.roc_auc == roc_auc_score(TRUTH, answers.probabilities[:, 1])
    assert curves.average_precision == average_precision_score(TRUTH, answers.probabilities[:, 1])
    assert report.confusion_matrix is not None
    assert np.trace(report.confusion_matrix) == (answers.values == TRUTH).sum()
    assert report.rows == np.sum(report.confusion_matrix) == 400
    assert len(curves.roc.x) <= MAX_POINTS
    assert (curves.roc.x[0], curves.roc.y[0]) == (0, 0)
    assert (curves.roc.x[-1], curves.roc.y[-1]) == (1, 1)
    assert curves.precision_recall.x[0] == 0
    assert curves.precision_recall.x[-1] == 1


def test_only_the_feature_that_the_model_looks_at_matters() -> None:
    report = make_holdout_report(EXPORTED, HOLDOUT, "f1", seed=42)

    first, second = report.importances
    assert (first.feature, second.feature) == ("width", "height")
    assert first.drop > 0.2
    assert (second.drop, second.deviation) == (0, 0)
    assert report == make_holdout_report(EXPORTED, HOLDOUT, "f1", seed=42), "by the seed"


def test_the_classes_with_the_most_rows_have_curves() -> None:
    count = MAX_MATRIX_CLASSES + 1
    truth = np.minimum(RANDOM.geometric(0.1, 400) - 1, count - 1)
    report = make_holdout_report(of_many_classes(count), Split(ROWS, truth), "roc_auc_ovr", seed=42)

    assert report.confusion_matrix is None
    assert len(report.curves) == MAX_CURVES
    fewest = min(curves.rows for curves in report.curves)
    shown = {curves.name for curves in report.curves}
    for label, rows in enumerate(np.bincount(truth, minlength=count)):
        assert rows <= fewest or f"class {label}" in shown


def test_no_curves_of_a_further_class_are_begun_when_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    truth = RANDOM.permutation(np.repeat(np.arange(4), [200, 100, 60, 40]))
    seconds = iter(range(0, 1000, 3))
    monkeypatch.setattr(holdout_report, "perf_counter", lambda: next(seconds))
    report = make_holdout_report(of_many_classes(4), Split(ROWS, truth), "roc_auc_ovr", seed=42)
    assert [curves.name for curves in report.curves] == ["class 0"], "the class with the most rows"


def test_a_regression_has_residuals_over_the_whole_range() -> None:
    predicted = ROWS[:, 0] * 10
    artefact = MODEL.artefact.model_copy(
        update={"task": "regression", "classes": (), "features": numbers_called(("a", "b"))}
    )
    exported = replace(EXPORTED, artefact=artefact, holdout=Predictions(predicted, None))
    many = Split(np.tile(ROWS, (3, 1)), np.tile(predicted + 1, 3))
    exported = replace(exported, holdout=Predictions(np.tile(predicted, 3), None))
    report = make_holdout_report(exported, many, "r2", seed=42)

    assert report.curves == ()
    assert report.residuals is not None
    assert len(report.residuals.x) == MAX_RESIDUALS
    assert report.residuals.x[0] == float(f"{predicted.min():.5g}")
    assert np.allclose(report.residuals.y, 1)
