"""Find workers that cannot load the version that they want, from their heartbeats.

A worker may fail once while files arrive, and succeed a second later. So a failure counts after it
has lasted some seconds, and it is over after as many seconds without one.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.contract.heartbeat import Heartbeat
from shared.store.heartbeats import Heartbeats
from shared.text import shorten, to_printable

SETTLE_SECONDS = 10.0
"""Seconds that a failure lasts before it counts, and that it is gone before it is over."""
_MAX_ERROR = 500


@dataclass(frozen=True)
class LoadFailure:
    """Live workers that cannot load the version that they want."""

    version: int
    digest: str
    workers: int
    quarantined: int
    """Those on which the model is in quarantine."""
    live: int
    """All live workers that have been watched for long enough."""
    error: str
    """The error that one of them reports."""


class WorkerWatch:
    """The state of the workers. One thread looks; others read the state."""

    def __init__(
        self,
        heartbeats: Heartbeats,
        clock: Callable[[], float] = time.monotonic,
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        self._heartbeats = heartbeats
        self._clock = clock
        self._settle_seconds = settle_seconds
        self._found: LoadFailure | None = None
        self._since = clock()
        self._lock = threading.Lock()
        self._failure: LoadFailure | None = None
        self._is_healthy = False

    @property
    def failure(self) -> LoadFailure | None:
        """The failure that counts now."""
        with self._lock:
            return self._failure

    @property
    def is_healthy(self) -> bool:
        """Whether the live workers load what they want: a failure before is over."""
        with self._lock:
            return self._is_healthy

    def look(self) -> None:
        """Read the heartbeats. Raises OSError if the directory cannot be read."""
        survey = self._heartbeats.survey()
        judged = survey.live - survey.unjudged
        live = [each for each in survey.heartbeats if each.worker in judged]
        if not live:
            return  # the workers of before may be gone; nothing is known about others yet
        found = find_failure(live)
        is_same = (found and found.version) == (self._found and self._found.version)
        if not is_same:
            self._since = self._clock()
        self._found = found
        if self._clock() - self._since >= self._settle_seconds:
            with self._lock:
                self._failure, self._is_healthy = found, found is None


def find_failure(live: Sequence[Heartbeat]) -> LoadFailure | None:
    """Return the failure of the newest version that one of these workers cannot load, or None."""
    failing = [each for each in live if cannot_load(each)]
    if not failing:
        return None
    version = max(each.desired_version or 0 for each in failing)
    of_it = [each for each in failing if each.desired_version == version]
    digest = of_it[0].desired_digest or ""
    errors = [each.last_error for each in of_it if each.last_error]
    return LoadFailure(
        version=version,
        digest=digest,
        workers=len(of_it),
        quarantined=sum(digest in each.quarantined for each in of_it),
        live=len(live),
        error=_show(errors[0]) if errors else "The model is in quarantine: it failed repeatedly.",
    )


def cannot_load(heartbeat: Heartbeat) -> bool:
    """Return whether the worker cannot load the version that it wants, or does not call it."""
    if heartbeat.desired_version is None or heartbeat.desired_digest is None:
        return False
    serves_other = heartbeat.serving_digest != heartbeat.desired_digest
    is_quarantined = heartbeat.desired_digest in heartbeat.quarantined
    return is_quarantined or (serves_other and heartbeat.last_error is not None)


def _show(error: str) -> str:
    return shorten(to_printable(error[:_MAX_ERROR]), _MAX_ERROR)
