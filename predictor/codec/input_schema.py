"""The features of a model as a request names them, each with its strings."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

from shared.contract.documents import Feature
from shared.inference.feature_encoding import StringCodes, Value
from shared.inference.text_index import TextIndex

NO_LIMIT = 1 << 62
"""More rows than any request has."""
ANY_STRING = "any string"
"""The value of each category in an example row whose categories are hidden."""

_MOST_NAMES = 100
"""Names of the rows that msgspec decodes. It compares a name with one after the other: many names
in another order would take a time that grows with the square of their number."""
_TYPES = MappingProxyType({"number": float, "boolean": bool, "category": str})

RowsDecoder: TypeAlias = Callable[[bytes], list[tuple[Any, ...]]]
"""Decodes a JSON list of rows into their values, in the features' order.

Each row has a value of the right type for each feature; null where that may be missing. Of a
repeated name, the last value is kept. Raises msgspec.DecodeError, UnicodeDecodeError.
"""


class InputSchema:
    """The features of a model, each with the strings that count as missing in it."""

    def __init__(
        self,
        features: Sequence[Feature],
        *,
        ignores_extra: bool = False,
        hides_categories: bool = False,
        max_rows: int = NO_LIMIT,
    ) -> None:
        self.features = tuple(features)
        self.ignores_extra = ignores_extra
        """Whether names that the model does not have are ignored, and not refused."""
        self.hides_categories = hides_categories
        """Whether clients do not see the categories of the training data."""
        self.max_rows = max_rows
        """The most rows of one request."""
        self.names = TextIndex(feature.name for feature in features)
        """The place of each feature by its name, in any spelling."""
        self.strings = _make_codes(self.features)
        """The strings of each feature."""

    def make_rows_decoder(self, *, named: bool) -> RowsDecoder | None:
        """Make a fast decoder of rows that are objects, if they are *named*, or lists.

        Returns None for many names, and for names that cannot be fields.
        """
        if named and len(self.features) > _MOST_NAMES:
            return None
        fields = [
            (
                f"feature_{place}",
                _TYPES[feature.type] | None if feature.nullable else _TYPES[feature.type],
                msgspec.field(name=feature.name if named else None),
            )
            for place, feature in enumerate(self.features)
        ]
        try:
            row = msgspec.defstruct(
                "Row", fields, forbid_unknown_fields=True, array_like=not named, gc=False
            )
        except ValueError:  # a quotation mark, a backslash or a control character in a name
            return None
        decoder, to_values = msgspec.json.Decoder(list[row]), msgspec.structs.astuple  # type: ignore[valid-type]  # made above
        return lambda text: list(map(to_values, decoder.decode(text)))

    def show(self, features: Sequence[Feature]) -> Sequence[Feature]:
        """Return *features* of this model as clients see them."""
        return hide_categories(features) if self.hides_categories else features


def _make_codes(features: Sequence[Feature]) -> tuple[Mapping[Any, float], ...]:
    """Features without categories share their strings."""
    shared: dict[tuple[str, ...] | None, StringCodes] = {}
    return tuple(
        StringCodes(feature)
        if feature.categories
        else shared.setdefault(feature.missing_values, StringCodes(feature))
        for feature in features
    )


def hide_categories(features: Sequence[Feature]) -> tuple[Feature, ...]:
    """Return the features without their categories, which are values of the training data."""
    return tuple(feature.model_copy(update={"categories": None}) for feature in features)


def hide_strings(row: Sequence[Value]) -> tuple[Value, ...]:
    """Return a row without its categories, which the model still accepts."""
    return tuple(ANY_STRING if isinstance(value, str) else value for value in row)
