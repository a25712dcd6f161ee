"""Request bodies to rows, slowly, with every mistake named: the definition of what is accepted.

Codes: invalid_json, duplicate_key, invalid_request, unknown_key, empty_batch,
wrong_feature_count, unknown_features, missing_features, not_a_number, not_finite, out_of_range.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.errors import InputError
from shared.servable import Rows

LARGEST = float(np.finfo(np.float32).max)
"""Models compute in float32: a larger number would reach them as infinity."""

_KEYS = ("features", "instances")
_LONG = 1 << 16
"""Characters of a row that is not read before its numbers are counted."""
_FIRST_ROW = re.compile(
    r"""\s*\{\s*"(?:features"\s*:\s*|(instances)"\s*:\s*\[\s*(?!\]))""".replace(r"\s", r"[ \t\r\n]")
)
_NEXT_ROW = re.compile(r"[ \t\r\n]*,[ \t\r\n]*")
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
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            "invalid_json", f"The body is not UTF-8: {error.reason} at byte {error.start}."
        ) from None
    try:
        return _read(text, names)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        found = f"{error.msg} at {place}" if body else "it is empty"
        raise InputError("invalid_json", f"The body is not JSON: {found}.") from None
    except RecursionError:
        raise InputError("invalid_json", "The body is nested too deeply.") from None


def _read(text: str, names: Sequence[str]) -> Query:
    if text.startswith("\ufeff"):
        raise json.JSONDecodeError("Unexpected BOM", text, 0)
    rows: list[list[float]] = []
    begin = _FIRST_ROW.match(text)
    if begin and begin[1]:
        rows, end = _rows_one_by_one(text, begin.end(), names)
        # What stands around the rows is left to look at; a 0 for them keeps line and column.
        seen = text[begin.end() : end]
        blank = "\n" * seen.count("\n") + " " * (len(seen) - seen.rfind("\n") - 2) + "0"
        text = text[: begin.end()] + blank + text[end:]
    elif begin:
        _check_count_if_long(text, begin.end(), "features", names)
    content = _DECODER.decode(text)
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
    return Query(_array(rows or _instances(content["instances"], names)), many=True)


def _rows_one_by_one(text: str, at: int, names: Sequence[str]) -> tuple[list[list[float]], int]:
    """The rows of a list whose first one begins *at*, and where the list ends.

    The interpreter is free for other threads between two rows, and nothing is read after the
    first mistake.
    """
    rows: list[list[float]] = []
    while True:
        place = f"instances[{len(rows)}]"
        _check_count_if_long(text, at, place, names)
        value, at = _DECODER.raw_decode(text, at)
        rows.append(_row(value, place, names))
        following = _NEXT_ROW.match(text, at)
        if following is None:
            # The end of the list, or no JSON: whoever reads what stands around the rows tells.
            return rows, at
        at = following.end()


def _check_count_if_long(text: str, at: int, place: str, names: Sequence[str]) -> None:
    """Millions of numbers where a few belong are counted by their commas: none is read."""
    if not text.startswith("[", at):
        return
    end = text.find("]", at)
    row = text[at + 1 : end if end > 0 else len(text)]
    if len(row) > _LONG and not any(sign in row for sign in '"[{'):
        _check_count(row.count(",") + 1, place, names)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InputError(
                "duplicate_key", f"{_shown(key)} stands twice in one object.", _printable(key)
            )
        found[key] = value
    return found


def _whole(digits: str) -> float:
    """As the quick reader has it: the integer -0 is 0, and not the float -0.0."""
    return float(digits) + 0.0


_DECODER = json.JSONDecoder(parse_int=_whole, parse_constant=float, object_pairs_hook=_unique_keys)
"""Every number becomes a float, infinite or not: where it stands is told later."""


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
        _check_count(len(value), place, names)
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


def _check_count(found: int, place: str, names: Sequence[str]) -> None:
    if found != len(names):
        raise InputError(
            "wrong_feature_count",
            f"{place} must hold {len(names)} numbers ({_some(names)}); found {found}.",
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
