"""The results of a run in a manifest: those of its candidates, and of a constant answer."""

from typing import Any

from shared.contract.document import Finite, StrictModel
from shared.contract.field_types import Count, Name


class CandidateResult(StrictModel):
    """One estimator of the trainer's table: its scores on validation, or why it failed."""

    name: Name
    estimator: str
    parameters: dict[str, Any]
    metrics: dict[str, Finite]
    confusion_matrix: tuple[tuple[Count, ...], ...] | None
    fit_seconds: Finite
    error: str | None
    settings_tried: Count = 0
    """The number of parameter settings that a search tried, without the estimator's own."""


class Baseline(StrictModel):
    """The scores of a constant answer, which ignores all features."""

    answer: str
    """The answer in words: `the most frequent class, benign`."""
    metrics: dict[str, Finite]
    """On validation, as for the candidates."""
    holdout_metrics: dict[str, Finite]
