"""Verify every file of a candidate, for checks and backups."""

from shared.contract.documents import Manifest
from shared.contract.layout import MANIFEST, MANIFEST_SIGNATURE
from shared.errors import ArtefactCorruptError
from shared.store.models import read_model
from shared.store.store import ModelStore
from shared.store.verified_read import verify_file


def verify_candidate(store: ModelStore, candidate_id: str) -> Manifest:
    """Read and verify every file of a candidate, and return its manifest.

    Raises:
        StoreError: A file is damaged, or no document describes it; the message names it.
        OSError: The candidate was removed at the same time.
    """
    directory = store.layout.candidate(candidate_id)
    manifest = store.candidates.manifest(candidate_id)
    read_model(directory, manifest.digest)
    for file in manifest.files:
        verify_file(directory, file)
    described = {MANIFEST, MANIFEST_SIGNATURE, *(file.name for file in manifest.files)}
    for path in sorted(directory.iterdir()):
        if path.name not in described:
            raise ArtefactCorruptError(f"{path} is not described by any document.")
    return manifest
