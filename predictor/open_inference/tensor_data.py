"""The elements of a tensor, as JSON or as binary data (the binary tensor data extension)."""

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from predictor.codec.row_pieces import PIECE_BYTES, find_cut, find_next_row
from predictor.loop_turns import give_turn
from predictor.open_inference.request import input_error
from shared.errors import InputError
from shared.text import quote

NUMBER_TYPES: Mapping[str, np.dtype[Any]] = {
    "FP16": np.dtype("<f2"),
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
    **{
        f"{kind}{bits}": np.dtype(f"<{code}{bits // 8}")
        for kind, code in (("INT", "i"), ("UINT", "u"))
        for bits in (8, 16, 32, 64)
    },
}
"""The protocol's number types, each with its form in binary data (little-endian)."""

_QUOTES_OR_BRACKETS = re.compile(rb'["\[{]')
_IS_BY_ROW = re.compile(rb"\[[ \t\r\n]*\[")
_LENGTH = struct.Struct("<I")


class ElementType:
    """A type of elements in JSON; null becomes NaN in an array of numbers, otherwise None."""

    def __init__(self, name: str, kind: Any, dtype: type[np.generic] = np.float64) -> None:
        self.name = name
        self.dtype = dtype
        """The type of the array that they are read into."""
        self.flat = msgspec.json.Decoder(list[kind])
        self.rows = msgspec.json.Decoder(list[list[kind]])


NUMBERS = ElementType("numbers", float)
NUMBERS_OR_NULL = ElementType("numbers", float | None)
BOOLEANS = ElementType("booleans", bool | None)
STRINGS = ElementType("strings", str | None, np.object_)


def read_json(
    name: str, data: msgspec.Raw, shape: tuple[int, int], elements: ElementType
) -> npt.NDArray[Any]:
    """Read the *data* of the input *name*, flat or by row, into an array of *shape*.

    *shape* is [rows, columns]. Raises InputError unless *data* has that many *elements*.
    """
    text = bytes(data)
    give_turn()
    try:
        if _IS_BY_ROW.match(text):
            return _read_by_row(text, *shape, elements)
        return _read_flat(text, *shape, elements)
    except InputError as error:
        reason = str(error)
    except msgspec.DecodeError as error:
        reason = f"data must be a list of {elements.name}, flat or by row: {error}."
    except RecursionError:
        reason = "data is nested too deeply."
    raise input_error(f"Input {quote(name)}: {reason}")


def _read_flat(text: bytes, rows: int, columns: int, elements: ElementType) -> npt.NDArray[Any]:
    # Before decoding: there may be millions of elements too many.
    if not _QUOTES_OR_BRACKETS.search(text, 1, len(text) - 1):
        _check_elements(text.count(b",") + 1, rows, columns, elements, is_exact=False)
    elif elements is STRINGS and b"\\" not in text:
        _check_elements(text.count(b'"') // 2, rows, columns, elements, is_exact=False)
    parts = []
    count = 0
    give_turn()
    # A string may contain commas.
    for piece in (text,) if elements is STRINGS else _split_at_commas(text):
        try:
            part = np.array(elements.flat.decode(piece), dtype=elements.dtype)
        except msgspec.ValidationError as error:
            raise msgspec.ValidationError(_shift_index(str(error), count)) from None
        parts.append(part)
        count += len(part)
        give_turn()
    _check_elements(count, rows, columns, elements, is_exact=True)
    return np.concatenate(parts).reshape(rows, columns)


def _check_elements(
    count: int, rows: int, columns: int, elements: ElementType, *, is_exact: bool
) -> None:
    expected = rows * columns
    if count > expected or (is_exact and count < expected):
        raise input_error(
            f"data must hold {expected} {elements.name} for the shape [{rows}, {columns}]; "
            f"found {count}."
        )


def _split_at_commas(text: bytes) -> Iterator[bytes]:
    """Split a JSON list into lists of about PIECE_BYTES, so that other threads get turns."""
    start = 0
    while (end := text.find(b",", start + PIECE_BYTES)) > 0:
        yield (b"[" if start else b"") + text[start:end] + b"]"
        start = end + 1
    yield (b"[" if start else b"") + text[start:]


def _shift_index(message: str, offset: int) -> str:
    """Count the index in msgspec's *message* from the first element of the whole list."""
    return re.sub(r"\$\[(\d+)\]", lambda match: f"$[{int(match[1]) + offset}]", message)


def _read_by_row(text: bytes, rows: int, columns: int, elements: ElementType) -> npt.NDArray[Any]:
    # Before decoding: there may be millions of rows too many.
    found = text.count(b"[") - 1
    if found <= rows or (elements is STRINGS and b'"' in text):
        parts = []
        found = 0
        for part in _decode_rows(text, elements):
            for number, row in enumerate(part, found):
                if len(row) != columns:
                    raise input_error(
                        f"data[{number}] must hold {columns} {elements.name}; found {len(row)}."
                    )
            parts.append(np.array(part, dtype=elements.dtype))
            found += len(part)
            if found > rows:
                break
    if found != rows:
        raise input_error(
            f"data must hold {rows} rows for the shape [{rows}, {columns}]; found {found}."
        )
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _decode_rows(text: bytes, elements: ElementType) -> Iterator[list[list[Any]]]:
    """Decode a list of rows in pieces, so that other threads get turns."""
    start, last, count = text.index(b"[", 1), text.rindex(b"]"), 0
    size, growth = PIECE_BYTES, cycle((1, 2))
    while start < last:
        give_turn()
        end = find_cut(text, start, size, last)
        try:
            part = elements.rows.decode(b"[%b]" % text[start:end])
        except msgspec.ValidationError as error:
            raise msgspec.ValidationError(_shift_index(str(error), count)) from None
        except msgspec.DecodeError:
            if end == last:
                raise
            # The cut may be in a string: try the next place, and then twice as many bytes.
            size = next(growth) * (end - start)
            continue
        yield part
        count += len(part)
        start, size = find_next_row(text, end) if end < last else last, PIECE_BYTES


def read_binary_numbers(
    data: memoryview, shape: Sequence[int], dtype: np.dtype[Any]
) -> npt.NDArray[Any]:
    """Return *data* as an array of *shape*, without a copy if the memory is aligned.

    *data* must have the right size.
    """
    # The JSON before the data has any length, so the data may start at any address.
    return np.require(np.frombuffer(data, dtype).reshape(shape), requirements="A")


def read_binary_strings(name: str, data: memoryview, count: int) -> list[str]:
    """Read the *count* strings (BYTES) in the *data* of the input *name*. Raises InputError."""
    strings: list[str] = []
    start = 0
    while start < len(data) and len(strings) < count:
        begin = start + _LENGTH.size
        # A length that is cut off counts as 0; the check of the size below finds it.
        end = begin + (_LENGTH.unpack_from(data, start)[0] if begin <= len(data) else 0)
        try:
            strings.append(str(data[begin:end], "utf-8"))
        except UnicodeDecodeError as error:
            raise input_error(
                f"{name}[{len(strings)}] must be UTF-8: {error.reason} at its byte {error.start}."
            ) from None
        start = end
    if start != len(data) or len(strings) != count:
        raise input_error(
            f"Input {quote(name)} must hold {count} strings of type BYTES, each after its length "
            f"in four bytes; its {len(data)} bytes hold another number."
        )
    return strings


def encode_string(text: str) -> bytes:
    """Encode *text* as BYTES: its length in four bytes (little-endian), then UTF-8."""
    encoded = text.encode()
    return _LENGTH.pack(len(encoded)) + encoded
