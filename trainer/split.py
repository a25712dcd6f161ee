"""Which part of the data a row belongs to: decided by a hash of the row, for ever.

The data may grow, be shuffled, hold a row twice or have a label corrected: a row stays in its
part, so that no model that was ever trained has seen a row of a later holdout.

The hash is the first 8 bytes, big-endian, of BLAKE2b over one line of JSON, then the row. With
features: the line is ["features", salt, names in sorted order], the row its values in that order
as little-endian float64, zero without a sign. With a key: ["key", salt], the key as UTF-8.
Divided by 2^64 it falls below 0.6 (train), below 0.8 (validation), or into the holdout.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shared import strict_json
from shared.errors import DatasetError
from shared.metrics import Truth
from shared.servable import Rows
from trainer.dataset import Dataset

if TYPE_CHECKING:
    from hashlib import blake2b

TRAIN_SHARE = 0.6
VALIDATION_SHARE = 0.2
_HASH_BYTES = 8
_BLOCK_ROWS = 65536


@dataclass(frozen=True)
class Part:
    """Some rows and their classes."""

    rows: Rows
    target: Truth

    def __post_init__(self) -> None:
        """Make the rows read-only: no estimator that works in place may change the next one's."""
        self.rows.flags.writeable = False


@dataclass(frozen=True)
class Parts:
    """Train fits, validation chooses, the holdout judges."""

    train: Part
    validation: Part
    holdout: Part

    def named(self) -> dict[str, Part]:
        """The parts by the names they have in manifests and messages."""
        return {"train": self.train, "validation": self.validation, "holdout": self.holdout}


def split(dataset: Dataset, salt: str) -> Parts:
    """Split all rows, about 60/20/20.

    Raises DatasetError when a part lacks a class.
    """
    fractions = _fractions(dataset, salt)
    train = fractions < TRAIN_SHARE
    validation = ~train & (fractions < TRAIN_SHARE + VALIDATION_SHARE)
    parts = Parts(
        *(
            Part(dataset.rows[chosen], dataset.target[chosen])
            for chosen in (train, validation, ~train & ~validation)
        )
    )
    for name, part in parts.named().items():
        _require_every_class(name, part, dataset.schema.classes)
    return parts


def _require_every_class(name: str, part: Part, classes: tuple[str, ...]) -> None:
    counts = np.bincount(part.target, minlength=len(classes))
    lacking = [label for label, count in zip(classes, counts, strict=True) if not count]
    if lacking:
        raise DatasetError(
            f"The {name} part ({len(part.target)} rows) has no row of class {lacking[0]!r}. "
            "Set TRAINER_SPLIT_SALT to another text to split the rows another way, or bring more "
            "rows of that class."
        )


def _fractions(dataset: Dataset, salt: str) -> npt.NDArray[np.float64]:
    """A number in [0, 1) for each row, shape [n]."""
    if dataset.keys is None:
        given = dataset.schema.names
        order = sorted(range(len(given)), key=lambda place: given[place])
        names = [given[place] for place in order]
        state = _start(["features", salt, names])
        hashes = _hash_each(state, _canonical_rows(dataset.rows, order))
    else:
        state = _start(["key", salt])
        hashes = _hash_each(state, (str(key).encode() for key in dataset.keys))
    return np.frombuffer(hashes, dtype=">u8") / 2.0**64


def _start(prefix: list[object]) -> "blake2b":
    return hashlib.blake2b(strict_json.encode_line(prefix), digest_size=_HASH_BYTES)


def _hash_each(state: "blake2b", items: Iterable[bytes]) -> bytes:
    digests = bytearray()
    for item in items:
        one = state.copy()
        one.update(item)
        digests += one.digest()
    return bytes(digests)


def _canonical_rows(rows: Rows, order: list[int]) -> Iterator[bytes]:
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = np.ascontiguousarray(rows[start : start + _BLOCK_ROWS][:, order], dtype="<f8")
        data = (block + 0.0).tobytes()  # -0.0 + 0.0 is 0.0: equal values have equal bytes
        width = len(data) // len(block)
        yield from (data[at : at + width] for at in range(0, len(data), width))
