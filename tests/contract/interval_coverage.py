"""How often the interval of a live score contains the score on all rows, in simulations."""

import numpy as np

from gatekeeper.statistics.score_intervals import find_interval
from shared.inference.servable import Predictions
from shared.scoring.scorer_names import BINARY, REGRESSION
from shared.scoring.scorers import score
from shared.scoring.truth import Truth

_MANY = 2_000_000
"""Number of rows whose score counts as the score on all rows."""


def draw(metric: str, rows: int, random: np.random.Generator) -> tuple[Truth, Predictions]:
    """Draw true values and the predictions of a model: three of ten rows are positive."""
    if metric in REGRESSION:
        predicted = random.normal(size=rows)
        return predicted + 0.5 * random.normal(size=rows), Predictions(predicted, None)
    truth = (random.random(rows) < 0.3).astype(np.int64)
    chance = 1 / (1 + np.exp(-random.normal(size=rows) - 1.5 * truth + 1.2))
    both = np.column_stack((1 - chance, chance))
    return truth, Predictions((chance > 0.5).astype(np.int64), both)


def measure_coverage(metric: str, rows: int, count: int) -> float:
    """Return the share of *count* intervals that contain the score on all rows."""
    random = np.random.default_rng([rows, *metric.encode()])
    classes = 0 if metric in REGRESSION else BINARY
    true = score(metric, *draw(metric, _MANY, random), classes)
    hits = 0
    for _ in range(count):
        found = find_interval(metric, *draw(metric, rows, random), classes=classes)
        hits += found is not None and found[0] <= true <= found[1]
    return hits / count
