"""Which rows of a holdout a model has seen: those that had a part in making it.

A score on such rows says how well a model remembers, and nothing about rows to come.
"""

from pathlib import Path

import numpy as np

from gatekeeper.slices import Mask
from shared.document import Finite, Part, Positive
from shared.documents import Count, Descriptor
from shared.errors import DocumentError, StoreError
from shared.row_hashes import RowHashes, decode_row_hashes
from shared.safe_read import read_verified


class RowsFile(Part):
    """The rows.npz of one candidate, where it stands."""

    directory: str
    file: Descriptor

    def read(self) -> RowHashes:
        """Read it; raises StoreError or DocumentError."""
        directory = Path(self.directory)
        return decode_row_hashes(read_verified(directory, self.file), directory / self.file.name)


class SeenRows(Part):
    """What row hashes say about the challenger's holdout; None where they say nothing."""

    rows: Positive
    """Of the holdout."""
    challenger: Count | None = None
    """Of these, the rows that the challenger was fitted on."""
    champion: Count | None = None
    """Of these, the rows that the champion was fitted on."""
    lost: Finite | None = None
    """The share of the champion's holdout rows that this holdout has no more."""
    challenger_error: str = ""
    """Why the challenger's hashes cannot be read, as one sentence."""
    champion_error: str = ""
    """Why the champion's cannot."""


def find_seen_rows(
    rows: int, challenger: RowsFile | None, champion: RowsFile | None
) -> tuple[SeenRows, Mask]:
    """Compare what both models were fitted on with a holdout of so many rows.

    *champion* is None where its hashes cannot be compared with the challenger's. The mask, shape
    [rows], is True for the rows that the champion was fitted on.
    """
    found, mask = SeenRows(rows=rows), np.zeros(rows, dtype=bool)
    if challenger is None:
        return found, mask
    try:
        ours = _of_holdout(challenger, rows)
    except (StoreError, OSError) as error:
        return found.model_copy(update={"challenger_error": str(error)}), mask
    seen = np.isin(ours.holdout, ours.fitted)
    found = found.model_copy(update={"challenger": int(seen.sum())})
    if champion is None:
        return found, mask
    try:
        theirs = champion.read()
    except (StoreError, OSError) as error:
        return found.model_copy(update={"champion_error": str(error)}), mask
    mask = np.isin(ours.holdout, theirs.fitted)
    lost = 1 - np.isin(np.unique(theirs.holdout), ours.holdout).mean() if len(theirs.holdout) else 0
    return found.model_copy(update={"champion": int(mask.sum()), "lost": float(lost)}), mask


def _of_holdout(file: RowsFile, rows: int) -> RowHashes:
    hashes = file.read()
    if len(hashes.holdout) != rows:
        raise DocumentError(
            f"{file.file.name} has hashes of {len(hashes.holdout)} holdout rows; "
            f"the holdout has {rows}."
        )
    return hashes
