"""waiting.json: the candidates that await a person's approval. Owner: the gatekeeper.

The gatekeeper writes its list here, so that a trainer does not wait for a person's decision.
Nothing is derived from this file: it may be deleted at any time.
"""

import contextlib
from collections.abc import Sequence

from shared.contract.document import Document
from shared.contract.field_types import CandidateId
from shared.contract.layout import StoreLayout
from shared.errors import StoreError
from shared.store.durable_write import replace_file
from shared.store.verified_read import read_document


class ApprovalList(Document):
    """waiting.json: candidates that passed every check and are not decided."""

    candidates: tuple[CandidateId, ...]


class ApprovalFile:
    """The file waiting.json, for its owner and its readers."""

    def __init__(self, layout: StoreLayout) -> None:
        self._path = layout.awaiting_approval

    def ids(self) -> tuple[str, ...]:
        """Return the candidates in the file; none if it is missing or cannot be read."""
        with contextlib.suppress(StoreError):
            return self.read()
        return ()

    def read(self) -> tuple[str, ...]:
        """Return the candidates in the file; raise StoreError if it cannot be read."""
        try:
            return ApprovalList.decode(read_document(self._path), self._path).candidates
        except FileNotFoundError:
            return ()

    def write(self, candidate_ids: Sequence[str]) -> None:
        """Write *candidate_ids* if they changed; remove the file if there are none.

        Raises StoreWriteError or OSError.
        """
        new = ApprovalList(candidates=tuple(candidate_ids)).encode() if candidate_ids else None
        old = self._read()
        if new is None and old is not None:
            self._path.unlink(missing_ok=True)
        elif new is not None and old != new:
            replace_file(self._path, new)

    def _read(self) -> bytes | None:
        try:
            return read_document(self._path)
        except FileNotFoundError:
            return None
        except StoreError:
            return b""
