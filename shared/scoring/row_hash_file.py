"""rows.npz: hashes of the rows that a candidate was fitted on, and of its holdout.

The file contains two arrays of uint64 (see `shared.scoring.npz_arrays`): `fitted`, sorted and
unique, and `holdout`, in the order of holdout.npz. The hash is the trainer's split hash with an
empty salt (see docs/volume-format.md), so a row has the same hash in every run.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from shared.contract.layout import ROWS
from shared.errors import DocumentError
from shared.scoring.npz_arrays import NpzReader, encode_arrays

Hashes: TypeAlias = npt.NDArray[np.uint64]

_FITTED = "fitted"
_HOLDOUT = "holdout"
_HASH = np.dtype("<u8")


@dataclass(frozen=True)
class RowHashes:
    """The hashes of one candidate's rows."""

    fitted: Hashes
    """Shape [n], uint64: the rows used for fitting or selection, sorted and unique."""
    holdout: Hashes
    """Shape [m], uint64: the rows of the holdout, in their order."""


def encode_row_hashes(hashes: RowHashes) -> bytes:
    """Return the bytes of rows.npz; raise DocumentError if they exceed MAX_BYTES."""
    return encode_arrays(ROWS, {_FITTED: hashes.fitted, _HOLDOUT: hashes.holdout})


def decode_row_hashes(data: bytes, source: Path | str) -> RowHashes:
    """Parse rows.npz; raise DocumentError if `encode_row_hashes` cannot have written it."""
    arrays = NpzReader(data, source)
    fitted, holdout = arrays.read(_FITTED, _HASH), arrays.read(_HOLDOUT, _HASH)
    if (fitted[1:] <= fitted[:-1]).any():
        raise DocumentError(f"{source}: {_FITTED} is not sorted, or contains a hash twice.")
    return RowHashes(fitted, holdout)
