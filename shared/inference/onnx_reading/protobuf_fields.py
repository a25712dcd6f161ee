"""Read the fields of a protobuf message without its schema. The bytes are untrusted."""

import re
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""The wire types of protobuf."""
MORE = 0x80
"""The bit of a byte that says that another byte follows."""


def read_fields(
    message: memoryview, skipped: "re.Pattern[bytes] | None" = None
) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of each field; raise IndexError or ValueError if one is cut off.

    Whole fields that match *skipped* are left out, much faster than they could be read.
    """
    index = 0
    while index < len(message):
        if skipped is not None and (found := skipped.match(message, index)) is not None:
            index = found.end()
            continue
        tag, index = read_varint(message, index)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, index = read_varint(message, index)
            yield number, value
            continue
        size = {FIXED64: 8, FIXED32: 4}.get(kind)
        if kind == BYTES:
            size, index = read_varint(message, index)
        if size is None or size > len(message) - index:
            raise ValueError("this is not a protobuf message")
        yield number, message[index : index + size]
        index += size


def read_varint(message: memoryview, index: int) -> tuple[int, int]:
    """Return the number at *index*, and the index after it."""
    number = 0
    for shift in range(0, 70, 7):
        byte = message[index]
        index += 1
        number |= (byte & ~MORE) << shift
        if byte < MORE:
            return number, index
    raise ValueError("a number has at most ten bytes")
