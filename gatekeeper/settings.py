"""Settings of the gatekeeper, from variables that start with GATEKEEPER_."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from shared.column_list import parse_names
from shared.settings import ServiceSettings

Number = Annotated[float, Field(allow_inf_nan=False)]


class GatekeeperSettings(ServiceSettings):
    """What the operator decides about the gate."""

    model_config = SettingsConfigDict(env_prefix="GATEKEEPER_")

    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(
        default=8001, ge=0, le=65535, description="The port to listen on; 0 takes a free one."
    )
    poll_seconds: Number = Field(
        default=0.25, gt=0, le=60, description="Seconds between two looks at the store."
    )
    token_file: Path | None = Field(
        default=None,
        description="The file that holds the bearer token for changes. "
        "Without it a random token is created in the store at first start.",
    )
    trainer_keys: Path | None = Field(
        default=None,
        description="A file with the public keys of the trainers, PEM: only candidates whose "
        "manifest one of them has signed are promoted. None by default: signatures are not read.",
    )
    signing_key: Path | None = Field(
        default=None,
        description="The file of the private key that signs the registry, PEM. None by default: "
        "it is not signed.",
    )
    min_improvement: Number = Field(
        default=0.0,
        description="A challenger is promoted when its score is at least the champion's plus "
        "this much; a negative number allows a drop. In units of METRIC.",
    )
    floor: Number | None = Field(
        default=None,
        description="No model with a lower score is promoted, the first one included. "
        "In units of METRIC; none by default.",
    )
    recall_floor: Number | None = Field(
        default=None,
        ge=0,
        le=1,
        description="No classifier is promoted that finds a smaller share of the holdout rows of "
        "any class, the first one included. From 0 to 1; none by default.",
    )
    min_holdout_rows: int = Field(
        default=0, ge=0, description="No model is promoted that was judged on fewer rows."
    )
    slices: str = Field(
        default="",
        description="Features by whose values the holdout is cut, with commas between them or as "
        "a JSON list: no slice may do worse than allowed. None by default.",
    )
    slice_rows: int = Field(
        default=100, ge=1, description="Slices with fewer rows are not looked at."
    )
    slice_drop: Number = Field(
        default=0.05,
        ge=0,
        description="By how much the score of a slice may be below the champion's there. "
        "In units of METRIC.",
    )
    confidence: Number | None = Field(
        default=None,
        gt=0.5,
        lt=1,
        description="How sure it must be that a challenger is as good as required, on other rows "
        "too: the share of resamples of the holdout, such as 0.95; a challenger of which less is "
        "sure is inconclusive, and not promoted. None by default: the holdout's score decides.",
    )
    max_holdout_loss: Number = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Of the rows that the model in production was judged on, the share that a "
        "challenger's holdout may lack, unless its trainer was told TRAINER_NEW_HOLDOUT. From 0 "
        "to 1; 1 for data that is a window of the last days.",
    )
    require_row_hashes: bool = Field(
        default=False,
        description="Whether a challenger is refused when it cannot be shown, by hashes, which "
        "rows both models have seen. Otherwise that is only recorded.",
    )
    max_load_seconds: Number | None = Field(
        default=None,
        gt=0,
        description="Seconds that a challenger may take from its files to something that answers. "
        "None by default: it is only recorded.",
    )
    max_p95_ms: Number | None = Field(
        default=None,
        gt=0,
        description="Milliseconds within which a challenger answers 95 of 100 calls with one row, "
        "without HTTP. None by default: it is only recorded.",
    )
    max_memory_mib: Number | None = Field(
        default=None,
        gt=0,
        description="Memory in MiB that loading a challenger, and its first answers, may add to a "
        "process. None by default: it is only recorded.",
    )
    max_size_mib: Number | None = Field(
        default=None,
        gt=0,
        description="MiB that a challenger's served files may have. None by default: it is only "
        "recorded.",
    )
    approval: Literal["automatic", "manual"] = Field(
        default="automatic",
        description="What becomes of a candidate that passes every check: it is promoted at once, "
        "or waits until a person with the token approves or rejects it.",
    )
    skip_identical: bool = Field(
        default=False,
        description="Whether a candidate that is byte for byte the model in production is "
        "decided as unchanged, instead of promoted as a new version.",
    )
    allow_schema_change: bool = Field(
        default=False,
        description="Whether a challenger may break the clients of the model in production: take "
        "other features, or answer in another form.",
    )
    keep_models: int = Field(
        default=10,
        ge=1,
        description="How many of the models promoted last are kept. One that is in production, "
        "or that a live worker wants or serves, is never removed.",
    )
    evaluation_seconds: Number = Field(
        default=30.0, gt=0, le=3600, description="Seconds that a model has to be scored."
    )
    evaluation_memory_mib: int = Field(
        default=4096,
        ge=64,
        description="Memory in MiB that a model may take while it is scored, beside what the "
        "scoring process takes itself. No file of a candidate may be larger.",
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
