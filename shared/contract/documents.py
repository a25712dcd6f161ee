"""The documents on the volume; docs/volume-format.md specifies each with an example."""

import hashlib
from operator import not_
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from shared.contract.baseline import Baseline
from shared.contract.check_result import CheckResult
from shared.contract.document import Document, Finite, Positive, StrictModel, is_none
from shared.contract.layout import CANDIDATE_ID, DIGEST, FILE_NAME, WORKER
from shared.contract.parity import Parity, TargetScale
from shared.contract.threshold import LabelThreshold
from shared.contract.time_split import TimeSplit
from shared.errors import DocumentError

Digest = Annotated[str, Field(pattern=f"^{DIGEST.pattern}$")]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
CandidateId = Annotated[str, Field(pattern=f"^{CANDIDATE_ID.pattern}$")]
FileName = Annotated[str, Field(pattern=f"^{FILE_NAME.pattern}$")]
WorkerName = Annotated[str, Field(pattern=f"^{WORKER.pattern}$")]
Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""One line of text, short enough for logs, headings and registry.json."""
OneLine = Annotated[
    str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$")
]
"""A line of text that is not blank."""
RowHash = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
Count = Annotated[int, Field(ge=0)]
FeatureType = Literal["number", "boolean", "category"]
SplitName = Literal["train", "validation", "holdout"]
Task = Literal["classification", "regression"]
NumberType = Literal["float32", "float64"]
Outcome = Literal["promoted", "refused", "inconclusive", "unchanged", "rolled_back"]

ONNX_MEDIA_TYPE = "application/onnx"
JOBLIB_MEDIA_TYPE = "application/vnd.modelgate.joblib"
NPZ_MEDIA_TYPE = "application/vnd.modelgate.holdout.npz"
ROWS_MEDIA_TYPE = "application/vnd.modelgate.rows.npz"
JSON_MEDIA_TYPE = "application/json"
HTML_MEDIA_TYPE = "text/html"


def _is_float32(value: object) -> bool:
    return value == "float32"


class Descriptor(StrictModel):
    """A reference to a file: its name, media type, SHA-256 and size in bytes."""

    name: FileName
    media_type: Name
    sha256: Sha256
    size: Count

    @classmethod
    def describe(cls, name: str, media_type: str, data: bytes) -> Self:
        """Return the descriptor of *data*."""
        sha256 = hashlib.sha256(data).hexdigest()
        return cls(name=name, media_type=media_type, sha256=sha256, size=len(data))


class StoreMarker(Document):
    """store.json: marks a directory as a Modelgate store."""


class Feature(StrictModel):
    """One input column of a model; `shared.inference.feature_encoding` encodes its values."""

    name: str
    type: FeatureType
    nullable: bool = False
    """Whether a value may be missing."""
    categories: tuple[str, ...] | None = Field(default=None, exclude_if=is_none)
    """All strings of a category column, sorted: the index is the code. None for other types."""
    minimum: Finite | None = Field(default=None, exclude_if=is_none)
    """The lowest number in the data, for people: lower values are accepted."""
    maximum: Finite | None = Field(default=None, exclude_if=is_none)
    """The highest number in the data, for people: higher values are accepted."""
    missing_values: tuple[str, ...] | None = Field(default=None, exclude_if=is_none)
    """The strings that are missing values of this feature; None: those of the artefact."""

    @model_validator(mode="after")
    def _require_categories(self) -> Self:
        categories = self.categories
        if (self.type == "category") != bool(categories):
            raise ValueError(f"a {self.type} {'needs' if not categories else 'has no'} categories")
        if categories and ("" in categories or list(categories) != sorted(set(categories))):
            raise ValueError("categories must be sorted, unique and not empty")
        return self


class Artefact(Document):
    """artefact.json: everything that determines a model's predictions.

    The SHA-256 of its bytes is the model's digest.
    """

    task: Task
    features: tuple[Feature, ...] = Field(min_length=1)
    classes: tuple[str, ...]
    has_probabilities: bool
    number_type: NumberType = Field(default="float32", exclude_if=_is_float32)
    """The type of the rows that the model takes; other rows are rounded to it."""
    missing_values: tuple[str, ...] = Field(default=(), exclude_if=not_)
    """The strings that are missing values of every feature, besides the empty string."""
    threshold: LabelThreshold | None = Field(default=None, exclude_if=is_none)
    """The rule of the label, for people: the model applies it. None: the most probable class."""
    model: Descriptor
    golden: Descriptor


class GoldenRows(Document):
    """golden.json: real rows, and the model's predictions for them when it was exported."""

    rows: tuple[tuple[Finite | None, ...], ...] = Field(min_length=1)
    """Values in the encoding of `shared.inference.feature_encoding`; None is a missing value."""
    predictions: tuple[Finite, ...]
    probabilities: tuple[tuple[Finite, ...], ...] | None
    target: TargetScale | None = Field(default=None, exclude_if=is_none)
    """The scale of a regression's target; None for a classifier, and in older documents."""


class CandidateResult(StrictModel):
    """One estimator of the trainer's table: its scores on validation, or why it failed."""

    name: Name
    estimator: str
    parameters: dict[str, Any]
    metrics: dict[str, Finite]
    confusion_matrix: tuple[tuple[Count, ...], ...] | None
    fit_seconds: Finite
    error: str | None
    settings_tried: Count = 0
    """The number of parameter settings that a search tried, without the estimator's own."""


class DataSummary(StrictModel):
    """A description that suffices to find the same data and to split it in the same way."""

    source: str
    fingerprint: Digest
    rows: Count
    target: str
    parts: dict[str, Count]
    class_counts: dict[str, dict[str, Count]]
    """Rows of each class in each split; empty for a regression."""
    target_range: tuple[Finite, Finite] | None = None
    """The lowest and highest target of a regression."""
    features: tuple[Feature, ...] = ()
    """The columns, as inferred from all rows."""
    notes: tuple[str, ...] = Field(default=(), exclude_if=not_)
    """Sentences for people about columns whose reading the trainer had to decide."""
    split_salt: str
    moved_rows: dict[RowHash, SplitName] = Field(default_factory=dict, exclude_if=not_)
    """The rows that are in another split than that of their hash."""
    row_key: str | None
    time: TimeSplit | None = Field(default=None, exclude_if=is_none)
    """None if a hash of each row decides its split."""


class Manifest(Document):
    """manifest.json: the trainer's claims about one candidate."""

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
    new_holdout: bool = Field(default=False, exclude_if=not_)
    """Whether a person confirmed that the holdout differs from the previous model's."""
    threshold: LabelThreshold | None = Field(default=None, exclude_if=is_none)
    """That of the artefact."""
    baseline: Baseline | None = Field(default=None, exclude_if=is_none)

    def file(self, name: str) -> Descriptor:
        """Return the descriptor of the file *name*; raise DocumentError for an unknown one."""
        if descriptor := self.find(name):
            return descriptor
        raise DocumentError(f"The manifest of {self.candidate_id} names no file {name}.")

    def find(self, name: str) -> Descriptor | None:
        """Return the descriptor of the file *name*, or None."""
        return next((file for file in self.files if file.name == name), None)


class Registry(Document):
    """registry.json: the model in production, and the decision that promoted it."""

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
    split_salt: str = Field(default="", exclude_if=not_)
    """The salt of the model's split, for a trainer that no longer has its candidate."""
    signature: str | None = Field(default=None, exclude_if=is_none)
    """The gatekeeper's signature of the document without this field."""


class Decision(Document):
    """decisions/<n>.json: one entry of the log, with the SHA-256 of the previous entry."""

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
    reason: OneLine | None = Field(default=None, exclude_if=is_none)
    """Why a person rolled back, approved or rejected, in that person's words."""
    decided_by: OneLine | None = Field(default=None, exclude_if=is_none)
    """The name that this person gave. It is not verified."""

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if not check.passed)

    @property
    def not_checked(self) -> tuple[CheckResult, ...]:
        """The checks that had nothing to compare."""
        return tuple(check for check in self.checks if check.skipped == "not_checked")


def compute_digest(data: bytes) -> str:
    """Return the digest of *data* in the form that documents use: `sha256:` and hex digits."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
