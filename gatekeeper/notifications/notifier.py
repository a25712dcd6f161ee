"""Run one thread for each receiver, so that a slow or dead one delays no other."""

import contextlib
import fcntl
import logging
import os
import threading
from collections.abc import Sequence

from gatekeeper.notifications.courier import Courier
from gatekeeper.notifications.event_source import EventSource
from gatekeeper.notifications.message import Sender
from gatekeeper.notifications.receivers import Receiver
from gatekeeper.notifications.worker_watch import WorkerWatch
from shared.errors import StoreError
from shared.following.notification_cursor import NotificationCursors
from shared.store.candidates import LEFTOVER_SECONDS, remove_leftovers
from shared.store.store import ModelStore
from shared.text import to_printable

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Seconds between two looks at the heartbeats; a thousand of them take a quarter of a second."""
_ATTEMPTS = 2
"""Attempts to get the lock before another notifier is named."""
_STOP_SECONDS = 3.0
"""Seconds in which running attempts may end. An attempt that is cut off is repeated later."""


class Notifier:
    """All deliveries of one store."""

    def __init__(
        self,
        store: ModelStore,
        receivers: Sequence[Receiver],
        sender: Sender,
        poll_seconds: float,
        stopping: threading.Event,
    ) -> None:
        self._store = store
        self._receivers = receivers
        self._stopping = stopping
        self._workers = WorkerWatch(store.heartbeats)
        self._cursors = NotificationCursors(store.layout)
        source = EventSource(store, self._workers)
        self._couriers = [
            Courier(each, source, self._cursors, sender, idle_seconds=poll_seconds)
            for each in receivers
        ]

    def run(self) -> None:
        """Deliver until the event *stopping* is set."""
        lock = self._wait_for_lock()
        try:
            if not self._stopping.is_set():  # if it is, another notifier may have the lock
                self._deliver()
        finally:
            os.close(lock)

    def _deliver(self) -> None:
        self._clean()
        threads = [
            threading.Thread(target=self._run_courier, args=(each,), daemon=True)
            for each in self._couriers
        ]
        for thread in threads:
            thread.start()
        while not self._stopping.is_set():
            try:
                self._workers.look()
            except OSError as error:
                logger.warning("The heartbeats cannot be read: %s", to_printable(error))
            self._stopping.wait(LOOK_SECONDS)
        for thread in threads:
            thread.join(_STOP_SECONDS / len(threads))

    def _run_courier(self, courier: Courier) -> None:
        while not self._stopping.is_set():
            try:
                seconds = courier.step()
            except Exception:
                logger.exception("A webhook failed, because the notifier has a defect.")
                seconds = 60.0
            self._stopping.wait(seconds)

    def _wait_for_lock(self) -> int:
        """Wait until no other notifier of this host uses the store, or *stopping*. Return the lock.

        Two would send each event twice. The kernel releases the lock of a process that is killed.
        """
        lock = os.open(self._store.layout.notifications, os.O_RDONLY | os.O_DIRECTORY)
        attempts = 0
        while not self._stopping.is_set():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                attempts += 1
                if attempts == _ATTEMPTS:  # a probe holds the lock for a moment
                    logger.warning("Another notifier uses this store. This one waits for its end.")
                self._stopping.wait(1.0)
            except OSError as error:  # a file system without locks
                logger.warning("The store has no locks, so run one notifier: %s", error)
                break
            else:
                break
        return lock

    def _clean(self) -> None:
        """Delete the cursors of receivers that are not configured any more, and old temporaries."""
        with contextlib.suppress(StoreError, OSError):
            remove_leftovers(self._store.layout.notifications, LEFTOVER_SECONDS)
        for name in set(self._cursors.names()) - {each.name for each in self._receivers}:
            logger.info("The receiver %s is not configured any more.", name)
            self._cursors.remove(name)
