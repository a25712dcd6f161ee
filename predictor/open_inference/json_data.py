"""An input's JSON data, flat or by row, to an array."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from predictor.codec.row_reader import MAX_CHUNK_BYTES, MAX_CHUNK_ROWS
from predictor.open_inference.input_errors import input_error, shown
from shared.errors import InputError

_LINES = msgspec.json.Decoder(list[msgspec.Raw])


class ElementType:
    """What an input's data is made of."""

    def __init__(self, name: str, kind: Any, dtype: type[np.generic] = np.float64) -> None:
        self.name = name
        self.dtype = dtype
        """Of the array that holds them; null is NaN in an array of numbers, else None."""
        self.flat = msgspec.json.Decoder(list[kind])
        self.rows = msgspec.json.Decoder(list[list[kind]])


NUMBERS = ElementType("numbers", float)
NUMBERS_OR_NULL = ElementType("numbers", float | None)
BOOLEANS = ElementType("booleans", bool | None)
TEXTS = ElementType("texts", str | None, np.object_)


def read_json(
    name: str, data: msgspec.Raw, shape: tuple[int, int], elements: ElementType
) -> npt.NDArray[Any]:
    """The array of *shape* [rows, columns] that *data* of the input *name* holds.

    Raises InputError when it holds anything but that many *elements*.
    """
    text = bytes(data)
    try:
        if text[1:].lstrip().startswith(b"["):
            return _read_rows(text, *shape, elements)
        return _read_flat(text, *shape, elements)
    except InputError as error:
        reason = str(error)
    except msgspec.DecodeError as error:
        reason = f"data must be a list of {elements.name}, flat or by row: {error}."
    except RecursionError:
        reason = "data is nested too deeply."
    raise input_error(f"Input {shown(name)}: {reason}")


def _read_flat(text: bytes, rows: int, columns: int, elements: ElementType) -> npt.NDArray[Any]:
    parts = []
    found = 0
    # A text may have commas of its own.
    for piece in (text,) if elements is TEXTS else _pieces(text):
        try:
            part = np.array(elements.flat.decode(piece), dtype=elements.dtype)
        except msgspec.ValidationError as error:
            raise msgspec.ValidationError(_counted_from_first(str(error), found)) from None
        parts.append(part)
        found += len(part)
    if found != rows * columns:
        raise input_error(
            f"data must hold {rows * columns} {elements.name} for the shape [{rows}, {columns}]; "
            f"found {found}."
        )
    return np.concatenate(parts).reshape(rows, columns)


def _pieces(text: bytes) -> Iterator[bytes]:
    """Lists of a few thousand numbers each: the interpreter is free for others between two."""
    start = 0
    while (end := text.find(b",", start + MAX_CHUNK_BYTES)) > 0:
        yield (b"[" if start else b"") + text[start:end] + b"]"
        start = end + 1
    yield (b"[" if start else b"") + text[start:]


def _counted_from_first(message: str, before: int) -> str:
    return re.sub(r"\$\[(\d+)\]", lambda found: f"$[{int(found[1]) + before}]", message)


def _read_rows(text: bytes, rows: int, columns: int, elements: ElementType) -> npt.NDArray[Any]:
    lines = _LINES.decode(text)
    if len(lines) != rows:
        raise input_error(
            f"data must hold {rows} rows for the shape [{rows}, {columns}]; found {len(lines)}."
        )
    parts = []
    for start in range(0, rows, MAX_CHUNK_ROWS):
        try:
            part = elements.rows.decode(
                b"[" + b",".join(lines[start : start + MAX_CHUNK_ROWS]) + b"]"
            )
        except msgspec.DecodeError:
            part = elements.rows.decode(text)  # says where it is, counted from the first row
        for number, row in enumerate(part, start):
            if len(row) != columns:
                raise input_error(
                    f"data[{number}] must hold {columns} {elements.name}; found {len(row)}."
                )
        parts.append(np.array(part, dtype=elements.dtype))
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
