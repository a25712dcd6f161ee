"""The data: rows, what to learn of each, and what is needed to recognise both again."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.contract import strict_json
from shared.contract.documents import Feature
from shared.errors import SettingsError
from shared.inference.servable import Rows
from shared.scoring.scorer_names import is_for_regression
from shared.scoring.scorers import Truth
from trainer.dataset.labels import metric_of_classes, order_classes
from trainer.dataset.schema import Schema
from trainer.settings import TrainerSettings

BREAST_CANCER = "scikit-learn breast cancer"
_TARGET = "diagnosis"


@dataclass(frozen=True)
class Dataset:
    """All rows, before they are split."""

    source: str
    schema: Schema
    rows: Rows
    """Shape [n, features], held as in `shared.inference.feature_encoding`; numbers are finite also
    as float32, and every NaN is numpy's."""
    target_name: str
    target: Truth
    """Shape [n]: indices into the schema's classes, or the numbers of a regression."""
    keys: npt.NDArray[np.object_] | None
    """Shape [n]: the text of the row key's column, or None where rows have no key."""

    @property
    def fingerprint(self) -> str:
        """The digest of names, values, labels and their order: the same for the same data."""
        features = [feature.model_dump(mode="json") for feature in self.schema.features]
        header = [features, self.target_name, self.schema.classes]
        digest = hashlib.sha256(strict_json.encode_line(header))
        digest.update(np.ascontiguousarray(self.rows, dtype="<f8").data)
        digest.update(np.ascontiguousarray(self.target).data)
        return f"sha256:{digest.hexdigest()}"


def load_dataset(settings: TrainerSettings, metric: str) -> Dataset:
    """Load what TRAINER_DATASET names, or scikit-learn's breast cancer data without it.

    Raises DatasetError, or SettingsError when the settings contradict each other.
    """
    if settings.dataset is not None:
        # pyarrow takes as long to import as the default data takes to train on
        from trainer.dataset.table_dataset import load_table  # noqa: PLC0415

        return load_table(settings, metric)
    for name in ("target", "row_key", "drop"):
        if getattr(settings, name):
            raise SettingsError(
                f"TRAINER_{name.upper()} names a column, but TRAINER_DATASET names no file. "
                "Set TRAINER_DATASET to a CSV or Parquet file."
            )
    if is_for_regression(metric):
        raise metric_of_classes(metric, f"the diagnoses of {BREAST_CANCER} are texts")
    return _breast_cancer(settings.positive_label)


def name_columns(names: list[str], most: int = 5) -> str:
    """Columns for an error message: the first few by name, the rest as a count."""
    shown = ", ".join(repr(name) for name in names[:most])
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return f"column{'s' * (len(names) > 1)} {shown}{rest}"


def _breast_cancer(positive_label: str | None) -> Dataset:
    from sklearn.datasets import load_breast_cancer  # noqa: PLC0415 - not needed for a file

    data = load_breast_cancer()
    labels = [str(name) for name in data.target_names]
    classes = order_classes(labels, positive_label)
    index = np.array([classes.index(label) for label in labels], dtype=np.int64)
    rows = np.ascontiguousarray(data.data, dtype=np.float64)
    return Dataset(
        source=BREAST_CANCER,
        schema=Schema("classification", _features(data.feature_names, rows), tuple(classes)),
        rows=rows,
        target_name=_TARGET,
        target=index[data.target],
        keys=None,
    )


def _features(names: Iterable[str], rows: Rows) -> tuple[Feature, ...]:
    bounds = zip(names, rows.min(axis=0).tolist(), rows.max(axis=0).tolist(), strict=True)
    return tuple(
        Feature(name=str(name), type="number", minimum=lowest, maximum=highest)
        for name, lowest, highest in bounds
    )
