"""The request to the comparing process, and its result."""

from pathlib import Path

from gatekeeper.evidence.child_messages import HoldoutRequest
from shared.contract.document import Finite, Positive, StrictModel
from shared.contract.documents import Count, Descriptor

MAX_COMPARISON_BYTES = 1 << 20
"""Largest line of the comparing process, in bytes."""


class Slicing(StrictModel):
    """The slices to compare; see GATEKEEPER_SLICES."""

    columns: tuple[str, ...] = ()
    least_rows: int = 1


class RowsFile(StrictModel):
    """The file rows.npz of one candidate, and its directory."""

    directory: Path
    file: Descriptor


class ComparisonRequest(HoldoutRequest):
    """The predictions of both models on one holdout."""

    challenger: Path
    """The file of the challenger's predictions; see `gatekeeper.sandbox.predictions_io`."""
    champion: Path | None
    """The file of the champion's; None if it was not scored on these rows."""
    challenger_rows: RowsFile | None = None
    """The hashes of the challenger's rows; None if the candidate has none."""
    champion_rows: RowsFile | None = None
    """The hashes of the champion's rows; None if they cannot be compared with the challenger's."""
    challenger_until: Finite | None = None
    """The newest time that the challenger was fitted on; None without a split by time."""
    champion_until: Finite | None = None
    """The newest time that the champion was fitted on; None if the times cannot be compared."""
    required: Finite
    """The required difference of the scores."""
    confidence: Finite
    """The confidence of the interval."""
    slicing: Slicing


class ClassRecall(StrictModel):
    """The recall of one class on the holdout."""

    name: str
    rows: int
    recall: Finite | None
    """None if the holdout has no row of the class."""


class HoldoutResult(StrictModel):
    """The results of one model's predictions on the whole holdout."""

    score: Finite
    rows: Positive
    predictions_vary: bool
    """Whether any two rows got different predictions, or all rows have the same target."""
    recalls: tuple[ClassRecall, ...]
    """One for each class; empty for a regression."""


class SeenRows(StrictModel):
    """The results of comparing row hashes with the challenger's holdout; None where unknown."""

    rows: Positive
    """Rows of the holdout."""
    challenger: Count | None = None
    """Rows of it that the challenger was fitted on."""
    champion: Count | None = None
    """Rows of it that the champion was fitted on."""
    lost_fraction: Finite | None = None
    """Fraction of the champion's holdout rows that are missing from this holdout."""
    challenger_error: str = ""
    """Why the challenger's hashes cannot be read, as a sentence."""
    champion_error: str = ""
    """Why the champion's hashes cannot be read, as a sentence."""


class PairedScores(StrictModel):
    """The scores of both models on the holdout rows that neither has seen."""

    rows: Positive
    challenger: Finite
    champion: Finite


class ScoreDifference(StrictModel):
    """The challenger's score minus the champion's, on the same rows, with its interval."""

    difference: Finite
    low: Finite
    high: Finite
    """`low` and `high` are the ends of the percentile interval at `confidence`."""
    confidence: Finite
    probability: Finite
    """Fraction of the resamples in which the difference is at least the required one."""
    resamples: Positive


class SliceScore(StrictModel):
    """The scores of both models on one slice of the holdout."""

    column: str
    value: str
    """The common value of the rows as people write it; `missing` for missing values."""
    rows: int
    challenger: Finite | None
    """None if the metric is undefined on these rows, such as an AUC with one class."""
    champion: Finite | None

    @property
    def is_compared(self) -> bool:
        """Whether both models have a score here."""
        return self.challenger is not None and self.champion is not None

    @property
    def difference(self) -> float:
        """The challenger's score minus the champion's; 0 if one of them is undefined."""
        if self.challenger is None or self.champion is None:
            return 0.0
        return self.challenger - self.champion


class ComparisonResult(StrictModel):
    """The results of comparing the predictions of both models; None where not available."""

    challenger: HoldoutResult | None = None
    seen: SeenRows | None = None
    compared: PairedScores | None = None
    difference: ScoreDifference | None = None
    slices: tuple[SliceScore, ...] = ()
    """The requested slices, worst first, on the rows that neither model has seen."""
    error: str = ""
    """Why the predictions could not be compared, as a sentence."""
