"""Recall of each class: of the rows that belong to it, the share that the model finds."""

import numpy as np

from gatekeeper.evidence.comparison_messages import ClassRecall
from shared.inference.servable import Predictions
from shared.scoring.scorers import Truth


def class_recalls(
    truth: Truth, predictions: Predictions, classes: tuple[str, ...]
) -> tuple[ClassRecall, ...]:
    """The recall of each of *classes*, in their order; none for a regression."""
    if not classes:
        return ()
    indices = truth.astype(np.intp)
    rows = np.bincount(indices, minlength=len(classes))
    found = np.bincount(indices[predictions.values == truth], minlength=len(classes))
    return tuple(
        ClassRecall(name=name, rows=int(n), recall=float(right / n) if n else None)
        for name, n, right in zip(classes, rows, found, strict=True)
    )


def answers_vary(predictions: Predictions) -> bool:
    """Whether any two rows get different answers; probabilities are answers too."""
    probabilities = predictions.probabilities
    answers = predictions.values if probabilities is None else probabilities
    return bool((answers != answers[:1]).any())
