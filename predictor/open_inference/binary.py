"""The binary tensor data extension: numbers and texts as bytes behind a body's JSON."""

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.open_inference.input_errors import input_error, shown

HEADER = "inference-header-content-length"
"""The HTTP header that says how many bytes of a body are JSON, where binary data follows."""

_DIGITS = 19
_LENGTH = struct.Struct("<I")


def split_body(body: bytes, header: str | None) -> tuple[bytes, memoryview]:
    """The JSON of *body* and the binary data behind it; without *header* all of it is JSON.

    Raises InputError for a header that is no length within the body.
    """
    if header is None:
        return body, memoryview(b"")
    digits = header.isascii() and header.isdecimal() and len(header) <= _DIGITS
    if not digits or not 0 < int(header) <= len(body):
        raise input_error(
            f"Inference-Header-Content-Length must be the size of the JSON in bytes, from 1 to "
            f"the {len(body)} of the body; found {shown(header)}."
        )
    return body[: int(header)], memoryview(body)[int(header) :]


def read_numbers(data: memoryview, shape: Sequence[int], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """The array of *shape* that *data* holds, without a copy where the memory is aligned.

    *data* must have the right size.
    """
    # The JSON before it has any length, and not every consumer of an array takes any address.
    return np.require(np.frombuffer(data, dtype).reshape(shape), requirements="A")


def read_texts(name: str, data: memoryview, count: int) -> list[str]:
    """The *count* texts of type BYTES that *data* of the input *name* holds; raises InputError."""
    texts: list[str] = []
    start = 0
    while start < len(data) and len(texts) < count:
        begin = start + _LENGTH.size
        # What is cut off within a length has none.
        end = begin + (_LENGTH.unpack_from(data, start)[0] if begin <= len(data) else 0)
        try:
            texts.append(str(data[begin:end], "utf-8"))
        except UnicodeDecodeError as error:
            raise input_error(
                f"{name}[{len(texts)}] must be UTF-8: {error.reason} at its byte {error.start}."
            ) from None
        start = end
    if start != len(data) or len(texts) != count:
        raise input_error(
            f"Input {shown(name)} must hold {count} texts of type BYTES, each after its length in "
            f"four bytes; its {len(data)} bytes are not as many."
        )
    return texts


def encode_text(text: str) -> bytes:
    """Type BYTES: UTF-8 after its length in four bytes, little-endian."""
    encoded = text.encode()
    return _LENGTH.pack(len(encoded)) + encoded
