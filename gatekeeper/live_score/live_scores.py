"""The work that keeps the live scores of production and its predecessor up to date."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from gatekeeper.evidence.live_score_messages import (
    LiveScoreRequest,
    LiveScoreResult,
    VersionScore,
    VersionToScore,
)
from gatekeeper.live_score.log_state import LogState, read_log_state
from gatekeeper.live_score.look_thread import LOOK_SECONDS, LookThread
from gatekeeper.live_score.score_board import LiveScore, ScoreBoard
from gatekeeper.live_score.scored_versions import choose_versions
from shared.contract.documents import Decision, Registry
from shared.errors import ModelNotFoundError, StoreError
from shared.prediction_log.segments import list_feedback_segments
from shared.scoring.costs import Costs
from shared.store.models import read_artefact
from shared.store.store import ModelStore

REST = 20
"""Fewest seconds of rest for each second of processor time, so that 5 % of it are used at most."""
MOST_REST_SECONDS = 300.0
"""Longest rest in seconds."""
IDLE_SECONDS = 900.0
"""Seconds without a change after which the scoring process ends."""
NO_LABELS = "No label has arrived; send some with `make feedback FILE=labels.csv`."
NO_MODEL = "The store no longer has its model."


@dataclass(frozen=True)
class LiveScoreSettings:
    """The settings that a live score depends on."""

    metric: str
    costs: Costs | None
    rows: int
    memory_mib: int


class Scorer(Protocol):
    """The process that computes scores."""

    def ask(self, request: LiveScoreRequest) -> LiveScoreResult:
        """Score the versions in *request*; raises EvaluationUnavailableError."""

    def close(self) -> None:
        """End the process if it runs."""


class LiveScores:
    """A thread that scores again when the log or the labels change, and is never in a hurry."""

    def __init__(
        self,
        store: ModelStore,
        decisions: Callable[[], Sequence[Decision]],
        settings: LiveScoreSettings,
        process: Scorer,
        stopping: threading.Event,
    ) -> None:
        """Take the decisions of the log, oldest first, as a function for any thread."""
        self._store = store
        self._decisions = decisions
        self._settings = settings
        self._process = process
        self.board = ScoreBoard(settings.metric)
        self._seen: tuple[LogState, list[VersionToScore | VersionScore]] | None = None
        self._changed_at = time.monotonic()
        self._rest_seconds = LOOK_SECONDS
        self._classes = dict[str, tuple[str, ...]]()
        self.thread = LookThread(
            "score live rows", self.look, self.board.report, process.close, stopping
        )

    def look(self) -> float:
        """Score again if the log, the labels or the versions have changed, or a read failed.

        Return the seconds of rest after it.

        Raises:
            EvaluationUnavailableError: The scoring process failed.
            StoreError: The decision log is damaged, or a path contains a link.
            OSError: A directory cannot be read now.
        """
        versions = [self._describe(each) for each in choose_versions(self._decisions())]
        seen = read_log_state(self._store.layout), versions
        if seen == self._seen:
            if time.monotonic() - self._changed_at > IDLE_SECONDS:
                self._process.close()
            return LOOK_SECONDS
        self._rest_seconds = LOOK_SECONDS
        found, is_temporary = self._score(versions)
        now = datetime.now(UTC)
        self.board.scores = {each.version: LiveScore(each, now) for each in found}
        self._seen, self._changed_at = None if is_temporary else seen, time.monotonic()
        return self._rest_seconds

    def _score(
        self, versions: Sequence[VersionToScore | VersionScore]
    ) -> tuple[list[VersionScore], bool]:
        """Return the scores of *versions*, and whether they may change by themselves.

        Some versions are already known to have no score.
        """
        known = [each for each in versions if isinstance(each, VersionScore)]
        unknown = [each for each in versions if isinstance(each, VersionToScore)]
        is_temporary = False
        if not list_feedback_segments(self._store.layout):
            known += [VersionScore(version=each.version, problem=NO_LABELS) for each in unknown]
        elif unknown:
            result = self._process.ask(self._request(unknown))
            self._rest_seconds = min(max(LOOK_SECONDS, REST * result.seconds), MOST_REST_SECONDS)
            known += result.versions
            is_temporary = result.is_temporary
        return known, is_temporary

    def _request(self, versions: Sequence[VersionToScore]) -> LiveScoreRequest:
        costs = self._settings.costs
        return LiveScoreRequest(
            store=self._store.layout.root,
            metric=self._settings.metric,
            costs={true: dict(row) for true, row in costs.items()} if costs else None,
            most=self._settings.rows,
            memory_mib=self._settings.memory_mib,
            versions=tuple(versions),
        )

    def _describe(self, registry: Registry) -> VersionToScore | VersionScore:
        """Return the version with its classes; without its model, why it cannot be scored."""
        digest = registry.digest
        try:
            classes = self._classes.get(digest)
            if classes is None:
                classes = read_artefact(self._store.layout.model(digest), digest).classes
        except StoreError as error:
            is_gone = isinstance(error, ModelNotFoundError)
            problem = NO_MODEL if is_gone else f"Its model cannot be read: {error}"
            return VersionScore(version=registry.version, problem=problem)
        self._classes[digest] = classes
        return VersionToScore(version=registry.version, classes=classes)
