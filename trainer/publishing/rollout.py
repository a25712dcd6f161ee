"""Wait until the workers that were live at the decision serve it.

The trainer looks at the heartbeats before the decision too, so that it knows which workers live.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shared.contract.heartbeat import Heartbeat
from shared.store.fleet_survey import FleetSurvey
from shared.store.heartbeats import Heartbeats
from trainer.publishing.wait import poll_until


@dataclass(frozen=True)
class RolloutStatus:
    """The workers at one moment, and the version that they should serve."""

    version: int
    workers: tuple[Heartbeat, ...]
    """The workers that count: those that were live at the decision and still are. If all of them
    are gone, those that came since."""
    silent: tuple[Heartbeat, ...] = ()
    """The workers that are gone, but left a heartbeat."""
    came: int = 0
    """The number of workers that came since the decision."""
    went: int = 0
    """The number of workers that were live at the decision, and are not any more."""
    fell_silent: bool = False
    """Whether a worker that this trainer saw alive is silent now; it may still come back."""
    decided_at: datetime | None = None
    since_decision: float = 0.0
    """Seconds since this trainer saw the decision."""
    since_publication: float = 0.0
    """Seconds since this trainer published the candidate."""

    @property
    def converged(self) -> tuple[Heartbeat, ...]:
        """The workers that serve the version or a later one."""
        return tuple(w for w in self.workers if (w.serving_version or 0) >= self.version)

    @property
    def failing(self) -> tuple[Heartbeat, ...]:
        """The workers that report an error instead of serving the version."""
        return tuple(w for w in self.workers if w not in self.converged and w.last_error)

    @property
    def is_complete(self) -> bool:
        """Whether all workers that count serve the version. True if nobody was there.

        A fleet that fell silent is not complete. After the crash of a host, a file server may delay
        the heartbeats of the others.
        """
        if not self.workers:
            return not self.fell_silent
        return len(self.converged) == len(self.workers)

    @property
    def convergence_ms(self) -> int:
        """Milliseconds from the decision until the last converged worker loaded the version.

        The difference of two hosts' clocks counts only if this trainer's own clock allows it:
        the decision came after the publication. Otherwise it is the time that the trainer waited.
        """
        loaded = [worker.loaded_at for worker in self.converged if worker.loaded_at is not None]
        seconds = -1.0
        if loaded and self.decided_at is not None:
            seconds = (max(loaded) - self.decided_at).total_seconds()
        if not 0 <= seconds <= self.since_publication:
            seconds = self.since_decision
        return round(seconds * 1000)


class Rollout:
    """One trainer's view of the fleet, from the start of its run."""

    def __init__(self, heartbeats: Heartbeats, clock: Callable[[], float] = time.monotonic) -> None:
        self._heartbeats = heartbeats
        self._clock = clock
        self._proven = set[str]()
        self._before = frozenset[str]()
        self._published = clock()
        self.look()

    def look(self) -> None:
        """Note which workers are live, before the decision."""
        self._before = self._survey().live

    def note_publication(self) -> None:
        """Note that the candidate is published now, so that no decision is older."""
        self._published = self._clock()
        self.look()

    def wait(
        self,
        version: int,
        decided_at: datetime,
        until: float,
        on_wait: Callable[[RolloutStatus], None],
    ) -> RolloutStatus:
        """Wait until all workers serve *version*, at most until *until*; return the status.

        *on_wait* gets each status that is not complete.
        """
        decided = self._clock()

        def read() -> RolloutStatus:
            status = self._status(version, decided_at, decided)
            if not status.is_complete:
                on_wait(status)
            return status

        return poll_until(read, lambda status: status.is_complete, until)

    def _status(self, version: int, decided_at: datetime, decided: float) -> RolloutStatus:
        survey = self._survey()
        stayed = survey.live & self._before
        came = survey.live - self._before
        counted = stayed or came
        silent = tuple(each for each in survey.heartbeats if each.worker not in survey.live)
        now = self._clock()
        return RolloutStatus(
            version,
            workers=tuple(each for each in survey.heartbeats if each.worker in counted),
            silent=silent,
            fell_silent=any(each.worker in self._proven for each in silent),
            came=len(came),
            went=len((self._before & self._proven) - survey.live),
            decided_at=decided_at,
            since_decision=now - decided,
            since_publication=now - self._published,
        )

    def _survey(self) -> FleetSurvey:
        survey = self._heartbeats.survey()
        self._proven |= survey.live - survey.unjudged
        return survey
