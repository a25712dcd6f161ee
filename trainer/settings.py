"""The settings of the trainer: environment variables with the prefix TRAINER_."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema
from pydantic_settings import SettingsConfigDict

from shared.errors import SettingsError
from shared.settings import CommonSettings, ServiceSettings
from trainer.cron import require_cron, require_timezone
from trainer.databases.address import NAMES, DatabaseAddress, is_address


def _find_table(text: str | Path) -> Path | DatabaseAddress:
    if is_address(str(text)):
        return DatabaseAddress(str(text))
    path = Path(text)
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError(f"{path} begins with the home of a user who does not exist") from error


class TrainerSettings(ServiceSettings):
    """The settings that only the trainer reads. Each one has a default."""

    model_config = SettingsConfigDict(env_prefix="TRAINER_")

    dataset: (
        Annotated[
            Path | DatabaseAddress,
            PlainValidator(_find_table),
            WithJsonSchema({"type": "string", "format": "path"}),
        ]
        | None
    ) = Field(
        default=None,
        description="A CSV or Parquet file, a folder of Parquet files, or a database such as "
        "postgresql://user@host/database; see docs/databases.md. Default: scikit-learn's breast "
        "cancer data.",
    )
    query: str = Field(
        default="",
        description="The query whose result is the table, if TRAINER_DATASET is a database: its "
        "text in one line, or the name of a file that ends with .sql.",
    )
    database_password_file: Path | None = Field(
        default=None,
        description="File with the password of the user in TRAINER_DATASET. Default: the variable "
        "PGPASSWORD, or none.",
    )
    query_seconds: float = Field(
        default=3600.0,
        ge=1.0,
        le=604_800.0,
        description="Most seconds from the connection to the last row of TRAINER_QUERY.",
    )
    target: str | None = Field(
        default=None, description="The column to predict. Required with TRAINER_DATASET."
    )
    drop: str = Field(
        default="",
        description="Columns to leave out: names separated by commas, or a JSON list.",
    )
    slice_columns: str = Field(
        default="",
        description="Columns that are kept beside the holdout, so that GATEKEEPER_SLICES can name "
        "them: names separated by commas, or a JSON list. They are not features. TRAINER_DROP, "
        "TRAINER_ROW_KEY and TRAINER_TIME may name them too.",
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
    csv: str = Field(
        default="",
        description="How a CSV file is written, if looking at it does not show this: a JSON object "
        'such as {"separator": ";", "decimal": ","}. Other keys are encoding, and skip: the '
        "number of lines before the names.",
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
        description="With two classes: every estimator answers the positive class if its "
        "probability is at least this number, such as 0.3. Probabilities stay as they are. "
        "Default: the more probable class.",
    )
    candidates: str | None = Field(
        default=None,
        description="The candidate table, which names estimators, as package.module:NAME. "
        "Default: a linear model and a random forest.",
    )
    search: int = Field(
        default=0,
        ge=0,
        le=10_000,
        description="Number of parameter settings to try for each estimator with a parameter "
        "space. 0: train each estimator as written.",
    )
    dask: str | None = Field(
        default=None,
        pattern=r"^(tcp|tls)://[^\s/]+:\d{1,5}$|^local:[1-9]\d{0,2}$",
        examples=["tcp://scheduler:8786", "local:4"],
        description="The place of the fits: tcp://HOST:PORT or tls://HOST:PORT of a Dask "
        "scheduler, or local:4 for four processes on this machine. Needs the packages of "
        "requirements/dask.txt; see docs/cluster.md. Default: threads of the trainer.",
    )
    holdout_rows: int | None = Field(
        default=None,
        ge=100,
        le=10_000_000,
        description="Most rows of the holdout. With it, workers of TRAINER_DASK read a folder of "
        "Parquet files in parts, and fit XGBoost on all of them: for more rows than fit into "
        "memory. See docs/cluster.md. Default: all rows are read into memory.",
    )
    refit: bool = Field(
        default=False,
        description="Set to true to fit the chosen estimator again, on train and validation "
        "together. That model is published. The holdout stays unseen.",
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
    live: bool = Field(
        default=False,
        description="Set to true to train also on the rows of the prediction log that have "
        "labels. See docs/live-rows.md.",
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
    schedule: Annotated[str, AfterValidator(require_cron)] | None = Field(
        default=None,
        description="Times of trainings in the syntax of cron, such as 0 3 * * * for each day at "
        "3:00. See docs/schedules.md. Default: no training by time.",
    )
    timezone: Annotated[str, AfterValidator(require_timezone)] = Field(
        default="UTC",
        description="Time zone of TRAINER_SCHEDULE, such as Europe/Vienna.",
    )
    watch: bool = Field(
        default=False,
        description="Set to true to train when the content of TRAINER_DATASET has changed and has "
        "been stable for 10 seconds.",
    )
    on_drift: bool = Field(
        default=False,
        description="Set to true to train when the gatekeeper finds that production began to "
        "drift, at most once in 24 hours.",
    )

    @property
    def watched(self) -> Path | None:
        """The file or folder whose changes lead to a training."""
        return self.dataset if self.watch and isinstance(self.dataset, Path) else None

    @property
    def trains_by_itself(self) -> bool:
        """Whether a cause is set that trains without a person."""
        return self.schedule is not None or self.watch or self.on_drift


def require_data_to_watch(settings: TrainerSettings) -> None:
    """Raise SettingsError if the data set that must be watched is not a file."""
    if settings.watch and settings.dataset is None:
        raise SettingsError(
            "TRAINER_WATCH is set, but TRAINER_DATASET is not. The default data never changes. "
            "Set TRAINER_DATASET to a file, or remove TRAINER_WATCH."
        )
    if settings.watch and isinstance(settings.dataset, DatabaseAddress):
        raise SettingsError(
            f"TRAINER_WATCH is set, but TRAINER_DATASET is a database of "
            f"{NAMES[settings.dataset.engine]}, whose changes are not watched. Set "
            "TRAINER_SCHEDULE to the times of trainings, and remove TRAINER_WATCH."
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
