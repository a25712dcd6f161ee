"""The history of production: what all workers counted in each hour of the last days."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gatekeeper.live.finished_hours import MAX_SUMS, FinishedHours
from gatekeeper.live.left_out import LeftOut
from gatekeeper.live.open_hours import OpenHours
from gatekeeper.live.read_marks import HOUR
from gatekeeper.live.unread_hours import UnreadHours
from gatekeeper.live.version_sum import HourSum, VersionSum, add_sums
from gatekeeper.live.volume_clock import VolumeClock
from gatekeeper.live.worker_hours import Identity, identify_hour, list_workers, read_hour
from shared.contract.layout import StoreLayout, live_hour_name
from shared.errors import StoreError

OPEN = timedelta(hours=1, minutes=10)
"""Time from the beginning of an hour until it is finished, if its file no longer changes."""
QUIET_SECONDS = 600.0
"""Age of a file, by the volume's clock, at which it is read for good."""
REFRESH_SECONDS = 0.1
"""Seconds that one refresh reads; the rest is read by the next ones."""


def utc_now() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


class LiveHistory:
    """The summed hours of a store, for any thread.

    A finished hour is read once. An hour that still changes is kept for each worker and read
    again when its file was replaced.
    """

    def __init__(
        self, layout: StoreLayout, days: int = 30, clock: Callable[[], datetime] = utc_now
    ) -> None:
        """Keep the hours of the last *days*."""
        self._layout = layout
        self._kept = timedelta(days=days)
        self._clock = clock
        self._volume_clock = VolumeClock(layout.root)
        self._lock = threading.Lock()
        self._left_out = LeftOut()
        self._finished = FinishedHours(_hour_of(clock()) - self._kept, self._left_out)
        self._open = OpenHours(layout, self._left_out)
        self._unread = UnreadHours(layout, self._left_out)
        self._published = dict[datetime, list[VersionSum]]()
        """The sums that readers see, replaced as a whole after each refresh."""
        self._is_complete = False

    def refresh(self, seconds: float = REFRESH_SECONDS) -> bool:
        """Read what is new for about *seconds*; return whether nothing is left to read.

        Half of the time is for hours that may change, and half for finished ones. So neither
        waits for the other. Another thread that refreshes now makes this call return at once.
        Raises OSError if live/ cannot be listed.
        """
        if not self._lock.acquire(blocking=False):
            return False
        try:
            return self._refresh(seconds)
        finally:
            self._lock.release()

    def hours(self, since: datetime, until: datetime) -> list[HourSum]:
        """Return the hours that begin in [*since*, *until*), in ascending order.

        An hour without counts is left out.
        """
        found = self._published
        return [
            HourSum(hour, found[hour])
            for hour in sorted(found)
            if since <= hour < until and found[hour]
        ]

    @property
    def is_complete(self) -> bool:
        """Whether the last refresh left nothing to read."""
        return self._is_complete

    @property
    def left_out(self) -> tuple[str, ...]:
        """Sentences about the files that are left out: invalid, unreadable, or too many."""
        return self._left_out.sentences

    def _refresh(self, seconds: float) -> bool:
        begin, now = time.monotonic(), self._clock()
        workers = list_workers(self._layout)
        self._finished.forget(now - self._kept, workers)
        self._open.forget(now - self._kept)

        def is_wanted(worker: str, hour: datetime) -> bool:
            return now - self._kept <= hour < now - OPEN and not self._is_known(worker, hour)

        is_listed = self._unread.list(workers, begin + seconds / 4, is_wanted)
        is_read = self._open.read(_open_hours(now), workers, seconds / 4, self._finished.has)
        for hour, worker, sums in self._open.finish(
            now - OPEN, begin + seconds * 3 / 4, self._is_quiet
        ):
            if sums:  # otherwise the next listing finds it
                self._finished.add(hour, worker, sums)
        is_empty = self._read_finished(now, begin + seconds)
        self._is_complete = is_listed and is_read and is_empty
        self._publish()
        return self._is_complete

    def _publish(self) -> None:
        """Let readers see the new sums; add up only the hours that changed."""
        published = dict(self._published)
        for hour in self._finished.changed | self._open.changed:
            finished, sums = self._finished.sums.get(hour, ()), self._open.sum(hour)
            published[hour] = add_sums([*finished, *sums[-MAX_SUMS:]])
            if not published[hour]:
                del published[hour]
        self._finished.changed.clear()
        self._open.changed.clear()
        self._published = published

    def _read_finished(self, now: datetime, deadline: float) -> bool:
        """Read the finished hours that were not read, the newest first."""
        while place := self._unread.take():
            hour, worker = place
            if hour >= now - self._kept and not self._is_known(worker, hour):
                self._read_for_good(hour, worker)
            if time.monotonic() >= deadline:
                break
        return not self._unread

    def _read_for_good(self, hour: datetime, worker: str) -> None:
        """Read a finished hour; while its file is young, it counts as one that may change."""
        name = f"{worker}/{live_hour_name(hour)}"
        try:
            found = identify_hour(self._layout, worker, hour)
            if found is None:
                return
            if self._is_quiet(found):
                self._finished.add(hour, worker, read_hour(self._layout, worker, hour))
            else:
                self._open.read_if_changed(hour, worker)
        except FileNotFoundError:
            return
        except StoreError as error:
            self._left_out.add(name, error)
            self._finished.note(worker, hour)
        except OSError as error:  # the next listing tries it again
            self._left_out.add(name, error)

    def _is_known(self, worker: str, hour: datetime) -> bool:
        return self._finished.has(worker, hour) or self._open.has(worker, hour)

    def _is_quiet(self, found: Identity) -> bool:
        return abs(self._volume_clock() - found.changed_ns / 1e9) >= QUIET_SECONDS


def _hour_of(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)


def _open_hours(now: datetime) -> list[datetime]:
    """Return the hours that may still change, also by a worker whose clock is ahead."""
    hours, hour = [], _hour_of(now) + HOUR
    while hour >= now - OPEN:
        hours.append(hour)
        hour -= HOUR
    return hours
