"""A thread that publishes segments, also those of workers that are gone, and removes old ones."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from predictor.prediction_log.current_segment import CurrentSegment
from predictor.prediction_log.old_segments import remove_if_empty, remove_old_segments
from shared.contract.layout import WORKER, StoreLayout, parse_hidden_segment_name
from shared.prediction_log.hidden_segments import publish_segment
from shared.store.durable_write import read_clock
from shared.store.verified_read import list_names
from shared.text import shorten, to_printable

logger = logging.getLogger(__name__)

ROUND_SECONDS = 10.0
"""Seconds between two looks at the segments of workers that are gone."""
PRUNE_SECONDS = 60.0
"""Seconds between two removals of old segments, if this worker publishes none."""
_FEWEST_SECONDS = 1.0
"""Fewest seconds between two removals: each lists all segments."""
QUIET_SECONDS = 10.0
"""Age in seconds of the hidden segment of another worker that is published."""
_MAX_REASON = 300


class LogKeeper:
    """Keeps the segments in order. No error ends it, and serving goes on."""

    def __init__(
        self,
        layout: StoreLayout,
        worker: str,
        segment: CurrentSegment,
        *,
        days: int,
        max_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._layout = layout
        self._worker = worker
        self._segment = segment
        self._days = days
        self._max_bytes = max_bytes
        self._clock = clock
        self._looked = self._pruned = -PRUNE_SECONDS
        self._has_published = False
        self._failing: set[str] = set()
        self._stopping = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-keeper", daemon=True)

    def start(self) -> None:
        """Work until `stop`."""
        self._thread.start()

    def wake(self) -> None:
        """Publish this worker's finished segments now. Returns at once."""
        self._wake.set()

    def stop(self, patience_seconds: float) -> None:
        """Publish the last segments; wait for this at most *patience_seconds*.

        Others publish what is left, when this worker has no heartbeat any more.
        """
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(patience_seconds)

    def work(self) -> None:
        """Publish finished segments; now and then look at others, and remove old ones."""
        self._attempt("Segments of the prediction log cannot be published", self._publish_own)
        now = self._clock()
        if now - self._looked >= ROUND_SECONDS:
            self._looked = now
            self._attempt("Segments of workers that are gone cannot be published", self._adopt)
        wait = _FEWEST_SECONDS if self._has_published else PRUNE_SECONDS
        if now - self._pruned >= wait:
            self._pruned = now
            self._attempt("Old segments of the prediction log cannot be removed", self._prune)
            self._has_published = False

    def _run(self) -> None:
        while not self._stopping:
            with contextlib.suppress(Exception):  # even the report may find no memory
                self.work()
            self._wake.wait(_FEWEST_SECONDS if self._has_published else ROUND_SECONDS)
            self._wake.clear()
        self._attempt("Segments of the prediction log cannot be published", self._publish_own)

    def _publish_own(self) -> None:
        directory = self._layout.predictions / self._worker
        # First the names: a segment that is begun meanwhile is not among them.
        names = _list_hidden(directory)
        present = self._segment.number if self._segment.is_open else 0
        for name in names:
            if parse_hidden_segment_name(name) != present:
                publish_segment(directory, name)
                self._has_published = True

    def _adopt(self) -> None:
        """Publish what workers without a heartbeat have left."""
        workers = self._list_workers()
        gone = workers - self._list_living()
        if not gone:
            return
        now = read_clock(self._layout.serving)
        for worker in sorted(gone):
            directory = self._layout.predictions / worker
            for name in _list_hidden(directory):
                with contextlib.suppress(FileNotFoundError):
                    if now - os.lstat(directory / name).st_mtime > QUIET_SECONDS:
                        publish_segment(directory, name)
            remove_if_empty(directory, now)

    def _prune(self) -> None:
        workers = self._list_workers()
        if not workers or not (self._has_published or self._leads(workers)):
            return
        now = read_clock(self._layout.serving)
        remove_old_segments(
            self._layout.predictions, sorted(workers), now, self._days, self._max_bytes
        )

    def _leads(self, workers: set[str]) -> bool:
        """Return whether this worker removes for all: a thousand must not list a million files."""
        living = self._list_living() | {self._worker}
        return self._worker == min(living & workers or living)

    def _list_workers(self) -> set[str]:
        return {*filter(WORKER.fullmatch, _list(self._layout.predictions))}

    def _list_living(self) -> set[str]:
        names = _list(self._layout.serving)
        return {name.removesuffix(".json") for name in names} | {self._worker}

    def _attempt(self, failure: str, action: Callable[[], None]) -> None:
        """Do *action*. Log a failure once, not at each attempt."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 - this thread survives every error
            if failure not in self._failing:
                reason = to_printable(str(error) or type(error).__name__)
                logger.warning("%s; serving goes on: %s", failure, shorten(reason, _MAX_REASON))
            self._failing.add(failure)
        else:
            self._failing.discard(failure)


def _list(directory: Path) -> list[str]:
    try:
        return list_names(directory)
    except FileNotFoundError:
        return []


def _list_hidden(directory: Path) -> list[str]:
    return [name for name in _list(directory) if parse_hidden_segment_name(name) is not None]
