"""Compare both models of a probation again when labels arrive, in a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gatekeeper.live_score.log_state import LogState, read_log_state
from gatekeeper.live_score.look_thread import LOOK_SECONDS, LookThread
from gatekeeper.probation.label_scores import (
    NO_LABELS,
    LabelScorer,
    LabelScores,
    ProbationId,
    identify_probation,
)
from gatekeeper.probation.on_probation import Probation, ProbationClock, find_probation
from gatekeeper.probation.overruled_labels import explain_overruling
from shared.contract.documents import Decision

logger = logging.getLogger(__name__)

REST = 10
"""Fewest seconds of rest for each second of a comparison of the same models."""
MOST_REST_SECONDS = 120.0
"""Longest rest in seconds; a look is longer if it is the first one, or the machine is busy."""
IDLE_SECONDS = 900.0
"""Seconds without a change after which the processes end."""
NOT_YET = "Their first comparison is not finished."


@dataclass
class LabelBoard:
    """The last comparison, for any thread. It is not on the volume."""

    found: LabelScores | None = None
    problem: str | None = None
    """Why both models cannot be compared now; None if they can."""

    def read(self, probation: Probation) -> LabelScores:
        """Return the comparison of the models of *probation*, or why there is none."""
        found = self.found
        if found is None or found.probation != identify_probation(probation):
            found = LabelScores(identify_probation(probation), problem=NOT_YET)
        return found if self.problem is None else replace(found, problem=self.problem)

    def report(self, problem: str | None) -> None:
        """Take why both models cannot be compared now; None if they can."""
        self.problem = problem


class LabelLooks:
    """A thread that compares both models when the log or the labels have changed."""

    def __init__(
        self,
        scorer: LabelScorer,
        decisions: Callable[[], Sequence[Decision]],
        clock: ProbationClock,
        stopping: threading.Event,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the decisions of the log, oldest first, as a function for any thread."""
        self._ticks = ticks
        self._scorer = scorer
        self._decisions = decisions
        self._clock = clock
        self._seen: tuple[LogState, ProbationId] | None = None
        self._changed_at = self._rested_at = ticks()
        self._last: ProbationId | None = None
        self.board = LabelBoard()
        self.thread = LookThread(
            "compare models on labelled rows",
            self.look,
            self.board.report,
            scorer.evaluator.close,
            stopping,
        )

    def look(self) -> float:
        """Compare again if something has changed, or a try failed; return the seconds of rest.

        The first comparison of two models does not wait until the rest after another one is over.

        Raises:
            EvaluationUnavailableError: A child process cannot be started.
            StoreError: The decision log is damaged, or a path contains a link.
            OSError: A file cannot be read now.
        """
        decisions = self._decisions()
        probation = find_probation(reversed(decisions))
        if probation is None or not self._clock.seconds_left(probation):
            self.board.found = self._seen = None
            self._scorer.evaluator.close()
            return LOOK_SECONDS
        current = identify_probation(probation)
        seen = read_log_state(self._scorer.store.layout), current
        now = self._ticks()
        if seen == self._seen:
            if now - self._changed_at > IDLE_SECONDS:
                self._scorer.evaluator.close()
            return LOOK_SECONDS
        if now < self._rested_at and self._last == current:
            return LOOK_SECONDS
        self._last = current
        why = explain_overruling(decisions, probation)
        found = LabelScores(current, problem=why) if why else self._scorer.score(probation)
        self._warn(found, probation)
        self.board.found = found
        self._seen, self._changed_at = None if found.is_temporary else seen, self._ticks()
        rest = min(REST * (self._changed_at - now), MOST_REST_SECONDS)
        self._rested_at = self._changed_at + rest
        return LOOK_SECONDS

    def _warn(self, found: LabelScores, probation: Probation) -> None:
        """Log once why labels are not judged, unless there are none yet."""
        if found.problem not in {"", NO_LABELS, self.board.read(probation).problem}:
            logger.warning("Labels of v%d are not judged: %s", probation.version, found.problem)
