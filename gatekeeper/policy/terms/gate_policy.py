"""The operator's requirements of a candidate."""

from typing import Annotated

from pydantic import BaseModel, Field, field_validator

from shared.column_list import parse_names
from shared.contract.documents import JOBLIB_MEDIA_TYPE, ONNX_MEDIA_TYPE

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
    slices: str = Field(
        default="",
        description="Features that divide the holdout into slices, separated by commas or as a "
        "JSON list. GATEKEEPER_SLICE_DROP limits the drop of each slice. None by default.",
    )
    slice_rows: int = Field(
        default=100,
        ge=1,
        description="Minimum rows of a slice; smaller ones are skipped.",
    )
    slice_drop: Number = Field(
        default=0.05,
        description="Largest amount by which the challenger's score on a slice may be below the "
        "champion's score on that slice, in units of METRIC.",
    )
    confidence: Number | None = Field(
        default=None,
        gt=0.5,
        lt=1,
        description="Confidence required to promote, such as 0.95: the fraction of bootstrap "
        "resamples in which the challenger is good enough. Below it the decision is inconclusive. "
        "None by default: the score on the holdout decides.",
    )
    max_holdout_loss: Number = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Largest fraction of the champion's holdout rows that may be missing from the "
        "challenger's holdout, from 0 to 1. Use 1 for a sliding window. TRAINER_NEW_HOLDOUT makes "
        "an exception for one candidate.",
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

    @field_validator("slices")
    @classmethod
    def _require_names(cls, value: str) -> str:
        parse_names("GATEKEEPER_SLICES", value)
        return value

    @property
    def slice_columns(self) -> tuple[str, ...]:
        """The features that `slices` names."""
        return parse_names("GATEKEEPER_SLICES", self.slices)


class GatePolicy(GateSettings):
    """All that the checks require: the gate's settings, and what all services share."""

    metric: str
    allow_joblib: bool = False
    trainer_keys: tuple[str, ...] = ()
    """Fingerprints of the keys that may sign a manifest; empty if no signature is required."""

    @property
    def served_types(self) -> list[str]:
        """The media types that a served model may have."""
        return [ONNX_MEDIA_TYPE, *([JOBLIB_MEDIA_TYPE] if self.allow_joblib else [])]
