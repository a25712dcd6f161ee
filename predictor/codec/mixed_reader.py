"""Rows of a model that takes booleans, categories or missing values too."""

import math
from collections.abc import Sequence
from typing import Any, TypeAlias, cast

import msgspec
import numpy as np

from predictor.codec.row_reader import NOT_PLAIN_ERRORS, BodyReader, NotPlainError
from predictor.codec.strict_values import FLOAT32_MAX
from shared.contract.documents import Feature
from shared.inference.feature_encoding import UNSEEN, Value, category_codes
from shared.inference.servable import Rows

_Row: TypeAlias = list[Value] | dict[str, Value]


class _Body(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What a body may hold."""

    features: _Row | msgspec.UnsetType = msgspec.UNSET
    instances: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET


_BODY = msgspec.json.Decoder(_Body)
_ROWS = msgspec.json.Decoder(list[_Row])


class MixedReader(BodyReader):
    """Reads each value as its feature holds it."""

    def __init__(self, features: Sequence[Feature]) -> None:
        super().__init__(features)
        self._known = frozenset(self._names)
        self._nullable = frozenset(i for i, one in enumerate(features) if one.nullable)
        self._numbers = [i for i, one in enumerate(features) if one.type == "number"]
        self._booleans = [i for i, one in enumerate(features) if one.type == "boolean"]
        self._categories = [
            (i, _CategoryCodes(one)) for i, one in enumerate(features) if one.type == "category"
        ]

    def read_one(self, body: bytes) -> list[float] | None:
        """What a row holds, of a body that is plainly one row; its range is not checked.

        None for any other body: `read` tells whether it is right.
        """
        try:
            content = _BODY.decode(body)
            row = content.features
            if content.instances is not msgspec.UNSET or isinstance(row, msgspec.UnsetType):
                return None
            numbers, colons = self._held(row)
        except NOT_PLAIN_ERRORS:
            return None
        return numbers if self._has_colons(body, 1 + colons) else None

    def _rows(self, text: bytes) -> tuple[Rows, int]:
        found = [self._held(row) for row in _ROWS.decode(text)]
        rows = np.array([row for row, _ in found], dtype=np.float64)
        if (np.abs(rows) > FLOAT32_MAX).any():  # a missing value is not
            raise NotPlainError
        return rows, sum(colons for _, colons in found)

    def _held(self, row: _Row) -> tuple[list[float], int]:
        """What a row holds, in the features' order, and the colons of its names and texts."""
        colons = 0
        if isinstance(row, dict):
            row, colons = self._in_order(row)
        elif len(row) != len(self._names):
            raise NotPlainError
        if self._has_colon_texts:
            colons += sum(value.count(":") for value in row if type(value) is str)
        for place in self._numbers:
            if type(row[place]) is not float:
                row[place] = self._gap(place, row[place])
        for place in self._booleans:
            value = row[place]
            row[place] = float(value) if type(value) is bool else self._gap(place, value)
        for place, codes in self._categories:
            row[place] = codes[row[place]]
        return cast("list[float]", row), colons

    def _gap(self, place: int, value: Value) -> float:
        """What a row holds for a missing value, where one may be missing."""
        if value is not None or place not in self._nullable:
            raise NotPlainError
        return math.nan

    def _in_order(self, row: dict[str, Value]) -> tuple[list[Value], int]:
        """The values, None for those that are left out, and the colons that their names need."""
        if len(row) == len(self._names):
            try:
                return [row[name] for name in self._names], self._colons
            except KeyError:
                raise NotPlainError from None
        if not row.keys() <= self._known:
            raise NotPlainError
        return list(map(row.get, self._names)), sum(1 + name.count(":") for name in row)


class _CategoryCodes(dict[Any, float]):
    """What a row holds for a category's values; NotPlainError for any other."""

    def __init__(self, feature: Feature) -> None:
        super().__init__(category_codes(feature))
        if feature.nullable:
            self[None] = self[""] = math.nan

    def __missing__(self, value: Value) -> float:
        if type(value) is not str or not value:
            raise NotPlainError
        return UNSEEN
