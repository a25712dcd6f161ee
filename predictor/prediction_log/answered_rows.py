"""Answered rows, before they are lines."""

import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from predictor.lifecycle.served_model import ServedModel
from shared.inference.servable import AnyRows, Predictions

_BLOCK_BYTES = 1_000
"""About the memory of a block besides its rows."""

Place: TypeAlias = tuple[int, int]
"""The index of a row and that of a column."""
FindStrings: TypeAlias = Callable[[Sequence[Place]], Sequence[str]]
"""A function that returns the strings that a client sent at some places.

It is called for parts of the rows, in their order.
"""
LoggedReply: TypeAlias = tuple[float, int, list[float], bytes]
"""A reply with one row that is to be logged.

It has the time of the answer in seconds since 1970, the number of the generated id, the row, and
the body without the id.
"""


class ModelCall(NamedTuple):
    """Rows that a version answered in one call."""

    served: ServedModel
    predictions: Predictions
    rows: AnyRows
    """Shape [n, features]."""

    def take(self, places: list[int]) -> "ModelCall":
        """Return a copy of the rows at *places*."""
        values, probabilities = self.predictions.values, self.predictions.probabilities
        chosen = None if probabilities is None else probabilities[places]
        return ModelCall(self.served, Predictions(values[places], chosen), self.rows[places])


class AnsweredRows(NamedTuple):
    """Rows that are to be logged."""

    call: ModelCall
    time: float
    """When the model answered, in seconds since 1970."""
    ids: Sequence[str] | range
    """The id of each row, or the numbers of generated ids."""
    find_strings: FindStrings | None
    """None if all categories are known."""
    sent_bytes: int
    """Bytes of the requests that *find_strings* keeps in memory."""

    def part(self, start: int, end: int) -> "AnsweredRows":
        """Return the rows from *start* to *end*; their strings have other places then."""
        served, predictions, rows = self.call
        probabilities = predictions.probabilities
        chosen = None if probabilities is None else probabilities[start:end]
        part = ModelCall(
            served, Predictions(predictions.values[start:end], chosen), rows[start:end]
        )
        return self._replace(call=part, ids=self.ids[start:end], find_strings=None)

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return len(self.call.rows)

    @property
    def size(self) -> int:
        """About the memory that the rows take, in bytes."""
        probabilities = self.call.predictions.probabilities
        numbers = self.call.rows.nbytes + (0 if probabilities is None else probabilities.nbytes)
        ids = 0 if isinstance(self.ids, range) else sum(map(sys.getsizeof, self.ids))
        return numbers + ids + self.sent_bytes + _BLOCK_BYTES
