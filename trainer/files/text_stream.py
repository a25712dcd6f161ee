"""Open the bytes of a CSV file, plain or compressed with gzip."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from shared.table_form.file_kinds import HEAD_BYTES

_MOST_LINES = 1000
_LONGEST_LINE = 1 << 16


def is_compressed(path: Path) -> bool:
    """Say whether the name promises a file that is compressed with gzip."""
    return path.name.lower().endswith(".gz")


def open_bytes(path: Path) -> IO[bytes]:
    """Open the text of a file as bytes. A compressed file that was cut off raises EOFError."""
    return cast("IO[bytes]", gzip.open(path)) if is_compressed(path) else path.open("rb")


def read_head(path: Path) -> tuple[bytes, bool]:
    """Return the first bytes of the text, and whether they are all of it."""
    with open_bytes(path) as file:
        head = file.read(HEAD_BYTES + 1)
    return head[:HEAD_BYTES], len(head) <= HEAD_BYTES


def list_special_lines(path: Path) -> Iterator[bytes]:
    """Yield the first lines with characters that are not in ASCII, and those not in UTF-8."""
    special = broken = 0
    with open_bytes(path) as file:
        while broken < _MOST_LINES and (line := file.readline(_LONGEST_LINE)):
            if line.isascii():
                continue
            is_broken = not _is_utf_8(line)
            special, broken = special + 1, broken + is_broken
            if is_broken or special <= _MOST_LINES:
                yield line


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
