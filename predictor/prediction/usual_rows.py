"""Does a model fail on rows like those of its data? A client cannot cause that with odd numbers."""

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Artefact
from shared.inference.servable import AnyRows, Predictions


def fails_on_usual_row(artefact: Artefact, rows: AnyRows, predictions: Predictions) -> bool:
    """Return whether the prediction for a usual row is not finite.

    Every number of a usual row is missing, or within the range of the data that the artefact names.
    A feature without a range makes no row usual. *rows* have the shape [n, features].
    """
    failing = ~np.isfinite(predictions.values)
    if predictions.probabilities is not None:
        failing |= ~np.isfinite(predictions.probabilities).all(axis=1)
    numbers = [i for i, feature in enumerate(artefact.features) if feature.type == "number"]
    ranges = [
        (feature.minimum, feature.maximum)
        for feature in (artefact.features[i] for i in numbers)
        if feature.minimum is not None and feature.maximum is not None
    ]
    if len(ranges) < len(numbers):
        return False
    found = _round(rows[failing][:, numbers])
    low, high = (_round([each[end] for each in ranges]) for end in (0, 1))
    is_usual = np.isnan(found) | ((found >= low) & (found <= high))
    return bool(is_usual.all(axis=1).any())


def _round(numbers: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Round numbers as models with rows in float32 do; a number beyond is infinite."""
    with np.errstate(over="ignore"):
        return np.asarray(numbers, np.float64).astype(np.float32)
