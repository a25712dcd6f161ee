"""One look at the store, and all that follows from it."""

import logging
import time
from collections.abc import Callable

from gatekeeper.background.inbox import pending_candidates
from gatekeeper.background.recovery import clear_leftovers
from gatekeeper.background.retention import Retention
from gatekeeper.background.training_log import TrainingLog
from gatekeeper.decisions.promotion import Promotion
from shared.contract.documents import Registry
from shared.errors import EvaluationUnavailableError, StoreError
from shared.store.candidates import LEFTOVER_SECONDS
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore

logger = logging.getLogger(__name__)

RETRY_AFTER_ERROR_SECONDS = 60.0
"""How long a candidate waits over which the gatekeeper itself has stumbled."""


class Reconciler:
    """Keeps the store's promises, one look after the other; not for several threads at once."""

    def __init__(self, store: ModelStore, promotion: Promotion, retention: Retention) -> None:
        self._store = store
        self._promotion = promotion
        self._retention = retention
        self._training_log = TrainingLog(store.layout)
        self._log = DecisionLog(store.layout)
        self._noted: Registry | None = None
        self._next_recovery = 0.0
        self._reported: dict[str, str] = {}
        self._failed_until: dict[str, float] = {}

    def poll(self) -> None:
        """Bring everything up to date, and decide every candidate that waits."""
        self.sync()
        self.decide_pending()

    def sync(self) -> None:
        """Read the log, and let registry.json, models and training.log follow from it.

        Raises StoreError or OSError when the log cannot be read or the registry not written.
        """
        self._log.refresh()
        self._store.registry.roll_forward(self._log)
        self._note_unsigned()
        if time.monotonic() >= self._next_recovery:
            self._attempt("clear away leftovers", lambda: clear_leftovers(self._store, self._log))
            self._next_recovery = time.monotonic() + LEFTOVER_SECONDS
        self._attempt("remove old models", lambda: self._retention.apply(self._log))
        self._attempt("write training.log", lambda: self._training_log.catch_up(self._log.entries))
        self._attempt("write waiting.json", self._write_approval_file)
        self._attempt("prepare for the next candidate", self._promotion.prepare)

    def decide_pending(self) -> None:
        """Decide all candidates in order of publication.

        Raises StoreError, OSError or EvaluationUnavailableError when the next one cannot be
        decided now; those after it wait too, so that the order stays.
        """
        for candidate_id in pending_candidates(self._store.candidates, self._log):
            if self._failed_until.get(candidate_id, 0.0) > time.monotonic():
                continue
            if self._promotion.is_settled(self._log, candidate_id):
                continue
            try:
                self._promotion.decide(self._log, candidate_id)
            except (StoreError, OSError, EvaluationUnavailableError):
                raise
            except Exception:  # a defect of ours may hold up one candidate, not the queue
                logger.exception("Candidate %s cannot be decided; trying later.", candidate_id)
                self._failed_until[candidate_id] = time.monotonic() + RETRY_AFTER_ERROR_SECONDS
            self.sync()

    def close(self) -> None:
        """Nothing is decided any more."""
        self._promotion.close()

    def _note_unsigned(self) -> None:
        """Say it once of each version: signing was turned on, or another gatekeeper has no key."""
        registry = self._log.registry
        if registry is self._noted or registry is None:
            return
        self._noted = registry
        if self._promotion.leaves_unsigned(registry):
            logger.warning(
                "Version %d is not signed by this gatekeeper's key, so predictors with keys do "
                "not follow it. The next promotion is; `make rollback VERSION=%d` signs it now.",
                *(registry.version, registry.version),
            )

    def _write_approval_file(self) -> None:
        queue = self._promotion.queue
        queue.retain(pending_candidates(self._store.candidates, self._log))
        self._store.approvals.write([held.candidate_id for held in queue.pending()])

    def _attempt(self, what: str, action: Callable[[], None]) -> None:
        """Do what can wait if it fails; complain once about the same thing."""
        try:
            action()
        except (StoreError, OSError, EvaluationUnavailableError) as error:
            if self._reported.get(what) != str(error):
                logger.warning("Could not %s; trying again: %s", what, error)
            self._reported[what] = str(error)
        else:
            self._reported.pop(what, None)
