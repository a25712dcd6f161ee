"""The finished hours that wait to be read, found by listing the directories of workers."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from gatekeeper.live.left_out import LeftOut
from gatekeeper.live.turn import Place
from gatekeeper.live.worker_hours import list_hours
from shared.contract.layout import StoreLayout
from shared.errors import StoreError

LIST_SECONDS = 600.0
"""Seconds between two listings of all hours; between them only new workers are listed."""
MAX_WAITING = 200_000
"""The most hours that wait; beyond it, the other workers are listed later."""


class UnreadHours:
    """A queue of hours, the newest first."""

    def __init__(self, layout: StoreLayout, left_out: LeftOut) -> None:
        self._layout = layout
        self._left_out = left_out
        self._listed = set[str]()
        self._waiting = dict[Place, None]()
        self._next_listing = 0.0

    def list(
        self, workers: Sequence[str], deadline: float, is_wanted: Callable[[str, datetime], bool]
    ) -> bool:
        """List new workers, and sometimes all; return whether none is left at *deadline*."""
        self._listed.intersection_update(workers)
        unlisted = [worker for worker in workers if worker not in self._listed]
        if time.monotonic() >= self._next_listing and len(unlisted) in (0, len(workers)):
            self._next_listing = time.monotonic() + LIST_SECONDS
            self._listed, unlisted = set(), list(workers)
        size, left = len(self._waiting), len(unlisted)
        for worker in unlisted:
            if len(self._waiting) >= MAX_WAITING:
                break
            self._list_worker(worker, is_wanted)
            left -= 1
            if time.monotonic() >= deadline:
                break
        if len(self._waiting) > size:
            self._waiting = dict.fromkeys(sorted(self._waiting))
        return not left

    def take(self) -> Place | None:
        """Take the newest hour out of the queue; None if it is empty."""
        return self._waiting.popitem()[0] if self._waiting else None

    def __bool__(self) -> bool:
        """Return whether an hour waits."""
        return bool(self._waiting)

    def _list_worker(self, worker: str, is_wanted: Callable[[str, datetime], bool]) -> None:
        self._listed.add(worker)
        try:
            hours = list_hours(self._layout, worker)
        except (StoreError, OSError) as error:
            self._left_out.add(worker, error)
            return
        for hour in hours:
            if is_wanted(worker, hour):
                self._waiting[hour, worker] = None
