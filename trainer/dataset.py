"""The data: numeric features, class indices, and what is needed to recognise both again."""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared import strict_json
from shared.errors import DatasetError, SettingsError
from shared.metrics import Truth
from shared.servable import Rows
from trainer.labels import order_classes
from trainer.schema import Schema, numbers
from trainer.settings import TrainerSettings

BREAST_CANCER = "scikit-learn breast cancer"
_TARGET = "diagnosis"


@dataclass(frozen=True)
class Dataset:
    """All rows, before they are split."""

    source: str
    schema: Schema
    rows: Rows
    """Shape [n, features], held as in `shared.features`; numbers are finite also as float32."""
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
        from trainer.table_dataset import load_table  # noqa: PLC0415

        return load_table(settings, metric)
    for name in ("target", "row_key"):
        if getattr(settings, name) is not None:
            raise SettingsError(
                f"TRAINER_{name.upper()} names a column, but TRAINER_DATASET names no file. "
                "Set TRAINER_DATASET to a CSV or Parquet file."
            )
    return _breast_cancer(settings.positive_label)


def require_usable_features(names: tuple[str, ...], rows: Rows, source: str) -> None:
    """Raise DatasetError unless every value is finite, also in the float32 that models read."""
    limit = np.finfo(np.float32).max
    with np.errstate(invalid="ignore"):
        lowest, highest = rows.min(axis=0), rows.max(axis=0)
    infinite = [n for n, a, b in zip(names, lowest, highest, strict=True) if np.isinf([a, b]).any()]
    if infinite:
        raise DatasetError(f"{source} has infinite values in {name_columns(infinite)}.")
    beyond = (lowest < -limit) | (highest > limit)
    if beyond.any():
        columns = [name for name, is_beyond in zip(names, beyond, strict=True) if is_beyond]
        raise DatasetError(
            f"{source} has values beyond ±{limit:.1e} in {name_columns(columns)}; models read "
            "float32. Scale such a column, or leave it out."
        )


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
    return Dataset(
        source=BREAST_CANCER,
        schema=Schema(
            "classification", numbers(str(name) for name in data.feature_names), tuple(classes)
        ),
        rows=np.ascontiguousarray(data.data, dtype=np.float64),
        target_name=_TARGET,
        target=index[data.target],
        keys=None,
    )
