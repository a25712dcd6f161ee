"""Do most hosts of the fleet fail to load a version? One host with a defect does not count."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from gatekeeper.notifications.worker_watch import cannot_load
from shared.contract.heartbeat import Heartbeat
from shared.store.fleet_survey import FleetSurvey
from shared.text import shorten, to_printable

SETTLE_SECONDS = 10.0
"""Seconds that a failure lasts before it counts: workers try again."""
_MAX_ERROR = 500


@dataclass(frozen=True)
class LoadingFailure:
    """More than half of all hosts cannot load a model."""

    hosts: int
    """Hosts on which no live worker can load it."""
    all_hosts: int
    """All hosts with live workers."""
    error: str


class LoadingWatch:
    """Watches for how long hosts cannot load a model. Use it from one thread only."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: tuple[str, float] | None = None

    def look(self, survey: FleetSurvey, digest: str) -> LoadingFailure | None:
        """Return the failure to load *digest* if it has lasted for long enough."""
        found = find_loading_failure(survey, digest)
        if found is None:
            self._since = None
            return None
        if self._since is None or self._since[0] != digest:
            self._since = (digest, self._clock())
        return found if self._clock() - self._since[1] >= SETTLE_SECONDS else None


def find_loading_failure(survey: FleetSurvey, digest: str) -> LoadingFailure | None:
    """Return the failure if no worker can load *digest* on more than half of the hosts."""
    hosts = defaultdict[str, list[Heartbeat]](list)
    for beat in survey.heartbeats:
        if beat.worker in survey.live - survey.unjudged:
            hosts[beat.host].append(beat)
    failing = [
        beats
        for beats in hosts.values()
        if all(beat.desired_digest == digest and cannot_load(beat) for beat in beats)
    ]
    if 2 * len(failing) <= len(hosts):
        return None
    errors = [beat.last_error for beats in failing for beat in beats if beat.last_error]
    error = errors[0] if errors else "The model is in quarantine: it failed repeatedly."
    shown = shorten(to_printable(error[:_MAX_ERROR]), _MAX_ERROR)
    return LoadingFailure(len(failing), len(hosts), shown)
