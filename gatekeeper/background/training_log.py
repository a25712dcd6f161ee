"""training.log: the scores of every run and every decision, for people.

Each line is a JSON object. The file follows from the decision log and can be rebuilt at any time.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from shared.contract import strict_json
from shared.contract.documents import Decision
from shared.contract.layout import StoreLayout
from shared.errors import StoreError
from shared.store.decision_log import LogEntry
from shared.store.durable_write import append_line, replace_file
from shared.store.verified_read import read_document

CHANGED_ANSWERS = "changed-answers"
"""The id of the check that observes how many answers differ from production's."""


def decision_lines(decision: Decision) -> Iterator[dict[str, Any]]:
    """Return the lines for one decision: the run that led to it, if any, and the decision."""
    decided_at = decision.model_dump(mode="json", include={"decided_at"})["decided_at"]
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
    for check in decision.checks:
        if check.name == CHANGED_ANSWERS and isinstance(check.observed, Mapping):
            line["changed_answers"] = check.observed.get("share")
    if decision.not_checked:
        line["not_checked"] = [check.name for check in decision.not_checked]
    yield line


class _Identity(NamedTuple):
    """The facts that change when the file is replaced, grows or is edited."""

    inode: int
    size: int
    changed_ns: int


class TrainingLog:
    """The only file that grows in place. Only a gatekeeper writes it, after each commit."""

    def __init__(self, layout: StoreLayout) -> None:
        self._path = layout.training_log
        self._lines_of = 0
        self._written: _Identity | None = None
        """The file with the lines of this many entries; None if it must be compared."""

    def catch_up(self, entries: Sequence[LogEntry]) -> None:
        """Append missing lines and complete a torn last line; raises StoreWriteError.

        Rebuild the file if it contradicts the log. Without changes by others, only new entries
        are encoded, and nothing is read.
        """
        found = self._identify()
        if found is None or found != self._written or self._lines_of > len(entries):
            self._compare(entries)
        elif self._lines_of < len(entries):
            new = encode_log(entry.decision for entry in entries[self._lines_of :])
            append_line(self._path, new)
            self._note(len(entries), found.inode, found.size + len(new))

    def _compare(self, entries: Sequence[LogEntry]) -> None:
        """Read the whole file, and make it the one that follows from *entries*."""
        expected = encode_log(entry.decision for entry in entries)
        found = self._read(len(expected))
        if found is None or not expected.startswith(found):
            replace_file(self._path, expected)
        elif found != expected:
            append_line(self._path, expected[len(found) :])
        self._note(len(entries), None, len(expected))

    def _note(self, count: int, inode: int | None, size: int) -> None:
        """Note what is written, unless another gatekeeper wrote at the same time."""
        found = self._identify()
        is_ours = found is not None and found.size == size and inode in {None, found.inode}
        self._lines_of, self._written = count, found if is_ours else None

    def _read(self, max_bytes: int) -> bytes | None:
        try:
            return read_document(self._path, max_bytes=max_bytes)
        except (StoreError, FileNotFoundError):
            return None

    def _identify(self) -> _Identity | None:
        try:
            status = os.lstat(self._path)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        return _Identity(status.st_ino, status.st_size, status.st_mtime_ns)


def encode_log(decisions: Iterable[Decision]) -> bytes:
    """Encode the whole file for *decisions*, oldest first."""
    return b"".join(
        strict_json.encode_line(line) for decision in decisions for line in decision_lines(decision)
    )
