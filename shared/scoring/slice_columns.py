"""Columns of the holdout that are not features: the gate divides its rows by them.

holdout.npz has them as further arrays, which readers of older releases ignore:

- `slice_columns`, uint8: a JSON object in UTF-8 that describes the columns as features;
- `slice_0` … `slice_{k-1}`, float64: their values, encoded as those of features.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationError

from shared.contract import strict_json
from shared.contract.document import StrictModel, describe_validation_error
from shared.contract.documents import Feature
from shared.contract.time_split import TimeUnit
from shared.errors import DocumentError
from shared.inference.feature_encoding import check_values
from shared.inference.servable import Rows
from shared.scoring.npz_arrays import NpzReader

MAX_SLICE_COLUMNS = 20
"""The most columns of a holdout that are not features."""
MAX_DESCRIPTION_BYTES = 1 << 20
"""The most bytes of their description, which contains all categories."""
_MAX_VALUES = 100_000
_DESCRIPTION = "slice_columns"
_BYTE = np.dtype("u1")
_FLOAT = np.dtype("<f8")


class SliceColumn(Feature):
    """A column by which the gate divides rows. No model reads it."""

    unit: TimeUnit = "number"
    """The unit of the numbers; seconds since 1970 in UTC for dates and times."""


class _Description(StrictModel):
    columns: tuple[SliceColumn, ...] = Field(min_length=1, max_length=MAX_SLICE_COLUMNS)


@dataclass(frozen=True)
class SliceColumns:
    """The columns, and their values for some rows."""

    columns: tuple[SliceColumn, ...]
    rows: Rows
    """Shape [n, columns], encoded as in `shared.inference.feature_encoding`."""

    def select(self, rows: npt.NDArray[Any] | slice) -> "SliceColumns":
        """Return the values of some rows."""
        return SliceColumns(self.columns, self.rows[rows])


def encode_slice_columns(kept: SliceColumns | None) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of holdout.npz; raise DocumentError if the description is too large."""
    if kept is None:
        return {}
    described = _Description(columns=kept.columns).model_dump(mode="json")
    data = strict_json.encode_line(described)
    if len(data) > MAX_DESCRIPTION_BYTES:
        raise DocumentError(
            f"The description of TRAINER_SLICE_COLUMNS has {len(data)} bytes; at most "
            f"{MAX_DESCRIPTION_BYTES} are allowed. Name fewer columns, or shorten their values."
        )
    values = {_name(i): column.astype(_FLOAT) for i, column in enumerate(kept.rows.T)}
    return {_DESCRIPTION: np.frombuffer(data, dtype=_BYTE), **values}


def decode_slice_columns(arrays: NpzReader, rows: int, source: Path | str) -> SliceColumns | None:
    """Return the columns of a holdout of *rows* rows; None if it has none.

    Raises DocumentError, which calls the file *source*, for malformed columns.
    """
    if not arrays.has(_DESCRIPTION):
        return None
    data = arrays.read(_DESCRIPTION, _BYTE).tobytes()
    if len(data) > MAX_DESCRIPTION_BYTES:
        raise DocumentError(
            f"{source}: {_DESCRIPTION} has {len(data)} bytes; expected at most "
            f"{MAX_DESCRIPTION_BYTES}."
        )
    strict_json.decode(data, f"{source}: {_DESCRIPTION}", _MAX_VALUES)
    try:
        columns = _Description.model_validate_json(data).columns
    except ValidationError as error:
        raise DocumentError(
            f"{source}: {_DESCRIPTION}: {describe_validation_error(error)}"
        ) from error
    values = np.empty((rows, len(columns)), dtype=np.float64)
    for index in range(len(columns)):
        column = arrays.read(_name(index), _FLOAT)
        if len(column) != rows:
            raise DocumentError(
                f"{source}: {_name(index)} has {len(column)} rows, the target {rows}."
            )
        values[:, index] = column
    check_values(values, columns, source)
    return SliceColumns(columns, values)


def _name(index: int) -> str:
    return f"slice_{index}"
