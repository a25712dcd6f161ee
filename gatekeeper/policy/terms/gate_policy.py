"""The operator's requirements of a candidate."""

from typing import Annotated

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from gatekeeper.policy.terms.guard_list import parse_guards
from shared.column_list import parse_names
from shared.contract.documents import JOBLIB_MEDIA_TYPE, ONNX_MEDIA_TYPE
from shared.scoring.scorer_names import NEG_COST

Number = Annotated[float, Field(allow_inf_nan=False)]


class GateSettings(BaseModel, frozen=True):
    """The settings of the checks, which `gatekeeper.settings` reads from the environment."""

    min_improvement: Number = Field(
        default=0.0,
        description="Minimum improvement over the champion's score, in units of METRIC. "
        "A negative number allows a drop.",
    )
    floor: Number | None = Field(
        default=None,
        description="Minimum score of any promoted model, the first one included, in units of "
        "METRIC. None by default.",
    )
    recall_floor: Number | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Minimum recall for every class, from 0 to 1, the first model included. "
        "None by default.",
    )
    min_holdout_rows: int = Field(
        default=0, ge=0, description="Minimum number of holdout rows that a model is judged on."
    )
    min_class_rows: int = Field(
        default=0,
        ge=0,
        description="Minimum number of holdout rows of every class that a model is judged on. "
        "Scores such as f1 are chance if a class has few rows.",
    )
    slices: str = Field(
        default="",
        description="Features, or columns of TRAINER_SLICE_COLUMNS, that divide the holdout into "
        "slices: names separated by commas, or a JSON list. GATEKEEPER_SLICE_DROP limits the drop "
        "of each slice. None by default.",
    )
    slice_rows: int = Field(
        default=100,
        ge=1,
        description="Minimum rows of a slice; smaller ones are listed and not judged.",
    )
    slice_required: bool = Field(
        default=False,
        description="Refuse a challenger if a slice cannot be judged, because it has fewer rows "
        "than GATEKEEPER_SLICE_ROWS or no value of METRIC. By default such slices are only listed.",
    )
    slice_drop: Number = Field(
        default=0.05,
        description="Largest amount by which the challenger's score on a slice may be below the "
        "champion's score on that slice, in units of METRIC. An error has no default: set it with "
        "GATEKEEPER_SLICES.",
    )
    slice_floor: Number | None = Field(
        default=None,
        description="Minimum score on every slice, the first model included, in units of METRIC. "
        "None by default.",
    )
    slice_gap: Number | None = Field(
        default=None,
        description="Largest difference between the challenger's scores on two slices of one "
        "column, in units of METRIC. None by default.",
    )
    guards: str = Field(
        default="",
        description="Further metrics, and how far each may fall below the champion's score, such "
        "as neg_log_loss:-0.02, recall:-0.01. None by default.",
    )
    require_guards: bool = Field(
        default=False,
        description="Refuse a challenger if one of GATEKEEPER_GUARDS cannot be compared with the "
        "model in production. By default the decision only says why.",
    )
    max_calibration_error: Number | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Largest expected calibration error of a classifier's probabilities, from 0 "
        "to 1, the first model included. None by default: the error is only recorded.",
    )
    confidence: Number | None = Field(
        default=None,
        gt=0.5,
        lt=1,
        description="Confidence required to promote, such as 0.95: the fraction of bootstrap "
        "resamples in which the challenger is good enough. Below it the decision is inconclusive, "
        "also if different models predict the same on few rows. "
        "None by default: the score on the holdout decides.",
    )
    luck_allowance: bool = Field(
        default=True,
        description="Lower the required score if the holdout's rows decided before and the "
        "challenger has the better validation score. The allowance follows from this lead, and "
        "luck limits it. false requires the champion's score on the holdout as it is.",
    )
    max_total_drop: Number | None = Field(
        default=None,
        ge=0,
        description="Largest amount by which the challenger's score may be below that of the "
        "pinned version, in units of METRIC. Both are scored on the same rows, so that small drops "
        "do not add up to a large one. None by default.",
    )
    pinned_version: int | None = Field(
        default=None,
        ge=1,
        description="The version that GATEKEEPER_MAX_TOTAL_DROP compares with. Its model is kept. "
        "Default: the oldest version whose model is in the store.",
    )
    max_holdout_loss: Number = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Largest fraction of all holdout rows since the last declared new holdout "
        "that may be missing from the challenger's holdout, from 0 to 1. Use 1 for a sliding "
        "window. TRAINER_NEW_HOLDOUT declares a new holdout.",
    )
    require_row_hashes: bool = Field(
        default=False,
        description="Refuse a challenger if row hashes cannot show which rows each model was "
        "trained on. By default both are then scored on all rows, and the decision says why.",
    )
    max_load_seconds: Number | None = Field(
        default=None,
        gt=0,
        description="Largest time in seconds to load a challenger. "
        "None by default: the time is only recorded.",
    )
    max_p95_ms: Number | None = Field(
        default=None,
        gt=0,
        description="Largest 95th percentile of the time to predict one row, in milliseconds, "
        "without HTTP. None by default: the time is only recorded.",
    )
    max_memory_mib: Number | None = Field(
        default=None,
        gt=0,
        description="Largest memory in MiB that loading a challenger and its first predictions "
        "may add to a process. None by default: the memory is only recorded.",
    )
    max_size_mib: Number | None = Field(
        default=None,
        gt=0,
        description="Largest size in MiB of the files that predictors read. "
        "None by default: the size is only recorded.",
    )
    allow_operators: str = Field(
        default="",
        description="ONNX operators that the gate allows although they are unbounded, random or of "
        "another domain, separated by commas: Loop,com.example:Solve. None by default.",
    )
    replay_rows: int = Field(
        default=10_000,
        ge=0,
        le=1_000_000,
        description="Newest rows of the prediction log that a challenger answers before it is "
        "promoted. A row that it cannot answer refuses it. 0 turns this off.",
    )
    max_changed_answers: Number | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Largest share of the replayed rows to which a challenger may give another "
        "answer than production, from 0 to 1. None by default: the share is only recorded.",
    )
    live_holdout: bool = Field(
        default=False,
        description="Require on logged rows with labels what is required on the holdout: the score "
        "with GATEKEEPER_MIN_IMPROVEMENT and GATEKEEPER_CONFIDENCE. By default both scores are "
        "only recorded.",
    )
    skip_identical: bool = Field(
        default=False,
        description="Record the decision 'unchanged' if a candidate is byte for byte the model in "
        "production. By default it is promoted as a new version.",
    )
    allow_schema_change: bool = Field(
        default=False,
        description="Accept a challenger that breaks the clients of the model in production: "
        "with other features, or another form of response.",
    )

    @field_validator("slices", "allow_operators")
    @classmethod
    def _require_names(cls, value: str, info: ValidationInfo) -> str:
        parse_names(f"GATEKEEPER_{info.field_name}".upper(), value)
        return value

    @field_validator("guards")
    @classmethod
    def _require_guards(cls, value: str) -> str:
        parse_guards(value)
        return value

    @property
    def guard_limits(self) -> dict[str, float]:
        """The least differences of `guards` to the champion's scores, by metric."""
        return parse_guards(self.guards)

    @property
    def allowed_operators(self) -> tuple[str, ...]:
        """The operators that `allow_operators` names."""
        return parse_names("GATEKEEPER_ALLOW_OPERATORS", self.allow_operators)

    @property
    def slice_columns(self) -> tuple[str, ...]:
        """The columns that `slices` names."""
        return parse_names("GATEKEEPER_SLICES", self.slices)


class GatePolicy(GateSettings):
    """All that the checks require: the gate's settings, and what all services share."""

    metric: str
    allow_joblib: bool = False
    costs: dict[str, dict[str, float]] | None = None
    """The costs by true class and predicted class; None if they are not set."""
    trainer_keys: tuple[str, ...] = ()
    """Fingerprints of the keys that may sign a manifest; empty if no signature is required."""

    @property
    def further_metrics(self) -> tuple[str, ...]:
        """The metrics that are computed besides `metric`: the guards, and the cost if it is set."""
        cost = [] if self.costs is None or self.metric == NEG_COST else [NEG_COST]
        return tuple(dict.fromkeys([*self.guard_limits, *cost]))

    @property
    def served_types(self) -> list[str]:
        """The media types that a served model may have."""
        return [ONNX_MEDIA_TYPE, *([JOBLIB_MEDIA_TYPE] if self.allow_joblib else [])]
