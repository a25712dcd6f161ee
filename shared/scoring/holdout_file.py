"""holdout.npz: the rows that no model was trained on. The trainer writes it, the gatekeeper reads.

Plain arrays (see `shared.scoring.npz_arrays`) of one length: `feature_0` … `feature_{n-1}`
(float64, in the order of the artefact's features, values held as in
`shared.inference.feature_encoding`) and `target` (int64 class indices, or float64 numbers for a
regressor).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Artefact
from shared.errors import DocumentError
from shared.inference.feature_encoding import check_values
from shared.inference.servable import Rows
from shared.scoring.npz_arrays import NpzReader, encode_arrays

MAX_HOLDOUT_BYTES = 1 << 30
"""The largest holdout that is written or read: 1 GiB, 4 million rows of 30 features."""

_TARGET = "target"
_FLOAT = np.dtype("<f8")
_INTEGER = np.dtype("<i8")


@dataclass(frozen=True)
class Holdout:
    """Rows and their true answers."""

    rows: Rows
    """Shape [n, features], n at least 1; NaN where a nullable feature has no value."""
    target: npt.NDArray[np.int64] | npt.NDArray[np.float64]
    """Shape [n]: class indices (int64), or a regressor's numbers (float64)."""


def encode_holdout(holdout: Holdout) -> bytes:
    """The bytes of holdout.npz; the same holdout always gives the same bytes.

    Raises DocumentError when they would be more than a reader accepts.
    """
    size = holdout.rows.nbytes + holdout.target.nbytes
    if size > MAX_HOLDOUT_BYTES:
        raise DocumentError(
            f"The holdout takes {size >> 20} MiB; at most {MAX_HOLDOUT_BYTES >> 20} are allowed."
        )
    columns = {_feature(i): column.astype(_FLOAT) for i, column in enumerate(holdout.rows.T)}
    is_index = np.issubdtype(holdout.target.dtype, np.integer)
    target = holdout.target.astype(_INTEGER if is_index else _FLOAT)
    return encode_arrays({**columns, _TARGET: target})


def decode_holdout(data: bytes, artefact: Artefact, source: Path | str) -> Holdout:
    """Read holdout.npz as the holdout of *artefact*; *source* is named in errors.

    Raises DocumentError for anything that `encode_holdout` would not have written for it.
    """
    if len(data) > MAX_HOLDOUT_BYTES + (1 << 20):  # room for the zip's own bytes
        raise DocumentError(f"{source} has {len(data)} bytes; {MAX_HOLDOUT_BYTES} are allowed.")
    arrays = NpzReader(data, source)
    is_classifier = artefact.task == "classification"
    target = arrays.read(_TARGET, _INTEGER if is_classifier else _FLOAT)
    rows = np.empty((len(target), len(artefact.features)), dtype=np.float64)
    for index in range(rows.shape[1]):
        column = arrays.read(_feature(index), _FLOAT)
        if len(column) != len(target):
            raise DocumentError(
                f"{source}: {_feature(index)} has {len(column)} rows, the target {len(target)}."
            )
        rows[:, index] = column
    if not len(target):
        raise DocumentError(f"{source} has no rows.")
    check_values(rows, artefact.features, source)
    if is_classifier and (target.min() < 0 or target.max() >= len(artefact.classes)):
        raise DocumentError(
            f"{source}: the target must lie in 0 … {len(artefact.classes) - 1}, "
            f"but reaches from {target.min()} to {target.max()}."
        )
    if not np.isfinite(target).all():
        raise DocumentError(f"{source}: some of the target is not finite.")
    return Holdout(rows, target)


def _feature(index: int) -> str:
    return f"feature_{index}"
