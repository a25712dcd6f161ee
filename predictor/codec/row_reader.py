"""Read request bodies into rows, fast: a valid body costs microseconds.

`strict_parser` reads all other bodies again and says what is wrong. The model's features decide
which reader is used: `numeric_reader` or `mixed_reader`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain

import msgspec
import numpy as np

from predictor.codec.input_schema import InputSchema
from predictor.codec.request_ids import RequestId
from predictor.codec.strict_parser import PredictRequest, read_strictly
from shared.inference.servable import Rows

MAX_CHUNK_BYTES = 1 << 16
"""Bytes of JSON decoded in one call; between two calls other threads get the interpreter."""
MAX_CHUNK_ROWS = 1024
"""Rows decoded in one call."""


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
        with suppress(*NOT_PLAIN_ERRORS):
            return self._read_fast(body)
        # Outside the handler: the exception keeps everything that was read in memory.
        return read_strictly(body, self.schema)

    def _read_fast(self, body: bytes) -> PredictRequest:
        content = _UNDECODED.decode(body)
        features, instances = content.features, content.instances
        if isinstance(instances, msgspec.UnsetType):
            if isinstance(features, msgspec.UnsetType):
                raise NotPlainError
            rows, colons = self._read_all_rows([features])
        else:
            if not isinstance(features, msgspec.UnsetType):
                raise NotPlainError
            rows, colons = self._read_all_rows(instances)
        many = instances is not msgspec.UNSET
        ids = _take_ids(content, len(rows), many=many)
        if ids is not None:
            in_ids = sum(text.count(":") for text in ids)
            if in_ids and b"\\" in body:
                raise NotPlainError
            colons += 1 + in_ids
        if not self._has_colons(body, 1 + colons):
            raise NotPlainError
        return PredictRequest(rows, many, ids)

    def _has_colons(self, body: bytes, count: int) -> bool:
        """Check that no key is repeated: of equal keys, msgspec silently keeps the last.

        A repeated key adds a colon. An escaped colon in a string could hide one, so strings
        with colons are only trusted in a body without escapes.
        """
        return body.count(b":") == count and not (self._has_colon_strings and b"\\" in body)

    def _read_all_rows(self, undecoded: list[msgspec.Raw]) -> tuple[Rows, int]:
        if not undecoded:
            raise NotPlainError
        parts, colons = [], 0
        for text, count in _split_into_chunks(undecoded):
            # Before decoding: a row may have millions of values too many.
            if text.count(b",") >= count * self._commas:
                raise NotPlainError
            rows, row_colons = self._read_rows(text)
            parts.append(rows)
            colons += row_colons
        return (parts[0] if len(parts) == 1 else np.concatenate(parts)), colons


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


def _split_into_chunks(undecoded: Sequence[msgspec.Raw]) -> Iterator[tuple[bytes, int]]:
    """Yield JSON lists of rows with their lengths; a very large row has a list of its own."""
    chunk: list[msgspec.Raw] = []
    size = 0
    for row in undecoded:
        if chunk and (size + len(row) > MAX_CHUNK_BYTES or len(chunk) == MAX_CHUNK_ROWS):
            yield b"[" + b",".join(chunk) + b"]", len(chunk)
            chunk, size = [], 0
        chunk.append(row)
        size += len(row)
    yield b"[" + b",".join(chunk) + b"]", len(chunk)
