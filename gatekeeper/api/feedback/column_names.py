"""The names of the user's own columns, under which a table of labels may have them."""

import itertools

from gatekeeper.feedback.csv_labels import ColumnNames
from shared.errors import StoreError
from shared.store.store import ModelStore

_LOOKS = 5
"""The most candidates that are read, the newest first."""


def find_column_names(store: ModelStore) -> ColumnNames:
    """Return the names of the row key and the target in the newest readable manifest."""
    for candidate_id in itertools.islice(reversed(store.candidates.ids()), _LOOKS):
        try:
            data = store.candidates.manifest(candidate_id).data
        except (StoreError, OSError):
            continue
        return ColumnNames(data.row_key, data.target)
    return ColumnNames(None, None)
