"""Request bodies to rows, quickly: a body that is as it should be costs microseconds.

Whatever is not plainly right is read again by `strict_rows`, which says what is wrong.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TypeAlias

import msgspec
import numpy as np

from predictor.strict_rows import LARGEST, Query, read_strictly
from shared.servable import Rows

CHUNK_BYTES = 1 << 16
"""JSON decoded in one call: the interpreter is free for other threads between two calls."""
CHUNK_ROWS = 1024
"""And rows at most."""

_Row: TypeAlias = list[float] | dict[str, float]


class _Body(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What a body may hold; msgspec takes numbers alone for float, no booleans or strings."""

    features: _Row | msgspec.UnsetType = msgspec.UNSET
    instances: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET


class _UnreadBody(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The same, but its rows are read later."""

    features: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    instances: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET


_BODY = msgspec.json.Decoder(_Body)
_UNREAD = msgspec.json.Decoder(_UnreadBody)
_ROWS = msgspec.json.Decoder(list[_Row])


class _NotPlainlyRightError(Exception):
    """The strict reader has to say what this is."""


_NOT_PLAIN = (_NotPlainlyRightError, msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class RowReader:
    """Reads bodies for one model, whose features are *names* in order."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._colons = len(self._names) + sum(name.count(":") for name in self._names)
        self._has_colon_names = self._colons > len(self._names)
        self._commas = len(self._names) + sum(name.count(",") for name in self._names)

    def read_one(self, body: bytes) -> list[float] | None:
        """The numbers of a body that is plainly one row, in order; their range is not checked.

        None for any other body: `read` tells whether it is right.
        """
        try:
            content = _BODY.decode(body)
        except _NOT_PLAIN:
            return None
        row = content.features
        if content.instances is not msgspec.UNSET or row is msgspec.UNSET:
            return None
        if type(row) is list:
            is_plain = len(row) == len(self._names) and body.count(b":") == 1
            return row if is_plain else None
        try:
            row, colons = self._in_order(row)
        except _NotPlainlyRightError:
            return None
        return row if self._has_colons(body, 1 + colons) else None

    def read(self, body: bytes) -> Query:
        """The rows of *body*, finite and within float32's range; InputError says what is wrong."""
        with suppress(*_NOT_PLAIN):
            return self._read_quickly(body)
        # Not while the error is handled: it holds all that was read.
        return read_strictly(body, self._names)

    def _read_quickly(self, body: bytes) -> Query:
        content = _UNREAD.decode(body)
        features, instances = content.features, content.instances
        if isinstance(instances, msgspec.UnsetType):
            if isinstance(features, msgspec.UnsetType):
                raise _NotPlainlyRightError
            rows, colons = self._all_rows([features])
        else:
            if not isinstance(features, msgspec.UnsetType):
                raise _NotPlainlyRightError
            rows, colons = self._all_rows(instances)
        if not self._has_colons(body, 1 + colons):
            raise _NotPlainlyRightError
        return Query(rows, many=instances is not msgspec.UNSET)

    def _has_colons(self, body: bytes, count: int) -> bool:
        """Whether no key stands twice: of two equal ones msgspec keeps the last in silence.

        A second one has a colon too many; a name's own colon, escaped, would make up for it.
        """
        return body.count(b":") == count and not (self._has_colon_names and b"\\" in body)

    def _all_rows(self, unread: list[msgspec.Raw]) -> tuple[Rows, int]:
        if not unread:
            raise _NotPlainlyRightError
        parts, colons = [], 0
        for text, count in _chunks(unread):
            # Told before they are read: a row may hold millions of numbers too many.
            if text.count(b",") >= count * self._commas:
                raise _NotPlainlyRightError
            rows, found = self._rows(_ROWS.decode(text))
            parts.append(rows)
            colons += found
        return (parts[0] if len(parts) == 1 else np.concatenate(parts)), colons

    def _rows(self, given: list[_Row]) -> tuple[Rows, int]:
        """The rows in the features' order, and the colons that their names need."""
        found = [self._in_order(row) for row in given]
        rows = np.array([row for row, _ in found], dtype=np.float64)
        if not np.abs(rows).max() <= LARGEST:
            raise _NotPlainlyRightError
        return rows, sum(colons for _, colons in found)

    def _in_order(self, row: _Row) -> tuple[list[float], int]:
        if len(row) != len(self._names):
            raise _NotPlainlyRightError
        if not isinstance(row, dict):
            return row, 0
        try:
            return [row[name] for name in self._names], self._colons
        except KeyError:
            raise _NotPlainlyRightError from None


def _chunks(unread: Sequence[msgspec.Raw]) -> Iterator[tuple[bytes, int]]:
    """JSON lists of rows, each with how many; a row that is too large for one has its own."""
    chunk: list[msgspec.Raw] = []
    size = 0
    for row in unread:
        if chunk and (size + len(row) > CHUNK_BYTES or len(chunk) == CHUNK_ROWS):
            yield b"[" + b",".join(chunk) + b"]", len(chunk)
            chunk, size = [], 0
        chunk.append(row)
        size += len(row)
    yield b"[" + b",".join(chunk) + b"]", len(chunk)
