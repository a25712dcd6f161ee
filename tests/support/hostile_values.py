"""Values that no field of a document expects, as JSON text."""

import json
from typing import Any

TIMES = (
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "9998-12-31T23:59:59+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-01-31T12:00:00",
    "2026-02-30T12:00:00Z",
)
ESCAPES = "\x1b[2J\x9b31m\x85\u2028\u2029\u202eforged\u200b\x7f"
NUMBERS = (0, -1, 1, 2**31, 2**53, 2**63, 10**400, 1e300, -1e300, 1.7e308, 5e-324, 0.5)
OTHERS: tuple[Any, ...] = (
    *(None, True, False, "", " ", ESCAPES, "x" * 5000, "x" * 100_000),
    *([], {}, [[]] * 5000, {"": ""}, {"onnxruntime": "0.1"}, {ESCAPES: ESCAPES}),
    {str(number): "x" for number in range(2000)},
)
RAW = {
    "a lone surrogate": r'"\ud800"',
    "a number out of range": "1e999",
    "not a number": "NaN",
    "deep nesting": "[" * 5000 + "]" * 5000,
    "many digits": "1" * 5000,
}


def hostile_values() -> dict[str, str]:
    """Return hostile values by a name, as JSON text."""
    found = [*TIMES, *NUMBERS, *OTHERS]
    return {
        f"{number} {value!r:.20}": json.dumps(value) for number, value in enumerate(found)
    } | RAW


def with_value(document: dict[str, Any], path: tuple[str | int, ...], value: str) -> bytes:
    """Return *document* as JSON with the text *value* at *path*."""
    marker = "6f1c the hostile value"
    changed = json.loads(json.dumps(document))
    place = changed
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = marker
    return json.dumps(changed).replace(json.dumps(marker), value).encode()


def paths_of(document: Any, start: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of every field of *document*, also of fields in others."""
    if isinstance(document, dict):
        parts: list[tuple[str | int, Any]] = list(document.items())
    elif isinstance(document, list):
        parts = list(enumerate(document))
    else:
        return []
    return [
        path for name, value in parts for path in ((*start, name), *paths_of(value, (*start, name)))
    ]
