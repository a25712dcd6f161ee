"""Reading all of a candidate, as a check and a backup do."""

from shared.contract.documents import Manifest
from shared.contract.layout import MANIFEST, MANIFEST_SIGNATURE
from shared.errors import ArtefactCorruptError
from shared.store.models import read_model
from shared.store.store import ModelStore
from shared.store.verified_read import verify_file


def verify_candidate(store: ModelStore, candidate_id: str) -> Manifest:
    """The manifest of a candidate whose every file was read and is as described, with no other.

    Raises StoreError that names the first fault, or OSError when it is removed meanwhile.
    """
    directory = store.layout.candidate(candidate_id)
    manifest = store.candidates.manifest(candidate_id)
    read_model(directory, manifest.digest)
    for file in manifest.files:
        verify_file(directory, file)
    described = {MANIFEST, MANIFEST_SIGNATURE, *(file.name for file in manifest.files)}
    for path in sorted(directory.iterdir()):
        if path.name not in described:
            raise ArtefactCorruptError(f"{path} is named by no document.")
    return manifest
