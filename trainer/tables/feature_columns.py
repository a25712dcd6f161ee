"""Columns of a table on their way into rows of numbers, and what is found out about each."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.contract.documents import Feature, FeatureType
from shared.inference.servable import Rows
from trainer.tables.column_types import classify_type
from trainer.tables.number_hints import number_hint

MAX_CATEGORIES = 1000
"""More different texts than this are no categories."""
MAX_CATEGORY_LENGTH = 256
"""A text of more characters than this is no category."""
MAX_UNIQUE_VALUES = 20
"""So few texts may all be different, and categories nonetheless."""

_LIMIT = float(np.finfo(np.float32).max)


class FeatureColumns:
    """The rows of a table as `shared.inference.feature_encoding` holds them, filled batch by batch.

    A column that cannot be a feature is in `refused` in the end, with the reason.
    """

    def __init__(self, types: Mapping[str, pa.DataType], rows: int) -> None:
        self.refused = {name: reason for name, t in types.items() if (reason := _refusal(t))}
        self.names = [name for name in types if name not in self.refused]
        self.rows: Rows = np.empty((rows, len(self.names)), dtype=np.float64)
        self._kinds = {name: cast("FeatureType", classify_type(types[name])) for name in self.names}
        self._texts = {
            name: _CategoryColumn() for name, kind in self._kinds.items() if kind == "category"
        }
        self._filled = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Put the next rows in."""
        start, self._filled = self._filled, self._filled + batch.num_rows
        for place, name in enumerate(self.names):
            read = self._texts[name].read if name in self._texts else _numbers
            self.rows[start : self._filled, place] = read(batch.column(name))

    def finish(self) -> tuple[Feature, ...]:
        """What all rows have shown of each column that is not refused."""
        with np.errstate(invalid="ignore", over="ignore"):
            lowest, highest = np.fmin.reduce(self.rows), np.fmax.reduce(self.rows)
            has_holes = np.isnan(self.rows.sum(axis=0))  # or infinities, which are refused
        found = []
        for place, name in enumerate(self.names):
            bounds, texts = (float(lowest[place]), float(highest[place])), self._texts.get(name)
            reason = texts.refusal() if texts else _refusal_of_range(*bounds)
            if reason:
                self.refused[name] = reason
                continue
            about: dict[str, Any] = {}
            if texts:
                texts.sort_codes(self.rows[:, place])
                about = {"categories": texts.categories}
            elif self._kinds[name] == "number":
                about = {"minimum": bounds[0], "maximum": bounds[1]}
            nullable = bool(has_holes[place])
            found.append(Feature(name=name, type=self._kinds[name], nullable=nullable, **about))
        return tuple(found)


class _CategoryColumn:
    """The different texts of one column, and the code each has so far."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._values = 0
        self._is_free = False

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(sorted(self._codes))

    def read(self, column: pa.Array) -> npt.NDArray[np.float64]:
        """The codes of *column*, by the order in which the texts were met."""
        missing = np.full(len(column), np.nan)
        if self._is_free or pa.types.is_null(column.type):
            return missing
        encoded = column.cast(pa.string()).dictionary_encode()
        places = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
        codes = np.array([*map(self._code, encoded.dictionary.to_pylist()), np.nan])
        found: npt.NDArray[np.float64] = codes[places]
        self._values += int(np.count_nonzero(~np.isnan(found)))
        return found

    def _code(self, text: str) -> float:
        if not text or self._is_free:
            return np.nan
        if len(text) > MAX_CATEGORY_LENGTH or len(self._codes) > MAX_CATEGORIES:
            self._is_free = True
        return float(self._codes.setdefault(text, len(self._codes)))

    def refusal(self) -> str | None:
        if not self._codes:
            return "no value at all"
        if any(len(text) > MAX_CATEGORY_LENGTH for text in self._codes):
            return f"a text of more than {MAX_CATEGORY_LENGTH} characters"
        different, many = len(self._codes), ""
        if different > MAX_CATEGORIES:
            many = f"more than {MAX_CATEGORIES} different texts"
        elif self._values > MAX_UNIQUE_VALUES and different == self._values:
            many = "every text is different, as of names or identifiers"
        elif self._values > MAX_UNIQUE_VALUES and different > self._values / 2:
            many = f"{different} different texts in {self._values} rows"
        return (number_hint(self._codes) or many) if many else None

    def sort_codes(self, column: Rows) -> None:
        """Make the codes in *column* the places of the sorted texts."""
        places = {text: place for place, text in enumerate(self.categories)}
        table = np.array([*(places[text] for text in self._codes), np.nan])
        # NaN is not a place; it stands at the end of the table.
        column[:] = table[np.where(np.isnan(column), -1, column).astype(np.intp)]


def _numbers(column: pa.Array) -> npt.NDArray[np.float64]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    found: npt.NDArray[np.float64] = column.cast(pa.float64(), safe=False).to_numpy(
        zero_copy_only=False
    )
    is_missing = np.isnan(found)
    if is_missing.any():  # NaN has many forms, and one digest is wanted of the same data
        found = np.where(is_missing, np.nan, found)
    return found


def _refusal(type_: pa.DataType) -> str | None:
    kind = classify_type(type_)
    reasons = {"nothing": "no value at all", "time": "dates or times", "other": f"{type_!s:.80}"}
    return reasons.get(kind)


def _refusal_of_range(lowest: float, highest: float) -> str | None:
    if np.isnan(lowest):
        return "no value at all"
    if np.isinf([lowest, highest]).any():
        return "infinite values"
    if lowest < -_LIMIT or highest > _LIMIT:
        return f"values beyond ±{_LIMIT:.1e}, as models read float32"
    return None
