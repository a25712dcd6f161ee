"""report.json: a candidate's results on its holdout, written by the trainer for people.

It does not belong to the artefact and decides nothing: the gate computes its own scores.
"""

from operator import not_
from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.contract.document import Document, Finite, Positive, StrictModel
from shared.contract.field_types import Count

MAX_POINTS = 101
"""The most points of one curve."""
MAX_CURVES = 10
"""The most classes with curves; the classes with the most rows have them."""
MAX_RESIDUALS = 500
"""The most rows whose residuals are drawn."""
MAX_IMPORTANCES = 30
"""The most features whose importance is listed."""

Numbers = Annotated[tuple[Finite, ...], Field(max_length=MAX_RESIDUALS)]


class Points(StrictModel):
    """The points of a curve or a scatter plot: the same number of x and y."""

    x: Numbers
    y: Numbers

    @model_validator(mode="after")
    def _require_pairs(self) -> Self:
        if len(self.x) != len(self.y):
            raise ValueError("x and y must have the same length")
        return self


class ClassCurves(StrictModel):
    """The curves of one class, whose probability separates its rows from all others."""

    name: str
    rows: Count
    """The number of the class's rows in the holdout."""
    roc: Points
    """x: false positive rate, y: true positive rate."""
    roc_auc: Finite
    precision_recall: Points
    """x: recall, y: precision."""
    average_precision: Finite
    calibration: Points
    """x: mean predicted probability, y: fraction of the class, in ten bins of equal size."""


class Importance(StrictModel):
    """The drop of the metric when one feature's values are shuffled."""

    feature: str
    drop: Finite
    deviation: Finite
    """The standard deviation over the shuffles."""


class CandidateReport(Document):
    """report.json: the results of one candidate on its holdout."""

    max_values = 100_000

    rows: Positive
    confusion_matrix: tuple[tuple[Count, ...], ...] | None
    """Counts by [true class][predicted class]; None for a regression or too many classes."""
    curves: Annotated[tuple[ClassCurves, ...], Field(max_length=MAX_CURVES)]
    """One for each class; only the positive class of two. Empty without probabilities."""
    residuals: Points | None
    """x: prediction, y: truth minus prediction, on a regression's evenly spaced rows."""
    importances: Annotated[tuple[Importance, ...], Field(max_length=MAX_IMPORTANCES)]
    """The most important features, the largest drop first."""
    importance_rows: Count
    shuffles: Count
    measured: tuple[str, ...] = Field(default=(), exclude_if=not_)
    """The features whose importance was measured; empty if it is all of them."""
    unmeasured: Count = Field(default=0, exclude_if=not_)
    """The number of the other features."""
