"""Poll the store: let files follow from the log, decide candidates, and look at production."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from gatekeeper.background.heartbeat_watch import HeartbeatWatch
from gatekeeper.background.housekeeping import Housekeeping
from gatekeeper.background.retention import Retention, clear_leftovers
from gatekeeper.background.training_log import TrainingLog
from gatekeeper.decisions.promotion import Promotion
from gatekeeper.drift.drift_check import DriftCheck
from gatekeeper.feedback.old_labels import OldLabels
from gatekeeper.probation.probation_check import ProbationCheck
from shared.contract.documents import Registry
from shared.errors import EvaluationUnavailableError, StoreError
from shared.live.old_hours import OldHours, read_time
from shared.store.store import ModelStore
from shared.text import shorten, to_printable

logger = logging.getLogger(__name__)

CLEANING_SECONDS = 3600.0
"""Seconds between two removals of leftovers."""
RETRY_AFTER_ERROR_SECONDS = 60.0
"""Seconds before retrying a candidate after an internal error."""


@dataclass(frozen=True)
class _Failure:
    """The last failed attempt to decide a candidate."""

    until: float
    reason: str

    def describe(self, candidate_id: str) -> str:
        return (
            f"Candidate {candidate_id} cannot be decided, because the gatekeeper has a defect: "
            f"{self.reason}. It is tried again every {RETRY_AFTER_ERROR_SECONDS:.0f} s; "
            "the other candidates are decided."
        )


class Reconciler:
    """The gatekeeper's work on one store. Use it from one thread only."""

    def __init__(
        self,
        store: ModelStore,
        promotion: Promotion,
        retention: Retention,
        old_hours: OldHours,
        drift: DriftCheck,
        *,
        old_labels: OldLabels,
        probation: ProbationCheck | None = None,
    ) -> None:
        self._store = store
        self._promotion = promotion
        self._retention = retention
        self._old_hours = old_hours
        self._old_labels = old_labels
        self._drift = drift
        self._probation = probation
        self._training_log = TrainingLog(store.layout)
        self._heartbeat_watch = HeartbeatWatch(store.heartbeats)
        self._housekeeping = Housekeeping(store.housekeeper)
        self._log = store.shared_log()
        self._last_registry: Registry | None = None
        self._next_recovery = 0.0
        self._reported: dict[str, str] = {}
        self._failures: dict[str, _Failure] = {}
        self._keeps_house = False
        self._announced: str | None = None
        """The candidate whose judging was logged last."""

    def poll(self) -> None:
        """Bring the store up to date, decide every pending candidate, and look at production."""
        self.sync()
        self.decide_pending()
        self.look_at_production()

    def sync(self) -> None:
        """Read the log, and let registry.json, models and training.log follow from it.

        Raises:
            StoreError: The log is damaged, or registry.json cannot be written.
            OSError: The log cannot be read now.
        """
        self._keeps_house = False
        self._log.refresh()
        self._store.registry.roll_forward(self._log)
        self._warn_if_unsigned()
        self._attempt("read housekeeper.json", self._keep_house)
        self._attempt("read the heartbeats", self._heartbeat_watch.look)
        self._attempt("prepare for the next candidate", self._promotion.prepare)

    def _keep_house(self) -> None:
        """Do the work that only the gatekeepers of one host do."""
        self._promotion.queue.retain(self._pending())
        self._keeps_house = self._housekeeping.is_ours()
        if not self._keeps_house:
            return
        if time.monotonic() >= self._next_recovery:
            self._attempt("clear leftovers", lambda: clear_leftovers(self._store, self._log))
            self._attempt("remove old counts", self._remove_old_counts)
            self._attempt("remove old labels", self._remove_old_labels)
            self._next_recovery = time.monotonic() + CLEANING_SECONDS
        self._attempt("remove old models", lambda: self._retention.apply(self._log))
        self._attempt("write training.log", lambda: self._training_log.catch_up(self._log.entries))
        self._attempt("write waiting.json", self._write_approval_file)

    def look_at_production(self) -> None:
        """Judge the version on probation, and look for drift, if this host keeps house.

        Never raise an error: neither may keep candidates from being decided.
        """
        if not self._keeps_house:
            return
        if self._probation is not None:
            probation = self._probation
            self._survive("judge the version on probation", lambda: probation.look(self._log))
        self._survive("look for drift", lambda: self._drift.look(self._log.registry))

    def _survive(self, task: str, action: Callable[[], None]) -> None:
        """Do a task that may fail, also by our own defect, until the next poll."""
        try:
            self._attempt(task, action)
        except Exception as error:  # our defect may end this task, but not decisions
            reason = f"{type(error).__name__}: {error}"
            if self._reported.get(task) != reason:
                logger.exception("Could not %s, which is a defect; will try again.", task)
            self._reported[task] = reason

    def decide_pending(self) -> str | None:
        """Decide all pending candidates in order of publication.

        Return why a candidate waits for its next attempt, or None if all are decided. Raises
        StoreError, OSError or EvaluationUnavailableError when the next candidate cannot be
        decided now. Later candidates wait too, which keeps the order.
        """
        delayed = None
        for candidate_id in self._pending():
            failure = self._failures.get(candidate_id)
            if failure is None or failure.until <= time.monotonic():
                if self._promotion.is_settled(self._log, candidate_id):
                    continue
                failure = self._decide(candidate_id)
                self.sync()
            if failure is not None:
                delayed = delayed or failure.describe(candidate_id)
        return delayed

    def _decide(self, candidate_id: str) -> "_Failure | None":
        """Decide one candidate; return the failure if our own defect prevents it."""
        self._failures.pop(candidate_id, None)
        if candidate_id != self._announced:  # a later attempt is not announced again
            logger.info("Judging candidate %s.", candidate_id)
            self._announced = candidate_id
        try:
            self._promotion.decide(self._log, candidate_id)
        except (StoreError, OSError, EvaluationUnavailableError):
            raise
        except Exception as error:  # our defect may delay one candidate, but not the queue
            logger.exception("Cannot decide candidate %s; will try again later.", candidate_id)
            reason = to_printable(f"{type(error).__name__}: {error}")
            failure = _Failure(time.monotonic() + RETRY_AFTER_ERROR_SECONDS, shorten(reason, 500))
            self._failures[candidate_id] = failure
            return failure
        return None

    def close(self) -> None:
        """End the work: no candidate is decided afterwards."""
        self._housekeeping.resign()
        self._promotion.close()

    def _pending(self) -> list[str]:
        """List the ids of all candidates without a decision, in order of publication."""
        return [name for name in self._store.candidates.ids() if not self._log.is_decided(name)]

    def _warn_if_unsigned(self) -> None:
        """Warn once for each version that this gatekeeper's key did not sign.

        Such a version was promoted before signing was turned on, or by a gatekeeper without a key.
        """
        registry = self._log.registry
        if registry is self._last_registry or registry is None:
            return
        self._last_registry = registry
        if self._promotion.leaves_unsigned(registry):
            logger.warning(
                "Version %d is not signed by this gatekeeper's key, so predictors with keys do "
                "not follow it. The next promotion will be signed. "
                "To sign it now, run `make rollback VERSION=%d`.",
                *(registry.version, registry.version),
            )

    def _remove_old_counts(self) -> None:
        """Remove old hours; if another user owns live/, its predictors remove them."""
        if removed := self._old_hours.remove(read_time(self._store.layout.models)):
            logger.info("Removed old counts of live requests: %d files.", removed)

    def _remove_old_labels(self) -> None:
        if removed := self._old_labels.remove(read_time(self._store.layout.models)):
            logger.info("Removed old labels: %d segments.", removed)

    def _write_approval_file(self) -> None:
        queue = self._promotion.queue
        self._store.approvals.write([pending.candidate_id for pending in queue.pending()])

    def _attempt(self, task: str, action: Callable[[], None]) -> None:
        """Do a task that may fail until the next poll; log the same failure once."""
        try:
            action()
        except (StoreError, OSError, EvaluationUnavailableError) as error:
            if self._reported.get(task) != str(error):
                logger.warning("Could not %s; will try again: %s", task, error)
            self._reported[task] = str(error)
        else:
            self._reported.pop(task, None)
