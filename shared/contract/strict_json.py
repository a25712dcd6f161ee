"""Strict JSON for every document on the volume.

Python's parser accepts NaN, 1e999, duplicate keys and lone surrogates, and raises RecursionError
for deep nesting. Documents of other processes are untrusted, so all of these raise DocumentError.
"""

import json
import math
from pathlib import Path
from typing import Any, TypeAlias

from shared.errors import DocumentError

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


def encode(value: Any) -> bytes:
    """Return canonical bytes: UTF-8, indented by two spaces, keys in the given order, a newline.

    Numbers have their shortest form, so decoding and encoding again gives the same bytes.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def encode_line(value: Any) -> bytes:
    """Return the document on one line, for logs with one document on each line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def decode(data: bytes, source: Path | str) -> Json:
    """Parse one document; raise DocumentError naming *source* unless it is strict JSON."""
    try:
        value: Json = json.loads(
            data.decode("utf-8"),
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
            object_pairs_hook=_unique_keys,
        )
        json.dumps(value, ensure_ascii=False).encode()  # fails for a lone surrogate
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
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("an object contains the same key twice")
    return content
