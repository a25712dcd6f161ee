"""The documents on the volume; docs/volume-format.md specifies each with an example."""

import hashlib
from operator import not_
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from shared.contract.check_result import CheckResult
from shared.contract.document import Document, Finite, Positive, StrictModel, Time, is_none
from shared.contract.field_types import (
    CandidateId,
    Count,
    Digest,
    FileName,
    Name,
    OneLine,
    RowHash,
    Sha256,
)
from shared.contract.live_row_counts import LiveRowCounts
from shared.contract.parity import Parity
from shared.contract.run_results import Baseline, CandidateResult
from shared.contract.threshold import LabelThreshold
from shared.contract.time_split import TimeSplit
from shared.errors import DocumentError

FeatureType = Literal["number", "boolean", "category"]
SplitName = Literal["train", "validation", "holdout"]
Task = Literal["classification", "regression"]
NumberType = Literal["float32", "float64"]
TextForm = Literal["lower", "upper", "casefold", "title", "capitalize"]
Outcome = Literal["promoted", "refused", "inconclusive", "unchanged", "rolled_back"]

ONNX_MEDIA_TYPE = "application/onnx"
JOBLIB_MEDIA_TYPE = "application/vnd.modelgate.joblib"
NPZ_MEDIA_TYPE = "application/vnd.modelgate.holdout.npz"
ROWS_MEDIA_TYPE = "application/vnd.modelgate.rows.npz"
JSON_MEDIA_TYPE = "application/json"
HTML_MEDIA_TYPE = "text/html"


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
    text_form: TextForm | None = Field(default=None, exclude_if=is_none)
    """The form in which a category is looked up that is not found otherwise; None: in no other."""

    @model_validator(mode="after")
    def _require_categories(self) -> Self:
        categories = self.categories
        if (self.type == "category") != bool(categories):
            raise ValueError(f"a {self.type} {'needs' if not categories else 'has no'} categories")
        if categories and ("" in categories or list(categories) != sorted(set(categories))):
            raise ValueError("categories must be sorted, unique and not empty")
        if self.text_form and not categories:
            raise ValueError(f"a {self.type} has no text_form")
        return self


class Artefact(Document):
    """artefact.json: everything that determines a model's predictions.

    The SHA-256 of its bytes is the model's digest.
    """

    max_values = 300_000

    task: Task
    features: tuple[Feature, ...] = Field(min_length=1)
    classes: tuple[str, ...]
    has_probabilities: bool
    number_type: NumberType = Field(default="float32", exclude_if="float32".__eq__)
    """The type of the rows that the model takes; other rows are rounded to it."""
    missing_values: tuple[str, ...] = Field(default=(), exclude_if=not_)
    """The strings that are missing values of every feature, besides the empty string."""
    threshold: LabelThreshold | None = Field(default=None, exclude_if=is_none)
    """The rule of the label, for people: the model applies it. None: the most probable class."""
    model: Descriptor
    golden: Descriptor

    @model_validator(mode="after")
    def _require_float64(self) -> Self:
        """Refuse a text_form that releases up to 0.1.0 would ignore: they cannot pass float64."""
        if self.number_type != "float64" and any(feature.text_form for feature in self.features):
            raise ValueError("a model with a text_form must have the number_type float64")
        return self


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
    warnings: tuple[str, ...] = Field(default=(), exclude_if=not_)
    """Sentences for people about the splits: reasons why a score on them may mislead."""
    split_salt: str
    moved_rows: dict[RowHash, SplitName] = Field(default_factory=dict, exclude_if=not_)
    """The rows that are in another split than that of their hash."""
    row_key: str | None
    time: TimeSplit | None = Field(default=None, exclude_if=is_none)
    """None if a hash of each row decides its split."""
    slice_columns: tuple[str, ...] = Field(default=(), exclude_if=not_)
    """The names of the columns that holdout.npz has for slices, and that are not features."""
    live: LiveRowCounts | None = Field(default=None, exclude_if=is_none)
    """None if all rows are from the table."""


class Manifest(Document):
    """manifest.json: the trainer's claims about one candidate."""

    max_values = 100_000

    candidate_id: CandidateId
    created_at: Time
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
    refitted: bool = Field(default=False, exclude_if=not_)
    """Whether the model is fitted on train and validation; otherwise it is fitted on train."""
    costs: dict[str, dict[str, Finite]] | None = Field(default=None, exclude_if=is_none)
    """The costs of the run by true class and predicted class."""
    threshold: LabelThreshold | None = Field(default=None, exclude_if=is_none)
    """That of the artefact."""
    baseline: Baseline | None = Field(default=None, exclude_if=is_none)
    traceparent: str | None = Field(default=None, exclude_if=is_none)
    """The trace of the run, which the gatekeeper continues if it is valid."""

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
    promoted_at: Time
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
    decided_at: Time
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
