"""Rows that the holdout lacks: how much worse may the challenger be there?

The bootstrap only repeats rows of the holdout. If no row shows a loss, no resample does. But a
share of about 3/n of all rows may show one: the rule of three (Hanley and Lippman-Hand, If nothing
goes wrong, is everything all right?, JAMA 249, 1983). So some rows get the worst of the
challenger's own predictions, and the metric is computed again.
"""

import math
import warnings
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatekeeper.statistics.one_sided_bounds import ROUNDING
from shared.errors import SettingsError
from shared.inference.servable import Predictions
from shared.scoring.costs import CostTable
from shared.scoring.score_ranges import score_range
from shared.scoring.scorer_names import NEED_PROBABILITIES, NEG_COST
from shared.scoring.scorers import score
from shared.scoring.truth import Truth

FEW_ROWS = 20
"""Number of rows with different predictions up to which unseen rows matter."""
MAX_CLASSES = 8
"""Number of classes that are tried; those with the fewest rows."""


@dataclass(frozen=True)
class Contest:
    """A model whose predictions are made worse, and the score that it is compared with."""

    metric: str
    truth: Truth
    predictions: Predictions
    score: float
    other_score: float
    classes: int
    """0 for a regression."""
    costs: CostTable | None = None
    keys: int | None = None
    """The different keys of the rows, if rows of a key belong together."""

    @property
    def _draws(self) -> int:
        """How many rows or keys are independent of each other."""
        return len(self.truth) if self.keys is None else self.keys

    def look_at_unseen(self, confidence: float) -> float:
        """Return the difference if as many rows as *confidence* allows got worse predictions."""
        return self.worsened_difference(possible_rows(len(self.truth), confidence, self._draws))

    def certainty(self, confidence: float, required: float) -> float:
        """Return how sure it is that unseen rows do not lower the difference below *required*."""
        rows = len(self.truth)
        limit = required - ROUNDING * max(1.0, abs(required))
        if self.worsened_difference(1) < limit:
            return 0.0
        most = min(rows, max(FEW_ROWS, possible_rows(rows, confidence, self._draws)))
        allowed = bisect_left(
            range(2, most + 1), True, key=lambda count: self.worsened_difference(count) < limit
        )
        return 1.0 - float((1 - (1 + allowed) / rows) ** self._draws)

    def worsened_difference(self, count: int) -> float:
        """Return the lowest difference if *count* rows get the worst predictions.

        The lowest possible score cannot get worse, but the other model's may be anything.
        """
        lowest, highest = score_range(self.metric)
        if count and self.score <= lowest:
            return lowest - highest
        worse = [self._with_worst_numbers(count)] if not self.classes else self._by_class(count)
        scores = (self._score(each) for each in worse)
        known = (score for score in scores if score is not None)
        return min(known, default=self.other_score) - self.other_score

    def _by_class(self, count: int) -> list[Predictions]:
        rows = np.bincount(self.truth.astype(np.intp), minlength=self.classes)
        rarest = [int(kind) for kind in np.argsort(rows, kind="stable") if rows[kind]]
        return [self._without(kind, rows, count) for kind in rarest[:MAX_CLASSES]]

    def _with_worst_numbers(self, count: int) -> Predictions:
        """Give *count* rows the predicted number that is the farthest from their target."""
        changed = self.predictions.values.copy()
        low, high = changed.min(), changed.max()
        worst = np.where(np.abs(low - self.truth) > np.abs(high - self.truth), low, high)
        rows = np.argsort(-np.abs(worst - self.truth), kind="stable")[:count]
        changed[rows] = worst[rows]
        return Predictions(changed, None)

    def _without(self, kind: int, rows: npt.NDArray[np.intp], count: int) -> Predictions:
        """Give *count* recognized rows of the class *kind* the worst prediction.

        It is the most costly one if the metric is the cost; otherwise, the rarest other class.
        """
        others = rows.astype(np.float64)
        others[kind] = math.inf
        changed, probabilities = self.predictions.values.copy(), self.predictions.probabilities
        places = np.flatnonzero((self.truth == kind) & (changed == kind))[:count]
        by_cost = self.metric == NEG_COST and self.costs
        changed[places] = int(np.argmax(by_cost[kind]) if by_cost else others.argmin())
        if probabilities is not None:
            probabilities = probabilities.copy()
            probabilities[places] = probabilities[probabilities[:, kind].argmin()]
        return Predictions(changed, probabilities)

    def _score(self, predictions: Predictions) -> float | None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # None reports an undefined metric
            try:
                return score(self.metric, self.truth, predictions, self.classes, self.costs)
            except SettingsError:
                return None


def possible_rows(rows: int, confidence: float, draws: int | None = None) -> int:
    """Return how many of *rows* new rows may be unlike all *rows* that were seen: 3 at 0.95.

    *draws* is the number of independent rows or keys; *rows* by default.
    """
    share = 1 - math.exp(math.log1p(-confidence) / (draws or rows))
    return math.ceil(rows * share)


def find_differing(
    metric: str, challenger: Predictions, champion: Predictions
) -> npt.NDArray[np.bool_]:
    """Return which rows have different predictions, as far as the metric reads them."""
    if metric not in NEED_PROBABILITIES:
        return np.asarray(challenger.values != champion.values)
    ours, theirs = challenger.probabilities, champion.probabilities
    assert ours is not None  # noqa: S101 - the metric was computed before
    assert theirs is not None  # noqa: S101 - as above
    return np.asarray((ours != theirs).any(axis=1))
