"""Find the rows that the holdout of the model in production had."""

import numpy as np

from shared.contract.layout import ROWS
from shared.errors import StoreError
from shared.scoring.row_hash_file import Hashes, decode_row_hashes
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore
from shared.store.verified_read import read_verified


def find_earlier_rows(store: ModelStore, log: DecisionLog) -> Hashes:
    """Return their hashes without a salt; none without such a model, or without its candidate."""
    none = np.empty(0, dtype=np.uint64)
    if log.registry is None:
        return none
    candidate = log.registry.candidate_id
    try:
        descriptor = store.candidates.manifest(candidate).file(ROWS)
        folder = store.layout.candidate(candidate)
        return decode_row_hashes(read_verified(folder, descriptor), folder / ROWS).holdout
    except (StoreError, OSError):  # it was removed, or has no hashes
        return none
