"""holdout.npz: rows that no model was trained on. The trainer writes it; the gatekeeper reads it.

The file contains arrays of the same length (see `shared.scoring.npz_arrays`):

- `feature_0` … `feature_{n-1}`, float64, encoded by `shared.inference.feature_encoding`, in the
  order of the artefact's features;
- `target`: class indices (int64), or a regressor's numbers (float64);
- `time`, float64, only if the data set is split by time: the time of each row, as in the manifest;
- the arrays of `shared.scoring.slice_columns`, only if the trainer keeps columns for slices.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Artefact
from shared.contract.layout import HOLDOUT
from shared.errors import DocumentError
from shared.inference.feature_encoding import check_values
from shared.inference.servable import Rows
from shared.scoring.npz_arrays import NpzReader, encode_arrays
from shared.scoring.slice_columns import (
    SliceColumns,
    decode_slice_columns,
    encode_slice_columns,
)

_TARGET = "target"
_TIME = "time"
_FLOAT = np.dtype("<f8")
_INTEGER = np.dtype("<i8")


@dataclass(frozen=True)
class Holdout:
    """Rows and their true targets."""

    rows: Rows
    """Shape [n, features], float64, n at least 1; NaN is a missing value of a nullable feature."""
    target: npt.NDArray[np.int64] | npt.NDArray[np.float64]
    """Shape [n]: class indices (int64), or numbers of a regressor (float64)."""
    times: npt.NDArray[np.float64] | None = None
    """Shape [n]: the time of each row; None if the data set is not split by time."""
    kept: SliceColumns | None = None
    """Columns for slices that are not features; None without TRAINER_SLICE_COLUMNS."""

    def select(self, mask: npt.NDArray[np.bool_]) -> "Holdout":
        """Return the rows where *mask*, shape [n], is True."""
        times = None if self.times is None else self.times[mask]
        kept = None if self.kept is None else self.kept.select(mask)
        return Holdout(self.rows[mask], self.target[mask], times, kept)


def encode_holdout(holdout: Holdout) -> bytes:
    """Return the bytes of holdout.npz; raise DocumentError if they exceed MAX_BYTES."""
    rows = holdout.rows.astype(_FLOAT, copy=False)
    is_index = np.issubdtype(holdout.target.dtype, np.integer)
    target = holdout.target.astype(_INTEGER if is_index else _FLOAT)
    columns = {_feature(index): column for index, column in enumerate(rows.T)}
    times = {} if holdout.times is None else {_TIME: holdout.times.astype(_FLOAT)}
    kept = encode_slice_columns(holdout.kept)
    return encode_arrays(HOLDOUT, {**columns, _TARGET: target, **times, **kept})


def decode_holdout(data: bytes, artefact: Artefact, source: Path | str) -> Holdout:
    """Parse holdout.npz as the holdout of *artefact*; errors call it *source*.

    Raises DocumentError for bytes that `encode_holdout` cannot have written for this artefact.
    """
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
            f"{source}: the target must be from 0 to {len(artefact.classes) - 1}; "
            f"found {target.min()} to {target.max()}."
        )
    if not np.isfinite(target).all():
        raise DocumentError(f"{source}: the target contains numbers that are not finite.")
    times = arrays.read(_TIME, _FLOAT) if arrays.has(_TIME) else None
    if times is not None and (len(times) != len(target) or not np.isfinite(times).all()):
        raise DocumentError(f"{source}: {_TIME} must be one finite number for each row.")
    return Holdout(rows, target, times, decode_slice_columns(arrays, len(target), source))


def _feature(index: int) -> str:
    return f"feature_{index}"
