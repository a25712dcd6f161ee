"""Which part of the data a row belongs to: decided by a hash of the row, for ever.

The data may grow, be shuffled, hold a row twice or have a label corrected: a row stays in its
part, so that no model that was ever trained has seen a row of a later holdout. New texts of a
category and the first missing value of a column move no row either.

The hash is the first 8 bytes, big-endian, of BLAKE2b over one line of JSON, then the row. With
features: the line is ["features", salt, names in sorted order], the row its values in that order,
8 bytes each. A number is a little-endian float64, zero without a sign, a boolean 1.0 or 0.0, a
missing value of any type the NaN 0x7ff8000000000000; a text is the first 8 bytes of BLAKE2b of its
UTF-8. With a key: ["key", salt], the key as UTF-8.
Divided by 2^64 it falls below 0.6 (train), below 0.8 (validation), or into the holdout.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shared import strict_json
from shared.documents import Feature
from shared.errors import DatasetError
from shared.metrics import Truth
from shared.servable import Rows
from trainer.dataset import Dataset

if TYPE_CHECKING:
    from hashlib import blake2b

TRAIN_SHARE = 0.6
VALIDATION_SHARE = 0.2
_PARTS = ("train", "validation", "holdout")
_FEWEST_ROWS = 2
"""Of a part of a regression: r2 of one row is not defined."""
_HASH_BYTES = 8
_BLOCK_ROWS = 65536


@dataclass(frozen=True)
class Part:
    """Some rows, and their classes or numbers."""

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
        return dict(zip(_PARTS, (self.train, self.validation, self.holdout), strict=True))


def split(dataset: Dataset, salt: str) -> Parts:
    """Split all rows, about 60/20/20.

    The rows are put in the order of their parts, which are views of them: a large table does not
    fit into memory twice. *dataset* has them in that order then.
    Raises DatasetError when a part lacks a class, or in a regression has hardly any row.
    """
    fractions = _fractions(dataset, salt)
    part_of = np.searchsorted((TRAIN_SHARE, TRAIN_SHARE + VALIDATION_SHARE), fractions, "right")
    order = np.argsort(part_of, kind="stable")
    for values in (*dataset.rows.T, dataset.target, dataset.keys):
        if values is not None:
            values[:] = values[order]
    ends = np.cumsum(np.bincount(part_of, minlength=3))
    parts = Parts(
        *(
            Part(dataset.rows[start:end], dataset.target[start:end])
            for start, end in zip((0, *ends), ends, strict=False)
        )
    )
    if dataset.schema.task == "classification":
        _require_enough_of_each_class(dataset)
    for name, part in parts.named().items():
        if dataset.schema.task == "regression":
            _require_rows(name, part)
        else:
            _require_every_class(name, part, dataset.schema.classes)
    return parts


def _require_rows(name: str, part: Part) -> None:
    if len(part.target) < _FEWEST_ROWS:
        raise DatasetError(
            f"The {name} part has {len(part.target)} rows, and needs at least {_FEWEST_ROWS}. "
            "Bring more rows, or set TRAINER_SPLIT_SALT to another text to split them another way."
        )


def _require_enough_of_each_class(dataset: Dataset) -> None:
    """No salt can put a row in each part where there are fewer rows than parts."""
    classes = dataset.schema.classes
    counts = np.bincount(dataset.target, minlength=len(classes)).tolist()
    label, count = min(zip(classes, counts, strict=True), key=lambda pair: pair[1])
    if count < len(_PARTS):
        raise DatasetError(
            f"Class {label!r} has {count} of {len(dataset.target)} rows; it needs one in each of "
            f"{', '.join(_PARTS)}. Bring more rows of that class, or leave it out."
        )


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
        features = dataset.schema.features
        order = sorted(range(len(features)), key=lambda place: features[place].name)
        state = _start(["features", salt, [features[place].name for place in order]])
        hashes = _hash_each(state, _canonical_rows(dataset.rows, features, order))
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
