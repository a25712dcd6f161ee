"""How rows hold values that are no numbers: all of them as float64, whatever people write.

A missing value is NaN. A boolean is 1 or 0. A category is the place of its text among the
feature's categories, from 0; a text that stands in none of them is UNSEEN. So rows are numbers
everywhere between the request's body and the model, and texts stand in the artefact once.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from shared.contract.documents import Feature
from shared.errors import DocumentError, SchemaError
from shared.inference.servable import Rows

UNSEEN = -1.0

Value = float | bool | str | None
"""One value as people write it in JSON."""


def category_codes(feature: Feature) -> dict[str, float]:
    """The code of each text of a category."""
    return {text: float(code) for code, text in enumerate(feature.categories or ())}


def decode_value(feature: Feature, number: float) -> Value:
    """What people write for what a row holds.

    Raises SchemaError for UNSEEN, for which there is no one text, and for what no row may hold.
    """
    if math.isnan(number):
        return None
    if feature.type == "number":
        return number
    is_boolean = feature.type == "boolean"
    known: Sequence[Value] = (False, True) if is_boolean else feature.categories or ()
    if number not in range(len(known)):
        raise SchemaError(f"{feature.name!r} holds {number}, which stands for no {feature.type}.")
    return known[int(number)]


def check_values(
    rows: Rows, features: Sequence[Feature], source: Path | str, *, may_be_unseen: bool = False
) -> None:
    """No row holds what no row of the data can have held; *source* is named in errors.

    UNSEEN stands in none of the data, and where *may_be_unseen* it may be asked all the same.
    Raises DocumentError.
    """
    for column, feature in zip(rows.T, features, strict=True):
        values = column[~np.isnan(column)] if feature.nullable else column
        name = f"{feature.name!r:.60}"
        if not np.isfinite(values).all():
            raise DocumentError(f"{source} holds values of {name} that are not finite.")
        if feature.type == "number":
            continue
        least = UNSEEN if may_be_unseen and feature.type == "category" else 0.0
        codes = np.arange(least, len(feature.categories or (False, True)))
        if not np.isin(values, codes).all():
            raise DocumentError(f"{source} holds values of {name} that no code stands for.")


def convert_codes(rows: Rows, had: Sequence[Feature], wanted: Sequence[Feature]) -> Rows:
    """The same rows for a model with other features: columns by name, codes by text.

    A text that *wanted* does not know becomes UNSEEN; features that it lacks are left out.
    Raises SchemaError for a feature that *had* lacks or has with another type.
    """
    places = {feature.name: (place, feature) for place, feature in enumerate(had)}
    recoded = np.empty((len(rows), len(wanted)), dtype=np.float64)
    for target, feature in enumerate(wanted):
        place, source = places.get(feature.name, (0, None))
        if source is None or source.type != feature.type:
            found = "missing" if source is None else f"a {source.type}"
            raise SchemaError(f"{feature.name!r} is {found}; expected a {feature.type}.")
        recoded[:, target] = _translated(rows[:, place], source, feature)
    return recoded


def _translated(column: Rows, had: Feature, wanted: Feature) -> Rows:
    if had.categories == wanted.categories:
        return column
    codes = category_codes(wanted)
    # UNSEEN is -1, the last place.
    table = np.array([*(codes.get(text, UNSEEN) for text in had.categories or ()), UNSEEN])
    is_missing = np.isnan(column)
    return np.where(is_missing, np.nan, table[np.where(is_missing, 0.0, column).astype(np.intp)])
