"""The results of running challenger and champion on rows of the prediction log."""

from gatekeeper.evidence.comparison_messages import ScoreDifference
from shared.contract.document import Finite, Positive, StrictModel
from shared.contract.field_types import Count


class ReplayResult(StrictModel):
    """The end of one model's run; its answers are in the file."""

    error: str = ""
    """Why it could not begin, as a sentence."""
    has_changed: bool = False
    """Whether the log changed while it was read, so that another try may succeed."""
    failure: str = ""
    """How its process ended without a result, as a sentence."""


class RowKind(StrictModel):
    """The value of one column that rows have in common."""

    column: str
    value: str
    """As people write it; `missing` for missing values."""
    rows: Positive
    """Rows with this value."""
    is_unknown: bool = False
    """Whether the challenger's training data lack this category."""


class FailedRows(StrictModel):
    """The rows that the challenger did not answer, by reason.

    Rows that production cannot answer either are counted in `both` only.
    """

    raised: Count = 0
    """Rows for which the model raised an error."""
    not_finite: Count = 0
    """Rows with an answer that is not finite, or with a class that the model does not have."""
    refused: Count = 0
    """Rows without a value that the model needs."""
    refused_column: str = ""
    """The feature that most of the refused rows lack."""
    kind: RowKind | None = None
    """The kind that all failed rows are of; None if they have nothing in common."""
    both: Count = 0
    """Rows for which production's model fails too, or which it cannot read."""


class ChangedSlice(StrictModel):
    """The changed answers where a column has one value."""

    kind: RowKind
    changed: Count


class ChangedAnswers(StrictModel):
    """How many answers differ from production's."""

    rows: Positive
    """Rows that both models answered."""
    changed: Count
    smallest: Finite | None = None
    """The least difference of two numbers that counts as a change; None for a classifier."""
    slices: tuple[ChangedSlice, ...] = ()
    """Those where most answers change, if more than of all rows."""

    @property
    def share(self) -> float:
        """The share of changed answers, from 0 to 1."""
        return self.changed / self.rows


class ReproducedAnswers(StrictModel):
    """How many logged answers of production its model gives again."""

    rows: Positive
    """Rows that the champion's model answered in production, and now."""
    reproduced: Count
    """Rows with the same answer."""
    exact: Count
    """Rows whose answer is the same to the last bit."""


class LabelledScores(StrictModel):
    """Both models on the logged rows with a label that neither was fitted on."""

    labelled: Count
    """Rows with a label that both models answered."""
    rows: Count = 0
    """Those that neither model was fitted on."""
    ids: Count = 0
    """Different ids of these rows, in their normal form."""
    challenger: Finite | None = None
    """None if the metric is undefined on these rows."""
    champion: Finite | None = None
    difference: ScoreDifference | None = None
    error: str = ""
    """Why they are not scored, as a sentence."""


class LiveResult(StrictModel):
    """The results on the logged rows; None where not available."""

    has_log: bool = True
    """Whether there is a prediction log."""
    rows: Count = 0
    """Rows that were read from the log."""
    unreadable: Count = 0
    """Those that lack a column of the challenger, or have it with another type."""
    untried: Count = 0
    """Those for which the time of the evaluation was not enough."""
    answered: Count = 0
    failed: FailedRows = FailedRows()
    failure: str = ""
    """Why the challenger's run ended early, such as a crash, as a sentence."""
    changed: ChangedAnswers | None = None
    reproduced: ReproducedAnswers | None = None
    labelled: LabelledScores | None = None
    why_no_champion: str = ""
    """Why production did not answer these rows, as a sentence."""
    error: str = ""
    """Why the log was not replayed, as a sentence."""
    has_changed: bool = False
    """Whether the log changed while it was read, so that another try may succeed."""
