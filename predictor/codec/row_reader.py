"""Read request bodies into rows, fast: a valid body costs microseconds.

`strict_parser` reads what is not plain again and says what is wrong: the whole of a small body,
or single rows. The model's features decide which reader is used: `numeric_reader` or
`mixed_reader`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain

import msgspec
import numpy as np

from predictor.codec.input_schema import InputSchema
from predictor.codec.request_ids import RequestId
from predictor.codec.row_pieces import (
    PIECE_BYTES,
    Span,
    find_cut,
    find_next_row,
    find_rows,
    has_more,
    has_unique_names,
)
from predictor.codec.strict_parser import PredictRequest, SeenRows, StrictBody, read_strictly
from predictor.codec.strict_row import check_rows
from predictor.loop_turns import give_turn
from shared.inference.servable import Rows

_LONG_ROW_BYTES = 2 * PIECE_BYTES
"""Bytes of a piece whose commas are counted before it is decoded."""
_LONG_TEXT = 4096
"""Bytes of a text whose colons numpy counts faster."""
_MAX_QUOTES = 16
"""Quotes around the keys of a body."""
_MAX_VALUES = 1 << 20
"""Brackets and commas in a body that is decoded as a whole."""


class _UndecodedBody(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The keys of a body; its rows are decoded later."""

    features: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    instances: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    id: RequestId | msgspec.UnsetType = msgspec.UNSET
    ids: list[RequestId] | msgspec.UnsetType = msgspec.UNSET


_UNDECODED = msgspec.json.Decoder(_UndecodedBody)


class NotPlainError(Exception):
    """The fast reader cannot read this; the strict parser decides whether it is valid."""


NOT_PLAIN_ERRORS = (NotPlainError, msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class BodyReader(ABC):
    """Reads bodies for one model."""

    def __init__(self, schema: InputSchema) -> None:
        self.schema = schema
        self._names = tuple(feature.name for feature in schema.features)
        strings = [[text for text in codes if text] for codes in schema.strings]
        self._colons = len(self._names) + sum(name.count(":") for name in self._names)
        self._has_colon_strings = any(":" in text for text in chain(self._names, *strings))
        self._commas = sum(
            1 + name.count(",") + max((text.count(",") for text in known), default=0)
            for name, known in zip(self._names, strings, strict=True)
        )

    @abstractmethod
    def read_one(self, body: bytes) -> list[float] | None:
        """Read a plain body with one row, in the features' order; range not checked.

        Returns None for any other body: pass that to `read`.
        """

    @abstractmethod
    def _read_rows(self, text: bytes) -> tuple[Rows, int]:
        """Read the rows of a JSON list, and count the colons that it must contain.

        Raises one of NOT_PLAIN_ERRORS, also for a number outside float32's range.
        """

    def read(self, body: bytes) -> PredictRequest:
        """Read the rows of *body*: finite or missing, and within float32's range.

        Raises InputError that says what is wrong.
        """
        is_small = len(body) <= PIECE_BYTES
        span = None if is_small else find_rows(body)
        if span is None and (is_small or _has_few_values(body)):
            with suppress(*NOT_PLAIN_ERRORS):
                return self._read_fast(body)
            span = find_rows(body)
        give_turn()
        # Outside the handler: the exception keeps everything that was read in memory.
        return read_strictly(body, self.schema) if span is None else self._read_pieces(body, span)

    def _read_pieces(self, body: bytes, span: Span) -> PredictRequest:
        """Read many rows piece by piece. Only rows that are not plain are read strictly."""
        parts: list[Rows] = []
        number, at, size, is_searching = 0, span.start, PIECE_BYTES, False
        strict: StrictBody | None = None
        while at < span.end:
            give_turn()
            end = find_cut(body, at, size, span.end)
            rows = self._read_piece(body[at:end])
            if rows is not None:
                is_searching &= size > 0  # then the other half has the row that is not plain
                size = size // 2 if is_searching else min(2 * size + 1, PIECE_BYTES)
            elif size and find_cut(body, at, 0, span.end) < end:
                is_searching, size = True, min(size, end - at) // 2
                continue
            else:
                strict = strict or StrictBody(body)
                row, end = strict.read_row(at, number, self.schema)
                rows = np.array([row], dtype=np.float64)
                is_searching, size = False, 0  # the next row may be like this one
            parts.append(rows)
            number += len(rows)
            check_rows(number, self.schema)
            at = find_next_row(body, end)
            if at == end:  # the list ends here, or is broken
                break
        read = np.concatenate(parts)
        give_turn()
        parts, strict = [], None  # the strict parser needs their memory
        with suppress(*NOT_PLAIN_ERRORS):
            return self._read_rest(body[: span.start] + body[end:], read)
        return read_strictly(body, self.schema, SeenRows(read, end))

    def _read_piece(self, piece: bytes) -> Rows | None:
        """Read the rows of a piece; None if one of them is not plain."""
        # Before decoding: a row may have millions of values too many.
        if len(piece) > _LONG_ROW_BYTES and piece.count(b",") >= self._commas:
            return None
        with suppress(*NOT_PLAIN_ERRORS):
            text = b"[%b]" % piece
            rows, colons = self._read_rows(text)
            return rows if self._has_colons(text, colons) or has_unique_names(text) else None
        return None

    def _read_rest(self, rest: bytes, rows: Rows) -> PredictRequest:
        """Read a body without its *rows*. Raises one of NOT_PLAIN_ERRORS for any mistake."""
        # Before decoding: there may be millions of ids.
        give_turn()
        if rest.count(b'"') - 2 * rest.count(b'\\"') > 2 * len(rows) + _MAX_QUOTES:
            raise NotPlainError
        content = _UNDECODED.decode(rest)
        if content.instances or not isinstance(content.features, msgspec.UnsetType):
            raise NotPlainError
        ids = _take_ids(content, len(rows), many=True)
        self._check_colons_of_rest(rest, ids)
        return PredictRequest(rows, True, ids)

    def _read_fast(self, body: bytes) -> PredictRequest:
        content = _UNDECODED.decode(body)
        give_turn()  # the body may be one string of megabytes
        features, instances = content.features, content.instances
        many = not isinstance(instances, msgspec.UnsetType)
        if many != isinstance(features, msgspec.UnsetType):
            raise NotPlainError
        undecoded = [features] if isinstance(instances, msgspec.UnsetType) else instances
        rows, colons = self._read_all_rows(undecoded)  # type: ignore[arg-type]  # the check above excludes UNSET
        ids = _take_ids(content, len(rows), many=many)
        self._check_colons_of_rest(body, ids, colons)
        return PredictRequest(rows, many, ids)

    def _check_colons_of_rest(
        self, body: bytes, ids: Sequence[str] | None, row_colons: int = 0
    ) -> None:
        """Raise NotPlainError if a key may be repeated in *body*, whose rows have *row_colons*."""
        colons = 1 + row_colons
        if ids is not None:
            in_ids = sum(text.count(":") for text in ids)
            if in_ids and b"\\" in body:
                raise NotPlainError
            colons += 1 + in_ids
        if not self._has_colons(body, colons):
            raise NotPlainError

    def _has_colons(self, body: bytes, count: int) -> bool:
        """Check that no key is repeated: of equal keys, msgspec silently keeps the last.

        A repeated key adds a colon. An escaped colon in a string could hide one, so strings
        with colons are only trusted in a body without escapes.
        """
        return _count_colons(body) == count and not (self._has_colon_strings and b"\\" in body)

    def _read_all_rows(self, undecoded: Sequence[msgspec.Raw]) -> tuple[Rows, int]:
        text = b",".join(undecoded)
        # Before decoding: a row may have millions of values too many.
        if not undecoded or text.count(b",") >= len(undecoded) * self._commas:
            raise NotPlainError
        check_rows(len(undecoded), self.schema)
        give_turn()
        return self._read_rows(b"[%b]" % text)


def _count_colons(body: bytes) -> int:
    """Count the colons of *body*; those of a piece, in a quarter of the time of `bytes.count`."""
    if not _LONG_TEXT < len(body) < _LONG_ROW_BYTES:
        return body.count(b":")
    return int(np.count_nonzero(np.frombuffer(body, np.uint8) == ord(":")))


def _has_few_values(body: bytes) -> bool:
    """Report whether a large body can be decoded in one call: probably one row."""
    return not has_more(body, _MAX_VALUES, b"[", b"{", b",")


def _take_ids(content: _UndecodedBody, rows: int, *, many: bool) -> Sequence[str] | None:
    """Return an id for each row, or None without ids. Raises NotPlainError for any mistake."""
    one, each = content.id, content.ids
    if isinstance(one, msgspec.UnsetType):
        if isinstance(each, msgspec.UnsetType):
            return None
        if many and len(each) == rows:
            return each
    elif not many and isinstance(each, msgspec.UnsetType):
        return (one,)
    raise NotPlainError
