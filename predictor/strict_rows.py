"""Request bodies to rows, slowly, with every mistake named: the definition of what is accepted.

Codes: invalid_json, duplicate_key, invalid_request, unknown_key, empty_batch,
wrong_feature_count, unknown_features, missing_features, not_a_number, not_finite, out_of_range.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.errors import InputError
from shared.servable import Rows

LARGEST = float(np.finfo(np.float32).max)
"""Models compute in float32: a larger number would reach them as infinity."""

_KEYS = ("features", "instances")
_SHOWN = 5
_SHOWN_CHARACTERS = 64


@dataclass(frozen=True)
class Query:
    """One request: rows of shape [n, features], and whether the client asked for many."""

    rows: Rows
    many: bool


def read_strictly(body: bytes, names: Sequence[str]) -> Query:
    """The rows of *body* for a model whose features are *names*.

    Raises InputError that names what was expected, what was found and where.
    """
    content = _parse(body)
    if not isinstance(content, dict):
        raise InputError(
            "invalid_request",
            f"The body must be a JSON object with features or instances; found {_kind(content)}.",
        )
    for key in content:
        if key not in _KEYS:
            raise InputError(
                "unknown_key",
                f"The body may hold features or instances; found {_shown(key)}.",
                _printable(key),
            )
    if len(content) != 1:
        raise InputError(
            "invalid_request",
            "The body must hold either features (one row) or instances (many rows); "
            f"found {'both' if content else 'neither'}.",
        )
    if "features" in content:
        return Query(_array([_row(content["features"], "features", names)]), many=False)
    return Query(_array(_instances(content["instances"], names)), many=True)


def _parse(body: bytes) -> Any:
    """JSON in which every number is a float, infinite or not: where it stands is told later."""
    try:
        return json.loads(
            body.decode("utf-8"),
            parse_int=float,
            parse_constant=float,
            object_pairs_hook=_unique_keys,
        )
    except UnicodeDecodeError as error:
        raise InputError(
            "invalid_json", f"The body is not UTF-8: {error.reason} at byte {error.start}."
        ) from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        found = f"{error.msg} at {place}" if body else "it is empty"
        raise InputError("invalid_json", f"The body is not JSON: {found}.") from None
    except RecursionError:
        raise InputError("invalid_json", "The body is nested too deeply.") from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InputError(
                "duplicate_key", f"{_shown(key)} stands twice in one object.", _printable(key)
            )
        found[key] = value
    return found


def _instances(value: Any, names: Sequence[str]) -> list[list[float]]:
    if not isinstance(value, list):
        raise InputError(
            "invalid_request",
            f"instances must be a list of rows; found {_kind(value)}.",
            "instances",
        )
    if not value:
        raise InputError("empty_batch", "instances must hold at least one row.", "instances")
    return [_row(row, f"instances[{number}]", names) for number, row in enumerate(value)]


def _row(value: Any, place: str, names: Sequence[str]) -> list[float]:
    if isinstance(value, list):
        if len(value) != len(names):
            raise InputError(
                "wrong_feature_count",
                f"{place} must hold {len(names)} numbers ({_some(names)}); found {len(value)}.",
                place,
            )
        return [
            _number(number, f"{place}[{index}]", name)
            for index, (number, name) in enumerate(zip(value, names, strict=True))
        ]
    if isinstance(value, dict):
        _check_names(value, place, names)
        return [_number(value[name], f"{place}.{name}", name) for name in names]
    raise InputError(
        "invalid_request",
        f"{place} must be a list of {len(names)} numbers or an object with "
        f"{len(names)} named numbers; found {_kind(value)}.",
        place,
    )


def _check_names(row: dict[str, Any], place: str, names: Sequence[str]) -> None:
    known = frozenset(names)
    unknown = [name for name in row if name not in known]
    if unknown:
        raise InputError(
            "unknown_features",
            f"{place} names {_some([_shown(name) for name in unknown])}, which the model does "
            f"not take; it takes {_some(names)}.",
            f"{place}.{_printable(unknown[0])}",
        )
    missing = [name for name in names if name not in row]
    if missing:
        raise InputError(
            "missing_features",
            f"{place} lacks {_some(missing)}; the model takes {_some(names)}.",
            f"{place}.{missing[0]}",
        )


def _number(value: Any, place: str, name: str) -> float:
    where = f"{place} ({name})" if place.endswith("]") else place
    if not isinstance(value, float):
        raise InputError("not_a_number", f"{where} must be a number; found {_kind(value)}.", place)
    if not math.isfinite(value):
        raise InputError("not_finite", f"{where} must be a finite number; found {value}.", place)
    if abs(value) > LARGEST:
        raise InputError(
            "out_of_range",
            f"{where} must lie between -{LARGEST:.8g} and {LARGEST:.8g}; found {value:g}.",
            place,
        )
    return value


def _array(rows: list[list[float]]) -> Rows:
    return np.array(rows, dtype=np.float64)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    kinds = {float: "a number", str: "a string", list: "a list", dict: "an object"}
    return kinds.get(type(value), "null")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown}, … ({len(names)} in all)"


def _shown(name: str) -> str:
    """A client's text inside a sentence: short, and with nothing that cannot be encoded."""
    return repr(name[:_SHOWN_CHARACTERS])


def _printable(name: str) -> str:
    """A client's text by itself; a lone surrogate would make the answer impossible to encode."""
    return name[:_SHOWN_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
