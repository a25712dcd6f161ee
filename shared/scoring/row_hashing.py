"""Hash a row by its values or its key, so that its hash never changes, wherever the row is.

The hash is the first 8 bytes, big-endian, of BLAKE2b over a line of JSON and the row.
With a row key: the line is ["key", salt], and the row is its key in UTF-8.
Without it: the line is ["features", salt, names in sorted order], and the row is its values in
that order, 8 bytes each:

- a number is a little-endian float64, zero without a sign; a boolean is 1.0 or 0.0;
- a missing value of any type is the NaN 0x7ff8000000000000;
- a string is the first 8 bytes of BLAKE2b of its UTF-8.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shared.contract import strict_json
from shared.contract.documents import Feature
from shared.inference.servable import Rows
from shared.scoring.row_hash_file import Hashes

if TYPE_CHECKING:
    from hashlib import blake2b

_HASH_BYTES = 8
_BLOCK_ROWS = 65536


def begin_key_hash(salt: str) -> "blake2b":
    """Return the hash of the line before each key."""
    return _start(["key", salt])


def begin_feature_hash(features: Sequence[Feature], salt: str) -> "blake2b":
    """Return the hash of the line before each row of *features*."""
    return _start(["features", salt, sorted(feature.name for feature in features)])


def hash_contents(state: "blake2b", contents: Iterable[bytes]) -> Hashes:
    """Return the hashes of *contents*, each behind the line that *state* has read."""
    digests = bytearray()
    for content in contents:
        digest = state.copy()
        digest.update(content)
        digests += digest.digest()
    return np.frombuffer(digests, dtype=">u8").astype(np.uint64)


def iterate_rows(
    rows: Rows, features: Sequence[Feature], indices: npt.NDArray[np.intp] | None = None
) -> Iterator[bytes]:
    """Yield the bytes of each row, or only of the rows at *indices*, behind that line.

    *rows* have the shape [n, features]. An unseen category has the bytes of a missing value.
    """
    order = sorted(range(len(features)), key=lambda index: features[index].name)
    category_hashes = {
        column: _hash_categories(features[index].categories or ())
        for column, index in enumerate(order)
        if features[index].categories
    }
    for start in range(0, len(rows if indices is None else indices), _BLOCK_ROWS):
        part = slice(start, start + _BLOCK_ROWS)
        chosen = rows[part if indices is None else indices[part]]
        block = np.ascontiguousarray(chosen[:, order], dtype="<f8")
        block += 0.0  # -0.0 + 0.0 is 0.0: equal values have equal bytes
        for column, table in category_hashes.items():
            codes = block[:, column]
            block.view("<u8")[:, column] = table[np.where(np.isnan(codes), -1, codes).astype(int)]
        data = block.tobytes()
        width = len(data) // len(block)
        yield from (data[at : at + width] for at in range(0, len(data), width))


def _start(prefix: list[object]) -> "blake2b":
    return hashlib.blake2b(strict_json.encode_line(prefix), digest_size=_HASH_BYTES)


def _hash_categories(categories: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Return the 8 bytes of each category by its code; those of a missing value are last."""
    hashes = [hashlib.blake2b(t.encode(), digest_size=_HASH_BYTES).digest() for t in categories]
    missing = np.array(np.nan, dtype="<f8").tobytes()
    return np.frombuffer(b"".join([*hashes, missing]), dtype="<u8")
