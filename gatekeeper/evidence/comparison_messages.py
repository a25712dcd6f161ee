"""What is asked of the comparer and what it answers; and how both cross to its process."""

from pathlib import Path

from pydantic import ValidationError

from gatekeeper.evidence.row_findings import ClassRecall, RowsFile, SeenRows, SliceScore, Slicing
from shared.contract import strict_json
from shared.contract.document import Finite, Positive, StrictModel
from shared.contract.documents import Descriptor
from shared.errors import DocumentError

MAX_COMPARISON_BYTES = 1 << 20
"""The comparer's answer is one line of at most this many bytes."""


class ComparisonRequest(StrictModel):
    """Both models' answers on one holdout."""

    holdout_directory: str
    holdout: Descriptor
    model_directory: str
    """Where the artefact stands whose features and classes the holdout has: the challenger's."""
    digest: str
    metric: str
    challenger: str
    """The challenger's answers, a file of `gatekeeper.sandbox.predictions_io`."""
    champion: str | None
    """The file with the champion's; None where there is none that was scored on these rows."""
    challenger_rows: RowsFile | None = None
    """The hashes of the challenger's rows; None where it came without."""
    champion_rows: RowsFile | None = None
    """Those of the champion's; None where they cannot be compared with the challenger's."""
    required: Finite
    """The difference of scores that the challenger must reach."""
    confidence: Finite
    """Of the interval."""
    slicing: Slicing
    seconds: float
    memory_mib: int

    @property
    def holdout_path(self) -> Path:
        """The file with the rows."""
        return Path(self.holdout_directory) / self.holdout.name


class HoldoutResult(StrictModel):
    """What one model's answers on the holdout say."""

    score: Finite
    rows: Positive
    predictions_vary: bool
    """Whether any two rows got different answers, or all should get the same."""
    recalls: tuple[ClassRecall, ...]
    """Of each class; none of a regression."""


class PairedScores(StrictModel):
    """Both models' scores on the rows of the holdout that neither has seen."""

    rows: Positive
    challenger: Finite
    champion: Finite


class ScoreDifference(StrictModel):
    """Score of the challenger minus score of the champion, on those rows."""

    difference: Finite
    low: Finite
    high: Finite
    """The ends of the percentile interval at `confidence`."""
    confidence: Finite
    probability: Finite
    """The share of resamples in which the difference is at least what is required."""
    resamples: Positive


class ComparisonResult(StrictModel):
    """What the answers of both models on the same rows say; parts are None where they are not."""

    challenger: HoldoutResult | None = None
    seen: SeenRows | None = None
    compared: PairedScores | None = None
    difference: ScoreDifference | None = None
    slices: tuple[SliceScore, ...] = ()
    """Those asked for, worst first, of the rows that neither has seen."""
    error: str = ""
    """Why they could not be compared, as one sentence."""


def encode_comparison(part: ComparisonRequest | ComparisonResult) -> bytes:
    """One line for the other side."""
    return strict_json.encode_line(part.model_dump(mode="json"))


def decode_comparison(line: bytes) -> ComparisonResult:
    """Read the comparer's line; raises DocumentError."""
    strict_json.decode(line, "The answer of the comparing process")
    try:
        return ComparisonResult.model_validate_json(line)
    except ValidationError as error:
        raise DocumentError("The answer of the comparing process is not a comparison.") from error
