"""The results of the comparing process besides METRIC: guard metrics, calibration and luck."""

from shared.contract.document import Finite, Positive, StrictModel
from shared.contract.field_types import Count


class Calibration(StrictModel):
    """The expected calibration error on the holdout, with its interval."""

    error: Finite
    low: Finite
    high: Finite
    """`low` and `high` are the ends of the interval at `confidence`."""
    confidence: Finite
    bins: Positive
    keys: Positive | None = None
    """Different keys, if rows of a key belong together; None if each row has its own."""


class GuardScore(StrictModel):
    """The scores of both models by one guard metric, on the rows that neither has seen."""

    metric: str
    rows: Positive
    challenger: Finite | None
    """None if the metric is not defined for these predictions."""
    champion: Finite | None

    @property
    def difference(self) -> float | None:
        """The challenger's score minus the champion's; None if one of them is undefined."""
        if self.challenger is None or self.champion is None:
            return None
        return self.challenger - self.champion


class Luck(StrictModel):
    """The luck that the champion may have on these rows, because they decided before."""

    reused: Count
    """Rows that the champion was promoted on, of the compared ones."""
    explained: Finite
    """How much of the champion's score luck explains, in units of the metric."""
    allowance: Finite
    """How much lower the required score is for this challenger."""
