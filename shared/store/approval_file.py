"""waiting.json: the candidates that wait for a person. Owner: the gatekeeper.

Derived from what the gatekeeper has in memory, so that a trainer need not wait for a decision
that only a person can make. Nothing follows from it: it may be deleted at any time.
"""

import contextlib
from collections.abc import Sequence

from shared.contract.document import Document
from shared.contract.documents import CandidateId
from shared.contract.layout import StoreLayout
from shared.errors import StoreError
from shared.store.durable_write import replace_file
from shared.store.verified_read import read_document


class ApprovalList(Document):
    """waiting.json: what passed every check and is not decided."""

    candidates: tuple[CandidateId, ...]


class ApprovalFile:
    """The file, as its owner and its readers see it."""

    def __init__(self, layout: StoreLayout) -> None:
        self._path = layout.awaiting_approval

    def ids(self) -> tuple[str, ...]:
        """The candidates that wait; none where the file is not there or cannot be read."""
        with contextlib.suppress(StoreError):
            return self.read()
        return ()

    def read(self) -> tuple[str, ...]:
        """The candidates that wait; raises StoreError where the file cannot be read."""
        try:
            return ApprovalList.decode(read_document(self._path), self._path).candidates
        except FileNotFoundError:
            return ()

    def write(self, candidate_ids: Sequence[str]) -> None:
        """Say which wait, if the file says else; no file says that none does.

        Raises StoreWriteError or OSError.
        """
        wanted = ApprovalList(candidates=tuple(candidate_ids)).encode() if candidate_ids else None
        found = self._read()
        if wanted is None and found is not None:
            self._path.unlink(missing_ok=True)
        elif wanted is not None and found != wanted:
            replace_file(self._path, wanted)

    def _read(self) -> bytes | None:
        try:
            return read_document(self._path)
        except FileNotFoundError:
            return None
        except StoreError:
            return b""
