"""The predictions of logged rows as arrays, with the true values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.inference.servable import Predictions
from shared.prediction_log.labelled_rows import LabelledRows
from shared.prediction_log.logged_row import LoggedAnswer
from shared.scoring.truth import Truth


@dataclass(frozen=True)
class LoggedPredictions:
    """The predictions that a version answered for n rows."""

    truth: Truth
    """The true targets, shape [n]."""
    predictions: Predictions
    """The probabilities are those of the log, in float64."""
    ids: npt.NDArray[Any]
    """The id of each row, shape [n]."""
    unusable: int
    """Further rows, whose answer the model does not give."""


def read_logged_predictions(rows: LabelledRows, classes: Sequence[str]) -> LoggedPredictions:
    """Return the predictions of *rows* in the order of *classes*, which is empty for a regression.

    Rows with an answer that a model of these classes does not give are counted and left out. The
    model gives probabilities if most rows have them.
    """
    index = {name: place for place, name in enumerate(classes)}
    truth, values, ids = list[float](), list[float](), list[str]()
    probabilities = np.empty((len(rows), len(classes)))
    given = sum(row.answer.probabilities is not None for row, _ in rows)
    has_probabilities = bool(classes) and 2 * given > len(rows)
    for row, value in rows:
        predicted = _read_prediction(row.answer, index)
        if predicted is None:
            continue
        if has_probabilities:
            shares = _read_probabilities(row.answer, classes)
            if shares is None:
                continue
            probabilities[len(truth)] = shares
        truth.append(index[value] if isinstance(value, str) else value)
        values.append(predicted)
        ids.append(row.id)
    shown = probabilities[: len(truth)] if has_probabilities else None
    predictions = Predictions(_to_array(values, classes), shown)
    unusable = len(rows) - len(truth)
    return LoggedPredictions(
        _to_array(truth, classes), predictions, np.array(ids, object), unusable
    )


def _to_array(values: list[float], classes: Sequence[str]) -> Truth:
    return np.array(values, np.int64) if classes else np.array(values, np.float64)


def _read_prediction(answer: LoggedAnswer, index: dict[str, int]) -> float | None:
    """Return the index of the predicted class, or the number of a regression."""
    if index:
        return index.get(answer.label) if answer.label is not None else None
    if answer.label is not None:
        return None
    try:
        number = float(answer.prediction)
    except OverflowError:  # a whole number of more than 308 digits
        return None
    return number if math.isfinite(number) else None


def _read_probabilities(answer: LoggedAnswer, classes: Sequence[str]) -> list[float] | None:
    """Return the probabilities by the index of the class."""
    given = answer.probabilities
    if given is None or given.keys() != set(classes):
        return None
    return [given[name] for name in classes]
