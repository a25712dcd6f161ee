"""Strict JSON for every document on the volume.

Python's parser accepts NaN, 1e999, duplicate keys and lone surrogates, and raises RecursionError
for deep nesting. Documents of other processes are untrusted, so all of these raise DocumentError.
"""

import json
import math
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from shared.errors import DocumentError
from shared.text import to_printable

MAX_VALUES = 1_000_000
"""The most values of any document: each takes about 100 bytes of memory, and two of JSON."""

_SEPARATORS = (b",", b"[", b"{")
"""One of these precedes every item of a list and of an object."""
_ESCAPE = b"\\u"

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


def encode(value: Any) -> bytes:
    """Return canonical bytes: UTF-8, indented by two spaces, keys in the given order, a newline.

    Numbers have their shortest form, so decoding and encoding again gives the same bytes.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return msgspec.json.format(text.encode(), indent=2) + b"\n"  # json indents much slower


def encode_line(value: Any) -> bytes:
    """Return the document on one line, for logs with one document on each line.

    People read these logs in terminals, so characters that a terminal obeys are escaped.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return "".join(map(_escape, text) if not text.isprintable() else text).encode() + b"\n"


def decode(data: bytes, source: Path | str, max_values: int = MAX_VALUES) -> Json:
    """Parse one document of at most *max_values* values.

    Raises DocumentError naming *source* unless it is strict JSON.
    """
    if len(data) > max_values and count_separators(data) > max_values:
        raise DocumentError(f"{source} has more than {max_values} values, so it is not read.")
    try:
        value: Json = json.loads(
            data.decode("utf-8"),
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
            object_pairs_hook=_unique_keys,
        )
        if _ESCAPE in data:  # only an escape can make a lone surrogate
            json.dumps(value, ensure_ascii=False).encode()  # fails for one
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise DocumentError(f"{source} is not strict JSON: {reason}.") from error
    return value


def count_separators(data: bytes) -> int:
    """Count the bytes that may precede a value, without decoding *data*. Strings count too."""
    return sum(map(data.count, _SEPARATORS))


def _escape(character: str) -> str:
    return character if to_printable(character) == character else json.dumps(character)[1:-1]


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _finite_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is out of range")
    return number


def _unique_keys(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("an object contains the same key twice")
    return content
