"""Which models are kept, and removing the others."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from shared.contract.documents import Decision, Heartbeat
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore

logger = logging.getLogger(__name__)


def digests_to_keep(
    decisions: Iterable[Decision], heartbeats: Iterable[Heartbeat], newest: int
) -> set[str]:
    """The digests of the *newest* models by their last promotion, and of all that are in use.

    *decisions* come newest first, so that what is in production is always among them.
    """
    kept = dict[str, None]()
    for decision in decisions:
        if decision.registry is not None:
            kept.setdefault(decision.registry.digest)
        if len(kept) == newest:
            break
    used = {digest for beat in heartbeats for digest in (beat.desired_digest, beat.serving_digest)}
    return {*kept, *(digest for digest in used if digest is not None)}


class Retention:
    """Removes models that nobody needs any more."""

    def __init__(self, store: ModelStore, newest: int) -> None:
        self._store = store
        self._newest = newest

    def apply(self, log: DecisionLog) -> None:
        """Remove what is not kept; each is looked at again while it is hidden."""
        digests = self._store.models.digests()
        if len(digests) <= self._newest:
            return
        kept = self._kept(log)
        for digest in set(digests) - kept:
            if self._store.models.prune(digest, lambda hidden: self._is_needed(log, hidden)):
                logger.info("Removed the model %s: newer ones are kept.", digest)

    def _is_needed(self, log: DecisionLog, digest: str) -> bool:
        log.refresh()
        return digest in self._kept(log)

    def _kept(self, log: DecisionLog) -> set[str]:
        live = self._store.heartbeats.live(datetime.now(UTC))
        return digests_to_keep(log.decisions(), live, self._newest)
