"""Read request bodies into rows, slowly, and name every mistake. This defines what is accepted.

Error codes: invalid_json, duplicate_key, invalid_request, unknown_key, empty_batch, and those of
`strict_row` and `request_ids`.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from predictor.codec.input_schema import InputSchema
from predictor.codec.long_body import check_key, make_body_error, make_list_error, refuse_long_body
from predictor.codec.long_rows import find_next_row, read_row_at, read_rows_one_by_one
from predictor.codec.request_ids import read_ids
from predictor.codec.strict_json import decode
from predictor.codec.strict_row import check_rows, read_row
from predictor.loop_turns import give_turn
from shared.errors import InputError
from shared.inference.servable import Rows

_ROWS = ("features", "instances")
_FIRST_ROW = re.compile(
    r'S\{S(?:"ids"S:S\[[^\]]*\]S,S)?"instances"S:S\[S(?![ \t\r\n\]])'.replace(
        "S", r"[ \t\r\n]{0,4096}"
    )
)


@dataclass(frozen=True)
class PredictRequest:
    """One request: rows of shape [n, features], and whether it used `instances`."""

    rows: Rows
    many: bool
    ids: Sequence[str] | None = None
    """An id for each row, if the client gave them."""


class SeenRows(NamedTuple):
    """The rows at the start of a body that were read already."""

    rows: Rows
    end: int
    """The end of the last of them, in bytes."""


def read_strictly(body: bytes, schema: InputSchema, seen: SeenRows | None = None) -> PredictRequest:
    """Read the rows of *body* for the model of *schema*, after the rows that were *seen*.

    Raises InputError with the location, the value found and the value expected.
    """
    with _naming_syntax_errors(body):
        # No name here for the text: `_read` replaces it, and only one copy may stay in memory.
        return _read(_decode(body), schema, seen and _count_characters(body, seen))


class StrictBody:
    """A body whose single rows are read strictly."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._text = _decode(body)
        self._at = self._index = 0
        """The same place in bytes and in characters."""

    def read_row(self, at: int, number: int, schema: InputSchema) -> tuple[list[float], int]:
        """Read the row *number*, which begins at the byte *at*; return it and its end.

        Raises InputError.
        """
        self._index += self._count(self._at, at)
        self._at = at
        with _naming_syntax_errors(self._body):
            row, index = read_row_at(self._text, self._index, f"instances[{number}]", schema)
        return row, at + len(self._text[self._index : index].encode())

    def _count(self, start: int, end: int) -> int:
        """Count the characters between two places in bytes."""
        # Usually there is nothing to decode, and a copy of a large body takes memory. A str
        # knows whether it is ASCII; bytes are searched.
        return end - start if self._text.isascii() else len(self._body[start:end].decode())


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            "invalid_json", f"The body is not UTF-8: {error.reason} at byte {error.start}."
        ) from None


def _count_characters(body: bytes, seen: SeenRows) -> SeenRows:
    """Return the rows that were *seen*, with their end in characters of *body*."""
    end = seen.end if body.isascii() else len(_decode(body[: seen.end]))
    return SeenRows(seen.rows, end)


@contextmanager
def _naming_syntax_errors(body: bytes) -> Iterator[None]:
    """Raise InputError for JSON that is broken or nested too deeply."""
    try:
        yield
    except json.JSONDecodeError as error:
        location = f"line {error.lineno} column {error.colno}"
        found = f"{error.msg} at {location}" if body else "it is empty"
        raise InputError("invalid_json", f"The body is not JSON: {found}.") from None
    except RecursionError:
        raise InputError("invalid_json", "The body is nested too deeply.") from None


def _read(text: str, schema: InputSchema, seen: SeenRows | None) -> PredictRequest:
    give_turn()
    if text.startswith("\ufeff"):
        raise json.JSONDecodeError("Unexpected BOM", text, 0)
    rows: Rows | None = None
    first, end = _find_first_row(text), 0
    if first:
        rows, end = _read_rows(text, first, schema, seen)
        parts = _blank_out(text, first, end)
        text = ""  # freed before the next copy is made: one emoji makes each four times as large
        text = "".join(parts)
    give_turn()
    refuse_long_body(text, schema, first, end)
    give_turn()
    content = decode(text)
    give_turn()
    if not isinstance(content, dict):
        raise make_body_error(content)
    for key in content:
        check_key(key)
    given = [key for key in _ROWS if key in content]
    if len(given) != 1:
        raise InputError(
            "invalid_request",
            "The body must contain either features (one row) or instances (many rows); "
            f"found {'both' if given else 'neither'}.",
        )
    many = "instances" in content
    if not many:
        rows = _to_array([read_row(content["features"], "features", schema)])
    elif rows is None:
        rows = _to_array(_read_instances(content["instances"], schema))
    ids = read_ids(content, len(rows), many=many)
    return PredictRequest(rows, many, ids)


def _find_first_row(text: str) -> int:
    """Return the start of the first row; 0 if *text* does not begin like many rows."""
    begin = _FIRST_ROW.match(text)  # it keeps the whole text in memory
    return begin.end() if begin else 0


def _read_rows(
    text: str, start: int, schema: InputSchema, seen: SeenRows | None
) -> tuple[Rows, int]:
    """Read the rows from *start* that were not *seen*; return all rows, and their end."""
    if seen is None:
        rows, end = read_rows_one_by_one(text, start, schema)
        return _to_array(rows), end
    at = find_next_row(text, seen.end)
    if at is None:
        return seen.rows, seen.end
    rows, end = read_rows_one_by_one(text, at, schema, len(seen.rows))
    return np.concatenate([seen.rows, _to_array(rows)]), end


def _to_array(rows: list[list[float]]) -> Rows:
    return np.array(rows, dtype=np.float64)


def _blank_out(text: str, start: int, end: int) -> tuple[str, ...]:
    """Replace rows by a 0 and blanks: errors in the rest keep their line and column.

    Return the parts of the new text.
    """
    lines = text.count("\n", start, end)
    last = max(text.rfind("\n", start, end), start - 1)
    return text[:start], "\n" * lines, " " * (end - last - 2), "0", text[end:]


def _read_instances(value: Any, schema: InputSchema) -> list[list[float]]:
    if not isinstance(value, list):
        raise make_list_error(value)
    check_rows(len(value), schema)
    if not value:
        raise InputError("empty_batch", "instances must contain at least one row.", "instances")
    return [read_row(row, f"instances[{number}]", schema) for number, row in enumerate(value)]
