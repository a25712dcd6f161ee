"""Poll the store: let files follow from the log, then decide the pending candidates."""

import logging
import time
from collections.abc import Callable

from gatekeeper.background.retention import Retention, clear_leftovers
from gatekeeper.background.training_log import TrainingLog
from gatekeeper.decisions.promotion import Promotion
from shared.contract.documents import Registry
from shared.errors import EvaluationUnavailableError, StoreError
from shared.store.candidates import LEFTOVER_SECONDS
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore

logger = logging.getLogger(__name__)

RETRY_AFTER_ERROR_SECONDS = 60.0
"""Seconds before retrying a candidate after an internal error."""


class Reconciler:
    """The gatekeeper's work on one store. Use it from one thread only."""

    def __init__(self, store: ModelStore, promotion: Promotion, retention: Retention) -> None:
        self._store = store
        self._promotion = promotion
        self._retention = retention
        self._training_log = TrainingLog(store.layout)
        self._log = DecisionLog(store.layout)
        self._last_registry: Registry | None = None
        self._next_recovery = 0.0
        self._reported: dict[str, str] = {}
        self._failed_until: dict[str, float] = {}

    def poll(self) -> None:
        """Bring the store up to date and decide every pending candidate."""
        self.sync()
        self.decide_pending()

    def sync(self) -> None:
        """Read the log, and let registry.json, models and training.log follow from it.

        Raises:
            StoreError: The log is damaged, or registry.json cannot be written.
            OSError: The log cannot be read now.
        """
        self._log.refresh()
        self._store.registry.roll_forward(self._log)
        self._warn_if_unsigned()
        if time.monotonic() >= self._next_recovery:
            self._attempt("clear leftovers", lambda: clear_leftovers(self._store, self._log))
            self._next_recovery = time.monotonic() + LEFTOVER_SECONDS
        self._attempt("remove old models", lambda: self._retention.apply(self._log))
        self._attempt("write training.log", lambda: self._training_log.catch_up(self._log.entries))
        self._attempt("write waiting.json", self._write_approval_file)
        self._attempt("prepare for the next candidate", self._promotion.prepare)

    def decide_pending(self) -> None:
        """Decide all pending candidates in order of publication.

        Raises StoreError, OSError or EvaluationUnavailableError when the next candidate cannot be
        decided now. Later candidates wait too, which keeps the order.
        """
        for candidate_id in self._pending():
            if self._failed_until.get(candidate_id, 0.0) > time.monotonic():
                continue
            if self._promotion.is_settled(self._log, candidate_id):
                continue
            try:
                self._promotion.decide(self._log, candidate_id)
            except (StoreError, OSError, EvaluationUnavailableError):
                raise
            except Exception:  # our defect may delay one candidate, but not the queue
                logger.exception("Cannot decide candidate %s; will try again later.", candidate_id)
                self._failed_until[candidate_id] = time.monotonic() + RETRY_AFTER_ERROR_SECONDS
            self.sync()

    def close(self) -> None:
        """End the work: no candidate is decided afterwards."""
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

    def _write_approval_file(self) -> None:
        queue = self._promotion.queue
        queue.retain(self._pending())
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
