"""Decide which models to keep, and remove the other models and old leftovers."""

import logging
import time
from collections.abc import Callable, Iterable

from gatekeeper.evaluation.pinned_version import find_pinned
from gatekeeper.policy.terms.gate_policy import GateSettings
from shared.contract.documents import Decision
from shared.contract.heartbeat import Heartbeat
from shared.contract.layout import TEMPORARY_PREFIX
from shared.store.candidates import LEFTOVER_SECONDS, remove_leftovers
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore

logger = logging.getLogger(__name__)
_NO_PIN = GateSettings()
LOOK_SECONDS = 1.0
"""Seconds between two looks whether workers still use the models beyond those that are kept."""


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

    def __init__(
        self,
        store: ModelStore,
        newest: int,
        settings: GateSettings = _NO_PIN,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the number of models to keep, and the settings that name the pinned version."""
        self._store = store
        self._newest = newest
        self._settings = settings
        self._clock = clock
        self._all_used: tuple[list[str], int] | None = None
        self._next_look = 0.0

    def apply(self, log: DecisionLog) -> None:
        """Remove the models that are not kept; check each again while it is hidden.

        To know which models are in use costs a read of every heartbeat. So while all are, and the
        log does not change, it looks only once a second. A recent survey chooses what to remove,
        because the heartbeats are read again while a model is hidden.
        """
        digests = self._store.models.digests()
        if len(digests) <= self._newest:
            return
        found = digests, log.next_number
        if found == self._all_used and self._clock() < self._next_look:
            return
        removed = set(digests) - self._kept(log, self._store.heartbeats.recently_live())
        self._all_used = None if removed else found
        self._next_look = self._clock() + LOOK_SECONDS
        for digest in removed:
            if self._store.models.prune(digest, lambda hidden: self._is_needed(log, hidden)):
                logger.info("Removed the model %s: newer models are kept.", digest)

    def _is_needed(self, log: DecisionLog, digest: str) -> bool:
        log.refresh()
        return digest in self._kept(log, self._store.heartbeats.live())

    def _kept(self, log: DecisionLog, live: Iterable[Heartbeat]) -> set[str]:
        kept = digests_to_keep(log.decisions(), live, self._newest)
        pinned = find_pinned(self._store, log, self._settings)
        return kept | {pinned.digest} if pinned else kept
