"""serving/: the version that each predictor worker wants and serves. Owner: the predictor.

A heartbeat that is unreadable or invalid is left out and named. At most MAX_HEARTBEATS
are read, so that a directory full of them costs a reader little.
"""

import heapq
import os
import time
from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from shared.contract.heartbeat import MAX_HEARTBEAT_BYTES, Heartbeat
from shared.contract.layout import WORKER, StoreLayout
from shared.errors import DocumentError, StoreError
from shared.store.durable_write import make_directory, replace_file
from shared.store.fleet_survey import FleetSurvey, LeftOut
from shared.store.verified_read import DocumentFolder
from shared.store.worker_liveness import WorkerLiveness
from shared.volume.fresh_names import list_directory
from shared.volume.leftovers import is_renamed_by_nfs

MAX_HEARTBEATS = 1000
"""The most heartbeats that are read at once: the newest by the time of the file."""
WATCHED = 32
"""Number of other workers that one worker watches, to remove the heartbeats of those that are gone.
A thousand workers that each watched all others would read a million files. While a worker finds
some that are gone, it watches twice as many each time."""
RECENT_SECONDS = 2.0
"""Longest age in seconds of a survey that is used again. A worker is gone after five beats, so this
delays it little."""
_LEFTOVER_SECONDS = 60.0
"""The age of an abandoned temporary file: writing a heartbeat takes milliseconds."""
_SUFFIX = ".json"


@dataclass(frozen=True)
class _LastSurvey:
    """The last survey of a reader, the tick at which it began, and all names that it found."""

    began: float
    names: frozenset[str]
    survey: FleetSurvey


class Heartbeats:
    """The heartbeats in a store, for any thread."""

    def __init__(self, layout: StoreLayout, clock: Callable[[], float] = time.monotonic) -> None:
        self._layout = layout
        self._liveness = WorkerLiveness(clock)
        self._watched = WorkerLiveness(clock)
        self._window = WATCHED
        self._hidden: dict[str, float] = {}
        self._last: _LastSurvey | None = None

    def write(self, heartbeat: Heartbeat) -> None:
        """Replace one worker's heartbeat, without fsync: it is worthless after a crash."""
        make_directory(self._layout.serving)
        path = self._layout.heartbeat(heartbeat.worker)
        replace_file(path, heartbeat.encode(), durable=False)

    def remove(self, worker: str) -> None:
        """Delete one worker's heartbeat."""
        self._layout.heartbeat(worker).unlink(missing_ok=True)

    def all(self) -> list[Heartbeat]:
        """Return every readable heartbeat, of live and of dead workers."""
        return list(self._read_newest(self._names()).heartbeats)

    def live(self) -> list[Heartbeat]:
        """Return the heartbeats of the workers that are alive or not judged yet."""
        return _find_live(self.survey())

    def recently_live(self) -> list[Heartbeat]:
        """Return the same as `live` according to a recent survey."""
        return _find_live(self.recent_survey())

    def survey(self) -> FleetSurvey:
        """Read the newest heartbeats, and judge which workers are alive.

        The first survey of a reader judges nobody: it compares with those before it.
        """
        began = self._liveness.clock()
        names = self._names()
        survey = self._read_newest(names)
        found = self._liveness.judge(survey.heartbeats, began)
        survey = replace(survey, live=found.live, unjudged=found.unjudged)
        self._last = _LastSurvey(began, frozenset(names), survey)
        return survey

    def recent_survey(self) -> FleetSurvey:
        """Return the last survey if it is recent and no worker came or went; otherwise make one.

        It costs a list of names instead of a read of each heartbeat. Use it for what a worker never
        changes, such as its versions: its name belongs to one process. Its models may have changed.
        """
        last = self._last
        if last is None or self._liveness.clock() - last.began > RECENT_SECONDS:
            return self.survey()
        return last.survey if last.names == frozenset(self._names()) else self.survey()

    def remove_dead(self, worker: str) -> int:
        """Delete heartbeats whose workers are gone, and temporary files of writers that died.

        Return the number of heartbeats that were there.
        The caller is *worker*. It watches those before it in the order of names, the first worker
        the last ones. If a worker was only silent, its next heartbeat makes the file again.
        """
        began = self._watched.clock()
        names = self._names()
        others = self._read(_names_before(worker, names, self._window)).heartbeats
        found = self._watched.judge(others, began)
        gone = [each.worker for each in others if each.worker not in found.live]
        for name in gone:
            self.remove(name)
        if gone:
            self._window = min(2 * self._window, MAX_HEARTBEATS)
        elif not found.unjudged:
            self._window = WATCHED
        self._remove_leftovers(began)
        return len(names)

    def _remove_leftovers(self, tick: float) -> None:
        """Delete the hidden names that this reader has seen for a while."""
        hidden = [name for name in self._all_names() if name.startswith(".")]
        self._hidden = {name: self._hidden.get(name, tick) for name in hidden}
        for name, since in self._hidden.items():
            if tick - since > _LEFTOVER_SECONDS and not is_renamed_by_nfs(name):
                (self._layout.serving / name).unlink(missing_ok=True)

    def _read_newest(self, names: list[str]) -> FleetSurvey:
        newest = names
        if len(names) > MAX_HEARTBEATS:
            newest = heapq.nlargest(MAX_HEARTBEATS, names, self._changed_at)
        return replace(self._read(newest), not_read=len(names) - len(newest))

    def _read(self, names: list[str]) -> FleetSurvey:
        heartbeats, left_out = [], []
        try:
            folder = DocumentFolder(self._layout.serving)
        except FileNotFoundError:
            return FleetSurvey(())
        except (StoreError, OSError) as error:
            return FleetSurvey((), left_out=tuple(LeftOut(name, str(error)) for name in names))
        with folder:
            for name in sorted(names):
                path = self._layout.serving / name
                try:
                    heartbeats.append(_decode(folder, path))
                except FileNotFoundError:  # the worker has just stopped
                    continue
                except (StoreError, OSError) as error:
                    reason = str(error).replace(f"{self._layout.serving}{os.sep}", "")
                    left_out.append(LeftOut(name, reason))
        return FleetSurvey(tuple(heartbeats), left_out=tuple(left_out))

    def _names(self) -> list[str]:
        names = self._all_names()
        return [name for name in names if name.endswith(_SUFFIX) and not name.startswith(".")]

    def _all_names(self) -> list[str]:
        try:
            return list_directory(self._layout.serving)
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _changed_at(self, name: str) -> float:
        try:
            return os.lstat(self._layout.serving / name).st_mtime
        except OSError:
            return 0.0


def _find_live(survey: FleetSurvey) -> list[Heartbeat]:
    return [each for each in survey.heartbeats if each.worker in survey.live]


def _decode(folder: DocumentFolder, path: Path) -> Heartbeat:
    if not WORKER.fullmatch(path.stem):
        raise DocumentError(f"{path.name!r:.140} is not named after a worker.")
    heartbeat = Heartbeat.decode(folder.read(path.name, max_bytes=MAX_HEARTBEAT_BYTES), path)
    if heartbeat.worker != path.stem:
        raise DocumentError(f"{path} is the heartbeat of {heartbeat.worker}.")
    return heartbeat


def _names_before(worker: str, names: list[str], count: int) -> list[str]:
    """Return *count* names before that of *worker* in their order, in a circle."""
    own = f"{worker}{_SUFFIX}"
    others = sorted(name for name in names if name != own)
    place = bisect(others, own)
    return [*others[place:], *others[:place]][-count:]
