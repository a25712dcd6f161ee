"""Measure the permutation importance of the features at a bounded cost.

It is the drop of the score when the values of one feature are shuffled (Breiman, Random Forests,
Machine Learning 45, 2001). It is measured with the served model on the holdout, so it shows which
features the model uses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from shared.errors import ModelgateError
from shared.inference.servable import Predictions, predict_in_batches
from shared.reports.report_document import MAX_IMPORTANCES, Importance
from shared.scoring.costs import CostTable
from shared.scoring.scorers import score
from trainer.console import ShowProgress, show_nothing
from trainer.dataset.split import Split
from trainer.export.export import ExportedCandidate
from trainer.publishing.feature_screening import screen_features, select_predictions

SHUFFLES = 5
MAX_PREDICTIONS = 20_000
"""Predictions for all features, after two calls that measure the speed of the model."""
MAX_SECONDS = 4.0
"""Time for all features. Only a slow model needs more for MAX_PREDICTIONS."""
_MIN_ROWS = 100
_TRIES = 2
"""Calls that measure the speed of the model."""
_CLOCK_TICK = 1e-9
_SCREENING_SHARE = 4
"""A screening gets at least this fraction (1/4) of the calls."""


@dataclass(frozen=True)
class Importances:
    """The importance of the features, as far as the limits allowed to measure it."""

    largest: tuple[Importance, ...] = ()
    """The most important features, sorted."""
    rows: int = 0
    """The number of holdout rows in which values were shuffled."""
    measured: tuple[str, ...] = ()
    """The measured features; empty if all were measured."""
    unmeasured: int = 0
    """The number of the other features."""


def measure(
    exported: ExportedCandidate,
    holdout: Split,
    metric: str,
    seed: int,
    show_progress: ShowProgress = show_nothing,
    *,
    costs: CostTable | None = None,
) -> Importances:
    """Measure as many features as the limits allow; none if the metric is undefined here.

    If they are not all, then those come first whose values change the predictions most.
    """
    random = np.random.default_rng(seed)
    features = exported.artefact.features
    count = count_rows(len(holdout.rows), len(features))
    chosen = random.permutation(len(holdout.rows))[:count]
    rows, truth = holdout.rows[chosen], holdout.target[chosen]
    classes = len(exported.artefact.classes)

    def compute_score(predictions: Predictions) -> float:
        return score(metric, truth, predictions, classes, costs)

    try:
        before = select_predictions(exported.holdout, chosen)
        full_score = compute_score(before)
        started = perf_counter()
        calls = _count_calls(count, lambda: compute_score(exported.servable.predict(rows)))
        order = np.arange(len(features))
        if calls < SHUFFLES * len(features):
            show_progress("Screening the features for the report")
            most = max(calls - SHUFFLES * MAX_IMPORTANCES, calls // _SCREENING_SHARE) * count
            order, used = screen_features(exported.servable, rows, before, random, most)
            order = order[: max(1, (calls - used // count) // SHUFFLES)]
        importances: list[Importance] = []
        for index in order:
            show_progress("Measuring importance", len(importances), len(order))
            shuffled, drops = rows.copy(), np.empty(SHUFFLES)
            for turn in range(SHUFFLES):
                shuffled[:, index] = random.permutation(rows[:, index])
                drops[turn] = full_score - compute_score(
                    predict_in_batches(exported.servable, shuffled)
                )
            name = features[index].name
            importances.append(
                Importance(feature=name, drop=float(drops.mean()), deviation=float(drops.std()))
            )
            if perf_counter() - started > 2 * MAX_SECONDS:
                break
    except ModelgateError:
        return Importances()
    unmeasured = len(features) - len(importances)
    names = tuple(importance.feature for importance in importances)
    importances.sort(key=lambda importance: -importance.drop)
    largest = tuple(importances[:MAX_IMPORTANCES])
    return Importances(largest, count, names if unmeasured else (), unmeasured)


def count_rows(rows: int, features: int) -> int:
    """Return the number of holdout rows to shuffle."""
    return min(rows, max(_MIN_ROWS, MAX_PREDICTIONS // (SHUFFLES * features)))


def _count_calls(rows: int, call: Callable[[], float]) -> int:
    """Return how many more times the model may be called with *rows* rows."""
    seconds = []
    for _ in range(_TRIES):
        started = perf_counter()
        call()
        seconds.append(perf_counter() - started)
        if seconds[-1] > MAX_SECONDS / SHUFFLES:
            break
    by_time = int((MAX_SECONDS - sum(seconds)) / max(min(seconds), _CLOCK_TICK))
    return max(SHUFFLES, min(MAX_PREDICTIONS // rows, by_time))
