"""Logged rows as the rows of a model: the way back from names and values to the encoding."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.inference.feature_encoding import StringCodes, Value
from shared.inference.servable import Rows

_ReadValue: TypeAlias = Callable[[Any], float | None]
_FLOAT32_MAX = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class EncodedRows:
    """Logged rows in the encoding of a model."""

    rows: Rows
    """Shape [n, features]; NaN for a value that is not usable."""
    is_whole: npt.NDArray[np.bool_]
    """Shape [n]: whether the model can answer the row, because every value is usable."""
    unusable: Mapping[str, int]
    """For each feature with unusable values, the number of rows without a usable value.

    The row has no value of this name, or one of another type. Or it has a missing value, and the
    feature is not nullable."""


def encode_logged_rows(
    rows: Sequence[Mapping[str, Value]], features: Sequence[Feature]
) -> EncodedRows:
    """Encode the features of logged rows for a model.

    For the version that answered them, the rows are exactly those that it answered. A model with
    other features takes values by their names, and strings by its own categories.

    Args:
        rows: `LoggedRow.features` of each row.
        features: The features of the model, as `list_features` returns them.
    """
    encoded = np.full((len(rows), len(features)), math.nan)
    is_whole = np.ones(len(rows), np.bool_)
    unusable: dict[str, int] = {}
    for column, feature in enumerate(features):
        read, name = _make_reader(feature), feature.name
        values = [read(row[name]) if name in row else None for row in rows]
        is_lacking = np.array([value is None for value in values], np.bool_)
        encoded[:, column] = np.array(values, np.float64)  # None becomes NaN
        if is_lacking.any():
            unusable[name] = int(is_lacking.sum())
            is_whole &= ~is_lacking
    return EncodedRows(encoded, is_whole, unusable)


def _make_reader(feature: Feature) -> _ReadValue:
    """Return a function that encodes one value; it returns None for a value that is not usable."""
    missing = math.nan if feature.nullable else None
    strings = StringCodes(feature)

    def read_string(value: Any) -> float | None:
        code = strings[value]
        if math.isnan(code):
            return missing
        return code if feature.type == "category" else None

    def read_number(value: Any) -> float | None:
        if type(value) is float or type(value) is int:
            return float(value) if abs(value) <= _FLOAT32_MAX else None
        return read_string(value) if value is None or type(value) is str else None

    def read_boolean(value: Any) -> float | None:
        if type(value) is bool:
            return float(value)
        return read_string(value) if value is None or type(value) is str else None

    def read_category(value: Any) -> float | None:
        return read_string(value) if value is None or type(value) is str else None

    return {"number": read_number, "boolean": read_boolean, "category": read_category}[feature.type]
