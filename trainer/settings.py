"""The settings of the trainer: environment variables with the prefix TRAINER_."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import CommonSettings, ServiceSettings


class TrainerSettings(ServiceSettings):
    """The settings that only the trainer reads. Each one has a default."""

    model_config = SettingsConfigDict(env_prefix="TRAINER_")

    dataset: Path | None = Field(
        default=None,
        description="A CSV or Parquet file, or a folder of Parquet files. Default: "
        "scikit-learn's breast cancer data.",
    )
    target: str | None = Field(
        default=None, description="The column to predict. Required with TRAINER_DATASET."
    )
    drop: str = Field(
        default="",
        description="Columns to leave out: names separated by commas, or a JSON list.",
    )
    types: str = Field(
        default="",
        description="The types of columns, as a JSON object such as "
        '{"article": "category", "power": "number"}. The types are number, number with decimal '
        "comma, boolean and category. Default: the type that all cells of a column fit.",
    )
    missing: str = Field(
        default="",
        description="Cells that are missing values in every column, besides empty ones: spellings "
        "separated by commas, or a JSON list. A JSON object gives the complete list of each column "
        "that it names.",
    )
    positive_label: str | None = Field(
        default=None,
        description="With two classes, the positive one: f1, precision, recall, jaccard and "
        "average_precision measure it. Default: 1 for the classes 0/1 or -1/1; true for "
        "false/true. With these metrics, other classes need this setting.",
    )
    threshold: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="With two classes: every candidate answers the positive class if its "
        "probability is at least this number, such as 0.3. Probabilities stay as they are. "
        "Default: the more probable class.",
    )
    candidates: str | None = Field(
        default=None,
        description="The table of candidates, as package.module:NAME. "
        "Default: a linear model and a random forest.",
    )
    search: int = Field(
        default=0,
        ge=0,
        le=10_000,
        description="Number of parameter settings to try for each candidate with a parameter "
        "space. 0: train each candidate as written.",
    )
    seed: int = Field(
        default=42,
        ge=0,
        lt=2**32,
        description="Seed of the search and of every estimator without its own seed. From 0 to "
        "4294967295.",
    )
    split_salt: str = Field(
        default="",
        description="Any string. Another string gives another split of the rows. Default: the "
        "salt of the model in production. Without one, the first salt with which every split has "
        "every class.",
    )
    row_key: str | None = Field(
        default=None,
        description="Name of a column that identifies each row. The split of a row then depends on "
        "this column, not on the features. The column is not used as a feature.",
    )
    time: str | None = Field(
        default=None,
        description="Name of a column of numbers, dates or times. The newest rows are then the "
        "holdout, and the oldest rows are for training. The column is not used as a feature.",
    )
    date_order: Literal["day", "month"] | None = Field(
        default=None,
        description="day or month: the part that is first in dates such as 03/04/2024. Needed "
        "if no date in the column TRAINER_TIME shows it.",
    )
    new_holdout: bool = Field(
        default=False,
        description="Set to true if the holdout changes on purpose. Otherwise the gatekeeper "
        "refuses a candidate whose holdout lacks too many of the champion's holdout rows.",
    )
    signing_key: Path | None = Field(
        default=None,
        description="PEM file with the private key that signs the manifest. Default: unsigned.",
    )
    wait_seconds: float = Field(
        default=60.0,
        ge=0.0,
        le=604_800.0,
        description="Seconds to wait, in total, for the decision and then for all workers to serve "
        "the model. 0: publish, and exit with status 4 without waiting.",
    )
    keep_candidates: int = Field(
        default=20, ge=1, description="Number of decided candidates to keep in the store."
    )


def describe_settings() -> str:
    """Describe all settings of the trainer for --help, one in each paragraph."""
    lines = []
    for settings in (TrainerSettings, CommonSettings):
        prefix = str(settings.model_config.get("env_prefix", ""))
        for name, field in settings.model_fields.items():
            default = "" if field.default in {None, ""} else f" (default: {field.default})"
            lines.append(f"  {prefix}{name.upper()}{default}\n      {field.description}")
    return "\n".join(lines)
