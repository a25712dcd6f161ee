"""One strict JSON for every document on the volume: small, finite, unambiguous.

Python's own parser takes NaN, 1e999, duplicate keys and lone surrogates, and answers deep
nesting with RecursionError. Documents that another process wrote are untrusted, so all of
these are refused here, with one error.
"""

import json
import math
from pathlib import Path
from typing import Any, TypeAlias

from shared.errors import DocumentError

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


def encode(value: Any) -> bytes:
    """Canonical bytes: UTF-8, two spaces of indentation, keys in their given order, one newline.

    Numbers are written in their shortest form that reads back the same, so that decoding and
    encoding again gives the same bytes.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def encode_line(value: Any) -> bytes:
    """The same on one line, for logs of one document a line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def decode(data: bytes, source: Path | str) -> Json:
    """Parse one document; *source* is named in errors.

    Raises DocumentError for anything but strict, finite JSON in UTF-8.
    """
    try:
        value: Json = json.loads(
            data.decode("utf-8"),
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
            object_pairs_hook=_unique_keys,
        )
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate shows only here
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise DocumentError(f"{source} is not strict JSON: {reason}.") from error
    return value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _finite_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is out of range")
    return number


def _unique_keys(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found
