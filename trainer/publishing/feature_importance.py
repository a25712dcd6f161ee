"""Measure the permutation importance of the features at a bounded cost.

It is the drop of the score when the values of one feature are shuffled (Breiman, Random Forests,
Machine Learning 45, 2001). It is measured with the served model on the holdout, so it shows which
features the model uses.
"""

import numpy as np

from shared.contract.documents import Artefact
from shared.errors import ModelgateError
from shared.inference.servable import Rows, Servable, predict_in_batches
from shared.reports.report_document import MAX_IMPORTANCES, Importance
from shared.scoring.scorers import score
from trainer.dataset.split import Split

SHUFFLES = 5
_MAX_PREDICTIONS = 20_000
"""Predictions for all features: half a second for a large forest."""
_MIN_ROWS = 100


def count_rows(holdout: Split) -> int:
    """Return the number of holdout rows to shuffle."""
    rows, features = len(holdout.rows), int(holdout.rows.shape[1])
    return min(rows, max(_MIN_ROWS, _MAX_PREDICTIONS // (SHUFFLES * features)))


def measure(
    artefact: Artefact, servable: Servable, holdout: Split, metric: str, seed: int
) -> tuple[Importance, ...]:
    """Return the most important features, sorted; empty if the metric is undefined here."""
    random = np.random.default_rng(seed)
    chosen = random.permutation(len(holdout.rows))[: count_rows(holdout)]
    rows, truth = holdout.rows[chosen], holdout.target[chosen]

    def compute_score(inputs: Rows) -> float:
        predictions = predict_in_batches(servable, inputs)
        return score(metric, truth, predictions, len(artefact.classes))

    importances = []
    try:
        full_score = compute_score(rows)
        for index, feature in enumerate(artefact.features):
            drops = np.empty(SHUFFLES)
            shuffled = rows.copy()
            for turn in range(SHUFFLES):
                shuffled[:, index] = random.permutation(rows[:, index])
                drops[turn] = full_score - compute_score(shuffled)
            importances.append(
                Importance(
                    feature=feature.name, drop=float(drops.mean()), deviation=float(drops.std())
                )
            )
    except ModelgateError:
        return ()
    return tuple(sorted(importances, key=lambda importance: -importance.drop)[:MAX_IMPORTANCES])
