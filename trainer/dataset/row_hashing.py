"""Hash the rows of a data set, as `shared.scoring.row_hashing` describes.

With TRAINER_ROW_KEY a row is its key, otherwise the values of its features.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shared.scoring.row_hash_file import Hashes, RowHashes
from shared.scoring.row_hashing import (
    begin_feature_hash,
    begin_key_hash,
    hash_contents,
    iterate_rows,
)
from trainer.dataset.dataset import Dataset

if TYPE_CHECKING:
    from hashlib import blake2b


def hash_rows(dataset: Dataset, salt: str) -> Hashes:
    """Return the hash of each row, shape [n]."""
    return hash_contents(begin_hash(dataset, salt), iterate_contents(dataset))


def begin_hash(dataset: Dataset, salt: str) -> "blake2b":
    """Return the hash of the line before each row."""
    if dataset.keys is not None:
        return begin_key_hash(salt)
    return begin_feature_hash(dataset.schema.features, salt)


def iterate_contents(
    dataset: Dataset, indices: npt.NDArray[np.intp] | None = None
) -> Iterator[bytes]:
    """Yield the bytes of each row, or only of the rows at *indices*, behind that line."""
    if dataset.keys is not None:
        keys = dataset.keys if indices is None else dataset.keys[indices]
        yield from (str(key).encode() for key in keys)
        return
    yield from iterate_rows(dataset.rows, dataset.schema.features, indices)


def hash_splits(dataset: Dataset, holdout_rows: int) -> RowHashes:
    """Return the hashes of the holdout (the last rows), and of the rows that were fitted.

    Validation rows count as fitted, because they chose the model.
    """
    hashes = hash_rows(dataset, "")
    end = len(hashes) - holdout_rows
    return RowHashes(np.unique(hashes[:end]), hashes[end:])
