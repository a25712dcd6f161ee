"""Score both models by the guard metrics, on the rows that neither has seen."""

from collections.abc import Sequence

from gatekeeper.evidence.further_scores import GuardScore
from gatekeeper.sandbox.slices import score_or_none
from shared.inference.servable import Predictions
from shared.scoring.costs import CostTable
from shared.scoring.truth import Truth


def score_guards(
    metrics: Sequence[str],
    truth: Truth,
    predictions: Sequence[Predictions],
    classes: int,
    costs: CostTable | None = None,
) -> tuple[GuardScore, ...]:
    """Score the challenger, and the champion if there is one, by each of *metrics*.

    Scores have None where the metric is not defined for the predictions.
    """
    found = []
    for metric in metrics:
        scores = [score_or_none(metric, truth, each, classes, costs) for each in predictions]
        champion = scores[1] if len(scores) > 1 else None
        found.append(
            GuardScore(metric=metric, rows=len(truth), challenger=scores[0], champion=champion)
        )
    return tuple(found)
