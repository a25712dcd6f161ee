"""Read rows with booleans, categories or missing values."""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias, cast

import msgspec
import numpy as np

from predictor.codec.input_schema import InputSchema
from predictor.codec.row_reader import NOT_PLAIN_ERRORS, BodyReader, NotPlainError
from shared.inference.feature_encoding import Value
from shared.inference.servable import Rows
from shared.inference.strict_values import FLOAT32_MAX

_Row: TypeAlias = list[Value] | dict[str, Value]


class _Body(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The keys of a body."""

    features: _Row | msgspec.UnsetType = msgspec.UNSET
    instances: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET


_BODY = msgspec.json.Decoder(_Body)
_ROWS = msgspec.json.Decoder(list[_Row])


class MixedReader(BodyReader):
    """Reads each value according to the type of its feature."""

    def __init__(self, schema: InputSchema) -> None:
        super().__init__(schema)
        self._decode_named = schema.make_rows_decoder(named=True)
        self._decode_listed = schema.make_rows_decoder(named=False)
        features = schema.features
        self._known = frozenset(self._names)
        self._nullable = frozenset(i for i, feature in enumerate(features) if feature.nullable)
        self._numbers = [i for i, feature in enumerate(features) if feature.type == "number"]
        self._booleans = [i for i, feature in enumerate(features) if feature.type == "boolean"]
        self._categories = [
            (i, _CategoryCodes(schema.strings[i], is_nullable=feature.nullable))
            for i, feature in enumerate(features)
            if feature.type == "category"
        ]

    def read_one(self, body: bytes) -> list[float] | None:
        """Read a plain body with one row; numbers may exceed float32's range.

        Returns None for any other body: pass that to `read`.
        """
        try:
            content = _BODY.decode(body)
            row = content.features
            if content.instances is not msgspec.UNSET or isinstance(row, msgspec.UnsetType):
                return None
            numbers, colons = self._encode(row)
        except NOT_PLAIN_ERRORS:
            return None
        return numbers if self._has_colons(body, 1 + colons) else None

    def _read_rows(self, text: bytes) -> tuple[Rows, int]:
        decoded, colons = self._decode(text)
        rows = np.array(decoded, dtype=np.float64)
        if (np.abs(rows) > FLOAT32_MAX).any():  # False for a missing value, NaN
            raise NotPlainError
        return rows, colons

    def _decode(self, text: bytes) -> tuple[Sequence[Sequence[float | None]], int]:
        """Return the values of each row in the features' order, encoded; count their colons."""
        is_listed = text.startswith(b"[[")
        decode = self._decode_listed if is_listed else self._decode_named
        if decode is not None:
            with suppress(msgspec.ValidationError):  # a name is omitted, or text is a missing value
                rows = decode(text)
                colons = 0 if is_listed else len(rows) * self._colons
                return self._encode_categories(rows, colons)
        encoded = [self._encode(row) for row in _ROWS.decode(text)]
        return [row for row, _ in encoded], sum(colons for _, colons in encoded)

    def _encode_categories(
        self, rows: list[tuple[Any, ...]], colons: int
    ) -> tuple[Sequence[Sequence[float | None]], int]:
        """Encode the categories of *rows*, whose other values become numbers by themselves.

        Returns the rows, and the colons in their strings and, with *colons*, in their names.
        """
        if not self._categories:
            return rows, colons
        if self._has_colon_strings:
            colons += sum(
                row[index].count(":")
                for row in rows
                for index, _ in self._categories
                if row[index] is not None
            )
        encoded = list(map(list, rows))
        for index, codes in self._categories:
            for row in encoded:
                row[index] = codes[row[index]]
        return encoded, colons

    def _encode(self, row: _Row) -> tuple[list[float], int]:
        """Encode the values in the features' order; count the colons in names and strings."""
        colons = 0
        if isinstance(row, dict):
            row, colons = self._sort(row)
        elif len(row) != len(self._names):
            raise NotPlainError
        if self._has_colon_strings:
            colons += sum(value.count(":") for value in row if type(value) is str)
        for index in self._numbers:
            if type(row[index]) is not float:
                row[index] = self._encode_missing(index, row[index])
        for index in self._booleans:
            value = row[index]
            row[index] = float(value) if type(value) is bool else self._encode_missing(index, value)
        for index, codes in self._categories:
            row[index] = codes[row[index]]
        return cast("list[float]", row), colons

    def _encode_missing(self, index: int, value: Value) -> float:
        """Return NaN for null, or a string that counts as missing, in a nullable feature."""
        is_missing = value is None or (
            type(value) is str and math.isnan(self.schema.strings[index][value])
        )
        if not is_missing or index not in self._nullable:
            raise NotPlainError
        return math.nan

    def _sort(self, row: dict[str, Value]) -> tuple[list[Value], int]:
        """Return the values in the features' order, None if omitted; count the names' colons."""
        if len(row) == len(self._names):
            try:
                return [row[name] for name in self._names], self._colons
            except KeyError:
                raise NotPlainError from None
        if not row.keys() <= self._known:
            raise NotPlainError
        return list(map(row.get, self._names)), sum(1 + name.count(":") for name in row)


class _CategoryCodes(dict[Any, float]):
    """The code of each string. Raises NotPlainError for a value that may not be valid."""

    def __init__(self, strings: Mapping[Any, float], *, is_nullable: bool) -> None:
        super().__init__(
            (text, code) for text, code in strings.items() if is_nullable or not math.isnan(code)
        )
        self._strings = strings
        self._is_nullable = is_nullable

    def __missing__(self, value: Value) -> float:
        if type(value) is not str:
            raise NotPlainError
        code = self._strings[value]
        if math.isnan(code) and not self._is_nullable:
            raise NotPlainError
        return code
