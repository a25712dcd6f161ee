"""Read the decision log from a position on, without a look at what is before it."""

import hashlib
from dataclasses import dataclass

from shared.contract.document import StrictModel
from shared.contract.documents import Decision
from shared.contract.field_types import Count, Sha256
from shared.contract.layout import StoreLayout
from shared.errors import LogCorruptError
from shared.store.decision_log import DecisionLog
from shared.store.verified_read import read_document


class LogPosition(StrictModel):
    """The last entry of the log that a follower has passed."""

    number: Count
    """The number of the entry; 0 before the first one."""
    sha256: Sha256 | None
    """The SHA-256 of the entry; None before the first one."""


BEGINNING = LogPosition(number=0, sha256=None)
"""The position before the first entry."""


@dataclass(frozen=True)
class TailEntry:
    """One decision, and the position after it."""

    decision: Decision
    position: LogPosition


class LogTail:
    """A reader of single entries. It keeps nothing in memory, so any thread may use it."""

    def __init__(self, layout: StoreLayout) -> None:
        self._layout = layout

    def end(self) -> LogPosition:
        """Return the position after the newest entry.

        Raises OSError or StoreError if the log cannot be read.
        """
        numbers = DecisionLog(self._layout).numbers_on_disk()
        entry = self.read(numbers[-1]) if numbers else None
        return entry.position if entry else BEGINNING

    def has(self, position: LogPosition) -> bool:
        """Return whether this log has the entry of *position*: another store has another log."""
        if position == BEGINNING:
            return True
        entry = self.read(position.number)
        return entry is not None and entry.position == position

    def after(self, position: LogPosition) -> TailEntry | None:
        """Return the first entry after *position*, or None at the end of the log.

        Raises LogCorruptError if that entry does not follow *position*, or another StoreError.
        """
        entry = self.read(position.number + 1)
        if entry is not None and entry.decision.previous != position.sha256:
            path = self._layout.decision(entry.position.number)
            raise LogCorruptError(
                f"{path} does not follow the entry that was read before it: the log was altered. "
                "Run `make fsck`."
            )
        return entry

    def read(self, number: int) -> TailEntry | None:
        """Return entry *number*, or None if the log is shorter. Raises OSError or StoreError."""
        path = self._layout.decision(number)
        try:
            data = read_document(path)
        except FileNotFoundError:
            return None
        decision = Decision.decode(data, path)
        if decision.number != number:
            raise LogCorruptError(
                f"{path} contains decision {decision.number}; expected {number}. Run `make fsck`."
            )
        sha256 = hashlib.sha256(data).hexdigest()
        return TailEntry(decision, LogPosition(number=number, sha256=sha256))
