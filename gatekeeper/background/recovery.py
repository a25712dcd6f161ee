"""Clearing away what gatekeepers that were killed have left behind."""

from shared.contract.layout import TEMPORARY_PREFIX
from shared.store.candidates import LEFTOVER_SECONDS, remove_leftovers
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore


def clear_leftovers(store: ModelStore, log: DecisionLog) -> None:
    """Put back a model in production that a killed prune has hidden; drop old leftovers.

    Young ones may belong to a gatekeeper that lives. In the root only temporary names are
    touched: others may keep hidden files there.
    """
    store.models.recover(log.registry.digest if log.registry else None)
    log.remove_leftovers()
    remove_leftovers(store.layout.root, LEFTOVER_SECONDS, TEMPORARY_PREFIX)
