"""Decide which live rows the table has already.

A row is known by its key. Without keys, it is known by its values. If keys repeat in the table,
such as those of customers, it is known by both.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.inference.servable import Rows
from shared.scoring.row_hash_file import Hashes
from trainer.dataset.dataset import Dataset
from trainer.dataset.row_hashing import hash_rows
from trainer.live_rows.live_encoder import LiveRows, Mask


class KnownRows:
    """The rows of a table without live rows."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        keys = frozenset() if dataset.keys is None else frozenset(dataset.keys)
        self.keys: frozenset[str] = keys if len(keys) == len(dataset.rows) else frozenset()
        """The keys that identify a row each; empty if they repeat."""

    def find(self, live: LiveRows, features: Sequence[Feature]) -> Mask:
        """Return which rows of *live* are in the table; rows with one of `keys` were left out.

        Args:
            live: The live rows.
            features: Those of *live*, with its categories.
        """
        if self.keys:
            return np.zeros(len(live.rows), np.bool_)
        own = self._dataset.schema.features
        hashes = self._hash(live.rows, features)
        if self._dataset.keys is None:
            found: Mask = np.isin(hashes, self._hash(self._dataset.rows, own))
            return found
        wanted = frozenset(live.keys)
        places = np.flatnonzero([key in wanted for key in self._dataset.keys])
        table = _pair(self._dataset.keys[places], self._hash(self._dataset.rows[places], own))
        known = frozenset(table)
        return np.array([pair in known for pair in _pair(live.keys, hashes)], np.bool_)

    def _hash(self, rows: Rows, features: Sequence[Feature]) -> Hashes:
        schema = replace(self._dataset.schema, features=tuple(features))
        return hash_rows(replace(self._dataset, rows=rows, schema=schema, keys=None), "")


def _pair(keys: npt.NDArray[np.object_], hashes: Hashes) -> list[tuple[str, int]]:
    return list(zip(keys.tolist(), hashes.tolist(), strict=True))
