"""Answer rows with a model that may fail on some of them, and find these rows."""

import time
from collections import deque
from dataclasses import dataclass

import numpy as np

from gatekeeper.sandbox.child_main import Observer, observe_nothing
from gatekeeper.sandbox.live_rows.answers_file import (
    ANSWERED,
    NOT_FINITE,
    RAISED,
    Table,
    find_valid,
)
from shared.contract.documents import Artefact
from shared.errors import ServableError
from shared.inference.servable import Predictions, Rows, Servable

_FIRST_ROWS = 8
"""Rows of the first call, which a slow model answers too."""
_CALL_ROWS = 1024
"""The most rows of a call; the size doubles while a call takes little time."""
_CALL_SHARE = 0.02
"""The share of the remaining time that a call takes at most before a larger one is tried."""
_MOST_FAILURES = 2000
"""Calls that may fail while failing rows are looked for. Other rows of such calls stay untried."""


def answer_rows(
    servable: Servable,
    artefact: Artefact,
    rows: Rows,
    table: Table,
    until: float,
    *,
    observe: Observer = observe_nothing,
) -> None:
    """Write the states of *rows*, their predictions and their probabilities to *table*.

    A call that fails is repeated for each half of its rows, so that the failing rows are found.
    At *until*, on the monotonic clock, the other rows are left untried.

    Args:
        servable: The model.
        artefact: Its artefact.
        rows: Shape [n, features]; the first rows are answered first.
        table: Shape [n, 2 + classes]; see `answers_file`.
        until: The end of the time for this.
        observe: Gets the rows that were tried, and all rows, after each call.
    """
    search = _Search(servable, artefact, rows, table, until)
    start, size = 0, _FIRST_ROWS
    while start < len(rows) and (begun := time.monotonic()) < until:
        part = slice(start, min(start + size, len(rows)))
        search.answer(part)
        start = part.stop
        observe(start, len(rows))
        if time.monotonic() - begun < _CALL_SHARE * (until - begun):
            size = min(2 * size, _CALL_ROWS)


@dataclass
class _Search:
    """The answers of one model, and the number of its calls that failed."""

    servable: Servable
    artefact: Artefact
    rows: Rows
    table: Table
    until: float
    failures: int = 0

    def answer(self, part: slice) -> None:
        """Answer the rows of *part*, in halves where a call fails."""
        waiting = deque([part])
        while waiting and time.monotonic() < self.until:
            each = waiting.popleft()
            try:
                self.table[each, 1:] = _predict(self.servable, self.artefact, self.rows[each])
            except Exception:  # noqa: BLE001 - a model may raise anything
                self.failures += 1
                middle = (each.start + each.stop) // 2
                if middle == each.start:
                    self.table[each, 0] = RAISED
                elif self.failures < _MOST_FAILURES:
                    halves = slice(middle, each.stop), slice(each.start, middle)
                    waiting.extendleft(halves)
                continue
            is_valid = find_valid(self.table[each, 1:], self.artefact)
            self.table[each, 0] = np.where(is_valid, ANSWERED, NOT_FINITE)


def _predict(servable: Servable, artefact: Artefact, rows: Rows) -> Table:
    """Return predictions and probabilities, shape [n, 1 + classes]; NaN without probabilities."""
    found = servable.predict(rows)
    expected = (len(rows), len(artefact.classes))
    answers = np.full((len(rows), 1 + len(artefact.classes)), np.nan)
    _require_shapes(found, artefact, expected)
    answers[:, 0] = found.values
    if artefact.has_probabilities and found.probabilities is not None:
        answers[:, 1:] = found.probabilities
    return answers


def _require_shapes(found: Predictions, artefact: Artefact, expected: tuple[int, int]) -> None:
    probabilities = found.probabilities
    has_shape = probabilities is not None and probabilities.shape == expected
    if found.values.shape != expected[:1] or (artefact.has_probabilities and not has_shape):
        raise ServableError(f"The predictions for {expected[0]} rows have another shape.")
