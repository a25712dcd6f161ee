"""report.json: how a candidate did on its holdout, written by the trainer for people.

It is no part of the artefact and decides nothing: the gate computes what it needs itself.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.contract.document import Document, Finite, Positive, StrictModel
from shared.contract.documents import Count

MAX_POINTS = 101
"""Of a curve."""
MAX_CURVES = 10
"""Classes with curves, those with the most rows."""
MAX_RESIDUALS = 500
MAX_IMPORTANCES = 30

Numbers = Annotated[tuple[Finite, ...], Field(max_length=MAX_RESIDUALS)]


class Points(StrictModel):
    """A curve, or a cloud: as many x as y."""

    x: Numbers
    y: Numbers

    @model_validator(mode="after")
    def _require_pairs(self) -> Self:
        if len(self.x) != len(self.y):
            raise ValueError("x and y must be of one length")
        return self


class ClassCurves(StrictModel):
    """How well the probability of one class tells its rows from all others."""

    name: str
    rows: Count
    """Of the holdout that belong to the class."""
    roc: Points
    """False positive rate, true positive rate."""
    roc_auc: Finite
    precision_recall: Points
    """Recall, precision."""
    average_precision: Finite
    calibration: Points
    """Mean predicted probability and share of the class, in ten bins of equally many rows."""


class Importance(StrictModel):
    """By how much the metric drops when one feature's values are shuffled."""

    feature: str
    drop: Finite
    deviation: Finite
    """Standard deviation over the shuffles."""


class CandidateReport(Document):
    """One candidate on its holdout."""

    rows: Positive
    confusion_matrix: tuple[tuple[Count, ...], ...] | None
    """Counts by [true class][predicted class]; None of a regression, and of too many classes."""
    curves: Annotated[tuple[ClassCurves, ...], Field(max_length=MAX_CURVES)]
    """Of two classes the positive one's alone; none without probabilities."""
    residuals: Points | None
    """Of a regression: what was predicted, and the truth minus that, on rows spread evenly."""
    importances: Annotated[tuple[Importance, ...], Field(max_length=MAX_IMPORTANCES)]
    """The largest first."""
    importance_rows: Count
    shuffles: Count
