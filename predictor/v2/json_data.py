"""An input's JSON data, flat or by row, to an array."""

import re
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from predictor.rows import CHUNK_BYTES, CHUNK_ROWS
from predictor.v2.mistakes import mistake

_FLAT = msgspec.json.Decoder(list[float])
_LINES = msgspec.json.Decoder(list[msgspec.Raw])
_ROWS = msgspec.json.Decoder(list[list[float]])


def read_numbers(data: msgspec.Raw, shape: Sequence[int]) -> npt.NDArray[np.float64]:
    """The array of *shape* [rows, columns] that *data* holds.

    Raises InputError when it holds anything but that many numbers.
    """
    text = bytes(data)
    try:
        if text[1:].lstrip().startswith(b"["):
            return _read_rows(text, *shape)
        return _read_flat(text, *shape)
    except msgspec.DecodeError as error:
        raise mistake(f"data must be a list of numbers, flat or by row: {error}.") from None
    except RecursionError:
        raise mistake("data is nested too deeply.") from None


def _read_flat(text: bytes, rows: int, columns: int) -> npt.NDArray[np.float64]:
    parts = []
    found = 0
    for piece in _pieces(text):
        try:
            part = np.array(_FLAT.decode(piece), dtype=np.float64)
        except msgspec.ValidationError as error:
            raise msgspec.ValidationError(_counted_from_first(str(error), found)) from None
        parts.append(part)
        found += len(part)
    if found != rows * columns:
        raise mistake(
            f"data must hold {rows * columns} numbers for the shape [{rows}, {columns}]; "
            f"found {found}."
        )
    return np.concatenate(parts).reshape(rows, columns)


def _pieces(text: bytes) -> Iterator[bytes]:
    """Lists of a few thousand numbers each: the interpreter is free for others between two."""
    start = 0
    while (end := text.find(b",", start + CHUNK_BYTES)) > 0:
        yield (b"[" if start else b"") + text[start:end] + b"]"
        start = end + 1
    yield (b"[" if start else b"") + text[start:]


def _counted_from_first(message: str, before: int) -> str:
    return re.sub(r"\$\[(\d+)\]", lambda found: f"$[{int(found[1]) + before}]", message)


def _read_rows(text: bytes, rows: int, columns: int) -> npt.NDArray[np.float64]:
    lines = _LINES.decode(text)
    if len(lines) != rows:
        raise mistake(
            f"data must hold {rows} rows for the shape [{rows}, {columns}]; found {len(lines)}."
        )
    parts = []
    for start in range(0, rows, CHUNK_ROWS):
        try:
            part = _ROWS.decode(b"[" + b",".join(lines[start : start + CHUNK_ROWS]) + b"]")
        except msgspec.DecodeError:
            part = _ROWS.decode(text)  # says where it is, counted from the first row
        for number, row in enumerate(part, start):
            if len(row) != columns:
                raise mistake(f"data[{number}] must hold {columns} numbers; found {len(row)}.")
        parts.append(np.array(part, dtype=np.float64))
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
