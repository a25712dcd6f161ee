"""Read one JSON value of a row, and name every mistake: what each type of feature accepts.

Error codes: missing_value, not_a_number, not_finite, out_of_range, not_a_boolean, not_a_text.
"""

import math
from typing import Any

import numpy as np

from shared.contract.documents import Feature
from shared.errors import InputError
from shared.inference.feature_encoding import UNSEEN

FLOAT32_MAX = float(np.finfo(np.float32).max)
"""The largest number that is accepted: models compute in float32, where more is infinity."""

_EXPECTED = {"number": "a number", "boolean": "true or false", "category": "a string"}
_CODES = {"number": "not_a_number", "boolean": "not_a_boolean", "category": "not_a_text"}
_MAX_FIELD_CHARACTERS = 64


def read_value(value: Any, feature: Feature, location: str) -> float:
    """Encode the JSON *value* of *feature*; every number in JSON must be a float already.

    An unknown category is UNSEEN. An empty string is a missing value, as in training.
    Raises InputError with the location, the value found and the value expected.
    """
    where = f"{location} ({feature.name})" if location.endswith("]") else location
    if value is None or (value == "" and feature.type == "category"):
        if feature.nullable:
            return math.nan
        raise InputError(
            "missing_value",
            f"{where} must be {_EXPECTED[feature.type]}; found {describe_kind(value)}, but this "
            "feature was never missing in the data that the model was trained on.",
            location,
        )
    if feature.type == "number" and isinstance(value, float):
        _check_number(value, where, location)
        return value
    if feature.type == "boolean" and isinstance(value, bool):
        return float(value)
    if feature.categories is not None and isinstance(value, str):
        known = feature.categories
        return float(known.index(value)) if value in known else UNSEEN
    raise InputError(
        _CODES[feature.type],
        f"{where} must be {_EXPECTED[feature.type]}{' or null' if feature.nullable else ''}; "
        f"found {describe_kind(value)}.",
        location,
    )


def _check_number(value: float, where: str, location: str) -> None:
    if not math.isfinite(value):
        raise InputError("not_finite", f"{where} must be a finite number; found {value}.", location)
    if abs(value) > FLOAT32_MAX:
        raise InputError(
            "out_of_range",
            f"{where} must be between -{FLOAT32_MAX:.8g} and {FLOAT32_MAX:.8g}; found {value:g}.",
            location,
        )


def describe_kind(value: Any) -> str:
    """Describe the type of a JSON value."""
    if isinstance(value, bool):
        return "a boolean"
    if value == "":
        return "an empty string"
    kinds = {float: "a number", str: "a string", list: "a list", dict: "an object"}
    return kinds.get(type(value), "null")


def make_printable(name: str) -> str:
    """Shorten *name* for a JSON field or a label; replace what UTF-8 cannot encode."""
    return name[:_MAX_FIELD_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
