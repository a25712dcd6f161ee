"""Publish a candidate again under a new id, as a trainer would after an equal training."""

from datetime import UTC, datetime

from shared.contract.documents import Manifest
from shared.contract.layout import MANIFEST
from shared.store.candidates import new_candidate_id
from shared.store.store import ModelStore


class CandidateCopies:
    """A candidate of a store in memory, ready to be published many times."""

    def __init__(self, store: ModelStore, candidate_id: str) -> None:
        self._store = store
        self._manifest: Manifest = store.candidates.manifest(candidate_id)
        directory = store.layout.candidate(candidate_id)
        self._files = {
            path.name: path.read_bytes() for path in directory.iterdir() if path.name != MANIFEST
        }

    def publish(self) -> str:
        """Publish a copy, and return its id."""
        candidate_id = new_candidate_id(datetime.now(UTC))
        manifest = self._manifest.model_copy(update={"candidate_id": candidate_id})
        self._store.candidates.publish(manifest, self._files)
        return candidate_id
