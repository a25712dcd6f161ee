"""Compute the recall of each class, with its interval."""

import numpy as np

from gatekeeper.evidence.comparison_messages import RECALL_CONFIDENCE, ClassRecall
from gatekeeper.statistics.recall_intervals import count_effective_rows, exact_intervals
from gatekeeper.statistics.row_groups import RowGroups
from shared.inference.servable import Predictions
from shared.scoring.truth import Truth


def class_recalls(
    truth: Truth,
    predictions: Predictions,
    classes: tuple[str, ...],
    groups: RowGroups | None = None,
) -> tuple[ClassRecall, ...]:
    """Compute the recall of each of *classes*, in their order; empty for a regression."""
    if not classes:
        return ()
    indices, is_right = truth.astype(np.intp), predictions.values == truth
    rows = np.bincount(indices, minlength=len(classes))
    recalls = np.bincount(indices[is_right], minlength=len(classes)) / np.maximum(rows, 1)
    effective, keys = rows.astype(np.float64), np.zeros_like(rows)
    if groups is not None:
        effective, keys = count_effective_rows(
            indices, is_right, groups, len(classes), RECALL_CONFIDENCE
        )
    low, high = exact_intervals(recalls * effective, effective, RECALL_CONFIDENCE)
    return tuple(
        ClassRecall(
            name=name,
            rows=int(rows[at]),
            recall=float(recalls[at]),
            low=float(low[at]),
            high=float(high[at]),
            keys=int(keys[at]) or None,
        )
        if rows[at]
        else ClassRecall(name=name, rows=0, recall=None)
        for at, name in enumerate(classes)
    )
