"""Describe how sure the difference of two scores is, from its resamples."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gatekeeper.evidence.comparison_messages import PairedScores, ScoreDifference
from gatekeeper.statistics.one_sided_bounds import (
    ROUNDING,
    Numbers,
    detectable_difference,
    fraction_reaching,
    one_sided_bounds,
    rows_to_show,
)
from gatekeeper.statistics.row_groups import RowGroups
from gatekeeper.statistics.unseen_rows import (
    FEW_ROWS,
    Contest,
    find_differing,
    possible_rows,
)
from shared.inference.servable import Predictions
from shared.scoring.costs import CostTable
from shared.scoring.truth import Truth


@dataclass(frozen=True)
class Requirement:
    """The difference that is required of two scores."""

    metric: str
    difference: float
    confidence: float
    is_same_model: bool
    """Whether both models are the same files."""


def measure_difference(
    requirement: Requirement,
    scores: PairedScores,
    drawn: Numbers,
    truth: Truth,
    predictions: Sequence[Predictions],
    *,
    classes: int,
    costs: CostTable | None = None,
    groups: RowGroups | None = None,
) -> ScoreDifference:
    """Return the difference of both *scores* with its bounds.

    Args:
        requirement: The required difference and its confidence.
        scores: The scores on the compared rows.
        drawn: The differences of the resamples.
        truth: The targets of the compared rows.
        predictions: Those of the challenger and of the champion, for these rows.
        classes: The number of classes; 0 for a regression.
        costs: The costs, for the metric neg_cost.
        groups: The rows that belong together, because they have the same key.
    """
    ours, theirs = predictions
    confidence, required = requirement.confidence, requirement.difference
    metric, is_same = requirement.metric, requirement.is_same_model
    differing = find_differing(metric, ours, theirs)
    keys = groups.count if groups else None
    found = ScoreDifference(
        difference=scores.challenger - scores.champion,
        low=0.0,
        high=0.0,
        confidence=confidence,
        probability=1.0 if required <= 0 else 0.0,
        resamples=len(drawn),
        required=required,
        rows=scores.rows,
        differing_rows=int(differing.sum()),
        keys=keys,
        differing_keys=groups.count_any(differing) if groups else None,
        standard_error=float(drawn.std()),
        same_model=is_same,
    )
    if is_same:
        return found
    excess = detectable_difference(drawn, confidence)
    pair = (
        Contest(metric, truth, ours, scores.challenger, scores.champion, classes, costs, keys),
        Contest(metric, truth, theirs, scores.champion, scores.challenger, classes, costs, keys),
    )
    low, high = _find_bounds(drawn, found, pair)
    changes = {
        "low": low,
        "high": high,
        "probability": fraction_reaching(drawn, required),
        "detectable": required + excess if excess else None,
        "rows_to_show": rows_to_show(scores.rows, found.difference - required, excess),
    }
    found = found.model_copy(update=changes)
    if (groups.count_any(differing) if groups else int(differing.sum())) > FEW_ROWS:
        return found
    return _limit(found, pair[0], drawn)


def _find_bounds(
    drawn: Numbers, found: ScoreDifference, pair: tuple[Contest, Contest]
) -> tuple[float, float]:
    """Return both bounds; resamples that are too equal have the bounds of unseen rows."""
    low, high = one_sided_bounds(drawn, found.confidence, found.required)
    challenger, champion = pair
    if math.isinf(low):
        low = min(float(drawn.min()), challenger.look_at_unseen(found.confidence))
    if math.isinf(high):
        high = max(float(drawn.max()), -champion.look_at_unseen(found.confidence))
    return low, high


def _limit(found: ScoreDifference, challenger: Contest, drawn: Numbers) -> ScoreDifference:
    """Return *found*; if it passes or is a tie, at most as sure as unseen rows allow."""
    confidence, required = found.confidence, found.required
    is_tie = np.ptp(drawn) <= ROUNDING and found.difference >= required
    if not is_tie and found.probability < confidence:
        return found
    sure = max(UNDECIDED, challenger.certainty(confidence, required))
    if not is_tie:
        sure = min(found.probability, sure)
    low = min(found.low, challenger.look_at_unseen(confidence))
    if sure >= confidence:
        return found.model_copy(update={"probability": sure, "low": max(low, required)})
    unseen = possible_rows(found.rows, confidence, found.keys)
    return found.model_copy(update={"probability": sure, "low": low, "unseen_rows": unseen})


UNDECIDED = 0.5
"""The probability of a difference that may as well be better as worse."""
