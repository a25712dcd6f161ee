"""Permutation importance of the features, bounded in what it costs.

Breiman, Random Forests, Machine Learning 45 (2001): the drop of the score when one feature's
values are shuffled. Measured on the holdout and on the served model, so it says what the model
uses, not what it was shown.
"""

import numpy as np

from shared.contract.documents import Artefact
from shared.errors import ModelgateError
from shared.inference.servable import Rows, Servable, predict_in_batches
from shared.reports.report_document import MAX_IMPORTANCES, Importance
from shared.scoring.scorers import score
from trainer.dataset.split import Split

SHUFFLES = 5
_MOST_ANSWERS = 20_000
"""Rows that the model answers in all: half a second for a large forest."""
_LEAST_ROWS = 100


def count_importance_rows(holdout: Split) -> int:
    """So many rows of the holdout are shuffled."""
    rows, features = len(holdout.rows), int(holdout.rows.shape[1])
    return min(rows, max(_LEAST_ROWS, _MOST_ANSWERS // (SHUFFLES * features)))


def measure_importances(
    artefact: Artefact, servable: Servable, holdout: Split, metric: str, seed: int
) -> tuple[Importance, ...]:
    """The features that matter most, first; none where the metric has no value on these rows."""
    random = np.random.default_rng(seed)
    some = random.permutation(len(holdout.rows))[: count_importance_rows(holdout)]
    rows, truth = holdout.rows[some], holdout.target[some]

    def score_of(asked: Rows) -> float:
        answers = predict_in_batches(servable, asked)
        return score(metric, truth, answers, len(artefact.classes))

    found = []
    try:
        whole = score_of(rows)
        for place, feature in enumerate(artefact.features):
            drops = np.empty(SHUFFLES)
            shuffled = rows.copy()
            for turn in range(SHUFFLES):
                shuffled[:, place] = random.permutation(rows[:, place])
                drops[turn] = whole - score_of(shuffled)
            found.append(
                Importance(
                    feature=feature.name, drop=float(drops.mean()), deviation=float(drops.std())
                )
            )
    except ModelgateError:
        return ()
    return tuple(sorted(found, key=lambda each: -each.drop)[:MAX_IMPORTANCES])
