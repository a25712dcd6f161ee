"""The luck of a champion on rows that have decided before.

Every model that was judged on the same rows had another luck there, and the luckiest one tends to
stay. The trainer's validation rows never choose between retrains. So a challenger that is better
there shows that the champion's score may be luck.
"""

from math import sqrt
from statistics import NormalDist

VALIDATION_WEIGHT = 1.1
"""Weight of a lead on validation. With 1, too few better models pass with a confidence of 0.95."""


def expect_best(models: int) -> float:
    """Return the expected luck of the luckiest of *models* equal models, in standard deviations.

    This is Blom's approximation; 0 for one model.
    """
    return NormalDist().inv_cdf((models - 0.375) / (models + 0.25))


def allow_for_luck(
    validation_lead: float, extra_trials: float, models: int, sd: float, reused: float
) -> float:
    """Return how far a challenger's score may be below the required one.

    Args:
        validation_lead: The challenger's validation score minus the champion's.
        extra_trials: How much more luck the choice from more settings gave the challenger on
            validation, in standard deviations.
        models: The number of models that were judged on these rows, with the champion.
        sd: The standard deviation of the score difference between samples.
        reused: The fraction of the rows that the champion was promoted on.
    """
    lead = max(validation_lead - extra_trials * sd, 0.0)
    # The champion also stayed on rows that came later. The decisions since its promotion were on
    # shares of today's rows between `reused` and 1; this is the geometric mean of both.
    share = sqrt(reused)
    return min(VALIDATION_WEIGHT * lead, sqrt(share) * expect_best(models) * sd)


def explain_lead(lead: float, models: int, sd: float, reused: float) -> float:
    """Return how much luck explains of the champion's score.

    *lead* is its lead over the other models on the reused rows. *sd* is that of a score
    difference, which has the luck of two models.
    """
    return min(reused * max(lead, 0.0), sqrt(reused) * expect_best(models) * sd / sqrt(2))
