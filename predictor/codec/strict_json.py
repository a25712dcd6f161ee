"""Decode JSON strictly: every number becomes a float, and no key appears twice in an object.

Error code: duplicate_key.
"""

import json
from contextlib import suppress
from json.decoder import WHITESPACE  # type: ignore[attr-defined]  # the stubs lack it
from typing import Any

from shared.errors import InputError
from shared.inference.strict_values import make_printable
from shared.text import quote

LONG = 1 << 12
"""Characters from which a value is long: decoding it could block other requests."""
_PROBED = 4 * LONG
"""Characters of a long list that are decoded to find whether it is nested too deeply."""
_NESTED = 256
"""Brackets that open in these characters, if they are decoded: fewer are never too deep."""


def make_duplicate_error(key: str) -> InputError:
    """Make the error for a key that appears twice in one object."""
    return InputError(
        "duplicate_key", f"The key {quote(key)} appears twice in one object.", make_printable(key)
    )


def _check_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key, value in pairs:
        if key in content:
            raise make_duplicate_error(key)
        content[key] = value
    return content


def _parse_integer(digits: str) -> float:
    """Parse an integer like the fast reader: -0 becomes 0, not -0.0."""
    return float(digits) + 0.0


DECODER = json.JSONDecoder(
    parse_int=_parse_integer, parse_constant=float, object_pairs_hook=_check_keys
)
"""Decodes every number as a float, also an infinite one; `read_value` refuses that one."""


def decode(text: str) -> Any:
    """Decode the whole *text*. Raises json.JSONDecodeError."""
    return DECODER.decode(text)


def decode_value(text: str, at: int) -> tuple[Any, int]:
    """Decode the value that begins *at*; return it and its end. Raises json.JSONDecodeError."""
    return DECODER.raw_decode(text, at)


def decode_short(text: str, at: int) -> tuple[Any, int] | None:
    """Decode the value that begins *at*; return it and its end. None if it is long.

    Raises json.JSONDecodeError.
    """
    try:
        value, end = decode_value(text[at : at + LONG], 0)
    except json.JSONDecodeError:
        # Not in a part of the text: the error has the place in the whole text.
        return decode_value(text, at) if at + LONG >= len(text) else None
    if end == LONG and isinstance(value, float):  # its digits may go on
        return None
    return value, at + end


def take_kind(text: str, at: int) -> list[Any] | dict[str, Any] | None:
    """Return an empty value of the kind of the long list or object *at*; None for other values.

    Raises RecursionError if it is nested too deeply, as far as this is quickly found.
    """
    if not text.startswith(("[", "{"), at):
        return None
    probed = text[at : at + _PROBED]
    if probed.count("[") + probed.count("{") >= _NESTED:
        with suppress(json.JSONDecodeError):
            decode_value(probed, 0)
    return [] if text[at] == "[" else {}


def skip_space(text: str, at: int) -> int:
    """Return the place of the first character from *at* that is not white space."""
    return int(WHITESPACE.match(text, at).end())


def expect(text: str, at: int, sign: str, name: str) -> int:
    """Return the place of the value after the *sign* at *at*, or raise json.JSONDecodeError."""
    if not text.startswith(sign, at):
        raise json.JSONDecodeError(f"Expecting {name}", text, at)
    return skip_space(text, at + 1)


def decode_key(text: str, at: int) -> tuple[str, int]:
    """Decode the key *at* in an object; return it and the place of its value.

    Raises json.JSONDecodeError.
    """
    if not text.startswith('"', at):
        raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
    key, end = decode_value(text, at)
    return key, expect(text, skip_space(text, end), ":", "':' delimiter")
