"""The documents on the volume; docs/volume-format.md specifies each with an example."""

import hashlib
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    Field,
    model_validator,
)

from shared.contract.document import Document, Finite, Positive, StrictModel
from shared.contract.layout import CANDIDATE_ID, DIGEST, FILE_NAME, WORKER
from shared.errors import DocumentError

Digest = Annotated[str, Field(pattern=f"^{DIGEST.pattern}$")]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
CandidateId = Annotated[str, Field(pattern=f"^{CANDIDATE_ID.pattern}$")]
FileName = Annotated[str, Field(pattern=f"^{FILE_NAME.pattern}$")]
WorkerName = Annotated[str, Field(pattern=f"^{WORKER.pattern}$")]
Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""One line of text that may stand in a log, a heading or registry.json, which is limited."""
Count = Annotated[int, Field(ge=0)]
FeatureType = Literal["number", "boolean", "category"]
Task = Literal["classification", "regression"]
Outcome = Literal["promoted", "refused", "inconclusive", "unchanged", "rolled_back"]

ONNX_MEDIA_TYPE = "application/onnx"
JOBLIB_MEDIA_TYPE = "application/vnd.modelgate.joblib"
NPZ_MEDIA_TYPE = "application/vnd.modelgate.holdout.npz"
ROWS_MEDIA_TYPE = "application/vnd.modelgate.rows.npz"
JSON_MEDIA_TYPE = "application/json"
HTML_MEDIA_TYPE = "text/html"


def _is_none(value: object) -> bool:
    return value is None


def _is_empty(value: object) -> bool:
    return not value


class Descriptor(StrictModel):
    """A reference to a file: its name, what it is, and the exact bytes."""

    name: FileName
    media_type: Name
    sha256: Sha256
    size: Count

    @classmethod
    def describe(cls, name: str, media_type: str, data: bytes) -> Self:
        """Describe *data*."""
        sha256 = hashlib.sha256(data).hexdigest()
        return cls(name=name, media_type=media_type, sha256=sha256, size=len(data))


class StoreMarker(Document):
    """store.json: this directory is a Modelgate store."""


class Feature(StrictModel):
    """One column that the model reads; see `shared.inference.feature_encoding` for its values."""

    name: str
    type: FeatureType
    nullable: bool = False
    """Whether a value may be missing."""
    categories: tuple[str, ...] | None = Field(default=None, exclude_if=_is_none)
    """Every text of a category's column, sorted: its place is its code. None for other types."""
    minimum: Finite | None = Field(default=None, exclude_if=_is_none)
    """The range of a number's column, for people: a value beyond it is accepted."""
    maximum: Finite | None = Field(default=None, exclude_if=_is_none)

    @model_validator(mode="after")
    def _require_categories(self) -> Self:
        found = self.categories
        if (self.type == "category") != bool(found):
            raise ValueError(f"a {self.type} has {'no' if not found else 'these'} categories")
        if found and ("" in found or list(found) != sorted(set(found))):
            raise ValueError("categories must be sorted, different and not empty")
        return self


class Artefact(Document):
    """artefact.json: all that decides a model's answers. Its bytes' sha256 is the digest."""

    task: Task
    features: tuple[Feature, ...] = Field(min_length=1)
    classes: tuple[str, ...]
    has_probabilities: bool
    model: Descriptor
    golden: Descriptor


class GoldenRows(Document):
    """golden.json: real rows, and what the model answered where it was made."""

    rows: tuple[tuple[Finite | None, ...], ...] = Field(min_length=1)
    """As `shared.inference.feature_encoding` holds values; None where one is missing."""
    predictions: tuple[Finite, ...]
    probabilities: tuple[tuple[Finite, ...], ...] | None


class CandidateResult(StrictModel):
    """One line of the trainer's table: how a candidate did on validation, or why it did not."""

    name: Name
    estimator: str
    parameters: dict[str, Any]
    metrics: dict[str, Finite]
    confusion_matrix: tuple[tuple[Count, ...], ...] | None
    fit_seconds: Finite
    error: str | None
    settings_tried: Count = 0
    """Parameter settings that a search drew and tried, beside the estimator as it was written."""


class Parity(StrictModel):
    """How far the exported model's answers are from the fitted estimator's."""

    rows: Count
    labels_equal: bool
    """Of a classifier; True for a regressor."""
    max_probability_difference: Finite | None
    max_relative_difference: Finite | None = None
    """Of a regressor's numbers."""


class DataSummary(StrictModel):
    """What is needed to find the same data again and to split it the same way."""

    source: str
    fingerprint: Digest
    rows: Count
    target: str
    parts: dict[str, Count]
    class_counts: dict[str, dict[str, Count]]
    """Rows of each class in each part; empty for a regression."""
    target_range: tuple[Finite, Finite] | None = None
    """The lowest and the highest number of a regression."""
    features: tuple[Feature, ...] = ()
    """As they were found in all rows."""
    split_salt: str
    row_key: str | None


class Manifest(Document):
    """manifest.json: one candidate, as the trainer claims it."""

    candidate_id: CandidateId
    created_at: AwareDatetime
    model_name: Name
    metric: Name
    digest: Digest
    holdout_metrics: dict[str, Finite]
    files: tuple[Descriptor, ...]
    candidates: tuple[CandidateResult, ...]
    parity: Parity | None
    data: DataSummary
    seed: int
    candidates_table: str
    settings: dict[str, Any] = Field(default_factory=dict)
    versions: dict[str, str]
    durations: dict[str, Finite]
    new_holdout: bool = Field(default=False, exclude_if=_is_empty)
    """Whether whoever trained it says that it is judged on other rows than the model before."""

    def file(self, name: str) -> Descriptor:
        """The descriptor called *name*; DocumentError where there is none."""
        if found := self.find(name):
            return found
        raise DocumentError(f"The manifest of {self.candidate_id} names no file {name}.")

    def find(self, name: str) -> Descriptor | None:
        """The descriptor called *name*, or None where there is none."""
        return next((file for file in self.files if file.name == name), None)


class CheckResult(StrictModel):
    """One rule of the gate and what it found."""

    name: str
    passed: bool
    observed: Any
    required: Any
    message: str


class Registry(Document):
    """registry.json: what is in production, and which decision put it there."""

    version: Positive
    model_name: Name
    metric: Name
    metrics: dict[str, Finite]
    digest: Digest
    candidate_id: CandidateId
    decision: Positive
    promoted_at: AwareDatetime
    files: tuple[Descriptor, ...]
    previous_version: Positive | None
    signature: str | None = Field(default=None, exclude_if=_is_none)
    """The gatekeeper's, over the document without this field; see `shared.contract.signatures`."""


class Decision(Document):
    """decisions/<n>.json: one entry of the log, chained to the one before by its sha256."""

    number: Positive
    previous: Sha256 | None
    candidate_id: CandidateId | None
    outcome: Outcome
    checks: tuple[CheckResult, ...]
    decided_at: AwareDatetime
    model_name: Name
    metric: Name
    scores: dict[str, Any]
    registry: Registry | None

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that kept the candidate from production."""
        return tuple(check for check in self.checks if not check.passed)


class Heartbeat(Document):
    """serving/<worker>.json: what one worker wants and serves, as of `beat_at`."""

    worker: WorkerName
    host: str
    pid: Positive
    beat_at: AwareDatetime
    heartbeat_seconds: Finite
    desired_version: Positive | None
    desired_digest: Digest | None
    serving_version: Positive | None
    serving_digest: Digest | None
    loaded_at: AwareDatetime | None
    last_error: str | None
    versions: dict[str, str] = Field(default_factory=dict, exclude_if=_is_empty)
    """Of Python and of the libraries that run models; see `shared.runtime_versions`."""


def compute_digest(data: bytes) -> str:
    """The digest of *data* as documents write it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
