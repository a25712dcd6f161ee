"""Request bodies to rows, quickly: a body that is as it should be costs microseconds.

Whatever is not plainly right is read again by `strict_rows`, which says what is wrong. What a
row may hold decides which reader is quick: `number_rows` or `mixed_rows`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import suppress

import msgspec
import numpy as np

from predictor.codec.strict_parser import PredictRequest, read_strictly
from shared.contract.documents import Feature
from shared.inference.servable import Rows

MAX_CHUNK_BYTES = 1 << 16
"""JSON decoded in one call: the interpreter is free for other threads between two calls."""
MAX_CHUNK_ROWS = 1024
"""And rows at most."""


class _UnreadBody(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What a body may hold; its rows are read later."""

    features: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    instances: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET


_UNREAD = msgspec.json.Decoder(_UnreadBody)


class NotPlainError(Exception):
    """The strict reader has to say what this is."""


NOT_PLAIN_ERRORS = (NotPlainError, msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class BodyReader(ABC):
    """Reads bodies for one model of *features*."""

    def __init__(self, features: Sequence[Feature]) -> None:
        self._features = tuple(features)
        self._names = tuple(feature.name for feature in features)
        texts = [text for feature in features for text in feature.categories or ()]
        self._colons = len(self._names) + sum(name.count(":") for name in self._names)
        self._has_colon_texts = any(":" in text for text in (*self._names, *texts))
        self._commas = sum(
            1
            + feature.name.count(",")
            + max((t.count(",") for t in feature.categories or ()), default=0)
            for feature in features
        )

    @abstractmethod
    def read_one(self, body: bytes) -> list[float] | None:
        """What a row holds, of a body that is plainly one row; its range is not checked.

        None for any other body: `read` tells whether it is right.
        """

    @abstractmethod
    def _rows(self, text: bytes) -> tuple[Rows, int]:
        """The rows of a JSON list, and the colons that must stand in it.

        Raises one of NOT_PLAIN for what is not plainly right, or beyond float32's range.
        """

    def read(self, body: bytes) -> PredictRequest:
        """The rows of *body*, finite where they are not missing, and within float32's range.

        InputError says what is wrong.
        """
        with suppress(*NOT_PLAIN_ERRORS):
            return self._read_quickly(body)
        # Not while the error is handled: it holds all that was read.
        return read_strictly(body, self._features)

    def _read_quickly(self, body: bytes) -> PredictRequest:
        content = _UNREAD.decode(body)
        features, instances = content.features, content.instances
        if isinstance(instances, msgspec.UnsetType):
            if isinstance(features, msgspec.UnsetType):
                raise NotPlainError
            rows, colons = self._all_rows([features])
        else:
            if not isinstance(features, msgspec.UnsetType):
                raise NotPlainError
            rows, colons = self._all_rows(instances)
        if not self._has_colons(body, 1 + colons):
            raise NotPlainError
        return PredictRequest(rows, many=instances is not msgspec.UNSET)

    def _has_colons(self, body: bytes, count: int) -> bool:
        """Whether no key stands twice: of two equal ones msgspec keeps the last in silence.

        A second one has a colon too many; a text's own colon, escaped, would make up for it.
        """
        return body.count(b":") == count and not (self._has_colon_texts and b"\\" in body)

    def _all_rows(self, unread: list[msgspec.Raw]) -> tuple[Rows, int]:
        if not unread:
            raise NotPlainError
        parts, colons = [], 0
        for text, count in _chunks(unread):
            # Told before they are read: a row may hold millions of values too many.
            if text.count(b",") >= count * self._commas:
                raise NotPlainError
            rows, found = self._rows(text)
            parts.append(rows)
            colons += found
        return (parts[0] if len(parts) == 1 else np.concatenate(parts)), colons


def _chunks(unread: Sequence[msgspec.Raw]) -> Iterator[tuple[bytes, int]]:
    """JSON lists of rows, each with how many; a row that is too large for one has its own."""
    chunk: list[msgspec.Raw] = []
    size = 0
    for row in unread:
        if chunk and (size + len(row) > MAX_CHUNK_BYTES or len(chunk) == MAX_CHUNK_ROWS):
            yield b"[" + b",".join(chunk) + b"]", len(chunk)
            chunk, size = [], 0
        chunk.append(row)
        size += len(row)
    yield b"[" + b",".join(chunk) + b"]", len(chunk)
