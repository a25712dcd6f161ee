"""Refuse a long body by its first wrong key or value, before it is decoded as a whole.

Error codes: unknown_key, invalid_request, and those of the values.
"""

import json
from contextlib import suppress
from typing import Any

from predictor.codec.input_schema import InputSchema
from predictor.codec.long_rows import read_row_at, read_rows_one_by_one
from predictor.codec.request_ids import ID, IDS, read_ids
from predictor.codec.strict_json import (
    LONG,
    decode_key,
    decode_short,
    decode_value,
    make_duplicate_error,
    skip_space,
    take_kind,
)
from predictor.loop_turns import give_turn
from shared.errors import InputError
from shared.inference.strict_values import describe_kind, make_printable
from shared.text import quote

_KEYS = ("features", "instances", ID, IDS)


def refuse_long_body(text: str, schema: InputSchema, first: int = 0, end: int = 0) -> None:
    """Raise InputError for a long body with a wrong key or value.

    Do nothing about broken JSON: the decoder stops at it, and says where it is.

    Args:
        text: The body.
        schema: The features of the model.
        first: The start of the first row, if the rows were read already.
        end: The end of the last row, if the rows were read already.
    """
    if len(text) <= LONG:
        return
    with suppress(json.JSONDecodeError):
        at = skip_space(text, end)
        if end:
            _refuse_around_rows(text, first, at, schema)
        elif text.startswith("{", at):
            _refuse_keys(text, at, schema, set())
        elif text.startswith("[", at) and decode_short(text, at) is None:
            raise make_body_error(take_kind(text, at))


def _refuse_around_rows(text: str, first: int, at: int, schema: InputSchema) -> None:
    seen = {"instances"}
    if text.find(f'"{IDS}"', 0, first) >= 0:
        seen.add(IDS)
        _skip_ids(text, text.index("["), schema)
    if text.startswith("]", at):
        _refuse_keys(text, skip_space(text, at + 1), schema, seen)


def _refuse_keys(text: str, at: int, schema: InputSchema, seen: set[str]) -> None:
    while text[at : at + 1] in {"{", ","}:
        give_turn()
        key, at = decode_key(text, skip_space(text, at + 1))
        check_key(key)
        if key in seen:
            raise make_duplicate_error(key)
        seen.add(key)
        short = decode_short(text, at)
        at = skip_space(text, short[1] if short else _skip_long(key, text, at, schema))


def _skip_long(key: str, text: str, at: int, schema: InputSchema) -> int:
    """Return the end of the long value of *key*. Raises InputError if the value is wrong."""
    is_list = text.startswith("[", at)
    if key == "features":
        return read_row_at(text, at, "features", schema)[1]
    if key == "instances" and is_list:
        at = read_rows_one_by_one(text, skip_space(text, at + 1), schema)[1]
        return skip_space(text, at) + 1
    if key == IDS and is_list:
        return _skip_ids(text, at, schema)
    kind = take_kind(text, at)
    if kind is not None:
        if key == "instances":
            raise make_list_error(kind)
        read_ids({key: kind}, 1, many=key == IDS)
    return decode_value(text, at)[1]


def _skip_ids(text: str, at: int, schema: InputSchema) -> int:
    """Return the end of a long list of ids. Raises InputError for too many, or a list as an id."""
    number = 0
    while text[at : at + 1] in {"[", ","}:
        give_turn()
        at = skip_space(text, at + 1)
        short = decode_short(text, at)
        if short is None and take_kind(text, at) is not None:
            read_ids({ID: []}, 1, many=False)
        at = skip_space(text, (short or decode_value(text, at))[1])
        number += 1
        if number > schema.max_rows:
            raise InputError(
                "invalid_id",
                "ids must be a list with a string for each row of instances; found more than "
                f"{schema.max_rows}.",
                IDS,
            )
    return at + 1


def check_key(key: str) -> None:
    """Raise InputError for a key that no body has."""
    if key not in _KEYS:
        raise InputError(
            "unknown_key",
            f"The body may only contain features and id, or instances and ids; found {quote(key)}.",
            make_printable(key),
        )


def make_body_error(content: Any) -> InputError:
    """Make the error for a body that is not an object."""
    return InputError(
        "invalid_request",
        "The body must be a JSON object with features or instances; "
        f"found {describe_kind(content)}.",
    )


def make_list_error(value: Any) -> InputError:
    """Make the error for instances that are not a list."""
    return InputError(
        "invalid_request",
        f"instances must be a list of rows; found {describe_kind(value)}.",
        "instances",
    )
