"""Bodies of replies in parts; a large body is encoded while it is sent.

A small request can have an answer of 200 MB. Only its predictions are in memory, as numbers, and
the piece that the client reads next.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from predictor.loop_turns import give_turn

NUMBER_BYTES = 24
"""About the most bytes of a number in JSON."""
PIECE_BYTES = 1 << 16
"""About the most bytes that are encoded at once."""
_WHOLE_BYTES = 1 << 18
"""Bytes of the largest body that is one piece."""
_KEPT_BYTES = 8 << 20
"""Bytes of the largest body that is encoded only once."""
_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, eq=False)
class JsonElements:
    """Elements of an array as JSON without the outer brackets. Each iteration encodes them."""

    values: npt.NDArray[Any]
    row_bytes: int = NUMBER_BYTES
    """About the most bytes of an element."""
    labels: Sequence[str] = ()
    """If there are labels, the values are their indices."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield the elements in pieces, with commas between them."""
        separator = b""
        for rows in cut_rows(len(self.values), self.row_bytes):
            elements = self.values[rows].tolist()
            if self.labels:
                elements = [self.labels[index] for index in elements]
            yield separator + _ENCODER.encode(elements)[1:-1]
            separator = b","


@dataclass(frozen=True, eq=False)
class BinaryElements:
    """Elements of a flat array without separators. Each iteration encodes them."""

    values: npt.NDArray[Any]
    dtype: np.dtype[Any]
    row_bytes: int = NUMBER_BYTES
    encoded_labels: Sequence[bytes] = ()
    """If there are labels, the values are their indices."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield the elements in pieces."""
        for rows in cut_rows(len(self.values), self.row_bytes):
            if self.encoded_labels:
                yield b"".join([self.encoded_labels[index] for index in self.values[rows].tolist()])
            else:
                yield self.values[rows].astype(self.dtype, copy=False).tobytes()


Part = bytes | JsonElements | BinaryElements
"""A part of a body."""


class AnswerPieces:
    """A body whose length is known and whose bytes may not exist yet."""

    def __init__(self, parts: Sequence[Part], held: int) -> None:
        """Encode the body once, to find its length. *held* is the memory of its *parts*."""
        self._parts = parts
        self._kept: list[bytes] | None = []
        self.size = 0
        """Bytes of the body."""
        for piece in _iterate(parts):
            self.size += len(piece)
            if self.size > _KEPT_BYTES:
                self._kept = None
            if self._kept is not None:
                self._kept.append(piece)
        self.held = held if self._kept is None else self.size
        """Bytes of memory that the body needs until it is sent."""

    def __iter__(self) -> Iterator[bytes]:
        """Encode the body."""
        return _iterate(self._parts) if self._kept is None else iter(self._kept)


def make_body(parts: Sequence[Part], held: int) -> bytes | AnswerPieces:
    """Return the body of these *parts*; as bytes, if it is not large.

    *held* is the memory of the parts, in bytes.
    """
    pieces = AnswerPieces(parts, held)
    return b"".join(pieces) if pieces.size <= _WHOLE_BYTES else pieces


def count_size(parts: Sequence[Part]) -> int:
    """Return the number of bytes of these *parts*."""
    return sum(map(len, _iterate(parts)))


def join_parts(parts: Sequence[Part]) -> bytes:
    """Return the bytes of these *parts*."""
    return b"".join(_iterate(parts))


def _iterate(parts: Sequence[Part]) -> Iterator[bytes]:
    pieces: Iterable[Iterable[bytes]] = (
        (part,) if isinstance(part, bytes) else part for part in parts
    )
    for piece in chain.from_iterable(pieces):
        yield piece
        give_turn()


def cut_rows(rows: int, row_bytes: int) -> Iterator[slice]:
    """Yield slices of *rows*, each of about PIECE_BYTES if a row takes *row_bytes*."""
    step = max(1, PIECE_BYTES // max(1, row_bytes))
    yield from (slice(start, end) for start, end in pairwise([*range(0, rows, step), rows]))
