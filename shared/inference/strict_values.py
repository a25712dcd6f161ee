"""Read one JSON value of a row, and name every mistake: what each type of feature accepts.

Error codes: missing_value, not_a_number, not_finite, out_of_range, not_a_boolean, not_a_text.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from shared.contract.documents import Feature
from shared.errors import InputError
from shared.inference.feature_encoding import UNSEEN
from shared.text import quote

FLOAT32_MAX = float(np.finfo(np.float32).max)
"""The largest number that is accepted: models compute in float32, where more is infinity."""

_EXPECTED = {"number": "a number", "boolean": "true or false", "category": "a string"}
_CODES = {"number": "not_a_number", "boolean": "not_a_boolean", "category": "not_a_text"}
_MAX_FIELD_CHARACTERS = 64


def read_value(value: Any, feature: Feature, strings: Mapping[Any, float], location: str) -> float:
    """Encode the JSON *value* of *feature*; every number in JSON must be a float already.

    *strings* are those of the feature in an `InputSchema`. So an unknown category is UNSEEN, and a
    string that is a missing value in training is a missing value here.
    Raises InputError with the location, the value found and the value expected.
    """
    where = f"{location} ({feature.name})" if location.endswith("]") else location
    code = strings[value] if value is None or isinstance(value, str) else UNSEEN
    if math.isnan(code):
        if feature.nullable:
            return math.nan
        raise InputError(
            "missing_value",
            f"{where} must be {_EXPECTED[feature.type]}; found {_describe_missing(value)}, but "
            "this feature was never missing in the data that the model was trained on.",
            location,
        )
    if feature.type == "number" and isinstance(value, float):
        _check_number(value, where, location)
        return value
    if feature.type == "boolean" and isinstance(value, bool):
        return float(value)
    if feature.type == "category" and isinstance(value, str):
        return code
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


def _describe_missing(value: str | None) -> str:
    return f"{quote(value)}, a missing value" if value else describe_kind(value)


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
