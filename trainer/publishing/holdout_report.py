"""Make report.json: curves and counts of the selected model on the holdout."""

import warnings
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from shared.reports.report_document import (
    MAX_CURVES,
    MAX_POINTS,
    MAX_RESIDUALS,
    CandidateReport,
    ClassCurves,
    Points,
)
from shared.scoring.costs import CostTable
from shared.scoring.scorer_names import BINARY
from shared.scoring.scorers import confusion_matrix
from shared.scoring.truth import Truth
from trainer.console import ShowProgress, show_nothing
from trainer.dataset.split import Split
from trainer.export.export import ExportedCandidate
from trainer.publishing import feature_importance

MAX_MATRIX_CLASSES = 30
"""Largest confusion matrix that people can read."""
_BINS = 10
_MAX_CURVE_SECONDS = 4.0
"""No curves of a further class are begun after this time. A million rows take a second a class."""

Numbers = npt.NDArray[Any]


def make_holdout_report(
    exported: ExportedCandidate,
    holdout: Split,
    metric: str,
    seed: int,
    show_progress: ShowProgress = show_nothing,
    *,
    costs: CostTable | None = None,
) -> CandidateReport:
    """Report on the served model."""
    show_progress("Making the report")
    artefact, predictions = exported.artefact, exported.holdout
    truth, classes = holdout.target, len(artefact.classes)
    importances = feature_importance.measure(
        exported, holdout, metric, seed, show_progress, costs=costs
    )
    return CandidateReport(
        rows=len(truth),
        confusion_matrix=confusion_matrix(truth, predictions, classes)
        if 0 < classes <= MAX_MATRIX_CLASSES
        else None,
        curves=_curves(truth, predictions.probabilities, artefact.classes),
        residuals=None if classes else _residuals(truth, predictions.values),
        importances=importances.largest,
        importance_rows=importances.rows,
        shuffles=feature_importance.SHUFFLES,
        measured=importances.measured,
        unmeasured=importances.unmeasured,
    )


def _curves(
    truth: Truth, probabilities: Numbers | None, classes: tuple[str, ...]
) -> tuple[ClassCurves, ...]:
    if probabilities is None or not classes:
        return ()
    counts = np.bincount(truth.astype(np.intp), minlength=len(classes))
    shown = [1] if len(classes) == BINARY else np.argsort(-counts, kind="stable")[:MAX_CURVES]
    curves: dict[int, ClassCurves] = {}
    started = perf_counter()
    for label in shown:
        if 0 < counts[label] < len(truth) and perf_counter() - started < _MAX_CURVE_SECONDS:
            curves[label] = _class_curves(classes[label], truth == label, probabilities[:, label])
    return tuple(curves[label] for label in sorted(curves))


def _class_curves(name: str, is_class: Numbers, probability: Numbers) -> ClassCurves:
    false_rate, true_rate, _ = roc_curve(is_class, probability)
    precision, recall, _ = precision_recall_curve(is_class, probability)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sums of float32 may be a little above 1
        bounded = np.clip(probability, 0.0, 1.0)
    share, mean = calibration_curve(is_class, bounded, n_bins=_BINS, strategy="quantile")
    return ClassCurves(
        name=name,
        rows=int(is_class.sum()),
        roc=_thin(false_rate, true_rate),
        roc_auc=float(roc_auc_score(is_class, probability)),
        precision_recall=_thin(recall[::-1], precision[::-1]),
        average_precision=float(average_precision_score(is_class, probability)),
        calibration=_points(mean, share),
    )


def _residuals(truth: Truth, predicted: Numbers) -> Points:
    """Return the residuals of rows that are spread evenly over the predictions."""
    order = np.argsort(predicted, kind="stable")
    chosen = order[_spread(len(order), MAX_RESIDUALS)]
    return _points(predicted[chosen], truth[chosen] - predicted[chosen])


def _thin(x: Numbers, y: Numbers) -> Points:
    chosen = _spread(len(x), MAX_POINTS)
    return _points(x[chosen], y[chosen])


def _spread(count: int, most: int) -> npt.NDArray[np.intp]:
    """Return at most *most* of *count* indices, including the first and the last."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))


def _points(x: Numbers, y: Numbers) -> Points:
    """Round to five digits, more than a picture shows."""
    return Points(
        x=tuple(float(f"{value:.5g}") for value in x), y=tuple(float(f"{value:.5g}") for value in y)
    )
