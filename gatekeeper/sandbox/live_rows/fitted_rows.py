"""Find the logged rows that a model was fitted on, by the hashes of its rows."""

from collections.abc import Sequence

import numpy as np

from gatekeeper.evidence.comparison_messages import RowsFile
from gatekeeper.sandbox.live_rows.key_spellings import spell_key
from gatekeeper.sandbox.live_rows.row_kinds import Mask
from gatekeeper.sandbox.live_rows.usable_rows import encode_live_rows
from shared.contract.documents import Artefact
from shared.inference.feature_encoding import UNSEEN
from shared.prediction_log.logged_row import LoggedRow
from shared.scoring.row_hash_file import Hashes, decode_row_hashes
from shared.scoring.row_hashing import (
    begin_feature_hash,
    begin_key_hash,
    hash_contents,
    iterate_rows,
)
from shared.store.verified_read import read_verified


def find_fitted(
    rows: Sequence[LoggedRow], mask: Mask, artefact: Artefact, file: RowsFile, *, has_keys: bool
) -> Mask:
    """Return which of the logged *rows* a model was fitted on, as far as *mask* asks for them.

    No training row has a category that the model does not know.

    Args:
        rows: The logged rows.
        mask: The rows that are looked for, shape [n].
        artefact: The model's.
        file: The hashes of the rows that it was fitted on.
        has_keys: Whether these are the hashes of keys, which are the ids of logged rows.

    Raises:
        StoreError: The file is damaged.
        OSError: The file cannot be read.
    """
    data = read_verified(file.directory, file.file)
    fitted = decode_row_hashes(data, file.file.name).fitted
    indices = np.flatnonzero(mask).tolist()
    chosen = [rows[index] for index in indices]
    find = _find_keys if has_keys else _find_values
    found = np.zeros(len(rows), dtype=bool)
    found[indices] = find(chosen, artefact, fitted)
    return found


def _find_keys(rows: Sequence[LoggedRow], _artefact: Artefact, fitted: Hashes) -> Mask:
    """Return which ids are keys in one of their spellings, shape [n]."""
    spellings = [(index, key) for index, row in enumerate(rows) for key in spell_key(row.id)]
    hashes = hash_contents(begin_key_hash(""), (key.encode() for _, key in spellings))
    owners = np.array([index for index, _ in spellings], dtype=np.intp)
    found = np.zeros(len(rows), dtype=bool)
    found[owners[np.isin(hashes, fitted)]] = True
    return found


def _find_values(rows: Sequence[LoggedRow], artefact: Artefact, fitted: Hashes) -> Mask:
    """Return which rows have the values of a fitted row, shape [n]."""
    features, encoded = artefact.features, encode_live_rows(rows, artefact).rows
    hashes = hash_contents(begin_feature_hash(features, ""), iterate_rows(encoded, features))
    is_category = [feature.type == "category" for feature in features]
    is_unknown = ((encoded == UNSEEN) & is_category).any(axis=1)
    is_fitted: Mask = np.isin(hashes, fitted) & ~is_unknown
    return is_fitted
