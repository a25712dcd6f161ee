"""How much is lost by 50 retrains that are each a little worse, with and without a total limit.

Each retrain has new holdout rows, as with data that grow fast: no luck of the champion protects it.
All models are right or wrong on the same rows. Each row is easy or hard, and each model adds its
own chance errors. The difference to the champion is judged by its normal approximation;
only the limit of the total drop is the check of the gate.
"""

from dataclasses import replace
from math import sqrt

import numpy as np
import numpy.typing as npt

from gatekeeper.evidence.comparison_messages import ComparisonResult
from gatekeeper.evidence.facts import Champion, Facts, Submission
from gatekeeper.evidence.pinned_scores import PinnedScores
from gatekeeper.policy.scores.total_drop import TOTAL_DROP
from gatekeeper.policy.terms.gate_policy import GatePolicy

RETRAINS = 50
LOSS = 0.0025
"""The true loss of accuracy of each retrain, compared with the champion."""
MARGIN = 0.005
"""The drop that GATEKEEPER_MIN_IMPROVEMENT allows."""
SURE = {"none": 0.0, "0.95": 1.6449}
"""Standard errors by which the difference must be above the allowed drop, by confidence."""
_HARD, _RIGHT_ON_HARD = 0.1, 0.45
"""The share of hard rows, and the share of these on which a model is right."""
_FACTS = Facts(
    Submission("x"),
    champion=Champion(2, "sha256:x", 0.9, 0.9),
    pinned=Champion(1, "sha256:y", 0.9, 0.9),
)

Right = npt.NDArray[np.bool_]


def lose_little_by_little(
    rows: int, confidence: str, limit: float | None, *, runs: int, seed: int
) -> npt.NDArray[np.float64]:
    """Return the true accuracy that production has lost after all retrains, for each run."""
    random = np.random.default_rng(seed)
    return np.array([_run(rows, SURE[confidence], limit, random) for _ in range(runs)])


def _run(rows: int, sure: float, limit: float | None, random: np.random.Generator) -> float:
    accuracy = 0.9
    for _ in range(RETRAINS):
        is_hard = random.random(rows) < _HARD
        first, champion, challenger = (
            _draw(each, is_hard, random) for each in (0.9, accuracy, accuracy - LOSS)
        )
        if _is_sure(challenger, champion, sure) and _is_within(challenger, first, limit):
            accuracy -= LOSS
    return 0.9 - accuracy


def _draw(accuracy: float, is_hard: Right, random: np.random.Generator) -> Right:
    """Draw the rows on which a model with this true accuracy is right."""
    on_easy = (accuracy - _HARD * _RIGHT_ON_HARD) / (1 - _HARD)
    return random.random(len(is_hard)) < np.where(is_hard, _RIGHT_ON_HARD, on_easy)


def _is_sure(challenger: Right, champion: Right, errors: float) -> bool:
    each = challenger.astype(float) - champion
    return bool(each.mean() + MARGIN >= errors * each.std() / sqrt(len(each)))


def _is_within(challenger: Right, first: Right, limit: float | None) -> bool:
    if limit is None:
        return True
    ours, theirs = float(challenger.mean()), float(first.mean())
    scores = PinnedScores(rows=len(first), challenger=ours, pinned=theirs, seen=0)
    facts = replace(_FACTS, comparison=ComparisonResult(pinned=scores))
    result = TOTAL_DROP.run(facts, GatePolicy(metric="accuracy", max_total_drop=limit))
    assert result is not None
    return result.passed
