"""Order the features by their effect on the predictions, with few predictions for each of them.

One value of a row is replaced by a distant value of the same column. The size of the change is the
effect. Features with equal effects are ordered by their correlation with the predictions.
"""

import numpy as np
import numpy.typing as npt

from shared.inference.servable import BATCH_ROWS, Predictions, Rows, Servable

_MAX_PROBES = 32
"""Most replaced values of one feature."""
_MAX_VALUES = 1 << 22
"""Most values of the rows of one call: 32 MiB."""
_MAX_OUTPUTS = 10


def screen_features(
    servable: Servable,
    rows: Rows,
    predictions: Predictions,
    random: np.random.Generator,
    answers: int,
) -> tuple[npt.NDArray[np.intp], int]:
    """Return the indices of the features, the largest effect first, and the predictions used.

    *predictions* are those for *rows*. At most *answers* more are made.
    """
    features = int(rows.shape[1])
    correlation = _correlate(rows, _outputs(predictions))
    tried = np.argsort(-correlation, kind="stable")[:answers]
    probes = min(_MAX_PROBES, answers // max(1, len(tried)))
    effect = np.zeros(features)
    size = max(1, min(BATCH_ROWS, _MAX_VALUES // features))
    for _ in range(probes):
        for start in range(0, len(tried), size):
            columns = tried[start : start + size]
            chosen = random.integers(len(rows), size=len(columns))
            changed = rows[chosen]
            changed[np.arange(len(columns)), columns] = _distant_values(rows, chosen, columns)
            before = select_predictions(predictions, chosen)
            effect[columns] += _size_of_change(before, servable.predict(changed))
    return np.lexsort((-correlation, -effect)), probes * len(tried)


def select_predictions(predictions: Predictions, chosen: npt.NDArray[np.intp]) -> Predictions:
    """Return the predictions for the chosen rows."""
    shares = predictions.probabilities
    return Predictions(predictions.values[chosen], None if shares is None else shares[chosen])


def _distant_values(
    rows: Rows, chosen: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]
) -> npt.NDArray[np.float64]:
    """Return for each row the value of its column that is half of the ranks away."""
    values = rows[:, columns]
    order = np.argsort(values, axis=0, kind="stable")
    index = np.arange(len(columns))
    rank = (order == chosen).argmax(axis=0)
    distant: npt.NDArray[np.float64] = values[
        order[(rank + len(rows) // 2) % len(rows), index], index
    ]
    return distant


def _size_of_change(before: Predictions, after: Predictions) -> npt.NDArray[np.float64]:
    if before.probabilities is not None and after.probabilities is not None:
        change = np.abs(after.probabilities.astype(np.float64) - before.probabilities)
        return np.asarray(change.sum(axis=1), dtype=np.float64)
    if before.values.dtype.kind == "i":
        return np.asarray(before.values != after.values, dtype=np.float64)
    return np.asarray(np.abs(after.values - before.values), dtype=np.float64)


def _outputs(predictions: Predictions) -> npt.NDArray[np.float64]:
    """Return the predictions as columns of numbers, shape [n, outputs]."""
    if predictions.probabilities is not None:
        return predictions.probabilities[:, -_MAX_OUTPUTS:].astype(np.float64)
    return predictions.values.astype(np.float64)[:, None]


def _correlate(rows: Rows, outputs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the largest size of each column's correlation with an output."""
    with np.errstate(all="ignore"):
        missing = np.isnan(rows)
        values = np.where(missing, 0.0, rows)
        means = values.sum(axis=0) / np.maximum(1, (~missing).sum(axis=0))
        values = np.where(missing, 0.0, values - means)
        values /= np.abs(values).max(axis=0)  # so that squares do not overflow
        outputs = outputs - outputs.mean(axis=0)
        norms = np.outer(np.sqrt((values**2).sum(axis=0)), np.sqrt((outputs**2).sum(axis=0)))
        correlation = np.abs(values.T @ outputs) / norms
    return np.asarray(np.nan_to_num(correlation).max(axis=1), dtype=np.float64)
