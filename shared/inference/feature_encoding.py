"""The encoding of rows as float64.

A missing value is NaN. A boolean is 1 or 0. A category is the index of its string among the
feature's categories, from 0; an unknown string is UNSEEN. So rows are only numbers between the
request's body and the model, and only the artefact contains strings.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from shared.contract.documents import Feature
from shared.errors import DocumentError, SchemaError
from shared.inference.servable import Rows
from shared.inference.text_form import TEXT_FORMS, index_text_forms, normalise_text
from shared.inference.text_index import TextIndex

UNSEEN = -1.0
"""The code of a string that is not one of the feature's categories."""

Value = float | bool | str | None
"""One value as in JSON."""


class StringCodes(dict[Any, float]):
    """The values in a row of the strings of a feature, and of null.

    A category has its code, and a missing value is NaN. A string that is not found is looked up
    again in its normal form, then in the feature's text form. Every other string is UNSEEN.
    """

    def __init__(self, feature: Feature) -> None:
        missing: dict[Any, float] = dict.fromkeys(("", *(feature.missing_values or ())), math.nan)
        categories = feature.categories or ()
        codes = {**missing, **{text: float(code) for code, text in enumerate(categories)}}
        # Of two strings with one normal form, the string that is that form is found.
        normal = {normalise_text(text): code for text, code in reversed(codes.items())}
        super().__init__({**normal, **codes, None: math.nan})
        self._form = feature.text_form
        self._forms = index_text_forms(categories, self._form) if self._form else {}

    def __missing__(self, text: str) -> float:
        """Return what an unknown string is."""
        normal = normalise_text(text)
        code = self.get(normal)
        if code is None and self._form:
            code = self._forms.get(TEXT_FORMS[self._form](normal))
        return UNSEEN if code is None else code


def decode_value(feature: Feature, number: float) -> Value:
    """Return the JSON value of a number in a row.

    Raises SchemaError for UNSEEN, which can be any string, and for an invalid number.
    """
    if math.isnan(number):
        return None
    if feature.type == "number":
        return number
    is_boolean = feature.type == "boolean"
    known: Sequence[Value] = (False, True) if is_boolean else feature.categories or ()
    if number not in range(len(known)):
        raise SchemaError(
            f"{feature.name!r} contains {number}, which is not the code of a {feature.type}."
        )
    return known[int(number)]


def check_values(
    rows: Rows, features: Sequence[Feature], source: Path | str, *, may_be_unseen: bool = False
) -> None:
    """Check that every value of *rows* is possible for its feature.

    Args:
        rows: Shape [n, features], float64.
        features: The features in the order of the columns.
        source: The file that an error names.
        may_be_unseen: Whether categories may be UNSEEN, which training data never is.

    Raises:
        DocumentError: A value is not finite, or is not a code of its feature.
    """
    for column, feature in zip(rows.T, features, strict=True):
        values = column[~np.isnan(column)] if feature.nullable else column
        name = f"{feature.name!r:.60}"
        if not np.isfinite(values).all():
            raise DocumentError(f"{source} contains values of {name} that are not finite.")
        if feature.type == "number":
            continue
        lowest = UNSEEN if may_be_unseen and feature.type == "category" else 0.0
        codes = np.arange(lowest, len(feature.categories or (False, True)))
        if not np.isin(values, codes).all():
            raise DocumentError(
                f"{source} contains values of {name} that are not codes of a {feature.type}."
            )


def convert_codes(rows: Rows, old: Sequence[Feature], new: Sequence[Feature]) -> Rows:
    """Convert rows of the features *old* to rows of the features *new*.

    Columns are matched by name, and codes by their strings, as the predictor matches those of a
    request. A string that is a missing value for *new* becomes missing. A string that *new* does
    not have becomes UNSEEN, and features that only *old* has are dropped. Raises SchemaError if
    *old* lacks a feature of *new* or has it with another type.
    """
    names = TextIndex(feature.name for feature in old)
    converted = np.empty((len(rows), len(new)), dtype=np.float64)
    for target, feature in enumerate(new):
        index = names.find(feature.name)
        source = None if index is None else old[index]
        if source is None or source.type != feature.type:
            found = "missing" if source is None else f"a {source.type}"
            raise SchemaError(f"{feature.name!r} is {found}; expected a {feature.type}.")
        converted[:, target] = _convert_column(rows[:, index], source, feature)
    return converted


def _convert_column(column: Rows, old: Feature, new: Feature) -> Rows:
    has_same_strings = (old.categories, old.missing_values) == (new.categories, new.missing_values)
    if has_same_strings or old.categories is None:  # a number is not a code
        return column
    codes = StringCodes(new)
    # The last entry is for UNSEEN, which is the index -1.
    table = np.array([*(codes[name] for name in old.categories or ()), UNSEEN])
    is_missing = np.isnan(column)
    return np.where(is_missing, np.nan, table[np.where(is_missing, 0.0, column).astype(np.intp)])
