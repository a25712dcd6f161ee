"""The request to the comparing process, and its result."""

from pathlib import Path

from gatekeeper.evidence.child_messages import HoldoutRequest
from gatekeeper.evidence.further_scores import Calibration, GuardScore, Luck
from gatekeeper.evidence.pinned_scores import PinnedScores
from shared.contract.document import Finite, Positive, StrictModel
from shared.contract.documents import Descriptor
from shared.contract.field_types import Count

MAX_COMPARISON_BYTES = 1 << 20
"""Largest line of the comparing process, in bytes."""
RECALL_CONFIDENCE = 0.95
"""Confidence of the interval of a recall."""
Interval = tuple[Finite, Finite]
"""The lower and the upper end."""


class Slicing(StrictModel):
    """The slices to compare; see GATEKEEPER_SLICES."""

    columns: tuple[str, ...] = ()
    least_rows: int = 1


class RowsFile(StrictModel):
    """The file rows.npz of one candidate, and its directory."""

    directory: Path
    file: Descriptor


class RowHistory(StrictModel):
    """The decisions that compared models on the champion's holdout, or on what it grew from."""

    decisions: Count
    """All of them, since the holdout was last a new one."""
    since_promotion: Count
    """Those since the champion was promoted, or put back by a rollback."""
    models: Positive
    """Different models that they judged, with the champion."""
    lead: Finite
    """The champion's score minus the median of these models, by the recorded differences."""


class ValidationLead(StrictModel):
    """The challenger's score on the trainer's validation rows, relative to the champion's."""

    difference: Finite
    trials: Positive
    champion_trials: Positive
    """The settings from which each run chose its model by this score."""


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
    earlier_rows: tuple[RowsFile, ...] = ()
    """The hashes of models before the champion whose holdout rows must be kept too."""
    challenger_until: Finite | None = None
    """The newest time that the challenger was fitted on; None without a split by time."""
    champion_until: Finite | None = None
    """The newest time that the champion was fitted on; None if the times cannot be compared."""
    has_champions_holdout: bool = False
    """Whether this holdout is the one that the champion was promoted on, byte for byte."""
    history: RowHistory | None = None
    """None if no model is in production."""
    validation: ValidationLead | None = None
    """None if a validation score is unknown, or must not count."""
    pinned: Path | None = None
    """The file of the pinned version's predictions; None without one, or without a score."""
    pinned_rows: RowsFile | None = None
    pinned_until: Finite | None = None
    """`pinned_rows` and `pinned_until` are as for the champion."""
    has_keys: bool = False
    """Whether the hashes are those of keys: rows with the same one are drawn together."""
    required: Finite
    """The required difference of the scores."""
    confidence: Finite
    """The confidence of the interval."""
    slicing: Slicing
    guards: tuple[str, ...] = ()
    """The guard metrics; see GATEKEEPER_GUARDS."""


class ClassRecall(StrictModel):
    """The recall of one class on the holdout."""

    name: str
    rows: int
    recall: Finite | None
    """None if the holdout has no row of the class."""
    low: Finite | None = None
    high: Finite | None = None
    """`low` and `high` are the ends of its exact interval."""
    keys: Count | None = None
    """Different keys of its rows, if rows of a key belong together; None otherwise."""


class HoldoutResult(StrictModel):
    """The results of one model's predictions on the whole holdout."""

    score: Finite
    rows: Positive
    predictions_vary: bool
    """Whether any two rows got different predictions, or all rows have the same target."""
    recalls: tuple[ClassRecall, ...]
    """One for each class; empty for a regression."""
    calibration: Calibration | None = None


class SeenRows(StrictModel):
    """The results of comparing row hashes with the challenger's holdout; None where unknown."""

    rows: Positive
    """Rows of the holdout."""
    challenger: Count | None = None
    """Rows of it that the challenger was fitted on."""
    champion: Count | None = None
    """Rows of it that the champion was fitted on."""
    reused: Count | None = None
    """Rows that the champion was promoted on, of those that it was not fitted on."""
    lost_fraction: Finite | None = None
    """Fraction of the rows that must be kept, and are missing from this holdout."""
    kept_rows: Count | None = None
    """The different rows that must be kept: the champion's holdout, and those before it."""
    challenger_error: str = ""
    """Why the challenger's hashes cannot be read, as a sentence."""
    champion_error: str = ""
    """Why the champion's hashes cannot be read, as a sentence."""


class PairedScores(StrictModel):
    """The scores of both models on the holdout rows that neither has seen."""

    rows: Positive
    challenger: Finite
    champion: Finite
    class_rows: tuple[Count, ...] = ()
    """The rows of each class, in the order of the recalls; empty for a regression."""


class ScoreDifference(StrictModel):
    """The challenger's score minus the champion's, on the same rows, and how sure it is."""

    difference: Finite
    low: Finite
    """The lower bound: with `confidence`, the true difference is at least this."""
    high: Finite
    """The upper bound: with `confidence`, the true difference is at most this."""
    confidence: Finite
    probability: Finite
    """Fraction of the resamples in which the difference is at least the required one."""
    resamples: Positive
    rows: Positive
    """Rows that both models were scored on."""
    required: Finite = 0.0
    """The required difference; it is at most `low` exactly if `probability` is sufficient."""
    differing_rows: Count | None = None
    """Rows with different predictions, as far as the metric reads them."""
    detectable: Finite | None = None
    """The true difference that passes on these rows in 8 of 10 cases; None if no row differs."""
    rows_to_show: Positive | None = None
    """Rows on which the difference, if it is true, is shown in 8 of 10 cases."""
    unseen_rows: Count | None = None
    """As many of `rows` may be unlike all of them; None if this does not matter."""
    same_model: bool = False
    """Whether both models are the same files."""
    keys: Count | None = None
    """Different keys, if rows of a key are drawn together; None if each row has its own."""
    differing_keys: Count | None = None
    """The keys of rows with different predictions; None if each row has its own key."""
    standard_error: Finite = 0.0
    """The standard deviation of the difference over the resamples."""


class SliceScore(StrictModel):
    """The scores of both models on one slice of the holdout."""

    column: str
    value: str
    """The common value of the rows as people write it; `missing` for missing values."""
    rows: int
    challenger: Finite | None
    """None if the metric is undefined on these rows, such as an AUC with one class."""
    champion: Finite | None
    interval: Interval | None = None
    """The 95 % interval of the challenger's score; None for many rows, or if it is unknown."""
    difference_interval: Interval | None = None
    """The same for the challenger's score minus the champion's."""

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


class UnjudgedSlices(StrictModel):
    """The requested slices that no limit judges: with too few rows, or without a score."""

    slices: tuple[SliceScore, ...] = ()
    """The largest of them, worst first."""
    count: Count = 0


class ComparisonResult(StrictModel):
    """The results of comparing the predictions of both models; None where not available."""

    challenger: HoldoutResult | None = None
    seen: SeenRows | None = None
    compared: PairedScores | None = None
    pinned: PinnedScores | None = None
    difference: ScoreDifference | None = None
    luck: Luck | None = None
    slices: tuple[SliceScore, ...] = ()
    """The requested slices that limits judge, worst first, on the rows that no model has seen."""
    unjudged: UnjudgedSlices = UnjudgedSlices()
    kept_columns: tuple[str, ...] = ()
    """The names of the columns that the holdout has for slices, and that are not features."""
    guards: tuple[GuardScore, ...] = ()
    """The requested guard metrics, in their order; empty if no row is unseen by both models."""
    error: str = ""
    """Why the predictions could not be compared, as a sentence."""
