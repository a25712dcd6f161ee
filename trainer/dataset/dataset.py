"""A data set: its rows, its target, and the fingerprint that identifies both."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from shared.contract import strict_json
from shared.contract.documents import Feature, Task
from shared.contract.time_split import TimeUnit
from shared.inference.servable import Rows
from shared.scoring.scorers import Truth


@dataclass(frozen=True)
class DataSchema:
    """The input and the output of every model of a data set."""

    task: Task
    features: tuple[Feature, ...]
    """In the order of the columns of the rows."""
    classes: tuple[str, ...]
    """By class index; empty for a regression."""
    missing_values: tuple[str, ...] = ()
    """The strings that count as missing values of every feature, besides the empty string."""
    needs_float64: bool = False
    """Whether float32 would lose a difference between values of a column, or of the target."""


@dataclass(frozen=True)
class RowTimes:
    """The column TRAINER_TIME."""

    column: str
    unit: TimeUnit
    values: npt.NDArray[np.float64]
    """Shape [n]: the time of each row, finite."""
    note: str | None = None
    """A sentence about times of several time zones."""

    def select(self, rows: npt.NDArray[np.bool_]) -> "RowTimes":
        """Return the times of some rows."""
        return replace(self, values=self.values[rows])


@dataclass(frozen=True)
class Dataset:
    """All rows, before the split."""

    source: str
    schema: DataSchema
    rows: Rows
    """Shape [n, features], encoded as in `shared.inference.feature_encoding`. Numbers are finite
    as float32 too, and every NaN has the same bits."""
    target_name: str
    target: Truth
    """Shape [n]: class indices, or the numbers of a regression."""
    keys: npt.NDArray[np.object_] | None
    """Shape [n]: the values of the row key as strings; None without TRAINER_ROW_KEY."""
    times: RowTimes | None = None
    """The times of the rows; None without TRAINER_TIME."""
    notes: tuple[str, ...] = ()
    """One sentence for each column about which something had to be decided, with the setting that
    decides otherwise."""

    @property
    def fingerprint(self) -> str:
        """The digest of names, values, labels and their order: equal for equal data."""
        features = [feature.model_dump(mode="json") for feature in self.schema.features]
        header = [features, self.target_name, self.schema.classes]
        digest = hashlib.sha256(strict_json.encode_line(header))
        digest.update(np.ascontiguousarray(self.rows, dtype="<f8").data)
        digest.update(np.ascontiguousarray(self.target).data)
        if self.times is not None:
            digest.update(self.times.values.data)
        return f"sha256:{digest.hexdigest()}"
