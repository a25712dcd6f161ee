"""Find the rows of a holdout that a model was fitted on.

A score on such rows shows how well a model remembers, not how well it predicts new rows.
"""

import numpy as np

from gatekeeper.evidence.comparison_messages import RowsFile, SeenRows
from gatekeeper.sandbox.slices import Mask
from shared.errors import DocumentError, StoreError
from shared.scoring.row_hash_file import RowHashes, decode_row_hashes
from shared.store.verified_read import read_verified


def find_seen_rows(
    rows: int, challenger: RowsFile | None, champion: RowsFile | None
) -> tuple[SeenRows, Mask]:
    """Compare the rows that both models were fitted on with a holdout of *rows* rows.

    *champion* is `None` if its hashes cannot be compared with the challenger's. The mask has shape
    [rows] and is True for rows that the champion was fitted on.
    """
    found, mask = SeenRows(rows=rows), np.zeros(rows, dtype=bool)
    if challenger is None:
        return found, mask
    try:
        ours = _read_for_holdout(challenger, rows)
    except (StoreError, OSError) as error:
        return found.model_copy(update={"challenger_error": str(error)}), mask
    seen = np.isin(ours.holdout, ours.fitted)
    found = found.model_copy(update={"challenger": int(seen.sum())})
    if champion is None:
        return found, mask
    try:
        theirs = _read(champion)
    except (StoreError, OSError) as error:
        return found.model_copy(update={"champion_error": str(error)}), mask
    mask = np.isin(ours.holdout, theirs.fitted)
    is_lost = np.isin(np.unique(theirs.holdout), ours.holdout, invert=True)
    lost = is_lost.mean() if len(is_lost) else 0.0
    counts = {"champion": int(mask.sum()), "lost_fraction": float(lost)}
    return found.model_copy(update=counts), mask


def _read_for_holdout(file: RowsFile, rows: int) -> RowHashes:
    hashes = _read(file)
    if len(hashes.holdout) != rows:
        raise DocumentError(
            f"{file.file.name} has hashes of {len(hashes.holdout)} holdout rows; "
            f"the holdout has {rows}."
        )
    return hashes


def _read(file: RowsFile) -> RowHashes:
    data = read_verified(file.directory, file.file)
    return decode_row_hashes(data, file.directory / file.file.name)
