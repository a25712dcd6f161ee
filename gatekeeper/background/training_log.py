"""training.log: every run's scores and every decision, one JSON object a line, for people.

Derived from the decision log alone, so that it can be written anew at any time.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from typing import Any

from shared.contract import strict_json
from shared.contract.documents import Decision
from shared.contract.layout import StoreLayout
from shared.errors import StoreError
from shared.store.decision_log import LogEntry
from shared.store.durable_write import append_line, replace_file
from shared.store.verified_read import read_document


def decision_lines(decision: Decision) -> Iterator[dict[str, Any]]:
    """What the log says about one decision: the run that led to it, if one did, and itself."""
    decided_at = decision.model_dump(mode="json")["decided_at"]
    if decision.candidate_id is not None:
        yield {
            "event": "run",
            "decided_at": decided_at,
            "candidate_id": decision.candidate_id,
            "selected": decision.model_name,
            "candidates": decision.scores.get("candidates", {}),
        }
    yield {
        "event": "decision",
        "decided_at": decided_at,
        "number": decision.number,
        "candidate_id": decision.candidate_id,
        "model_name": decision.model_name,
        "outcome": decision.outcome,
        "version": decision.registry.version if decision.registry else None,
        "metric": decision.metric,
        "challenger": decision.scores.get("challenger"),
        "champion": decision.scores.get("champion"),
        "reasons": [check.message for check in decision.failed],
    }


class TrainingLog:
    """The one file that grows in place. Only a gatekeeper writes it, and after the commit."""

    def __init__(self, layout: StoreLayout) -> None:
        self._path = layout.training_log
        self._written: tuple[int, tuple[int, int] | None] | None = None

    def catch_up(self, entries: tuple[LogEntry, ...]) -> None:
        """Append what is missing, a torn line's end too; rebuild the file if it says else.

        Raises StoreWriteError.
        """
        if self._written == (len(entries), self._identity()):
            return
        wanted = encode_log(entry.decision for entry in entries)
        found = self._read(len(wanted))
        if found is None or not wanted.startswith(found):
            replace_file(self._path, wanted)
        elif found != wanted:
            append_line(self._path, wanted[len(found) :])
        self._written = (len(entries), self._identity())

    def _read(self, max_bytes: int) -> bytes | None:
        try:
            return read_document(self._path, max_bytes=max_bytes)
        except (StoreError, FileNotFoundError):
            return None

    def _identity(self) -> tuple[int, int] | None:
        """Tells a file that was replaced or that has grown from the one that was written."""
        try:
            status = os.lstat(self._path)
        except FileNotFoundError:
            return None
        return (status.st_ino, status.st_size) if stat.S_ISREG(status.st_mode) else None


def encode_log(decisions: Iterable[Decision]) -> bytes:
    """The whole file for *decisions*, oldest first."""
    return b"".join(
        strict_json.encode_line(line) for decision in decisions for line in decision_lines(decision)
    )
