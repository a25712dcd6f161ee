"""Read request bodies into rows, slowly, and name every mistake. This defines what is accepted.

Error codes: invalid_json, duplicate_key, invalid_request, unknown_key, empty_batch, and those of
`strict_row` and `request_ids`.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from predictor.codec.input_schema import InputSchema
from predictor.codec.request_ids import ID, IDS, read_ids
from predictor.codec.strict_row import check_count, read_row
from predictor.codec.strict_values import describe_kind, make_printable
from shared.errors import InputError
from shared.inference.servable import Rows
from shared.text import quote

_ROWS = ("features", "instances")
_KEYS = (*_ROWS, ID, IDS)
_MAX_UNCOUNTED_CHARACTERS = 1 << 16
"""Characters of the longest row that is parsed before its numbers are counted."""
_FIRST_ROW = re.compile(
    r"""\s*\{\s*"(?:features"\s*:\s*|(instances)"\s*:\s*\[\s*(?!\]))""".replace(r"\s", r"[ \t\r\n]")
)
_NEXT_ROW = re.compile(r"[ \t\r\n]*,[ \t\r\n]*")


@dataclass(frozen=True)
class PredictRequest:
    """One request: rows of shape [n, features], and whether it used `instances`."""

    rows: Rows
    many: bool
    ids: Sequence[str] | None = None
    """An id for each row, if the client gave them."""


def read_strictly(body: bytes, schema: InputSchema) -> PredictRequest:
    """Read the rows of *body* for the model of *schema*.

    Raises InputError with the location, the value found and the value expected.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            "invalid_json", f"The body is not UTF-8: {error.reason} at byte {error.start}."
        ) from None
    try:
        return _read(text, schema)
    except json.JSONDecodeError as error:
        location = f"line {error.lineno} column {error.colno}"
        found = f"{error.msg} at {location}" if body else "it is empty"
        raise InputError("invalid_json", f"The body is not JSON: {found}.") from None
    except RecursionError:
        raise InputError("invalid_json", "The body is nested too deeply.") from None


def _read(text: str, schema: InputSchema) -> PredictRequest:
    if text.startswith("\ufeff"):
        raise json.JSONDecodeError("Unexpected BOM", text, 0)
    rows: list[list[float]] = []
    begin = _FIRST_ROW.match(text)
    if begin and begin[1]:
        rows, end = _read_rows_one_by_one(text, begin.end(), schema)
        # Replace the rows by a 0 and blanks: errors in the rest keep their line and column.
        seen = text[begin.end() : end]
        blank = "\n" * seen.count("\n") + " " * (len(seen) - seen.rfind("\n") - 2) + "0"
        text = text[: begin.end()] + blank + text[end:]
    elif begin:
        _check_count_if_long(text, begin.end(), "features", schema)
    content = _DECODER.decode(text)
    if not isinstance(content, dict):
        raise InputError(
            "invalid_request",
            "The body must be a JSON object with features or instances; "
            f"found {describe_kind(content)}.",
        )
    for key in content:
        if key not in _KEYS:
            raise InputError(
                "unknown_key",
                "The body may only contain features and id, or instances and ids; "
                f"found {quote(key)}.",
                make_printable(key),
            )
    given = [key for key in _ROWS if key in content]
    if len(given) != 1:
        raise InputError(
            "invalid_request",
            "The body must contain either features (one row) or instances (many rows); "
            f"found {'both' if given else 'neither'}.",
        )
    many = "instances" in content
    if not many:
        rows = [read_row(content["features"], "features", schema)]
    elif not rows:
        rows = _read_instances(content["instances"], schema)
    ids = read_ids(content, len(rows), many=many)
    return PredictRequest(np.array(rows, dtype=np.float64), many, ids)


def _read_rows_one_by_one(text: str, at: int, schema: InputSchema) -> tuple[list[list[float]], int]:
    """Read the rows of a list from its first row, *at*; return them and the list's end.

    Other threads get the interpreter between two rows. Reading stops at the first mistake.
    """
    rows: list[list[float]] = []
    while True:
        location = f"instances[{len(rows)}]"
        _check_count_if_long(text, at, location, schema)
        value, at = _DECODER.raw_decode(text, at)
        rows.append(read_row(value, location, schema))
        following = _NEXT_ROW.match(text, at)
        if following is None:
            # The list ends here or is broken: the caller parses the rest and finds out.
            return rows, at
        at = following.end()


def _check_count_if_long(text: str, at: int, location: str, schema: InputSchema) -> None:
    """Count the commas of a very long row before parsing it: it may be millions of numbers."""
    if not text.startswith("[", at):
        return
    end = text.find("]", at)
    row = text[at + 1 : end if end > 0 else len(text)]
    if len(row) > _MAX_UNCOUNTED_CHARACTERS and not any(sign in row for sign in '"[{'):
        check_count(row.count(",") + 1, location, schema)


def _check_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key, value in pairs:
        if key in content:
            raise InputError(
                "duplicate_key",
                f"The key {quote(key)} appears twice in one object.",
                make_printable(key),
            )
        content[key] = value
    return content


def _parse_integer(digits: str) -> float:
    """Parse an integer like the fast reader: -0 becomes 0, not -0.0."""
    return float(digits) + 0.0


_DECODER = json.JSONDecoder(
    parse_int=_parse_integer, parse_constant=float, object_pairs_hook=_check_keys
)
"""Decodes every number as a float, also an infinite one; `read_value` refuses that one."""


def _read_instances(value: Any, schema: InputSchema) -> list[list[float]]:
    if not isinstance(value, list):
        raise InputError(
            "invalid_request",
            f"instances must be a list of rows; found {describe_kind(value)}.",
            "instances",
        )
    if not value:
        raise InputError("empty_batch", "instances must contain at least one row.", "instances")
    return [read_row(row, f"instances[{number}]", schema) for number, row in enumerate(value)]
