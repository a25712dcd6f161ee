"""Load the data set that the settings name."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from shared.contract.documents import Feature
from shared.errors import SettingsError
from shared.inference.servable import Rows
from shared.scoring.scorer_names import is_for_regression
from trainer.dataset.dataset import DataSchema, Dataset
from trainer.dataset.labels import (
    order_classes,
    regression_metric_error,
    require_positive_class,
)
from trainer.problems import Problems
from trainer.settings import TrainerSettings

if TYPE_CHECKING:
    from trainer.dataset.table_reading import TableReading

BREAST_CANCER = "scikit-learn breast cancer"


def load_dataset(settings: TrainerSettings, metric: str) -> Dataset:
    """Load TRAINER_DATASET, or by default scikit-learn's breast cancer data.

    Raises DatasetError for unsuitable data, and SettingsError for settings that do not fit it; if
    there are several problems, ProblemsError.
    """
    problems = Problems()
    dataset = read_dataset(settings, metric, problems, begin_reading(settings))
    problems.require_none()
    assert dataset is not None  # noqa: S101 - otherwise there is a problem
    return dataset


def begin_reading(
    settings: TrainerSettings, show_rows: Callable[[int], None] = lambda _rows: None
) -> "TableReading | None":
    """Return a record for the reading of TRAINER_DATASET; None for the default data.

    *show_rows* shows how many rows of a query have come.
    """
    if settings.dataset is None:
        return None
    # Importing pyarrow takes as long as training on the default data.
    from trainer.dataset.table_reading import TableReading  # noqa: PLC0415 - see above

    return TableReading(show_rows=show_rows)


def read_dataset(
    settings: TrainerSettings,
    metric: str,
    problems: Problems,
    reading: "TableReading | None",
) -> Dataset | None:
    """Read the data set as far as possible, as `read_table` does."""
    dataset = _read(settings, metric, problems, reading)
    if dataset is not None and settings.threshold is not None:
        is_named = settings.dataset is None or settings.positive_label is not None
        with problems:
            require_positive_class(dataset.schema.classes, dataset.target_name, is_named=is_named)
    return dataset


def _read(
    settings: TrainerSettings,
    metric: str,
    problems: Problems,
    reading: "TableReading | None",
) -> Dataset | None:
    if reading is not None:
        from trainer.dataset.table_dataset import read_table  # noqa: PLC0415 - as above

        return read_table(settings, metric, problems, reading)
    for name in (
        "target",
        "row_key",
        "time",
        "drop",
        "slice_columns",
        "types",
        "missing",
        "csv",
        "query",
    ):
        if getattr(settings, name):
            problems.add(
                SettingsError(
                    f"TRAINER_{name.upper()} is about columns of a file, but TRAINER_DATASET is "
                    "not set. Set TRAINER_DATASET to a CSV or Parquet file."
                )
            )
    if is_for_regression(metric):
        what = f"the diagnoses of {BREAST_CANCER} are strings"
        problems.add(regression_metric_error(metric, what))
    with problems:
        return _breast_cancer(settings.positive_label)
    return None


def _breast_cancer(positive_label: str | None) -> Dataset:
    from sklearn.datasets import load_breast_cancer  # noqa: PLC0415 - not needed for a file

    data = load_breast_cancer()
    labels = [str(name) for name in data.target_names]
    classes = order_classes(labels, positive_label)
    index = np.array([classes.index(label) for label in labels], dtype=np.int64)
    rows = np.ascontiguousarray(data.data, dtype=np.float64)
    return Dataset(
        source=BREAST_CANCER,
        schema=DataSchema("classification", _features(data.feature_names, rows), tuple(classes)),
        rows=rows,
        target_name="diagnosis",
        target=index[data.target],
        keys=None,
    )


def _features(names: Iterable[str], rows: Rows) -> tuple[Feature, ...]:
    bounds = zip(names, rows.min(axis=0).tolist(), rows.max(axis=0).tolist(), strict=True)
    return tuple(
        Feature(name=str(name), type="number", minimum=lowest, maximum=highest)
        for name, lowest, highest in bounds
    )
