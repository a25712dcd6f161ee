"""Find the salt of the split that an earlier run recorded on the store."""

import contextlib
from collections.abc import Iterator

from shared.contract.documents import DataSummary
from shared.errors import StoreError
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore


def find_recorded_salt(
    store: ModelStore, log: DecisionLog, target: str, row_key: str | None
) -> str | None:
    """Return the salt of the model in production, or of the newest candidate; None without one.

    Only runs with the same target and row key count, because others split other rows. A split by
    time has no salt. The registry names the salt too, for a store whose candidates were removed.
    """
    for data in _summaries(store, log):
        if (data.target, data.row_key, data.time) == (target, row_key, None):
            return data.split_salt
    registry = log.registry
    if registry is not None and registry.candidate_id not in store.candidates.ids():
        return registry.split_salt or None
    return None


def _summaries(store: ModelStore, log: DecisionLog) -> Iterator[DataSummary]:
    """Yield the data of the model in production, and of all candidates from the newest on."""
    names = store.candidates.ids()[::-1]
    if log.registry is not None and log.registry.candidate_id in names:
        names.insert(0, log.registry.candidate_id)
    for name in names:
        with contextlib.suppress(StoreError, OSError):  # another trainer removed it
            yield store.candidates.manifest(name).data
