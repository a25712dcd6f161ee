"""Read and write training/status.json (owner: the trainer) and the gatekeeper's request."""

import logging
from pathlib import Path
from typing import TypeVar

from shared.contract.document import Document
from shared.contract.layout import StoreLayout
from shared.errors import StoreError
from shared.store.durable_write import make_directory, replace_file
from shared.store.verified_read import read_document
from shared.training.training_status import MAX_TRAINING_BYTES, TrainingRequest, TrainingStatus

logger = logging.getLogger(__name__)
_Kind = TypeVar("_Kind", bound=Document)


class TrainingFiles:
    """The two documents about trainings, for their owners and readers."""

    def __init__(self, layout: StoreLayout) -> None:
        self.layout = layout
        self._warned = dict[Path, str]()
        """The last warning about each file: a look each second must not fill the log."""

    def read_status(self) -> TrainingStatus | None:
        """Return the status, or None without one; raise StoreError or OSError."""
        return _read(self.layout.training_status, TrainingStatus)

    def read_request(self) -> TrainingRequest | None:
        """Return the last request, or None without one; raise StoreError or OSError."""
        return _read(self.layout.training_request, TrainingRequest)

    def find_status(self) -> TrainingStatus | None:
        """Return the status; None, and a warning in the log, if it cannot be used."""
        return self._find(self.layout.training_status, TrainingStatus)

    def find_request(self) -> TrainingRequest | None:
        """Return the last request; None, and a warning in the log, if it cannot be used."""
        return self._find(self.layout.training_request, TrainingRequest)

    def write_status(self, status: TrainingStatus) -> None:
        """Replace the status durably; raise StoreWriteError or OSError."""
        make_directory(self.layout.training)
        replace_file(self.layout.training_status, status.encode())

    def write_request(self, request: TrainingRequest) -> None:
        """Replace the request durably; raise StoreWriteError."""
        replace_file(self.layout.training_request, request.encode())

    def _find(self, path: Path, kind: type[_Kind]) -> _Kind | None:
        try:
            found = _read(path, kind)
        except (StoreError, OSError) as error:
            if self._warned.get(path) != str(error):
                self._warned[path] = str(error)
                logger.warning("This file is left out: %s", error)
            return None
        self._warned.pop(path, None)
        return found


def is_new(request: TrainingRequest | None, status: TrainingStatus | None) -> bool:
    """Say whether no run has begun for *request*."""
    return request is not None and (status is None or status.handled.request != request.id)


def _read(path: Path, kind: type[_Kind]) -> _Kind | None:
    try:
        return kind.decode(read_document(path, max_bytes=MAX_TRAINING_BYTES), path)
    except FileNotFoundError:
        return None
