"""Read rows of a body strictly, one by one; a long row only as far as it is right.

A wrong row may be 16 MiB of brackets. Decoded as a whole, it would take a gigabyte and stop all
other threads for seconds.
"""

import re
from typing import Any

from predictor.codec.input_schema import InputSchema
from predictor.codec.strict_json import (
    decode_key,
    decode_short,
    decode_value,
    expect,
    make_duplicate_error,
    skip_space,
    take_kind,
)
from predictor.codec.strict_row import check_count, check_rows, read_row
from predictor.loop_turns import give_turn
from shared.inference.strict_values import read_value

_NEXT_ROW = re.compile(r"[ \t\r\n]*,[ \t\r\n]*")


def find_next_row(text: str, end: int) -> int | None:
    """Return the start of the row after the comma that follows *end*; None without a comma."""
    following = _NEXT_ROW.match(text, end)
    return following.end() if following else None


def read_rows_one_by_one(
    text: str, at: int | None, schema: InputSchema, before: int = 0
) -> tuple[list[list[float]], int]:
    """Read the rows of a list that begin *at*; return them and their end.

    *before* is the number of rows that were read already.
    The event loop gets turns between rows. Reading stops at the first mistake.
    Raises InputError or json.JSONDecodeError.
    """
    rows: list[list[float]] = []
    end = 0
    while at is not None:
        give_turn()
        row, end = read_row_at(text, at, f"instances[{before + len(rows)}]", schema)
        rows.append(row)
        check_rows(before + len(rows), schema)
        # Without a comma the list ends here or is broken: the caller parses the rest.
        at = find_next_row(text, end)
    return rows, end


def read_row_at(text: str, at: int, location: str, schema: InputSchema) -> tuple[list[float], int]:
    """Read the row that begins *at*; return it and its end.

    Raises InputError or json.JSONDecodeError.
    """
    value, end = decode_short(text, at) or _decode_long(text, at, location, schema)
    return read_row(value, location, schema), end


def _decode_long(text: str, at: int, location: str, schema: InputSchema) -> tuple[Any, int]:
    if text.startswith("[", at):
        return _decode_list(text, at, location, schema)
    if text.startswith("{", at):
        return _decode_object(text, at, location, schema)
    return decode_value(text, at)


def _decode_list(text: str, at: int, location: str, schema: InputSchema) -> tuple[list[Any], int]:
    """Decode a row value by value. Raises InputError for a value too many, or a list as a value."""
    values: list[Any] = []
    sign, end = "[", at
    while sign != "]":
        end = expect(text, end, sign, "',' delimiter")
        if len(values) == len(schema.features):
            _refuse_count(text, at, location, schema)
        short = decode_short(text, end)
        if short is None and (kind := take_kind(text, end)) is not None:
            feature, strings = schema.features[len(values)], schema.strings[len(values)]
            read_value(kind, feature, strings, f"{location}[{len(values)}]")
        value, end = short or decode_value(text, end)
        values.append(value)
        end = skip_space(text, end)
        sign = "]" if text.startswith("]", end) else ","
    return values, end + 1


def _refuse_count(text: str, at: int, location: str, schema: InputSchema) -> None:
    """Refuse a row with too many values. They are counted if they are plain numbers."""
    end = text.find("]", at)
    row = text[at + 1 : end if end > 0 else len(text)]
    is_countable = not any(sign in row for sign in '"[{')
    count = len(schema.features)
    check_count(row.count(",") + 1 if is_countable else f"more than {count}", location, schema)


def _decode_object(
    text: str, at: int, location: str, schema: InputSchema
) -> tuple[dict[str, Any], int]:
    """Decode a row name by name. Raises InputError for a name too many, or a list as a value."""
    row: dict[str, Any] = {}
    sign, end = "{", at
    while sign != "}":
        name, end = decode_key(text, expect(text, end, sign, "',' delimiter"))
        if name in row:
            raise make_duplicate_error(name)
        short = decode_short(text, end)
        kind = take_kind(text, end) if short is None else None
        place = schema.names.find(name)
        if place is not None and kind is not None:
            feature, strings = schema.features[place], schema.strings[place]
            read_value(kind, feature, strings, f"{location}.{feature.name}")
        elif kind is not None and not schema.ignores_extra:
            read_row({name: None}, location, schema)
        row[name], end = short or decode_value(text, end)
        if len(row) > len(schema.features) and not schema.ignores_extra:
            read_row(row, location, schema)  # a name is unknown, or has two spellings
        end = skip_space(text, end)
        sign = "}" if text.startswith("}", end) else ","
    return row, end + 1
