"""Record in deletions.json that something was deleted, and not what.

The record is written before the deletion. So a `make forget` that is killed leaves no deletion
without a record. If it is repeated, it records again the rows that it had not deleted.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from datetime import UTC, datetime

from shared.contract.layout import StoreLayout
from shared.errors import DeletionError
from shared.prediction_log.deletions import MAX_DELETIONS, Deletion, Deletions
from shared.store.durable_write import replace_file
from shared.store.verified_read import read_document


@contextlib.contextmanager
def only_deletion(layout: StoreLayout) -> Iterator[None]:
    """Hold the lock of deletions; raise DeletionError if another process has it."""
    descriptor = os.open(layout.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DeletionError(
                "Another `make forget` runs on this store. Wait for its end, then repeat this one."
            ) from error
        except OSError:  # this mount has no locks on directories
            pass
        yield
    finally:
        os.close(descriptor)


def record_deletion(layout: StoreLayout, *, rows: int, labels: int, exported_rows: int) -> None:
    """Append an entry with these numbers.

    Raises DocumentError if deletions.json is invalid, UnsafeFileError or StoreWriteError.
    """
    try:
        record = Deletions.decode(read_document(layout.deletions), layout.deletions)
    except FileNotFoundError:
        record = Deletions(deletions=())
    now = datetime.now(UTC)
    entry = Deletion(at=now, rows=rows, labels=labels, exported_rows=exported_rows)
    kept = (*record.deletions, entry)[-MAX_DELETIONS:]
    replace_file(layout.deletions, record.model_copy(update={"deletions": kept}).encode())
    owner, own = layout.root.stat(), layout.deletions.lstat()
    if own.st_uid != owner.st_uid and os.geteuid() == 0:  # the gatekeeper owns the store's root
        os.chown(layout.deletions, owner.st_uid, owner.st_gid)
