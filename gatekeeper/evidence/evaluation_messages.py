"""The request to the scoring process, its result, and both as one line of JSON."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Protocol

from pydantic import Field, ValidationError

from gatekeeper.evidence.comparison_messages import ComparisonRequest, ComparisonResult
from shared.contract import strict_json
from shared.contract.document import Finite, Positive, StrictModel
from shared.contract.documents import Descriptor
from shared.errors import DocumentError

BEGUN = b"begun\n"
"""The first line of a child, after it has read its request. Later failures are the model's."""
MAX_RESULT_BYTES = 64 << 10
"""Largest line of the scoring process, in bytes."""
MAX_MESSAGE = 500
"""Characters of a message of the scoring process that are kept."""
Amount = Annotated[float, Field(ge=0, le=1e12)]
OpsetVersion = Annotated[int, Field(ge=-(2**63), lt=2**64)]


class ScoringRequest(StrictModel):
    """One model to score on one holdout."""

    model_directory: str
    """The verified copy of the artefact."""
    digest: str
    holdout_directory: str
    holdout: Descriptor
    schema_directory: str
    """The challenger's artefact, whose features and classes the holdout has."""
    schema_digest: str
    metric: str
    allow_joblib: bool
    seconds: float
    """Seconds of wall time, which the parent limits; processor time is limited in proportion."""
    memory_mib: int
    predictions_path: str | None = None
    """The file for the predictions on the holdout; None if they are not compared."""
    measures_cost: bool = False
    """Whether to measure the cost of serving the model."""

    @property
    def model_path(self) -> Path:
        """The directory of the artefact."""
        return Path(self.model_directory)

    @property
    def holdout_path(self) -> Path:
        """The file of the rows."""
        return Path(self.holdout_directory) / self.holdout.name


class ServingCost(StrictModel):
    """The cost of loading a model and of a prediction."""

    load_seconds: Amount
    """Seconds from the files to a model that predicts."""
    p95_ms: Amount
    """95th percentile of the time to predict one row, in milliseconds."""
    calls: Positive
    """Calls behind the percentile."""
    memory_mib: Amount | None
    """Rise of the process's peak memory by loading and predicting, in MiB.

    None if the system does not report it.
    """


class Opset(StrictModel):
    """A set of operators that an ONNX model imports."""

    domain: str
    version: OpsetVersion
    newest: OpsetVersion
    """The newest version that onnxruntime runs."""


class ServingProfile(StrictModel):
    """The needs of a model where predictors serve it."""

    cost: ServingCost | None = None
    """None if the model did not load or did not predict."""
    opsets: tuple[Opset, ...] = ()
    """Empty for a model that is not ONNX."""


@dataclass(frozen=True)
class ScoringResult:
    """The score of one model, or the checks that it failed."""

    score: float | None
    """Higher is better; None if there is no score, and possibly not finite."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """A sentence for each failed check, by its id (`gatekeeper.evidence.check_ids`)."""
    serving: ServingProfile = field(default_factory=ServingProfile)


class Evaluator(Protocol):
    """Scores and compares models; the real one does it in child processes."""

    def prepare(self) -> None:
        """Get ready for the next evaluation; raise EvaluationUnavailableError if impossible."""

    def close(self) -> None:
        """Release everything; no evaluation follows."""

    def evaluate(self, requests: Sequence[ScoringRequest]) -> list[ScoringResult]:
        """Score several models, possibly in parallel, and return the results in their order.

        Raises:
            EvaluationUnavailableError: the evaluation failed for a reason outside the models.
        """

    def compare(self, request: ComparisonRequest) -> ComparisonResult:
        """Compare the predictions of earlier evaluations; raise EvaluationUnavailableError."""


class _ResultLine(StrictModel):
    """A result on the wire. JSON has no NaN, so a score that is not finite is a string."""

    score: Finite | str | None
    errors: dict[str, str]
    serving: ServingProfile = ServingProfile()


def encode_request(request: ScoringRequest) -> bytes:
    """Encode a request as one line for the scoring process."""
    return strict_json.encode_line(request.model_dump(mode="json"))


def encode_result(result: ScoringResult) -> bytes:
    """Encode a result as one line for the parent."""
    score: Any = result.score
    if score is not None and not math.isfinite(score):
        score = str(score)
    errors = {check: message[:MAX_MESSAGE] for check, message in result.errors.items()}
    serving = result.serving.model_dump(mode="json")
    return strict_json.encode_line({"score": score, "errors": errors, "serving": serving})


def decode_result(line: bytes) -> ScoringResult:
    """Decode the line of a scoring process, which is not trusted.

    Raises:
        DocumentError: the line is not a result.
    """
    strict_json.decode(line, "The result of the scoring process")
    try:
        result = _ResultLine.model_validate_json(line)
        score = None if result.score is None else float(result.score)
    except (ValidationError, ValueError) as error:
        raise DocumentError("The result of the scoring process is malformed.") from error
    errors = {check[:MAX_MESSAGE]: text[:MAX_MESSAGE] for check, text in result.errors.items()}
    return ScoringResult(score, errors, result.serving)
