"""The hours that may still change: the counts of each worker, in bounded memory."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from gatekeeper.live.left_out import LeftOut
from gatekeeper.live.turn import Place, Turn
from gatekeeper.live.version_sum import VersionSum, add_sums, count_numbers
from gatekeeper.live.worker_hours import Identity, identify_hour, read_hour
from shared.contract.layout import StoreLayout, live_hour_name
from shared.errors import StoreError

MAX_OPEN_NUMBERS = 2**24
"""The most numbers of all workers in hours that may change, 8 bytes each."""

_ENTRY = 64
"""Numbers that take as much memory as a worker without counts."""

_Known = dict[str, tuple[Identity, list[VersionSum]]]


class OpenHours:
    """The newest counts of each worker in each hour that may change."""

    def __init__(self, layout: StoreLayout, left_out: LeftOut) -> None:
        self.changed = set[datetime]()
        """The hours that changed since somebody emptied this set."""
        self._layout = layout
        self._left_out = left_out
        self._hours = dict[datetime, _Known]()
        self._numbers = 0
        self._looked = set[Place]()
        """The places without counts that were looked at."""
        self._known_turn, self._other_turn = Turn(), Turn()

    def has(self, worker: str, hour: datetime) -> bool:
        """Return whether the hour of *worker* is among those that may change."""
        return worker in self._hours.get(hour, {})

    def sum(self, hour: datetime) -> list[VersionSum]:
        """Add up all workers in *hour*."""
        known = self._hours.get(hour, {})
        return add_sums(each for _, sums in known.values() for each in sums)

    def read(
        self,
        hours: Sequence[datetime],
        workers: Sequence[str],
        seconds: float,
        was_read: Callable[[str, datetime], bool],
    ) -> bool:
        """Read what changed, for about *seconds*; return whether all were looked at before.

        Workers that counted in an hour have half of the time, and those that may begin to count
        have the rest.
        """
        begin = time.monotonic()
        known = [(hour, worker) for hour, found in self._hours.items() for worker in found]
        others = {(hour, worker) for hour in hours for worker in workers} - set(known)
        self._looked &= others
        for places, turn, deadline in (
            (known, self._known_turn, begin + seconds / 2),
            (others, self._other_turn, begin + seconds),
        ):
            for hour, worker in turn.walk(sorted(places)):
                if not was_read(worker, hour):
                    self.read_if_changed(hour, worker)
                self._looked.add((hour, worker))
                if time.monotonic() >= deadline:
                    break
        return others <= self._looked

    def read_if_changed(self, hour: datetime, worker: str) -> Identity | None:
        """Read the counts of a worker; return the identity of the file, or None without one.

        Counts that cannot be used are left out, and those of an earlier reading stay.
        """
        known = self._hours.get(hour, {}).get(worker)
        old = known[1] if known else []
        name = f"{worker}/{live_hour_name(hour)}"
        try:
            found = identify_hour(self._layout, worker, hour)
        except OSError as error:  # the next refresh tries it again
            self._left_out.add(name, error)
            return None
        if found is None or (known and known[0] == found):
            return found
        try:
            sums = read_hour(self._layout, worker, hour)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._left_out.add(name, error)
            return None
        except StoreError as error:
            self._left_out.add(name, error)
            sums = old
        else:
            self._left_out.remove(name)
        if self._keep(hour, worker, found, sums):
            return found
        self._left_out.add(
            name,
            f"The newest counts of {name} are left out until the hour is finished: the "
            f"gatekeeper keeps at most {MAX_OPEN_NUMBERS:,} numbers of hours that may change.",
        )
        if known:
            self._keep(hour, worker, found, old)  # read again only after a change
        return found

    def finish(
        self, before: datetime, deadline: float, is_quiet: Callable[[Identity], bool]
    ) -> Iterator[tuple[datetime, str, list[VersionSum]]]:
        """Take out the workers that no longer change an hour before *before*, until *deadline*."""
        for hour, worker in self._places(before):
            found = self.read_if_changed(hour, worker)
            if found is None or is_quiet(found):
                yield hour, worker, self._take(hour, worker)
            if time.monotonic() >= deadline:
                return

    def forget(self, oldest: datetime) -> None:
        """Drop the hours before *oldest*."""
        for hour, worker in self._places(oldest):
            self._take(hour, worker)

    def _places(self, before: datetime) -> list[Place]:
        hours = sorted(hour for hour in self._hours if hour < before)
        return [(hour, worker) for hour in hours for worker in self._hours[hour]]

    def _keep(self, hour: datetime, worker: str, found: Identity, sums: list[VersionSum]) -> bool:
        """Keep the newest reading; return False if all together are too large."""
        known = self._hours.get(hour, {}).get(worker)
        grown = _size(sums) - (_size(known[1]) if known else 0)
        if grown > 0 and self._numbers + grown > MAX_OPEN_NUMBERS:
            return False
        self._numbers += grown
        self._hours.setdefault(hour, {})[worker] = found, sums
        self.changed.add(hour)
        return True

    def _take(self, hour: datetime, worker: str) -> list[VersionSum]:
        _, sums = self._hours[hour].pop(worker)
        if not self._hours[hour]:
            del self._hours[hour]
        self._numbers -= _size(sums)
        self.changed.add(hour)
        return sums


def _size(sums: list[VersionSum]) -> int:
    return _ENTRY + count_numbers(sums)
