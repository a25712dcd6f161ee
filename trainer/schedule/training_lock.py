"""The lock of a training: no training of the waiting trainer runs beside another one.

Trainings that people start may run at the same time. They share the lock. The waiting trainer locks
it exclusively, and its child inherits the locked file.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from shared.contract.layout import StoreLayout
from shared.errors import StoreWriteError
from shared.training.file_lock import FileLock
from trainer.console import Console

_PAUSE_SECONDS = 0.2


@contextmanager
def hold_training_lock(
    layout: StoreLayout, inherited: int | None, console: Console
) -> Iterator[None]:
    """Hold the lock during the block; *inherited* is the descriptor of a file that is locked.

    Without locks, or without the rights to make the file, the block runs anyway.
    """
    if inherited is not None:
        os.set_inheritable(inherited, False)
        try:
            yield
        finally:
            os.close(inherited)
        return
    try:
        lock = FileLock(layout.training_lock)
    except (OSError, StoreWriteError):
        yield
        return
    try:
        _share(lock, console)
        yield
    finally:
        lock.close()


def _share(lock: FileLock, console: Console) -> None:
    is_waiting = False
    try:
        while not lock.try_shared():
            if not is_waiting:
                console.line("A training by schedule runs on this store. This one waits for it.")
                is_waiting = True
            console.show_progress("Waiting for the other training")
            time.sleep(_PAUSE_SECONDS)
    except OSError:  # the file system has no locks
        return
