"""A number for each row that stays the same for ever: what it says hashed, not where it stands.

The hash is the first 8 bytes, big-endian, of BLAKE2b over one line of JSON, then the row. With
features: the line is ["features", salt, names in sorted order], the row its values in that order,
8 bytes each. A number is a little-endian float64, zero without a sign, a boolean 1.0 or 0.0, a
missing value of any type the NaN 0x7ff8000000000000; a text is the first 8 bytes of BLAKE2b of its
UTF-8. With a key: ["key", salt], the key as UTF-8.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shared.contract import strict_json
from shared.contract.documents import Feature
from shared.inference.servable import Rows
from shared.scoring.row_hash_file import Hashes, RowHashes
from trainer.dataset.dataset import Dataset

if TYPE_CHECKING:
    from hashlib import blake2b

_HASH_BYTES = 8
_BLOCK_ROWS = 65536


def hash_rows(dataset: Dataset, salt: str) -> Hashes:
    """The hash of each row, shape [n]."""
    if dataset.keys is None:
        features = dataset.schema.features
        order = sorted(range(len(features)), key=lambda place: features[place].name)
        state = _start(["features", salt, [features[place].name for place in order]])
        hashes = _hash_each(state, _canonical_rows(dataset.rows, features, order))
    else:
        state = _start(["key", salt])
        hashes = _hash_each(state, (str(key).encode() for key in dataset.keys))
    return np.frombuffer(hashes, dtype=">u8").astype(np.uint64)


def hash_splits(dataset: Dataset, holdout_rows: int) -> RowHashes:
    """What the rows are for, of which the last are the holdout.

    Validation rows count as fitted: they have chosen the model.
    """
    hashes = hash_rows(dataset, "")
    end = len(hashes) - holdout_rows
    return RowHashes(np.unique(hashes[:end]), hashes[end:])


def _start(prefix: list[object]) -> "blake2b":
    return hashlib.blake2b(strict_json.encode_line(prefix), digest_size=_HASH_BYTES)


def _hash_each(state: "blake2b", items: Iterable[bytes]) -> bytes:
    digests = bytearray()
    for item in items:
        one = state.copy()
        one.update(item)
        digests += one.digest()
    return bytes(digests)


def _canonical_rows(rows: Rows, features: Sequence[Feature], order: list[int]) -> Iterator[bytes]:
    texts = {
        place: _canonical_texts(features[of].categories or ())
        for place, of in enumerate(order)
        if features[of].categories
    }
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = np.ascontiguousarray(rows[start : start + _BLOCK_ROWS][:, order], dtype="<f8")
        block += 0.0  # -0.0 + 0.0 is 0.0: equal values have equal bytes
        for place, table in texts.items():
            codes = block[:, place]
            block.view("<u8")[:, place] = table[np.where(np.isnan(codes), -1, codes).astype(int)]
        data = block.tobytes()
        width = len(data) // len(block)
        yield from (data[at : at + width] for at in range(0, len(data), width))


def _canonical_texts(categories: Sequence[str]) -> npt.NDArray[np.uint64]:
    """The 8 bytes of each category by its code, and at the end those of a missing one."""
    hashes = [hashlib.blake2b(t.encode(), digest_size=_HASH_BYTES).digest() for t in categories]
    missing = np.array(np.nan, dtype="<f8").tobytes()
    return np.frombuffer(b"".join([*hashes, missing]), dtype="<u8")
