"""rows.npz: which rows a candidate was fitted on, and which are its holdout, as hashes.

Plain arrays (see `shared.scoring.npz_arrays`) of uint64: `fitted`, sorted, each once, and
`holdout`, in the order of holdout.npz. A hash is that by which the trainer splits, with an empty
salt (see docs/volume-format.md), so that the same row has the same hash in every run.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from shared.errors import DocumentError
from shared.scoring.npz_arrays import NpzReader, encode_arrays

Hashes: TypeAlias = npt.NDArray[np.uint64]

MAX_ROWS_BYTES = 1 << 30
"""The largest file that is written or read: 1 GiB, 134 million rows."""

_FITTED = "fitted"
_HOLDOUT = "holdout"
_HASH = np.dtype("<u8")


@dataclass(frozen=True)
class RowHashes:
    """The rows of one candidate."""

    fitted: Hashes
    """Shape [n]: of the rows that had a part in making the model, sorted, each once."""
    holdout: Hashes
    """Shape [m]: of the rows that judge it, in their order."""


def encode_row_hashes(hashes: RowHashes) -> bytes:
    """The bytes of rows.npz; raises DocumentError when they would be more than a reader takes."""
    size = hashes.fitted.nbytes + hashes.holdout.nbytes
    if size > MAX_ROWS_BYTES:
        raise DocumentError(
            f"The hashes of the rows take {size >> 20} MiB; {MAX_ROWS_BYTES >> 20} are allowed."
        )
    return encode_arrays({_FITTED: hashes.fitted, _HOLDOUT: hashes.holdout})


def decode_row_hashes(data: bytes, source: Path | str) -> RowHashes:
    """Read rows.npz; raises DocumentError for what `encode_row_hashes` would not have written."""
    if len(data) > MAX_ROWS_BYTES + (1 << 20):  # room for the zip's own bytes
        raise DocumentError(f"{source} has {len(data)} bytes; {MAX_ROWS_BYTES} are allowed.")
    arrays = NpzReader(data, source)
    fitted, holdout = arrays.read(_FITTED, _HASH), arrays.read(_HOLDOUT, _HASH)
    if (fitted[1:] <= fitted[:-1]).any():
        raise DocumentError(f"{source}: {_FITTED} is not sorted, or holds a hash twice.")
    return RowHashes(fitted, holdout)
