"""The first reference of a model stays, because workers count in its bins.

A later candidate with the same digest gives its own only to a model without a usable one.
"""

import logging
from pathlib import Path

from shared.contract.layout import REFERENCE
from shared.errors import DocumentError, StoreError
from shared.live.reference_file import FoundReference, read_reference
from shared.store.durable_write import replace_file
from shared.store.models import read_artefact
from shared.store.store import ModelStore
from shared.store.verified_read import read_verified
from shared.volume.transient_errors import is_transient

logger = logging.getLogger(__name__)


def brings_first_reference(store: ModelStore, digest: str, copy: Path) -> bool:
    """Return whether only the candidate in *copy*, not its model, has a usable reference.

    A reference of a newer release is usable, and so is one that cannot be read now. Raises
    StoreError or OSError if a later attempt may succeed, such as after too many open files.
    """
    if not (copy / REFERENCE).exists():
        return False
    try:
        return _read(store, digest, copy) is None
    except DocumentError:  # damaged
        return True
    except (StoreError, OSError) as error:
        if is_transient(error):
            raise
        logger.warning(
            "The reference of the model %s stays, although it cannot be read: %s "
            "If it is worthless, delete it and train again.",
            *(digest, error),
        )
        return False


def keep_first_reference(store: ModelStore, digest: str, copy: Path) -> None:
    """Replace the reference in *copy* by that of the model with *digest*, if it has a usable one.

    So it also survives if the model is damaged and published again. Raises StoreWriteError.
    """
    try:
        found = _read(store, digest, copy)
    except (StoreError, OSError):
        return
    if found is not None:
        data = read_verified(store.models.directory(digest), found.descriptor)
        replace_file(copy / REFERENCE, data)


def _read(store: ModelStore, digest: str, copy: Path) -> FoundReference | None:
    return read_reference(store.models.directory(digest), read_artefact(copy, digest))
