"""A thread that counts sampled rows, and writes live/<worker>/<hour>.json."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from predictor.live.hour_document import list_versions
from predictor.live.hour_tally import HourTally, RequestSnapshot
from predictor.live.live_counter import LiveCounter
from predictor.live.sampled_rows import SampledRow, count_in_bins
from predictor.metrics.live_metrics import LiveMetrics
from shared.contract.layout import StoreLayout, live_hour_name
from shared.errors import StoreError
from shared.live.hour import LiveHour, VersionCounts
from shared.live.live_hours import LiveHours
from shared.live.old_hours import OldHours, read_time
from shared.text import to_printable

logger = logging.getLogger(__name__)

COLLECT_SECONDS = 1.0
"""Most seconds between two counts of the sampled rows."""
MAX_UNWRITTEN_HOURS = 24
"""The most hours that wait in memory for a volume that cannot be written."""
_PAUSE = 50
"""Writing is followed by a pause of this many times its processor time: it must not slow serving.
Only a model with thousands of features makes that longer than a heartbeat."""


class LiveWriter:
    """Writes the counts of one worker. No error ends it, and serving goes on."""

    def __init__(
        self,
        layout: StoreLayout,
        worker: str,
        counter: LiveCounter,
        metrics: LiveMetrics,
        *,
        write_seconds: float,
        keep_days: int,
    ) -> None:
        self._hours = LiveHours(layout)
        self._old_hours = OldHours(layout, keep_days)
        self._serving = layout.serving
        self._worker = worker
        self._counter = counter
        self._metrics = metrics
        self._seconds = write_seconds
        self._due = 0.0
        self._cleaned_at = ""
        self._failing: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live-counts", daemon=True)

    def start(self) -> None:
        """Count and write until `stop`."""
        self._thread.start()

    def stop(self, patience_seconds: float) -> None:
        """Write the last counts; wait for this at most *patience_seconds*."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(patience_seconds)

    def collect(self) -> None:
        """Count the sampled rows in their bins."""
        self._count(self._counter.take_rows())

    def write(self) -> None:
        """Count the sampled rows, and write each hour with new counts."""
        snapshot = self._counter.snapshot()
        self._count(snapshot.rows)
        unwritten = []
        for hour, versions in snapshot.hours:
            if self._attempt("live counts", "written", partial(self._write, hour, versions)):
                continue
            hour.is_dirty = True
            unwritten.append(hour)
            self._metrics.count_failure()
        self._metrics.show_unwritten(waits=bool(unwritten))
        for hour in unwritten[:-MAX_UNWRITTEN_HOURS]:
            self._counter.drop(hour)
            self._metrics.count_dropped_hour()

    def _run(self) -> None:
        while not self._stopping.wait(min(COLLECT_SECONDS, self._seconds)):
            self._survive(self._work)
        self._survive(self.write)

    def _survive(self, action: Callable[[], object]) -> None:
        with contextlib.suppress(Exception):  # even the report of an error may find no memory
            self._attempt("live counts", "collected", action)

    def _work(self) -> None:
        began, worked = time.monotonic(), time.thread_time()
        if began < self._due:
            self.collect()
            return
        self.write()
        self._remove_old()
        self._due = began + max(self._seconds, _PAUSE * (time.thread_time() - worked))

    def _count(self, rows: Sequence[SampledRow]) -> None:
        def count() -> None:
            count_in_bins(rows)
            self._metrics.count_rows(len(rows))

        self._attempt("rows", "counted", count)

    def _write(self, hour: HourTally, versions: Sequence[RequestSnapshot]) -> None:
        if hour.earlier is None:
            hour.earlier = self._read_earlier(hour)
        self._hours.write(
            LiveHour(
                worker=self._worker,
                hour=hour.begin,
                versions=list_versions(versions, hour.earlier),
            )
        )

    def _read_earlier(self, hour: HourTally) -> dict[int, VersionCounts]:
        """Read what this worker wrote of an hour before its clock was set back to it."""
        try:
            found = self._hours.read(self._worker, live_hour_name(hour.begin))
        except FileNotFoundError:
            return {}
        except StoreError as error:
            logger.warning("The earlier live counts of this hour are lost: %s", error)
            return {}
        return {each.version: each for each in found.versions}

    def _remove_old(self) -> None:
        """Remove old hours at the start, and then once an hour."""
        name = live_hour_name(datetime.now(UTC))
        if name != self._cleaned_at:
            self._cleaned_at = name
            self._attempt("old live counts", "removed", self._remove_old_hours)

    def _remove_old_hours(self) -> None:
        self._old_hours.remove(read_time(self._serving), self._worker)

    def _attempt(self, what: str, done: str, action: Callable[[], object]) -> bool:
        """Do *action*, and report whether it succeeded. Log a failure once, not at each attempt."""
        failure = f"{what} {done}"
        try:
            action()
        except Exception as error:  # noqa: BLE001 - this thread survives every error
            if failure not in self._failing:
                reason = to_printable(str(error) or type(error).__name__)
                logger.warning("Serving goes on, but the %s cannot be %s: %s", what, done, reason)
            self._failing.add(failure)
            return False
        if failure in self._failing:
            logger.info("The %s can be %s again.", what, done)
        self._failing.discard(failure)
        return True
