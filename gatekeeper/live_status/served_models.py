"""The artefact and the reference of models in the store, read once for each change."""

import os
import threading
from dataclasses import dataclass

from shared.contract.documents import Artefact
from shared.contract.layout import REFERENCE
from shared.errors import ModelNotFoundError, StoreError
from shared.live.reference import Reference
from shared.live.reference_file import read_reference
from shared.store.models import read_artefact
from shared.store.store import ModelStore

_MOST = 4
"""The most models that are kept in memory: production and its predecessor are shown."""
_NO_REFERENCE = (
    "Its candidate has no reference: a trainer of an earlier release published it. "
    "Train again with make retrain, and the next model has one."
)


@dataclass(frozen=True)
class ServedModel:
    """A model of the store, or the reason why it cannot be compared."""

    artefact: Artefact | None
    reference: Reference | None
    sha256: str | None
    """The SHA-256 of reference.json, which live counts name."""
    problem: str | None
    """Why nothing can be compared with a reference; None if there is a reference."""


class ServedModels:
    """A cache of models, for any thread."""

    def __init__(self, store: ModelStore) -> None:
        self._layout = store.layout
        self._lock = threading.Lock()
        self._known = dict[str, tuple[object, ServedModel]]()

    def find(self, digest: str) -> ServedModel:
        """Return the model with *digest*; its problem says what cannot be read."""
        identity = self._identify(digest)
        with self._lock:
            known = self._known.get(digest)
        if known and known[0] == identity:
            return known[1]
        found = self._read(digest)
        with self._lock:
            self._known.pop(digest, None)
            self._known[digest] = identity, found
            while len(self._known) > _MOST:
                del self._known[next(iter(self._known))]
        return found

    def _identify(self, digest: str) -> object:
        try:
            status = os.lstat(self._layout.model(digest) / REFERENCE)
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns

    def _read(self, digest: str) -> ServedModel:
        directory = self._layout.model(digest)
        try:
            artefact = read_artefact(directory, digest)
        except ModelNotFoundError:
            return _without("The store no longer has its model.")
        except (StoreError, OSError) as error:
            return _without(str(error))
        try:
            found = read_reference(directory, artefact)
        except (StoreError, OSError) as error:
            return _without(str(error), artefact)
        if found is None:
            return _without(_NO_REFERENCE, artefact)
        return ServedModel(artefact, found.reference, found.sha256, None)


def _without(problem: str, artefact: Artefact | None = None) -> ServedModel:
    return ServedModel(artefact, None, None, problem)
