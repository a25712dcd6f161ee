"""Decide which models to keep, and remove the other models and old leftovers."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from shared.contract.documents import Decision
from shared.contract.heartbeat import Heartbeat
from shared.contract.layout import TEMPORARY_PREFIX
from shared.store.candidates import LEFTOVER_SECONDS, remove_leftovers
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore

logger = logging.getLogger(__name__)


def digests_to_keep(
    decisions: Iterable[Decision], heartbeats: Iterable[Heartbeat], newest: int
) -> set[str]:
    """Return the digests of the *newest* models by last promotion, and of all models in use.

    *decisions* are ordered newest first, so the model in production is always kept.
    """
    kept = dict[str, None]()
    for decision in decisions:
        if decision.registry is not None:
            kept.setdefault(decision.registry.digest)
        if len(kept) == newest:
            break
    used = {digest for beat in heartbeats for digest in (beat.desired_digest, beat.serving_digest)}
    return {*kept, *(digest for digest in used if digest is not None)}


def clear_leftovers(store: ModelStore, log: DecisionLog) -> None:
    """Remove what killed gatekeepers left behind.

    A killed prune may have hidden the model in production: put it back. Keep recent leftovers,
    because a running gatekeeper may own them. In the root remove only temporary names, because
    others may keep hidden files there.
    """
    store.models.recover(log.registry.digest if log.registry else None)
    log.remove_leftovers()
    remove_leftovers(store.layout.root, LEFTOVER_SECONDS, TEMPORARY_PREFIX)


class Retention:
    """The rule of `GATEKEEPER_KEEP_MODELS`: removes models that are old and not in use."""

    def __init__(self, store: ModelStore, newest: int) -> None:
        self._store = store
        self._newest = newest

    def apply(self, log: DecisionLog) -> None:
        """Remove the models that are not kept; check each again while it is hidden."""
        digests = self._store.models.digests()
        if len(digests) <= self._newest:
            return
        kept = self._kept(log)
        for digest in set(digests) - kept:
            if self._store.models.prune(digest, lambda hidden: self._is_needed(log, hidden)):
                logger.info("Removed the model %s: newer models are kept.", digest)

    def _is_needed(self, log: DecisionLog, digest: str) -> bool:
        log.refresh()
        return digest in self._kept(log)

    def _kept(self, log: DecisionLog) -> set[str]:
        live = self._store.heartbeats.live(datetime.now(UTC))
        return digests_to_keep(log.decisions(), live, self._newest)
