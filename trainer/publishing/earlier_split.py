"""Find the split that an earlier run recorded in the store."""

import contextlib
from collections.abc import Iterator

from shared.contract.documents import DataSummary
from shared.errors import StoreError
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore
from trainer.dataset.split import SPLITS, SplitRule


def find_recorded_split(
    store: ModelStore, log: DecisionLog, target: str, row_key: str | None
) -> SplitRule | None:
    """Return the split of the model in production, or of the newest candidate; None without one.

    Only runs with the same target and row key count, because others split other rows. A split by
    time has no rule. The registry names the salt too, for a store whose candidates were removed.
    """
    for data in _summaries(store, log):
        if (data.target, data.row_key, data.time) == (target, row_key, None):
            moved = {int(row, 16): SPLITS.index(name) for row, name in data.moved_rows.items()}
            return SplitRule(data.split_salt, moved)
    registry = log.registry
    if registry is None or registry.candidate_id in store.candidates.ids():
        return None
    return SplitRule(registry.split_salt) if registry.split_salt else None


def _summaries(store: ModelStore, log: DecisionLog) -> Iterator[DataSummary]:
    """Yield the data of the model in production, and of all candidates from the newest on."""
    names = store.candidates.ids()[::-1]
    if log.registry is not None and log.registry.candidate_id in names:
        names.insert(0, log.registry.candidate_id)
    for name in names:
        with contextlib.suppress(StoreError, OSError):  # another trainer removed it
            yield store.candidates.manifest(name).data
