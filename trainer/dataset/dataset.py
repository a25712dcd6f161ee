"""A data set: its rows, its target, and the fingerprint that identifies both."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from shared.contract import strict_json
from shared.contract.documents import Feature, Task
from shared.contract.time_split import TimeUnit
from shared.inference.servable import Rows
from shared.scoring.slice_columns import SliceColumns
from shared.scoring.truth import Truth
from trainer.tables.key_column import KeySpelling


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
class LiveOrigin:
    """How much of a data set is from the prediction log."""

    rows: int
    """The logged rows, which are the last ones before the split."""
    left_out: Mapping[str, int]
    """Labelled rows of the log that are not in the data set, by reason, invalid lines, and
    segments that are too large."""


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
    kept: SliceColumns | None = None
    """The columns for slices; None without TRAINER_SLICE_COLUMNS."""
    labelled: npt.NDArray[np.bool_] | None = None
    """Marks the rows of the table that have a target; others are left out. None: all have one."""
    key_spelling: KeySpelling = field(default_factory=KeySpelling)
    """How keys of further rows are spelled."""
    live: LiveOrigin | None = None
    """None without TRAINER_LIVE."""
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
        if self.kept is not None:
            columns = [column.model_dump(mode="json") for column in self.kept.columns]
            digest.update(strict_json.encode_line(columns))
            digest.update(np.ascontiguousarray(self.kept.rows, dtype="<f8").data)
        return f"sha256:{digest.hexdigest()}"
