"""What is asked of an evaluation and what it answers; and how both cross to the child process."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from gatekeeper.evidence.comparison_messages import ComparisonRequest, ComparisonResult
from gatekeeper.evidence.serving_cost import ServingProfile
from shared.contract import strict_json
from shared.contract.document import Finite, StrictModel
from shared.contract.documents import Descriptor
from shared.errors import DocumentError

BEGUN = b"begun\n"
"""The first line of a child, after it has read its request. Later failures are the model's."""
MAX_RESULT_BYTES = 64 << 10
"""A child's answer is one line of at most this many bytes."""
MAX_MESSAGE = 500
"""Characters of a message from the child that are kept."""


class ScoringRequest(StrictModel):
    """One model to score on one holdout."""

    model_directory: str
    """Where the verified copy of the artefact stands."""
    digest: str
    holdout_directory: str
    holdout: Descriptor
    schema_directory: str
    """Where the artefact stands whose features and classes the holdout has: the challenger's."""
    schema_digest: str
    metric: str
    allow_joblib: bool
    seconds: float
    """Processor time is limited in proportion; the wall clock is the parent's business."""
    memory_mib: int
    predictions_path: str | None = None
    """The file for the answers on the holdout, which the comparer reads; None: nobody does."""
    measures_cost: bool = False
    """Whether to find out what it takes to serve the model."""

    @property
    def model_path(self) -> Path:
        """The directory of the artefact."""
        return Path(self.model_directory)

    @property
    def holdout_path(self) -> Path:
        """The file with the rows."""
        return Path(self.holdout_directory) / self.holdout.name


@dataclass(frozen=True)
class ScoringResult:
    """What one model did."""

    score: float | None
    """Higher is better; None where there is none, and possibly not finite."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """A sentence for each check (`gatekeeper.policy.submission_checks`) that the model failed."""
    serving: ServingProfile = field(default_factory=ServingProfile)
    """What it takes to serve the model, as far as that was measured."""


class Evaluator(Protocol):
    """Scores models; the real one does it in child processes."""

    def prepare(self) -> None:
        """Get ready for the next evaluation; raises EvaluationUnavailableError."""

    def close(self) -> None:
        """There will be no other evaluation."""

    def evaluate(self, jobs: Sequence[ScoringRequest]) -> list[ScoringResult]:
        """Score several models, possibly at the same time; the answers are in their order.

        Raises EvaluationUnavailableError when that says nothing about a model.
        """

    def compare(self, question: ComparisonRequest) -> ComparisonResult:
        """Compare the answers that evaluations have left; raises EvaluationUnavailableError."""


class _Result(StrictModel):
    """An evaluation on the wire. JSON has no NaN, so a score that is not finite is a word."""

    score: Finite | str | None
    errors: dict[str, str]
    serving: ServingProfile = ServingProfile()


def encode_request(job: ScoringRequest) -> bytes:
    """One line for the child."""
    return strict_json.encode_line(job.model_dump(mode="json"))


def encode_result(evaluation: ScoringResult) -> bytes:
    """One line for the parent."""
    score: Any = evaluation.score
    if score is not None and not math.isfinite(score):
        score = str(score)
    errors = {check: message[:MAX_MESSAGE] for check, message in evaluation.errors.items()}
    serving = evaluation.serving.model_dump(mode="json")
    return strict_json.encode_line({"score": score, "errors": errors, "serving": serving})


def decode_result(line: bytes) -> ScoringResult:
    """Read the child's line, which is not trusted; raises DocumentError."""
    strict_json.decode(line, "The answer of the scoring process")
    try:
        result = _Result.model_validate_json(line)
        score = None if result.score is None else float(result.score)
    except (ValidationError, ValueError) as error:
        raise DocumentError("The answer of the scoring process is not an evaluation.") from error
    errors = {check[:MAX_MESSAGE]: text[:MAX_MESSAGE] for check, text in result.errors.items()}
    return ScoringResult(score, errors, result.serving)
