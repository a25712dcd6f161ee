"""Find the rows of a holdout that a model was fitted on.

A score on such rows shows how well a model remembers, not how well it predicts new rows.
A model that was split by time has seen all rows up to a time. Of other models, hashes tell the
rows that they have seen.
"""

import numpy as np

from gatekeeper.evidence.comparison_messages import ComparisonRequest, RowsFile, SeenRows
from gatekeeper.sandbox.column_slices import Mask
from shared.contract.layout import HOLDOUT
from shared.errors import DocumentError, StoreError
from shared.scoring.holdout_file import Holdout
from shared.scoring.row_hash_file import RowHashes, decode_row_hashes
from shared.store.verified_read import read_verified


def find_seen_rows(
    request: ComparisonRequest, holdout: Holdout
) -> tuple[SeenRows, Mask, RowHashes | None]:
    """Compare the rows that both models were fitted on with the challenger's *holdout*.

    The mask has the shape [rows] and is True for rows that the champion was fitted on. The hashes
    are the challenger's; None if it has none, or if they cannot be read.
    """
    rows = len(holdout.target)
    found, mask = SeenRows(rows=rows), np.zeros(rows, dtype=bool)
    is_by_time = request.challenger_until is not None
    try:
        seen = _find_older(holdout, request.challenger_until)
        ours = _read_for_holdout(request.challenger_rows, rows)
    except (StoreError, OSError) as error:
        return found.model_copy(update={"challenger_error": str(error)}), mask, None
    if seen is None and ours is not None:
        seen = np.isin(ours.holdout, ours.fitted)
    if seen is None:
        return found, mask, ours
    found = found.model_copy(update={"challenger": int(seen.sum())})
    theirs_seen = _find_older(holdout, request.champion_until)
    if theirs_seen is not None:
        mask = theirs_seen
        found = found.model_copy(update={"champion": int(mask.sum())})
    if ours is None or request.champion_rows is None:
        return found, mask, ours
    try:
        theirs = _read(request.champion_rows)
        earlier = [_read(file).holdout for file in request.earlier_rows]
    except (StoreError, OSError) as error:
        return found.model_copy(update={"champion_error": str(error)}), mask, ours
    if found.champion is None:
        mask = np.isin(ours.holdout, theirs.fitted)
    # By time, the champion's holdout becomes training data: its rows must only be there.
    known = np.concatenate([ours.holdout, ours.fitted]) if is_by_time else ours.holdout
    kept = np.unique(np.concatenate([theirs.holdout, *earlier]))
    is_lost = np.isin(kept, known, invert=True)
    counts = {
        "champion": int(mask.sum()),
        "kept_rows": len(kept),
        "lost_fraction": float(is_lost.mean()) if len(kept) else 0.0,
        "reused": int(np.isin(ours.holdout[~mask], theirs.holdout).sum()),
    }
    return found.model_copy(update=counts), mask, ours


def find_rows_of_pinned(
    request: ComparisonRequest, holdout: Holdout, ours: RowHashes | None
) -> Mask | None:
    """Return which rows of *holdout* the pinned version was fitted on; None if that is unknown.

    *ours* are the hashes of the challenger's rows.
    """
    try:
        older = _find_older(holdout, request.pinned_until)
        if older is not None or request.pinned_rows is None or ours is None:
            return older
        fitted = _read(request.pinned_rows).fitted
    except (StoreError, OSError):
        return None
    return np.isin(ours.holdout, fitted)


def _find_older(holdout: Holdout, until: float | None) -> Mask | None:
    """Return which rows are not newer than *until*; None without a split by time."""
    if until is None:
        return None
    if holdout.times is None:
        raise DocumentError(f"{HOLDOUT} has no times, but the manifest names a split by time.")
    return holdout.times <= until


def _read_for_holdout(file: RowsFile | None, rows: int) -> RowHashes | None:
    if file is None:
        return None
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
