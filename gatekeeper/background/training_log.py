"""training.log: the scores of every run and every decision, for people.

Each line is a JSON object. The file follows from the decision log and can be rebuilt at any time.
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
    """Return the lines for one decision: the run that led to it, if any, and the decision."""
    decided_at = decision.model_dump(mode="json")["decided_at"]
    if decision.candidate_id is not None:
        yield {
            "event": "run",
            "decided_at": decided_at,
            "candidate_id": decision.candidate_id,
            "selected": decision.model_name,
            "candidates": decision.scores.get("candidates", {}),
        }
    line = {
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
    if decision.not_checked:
        line["not_checked"] = [check.name for check in decision.not_checked]
    yield line


class TrainingLog:
    """The only file that grows in place. Only a gatekeeper writes it, after each commit."""

    def __init__(self, layout: StoreLayout) -> None:
        self._path = layout.training_log
        self._written: tuple[int, tuple[int, int] | None] | None = None

    def catch_up(self, entries: tuple[LogEntry, ...]) -> None:
        """Append missing lines and complete a torn last line; raises StoreWriteError.

        Rebuild the file if it contradicts the log.
        """
        if self._written == (len(entries), self._identity()):
            return
        expected = encode_log(entry.decision for entry in entries)
        found = self._read(len(expected))
        if found is None or not expected.startswith(found):
            replace_file(self._path, expected)
        elif found != expected:
            append_line(self._path, expected[len(found) :])
        self._written = (len(entries), self._identity())

    def _read(self, max_bytes: int) -> bytes | None:
        try:
            return read_document(self._path, max_bytes=max_bytes)
        except (StoreError, FileNotFoundError):
            return None

    def _identity(self) -> tuple[int, int] | None:
        """Return inode and size, which change when the file is replaced or grows."""
        try:
            status = os.lstat(self._path)
        except FileNotFoundError:
            return None
        return (status.st_ino, status.st_size) if stat.S_ISREG(status.st_mode) else None


def encode_log(decisions: Iterable[Decision]) -> bytes:
    """Encode the whole file for *decisions*, oldest first."""
    return b"".join(
        strict_json.encode_line(line) for decision in decisions for line in decision_lines(decision)
    )
