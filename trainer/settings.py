"""The trainer's own settings: environment variables with the prefix TRAINER_."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import CommonSettings, ServiceSettings


class TrainerSettings(ServiceSettings):
    """What the trainer reads beside the common settings; each has a default."""

    model_config = SettingsConfigDict(env_prefix="TRAINER_")

    dataset: Path | None = Field(
        default=None,
        description="A CSV or Parquet file, or a folder of Parquet files; without it, "
        "scikit-learn's breast cancer data.",
    )
    target: str | None = Field(
        default=None, description="The column to predict; needed with TRAINER_DATASET."
    )
    drop: str = Field(
        default="",
        description="Columns to leave out: names with commas between them, or a JSON list.",
    )
    positive_label: str | None = Field(
        default=None,
        description="Of two classes, the one that f1, precision, recall, jaccard and "
        "average_precision are about; "
        "by default 1 of 0 and 1, 1 of -1 and 1, true of false and true.",
    )
    candidates: str | None = Field(
        default=None,
        description="package.module:NAME of a table name -> estimator, or (estimator, parameter "
        "space); without it, a linear model and a random forest.",
    )
    search: int = Field(
        default=0,
        ge=0,
        le=10_000,
        description="Parameter settings to draw and try for each candidate that declares a space; "
        "0: train each candidate as it was written.",
    )
    seed: int = Field(
        default=42,
        ge=0,
        lt=2**32,
        description="Seed of the search and of every estimator that has none of its own, 0 to "
        "4294967295.",
    )
    split_salt: str = Field(
        default="", description="Any text; another one splits the rows another way."
    )
    row_key: str | None = Field(
        default=None,
        description="A column that identifies a row, hashed instead of the features to split the "
        "data, and not a feature itself.",
    )
    new_holdout: bool = Field(
        default=False,
        description="Say so when the model is meant to be judged on other rows than the one in "
        "production was: the gatekeeper refuses it otherwise.",
    )
    signing_key: Path | None = Field(
        default=None,
        description="The file of the private key that signs the manifest, PEM; without it, the "
        "manifest is not signed.",
    )
    wait_seconds: float = Field(
        default=60.0,
        ge=0.0,
        allow_inf_nan=False,
        description="Seconds to wait for the decision and then for the fleet; 0: do not wait.",
    )
    keep_candidates: int = Field(
        default=20, ge=1, description="Decided candidates that stay in the store."
    )


def describe_settings() -> str:
    """All settings of the trainer as text for --help, one a paragraph."""
    lines = []
    for kind in (TrainerSettings, CommonSettings):
        prefix = str(kind.model_config.get("env_prefix", ""))
        for name, field in kind.model_fields.items():
            default = "" if field.default in {None, ""} else f" (default: {field.default})"
            lines.append(f"  {prefix}{name.upper()}{default}\n      {field.description}")
    return "\n".join(lines)
