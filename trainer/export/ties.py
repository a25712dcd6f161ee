"""Find rows where the label depends on the order of additions: ties of floating-point scores."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from shared.inference.dataframe import to_frame
from shared.inference.servable import Rows
from trainer.fitting.pipeline_servable import PipelineServable

if TYPE_CHECKING:
    import pandas as pd

    from trainer.conversion.thresholds import Threshold

_TIE = 1e-9
"""Scores that differ by less, relative to their size, are equal but for rounding."""
_STEPS = 4
"""Scores in float32 are equal but for rounding within this number of steps."""


def is_tie(fitted: PipelineServable, rows: Rows) -> npt.NDArray[np.bool_]:
    """Return for each row whether the two best scores of the fitted pipeline are nearly equal.

    With a threshold, return whether the score is nearly equal to it.
    Scores are those of decision_function, or probabilities without it. Exactly equal probabilities
    do not count: votes and the shares of leaves have an exact sum, so the first class wins.
    """
    from trainer.conversion.thresholds import split_threshold  # noqa: PLC0415 - slow to import

    frame = to_frame(rows, fitted.features)
    pipeline: Any = fitted.pipeline
    _, threshold = split_threshold(pipeline)
    if threshold is not None:
        return _is_at_threshold(fitted, frame, threshold)
    if hasattr(pipeline, "decision_function"):
        scores = np.asarray(pipeline.decision_function(frame))
        if scores.ndim == 1:
            scores = np.column_stack((np.zeros(len(scores)), scores))
        margin, size = _margin(scores)
        return np.asarray(margin < _TIE * np.maximum(size, 1.0))
    if not fitted.has_probabilities:
        return np.zeros(len(rows), dtype=np.bool_)
    margin, _ = _margin(np.asarray(pipeline.predict_proba(frame)))
    return np.asarray((margin < _TIE) & (margin > 0.0))


def _is_at_threshold(
    fitted: PipelineServable, frame: "pd.DataFrame", threshold: "Threshold"
) -> npt.NDArray[np.bool_]:
    pipeline: Any = fitted.pipeline
    if fitted.has_probabilities:
        scores = np.asarray(pipeline.predict_proba(frame))[:, threshold.positive]
    else:
        sign = 1.0 if threshold.positive else -1.0
        scores = np.asarray(pipeline.decision_function(frame)) * sign
    distance = np.abs(scores.astype(np.float64) - threshold.score)
    if scores.dtype == np.float32:
        return np.asarray(distance < _STEPS * np.finfo(np.float32).eps)
    is_exact = (distance == 0.0) & (not hasattr(pipeline, "decision_function"))
    return np.asarray((distance < _TIE * np.maximum(np.abs(scores), 1.0)) & ~is_exact)


def _margin(scores: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the difference of the two best scores, and the size of the largest."""
    in_order = np.sort(scores.astype(np.float64), axis=1)
    return in_order[:, -1] - in_order[:, -2], np.abs(scores).max(axis=1)
