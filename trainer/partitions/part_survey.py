"""Survey one part: the ranges and values of its columns, its labels, and the split of its rows."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute

from shared.scoring.row_hash_file import Hashes
from trainer.dataset.labels import MAX_CLASSES
from trainer.dataset.split import SPLITS, SplitIndices, SplitRule, choose_splits
from trainer.partitions.file_parts import FilePart
from trainer.partitions.part_reader import PartReader, PartRows

HOLDOUT = SPLITS.index("holdout")
_LIMIT = float(np.finfo(np.float32).max)
_MOST_LABELS = MAX_CLASSES + 2
"""Different labels that are kept: more than a classification may have."""


@dataclass(frozen=True)
class PartSurvey:
    """The result for one part. Its size grows by some bytes for each row."""

    lowest: npt.NDArray[np.float64]
    highest: npt.NDArray[np.float64]
    missing: npt.NDArray[np.intp]
    """The rows without a value, of each feature."""
    beyond: npt.NDArray[np.intp]
    """The rows whose value is infinite or too large for float32, of each feature."""
    categories: tuple[tuple[str, ...] | None, ...]
    labels: dict[Any, list[int]]
    """The rows of each label in each split. Of many different numbers, only some."""
    label_range: tuple[float, float] | None
    """The lowest and highest label, if they are numbers."""
    unlabelled: int
    splits: SplitIndices
    fitted: Hashes
    """The hashes without a salt of train and validation, sorted and unique."""
    holdout: Hashes
    """The same of the rows in the holdout's range, in their order."""
    order: Hashes
    """The hashes with the salt of these rows, by which the holdout is drawn."""
    digest: str
    """The digest of all values and labels."""


def survey_part(reader: PartReader, rule: SplitRule, part: FilePart) -> PartSurvey:
    """Read a part, and split its rows by *rule*."""
    read = reader.read(part)
    plain = read.hash("")
    salted = read.hash(rule.salt) if rule.salt else plain
    splits = choose_splits(salted)
    for row, split in rule.moved.items():
        splits[plain == np.uint64(row)] = split
    held = splits == HOLDOUT
    with np.errstate(invalid="ignore", over="ignore"):
        return PartSurvey(
            lowest=np.fmin.reduce(read.rows),
            highest=np.fmax.reduce(read.rows),
            missing=np.isnan(read.rows).sum(axis=0),
            beyond=(np.abs(read.rows) > _LIMIT).sum(axis=0),
            categories=tuple(feature.categories for feature in read.features),
            labels=_count_labels(read.labels, splits),
            label_range=_find_range(read.labels),
            unlabelled=read.labels.null_count,
            splits=splits,
            fitted=np.unique(plain[~held]),
            holdout=plain[held],
            order=salted[held],
            digest=_digest(read),
        )


def _count_labels(labels: pa.ChunkedArray, splits: SplitIndices) -> dict[Any, list[int]]:
    values, codes = _encode(labels)
    is_known = codes >= 0
    places = codes[is_known] * len(SPLITS) + splits[is_known]
    counts = np.bincount(places, minlength=len(values) * len(SPLITS)).reshape(-1, len(SPLITS))
    found = dict(zip(values, counts.tolist(), strict=True))
    if len(found) <= _MOST_LABELS:
        return found
    fractions = [value for value in values if isinstance(value, float) and value % 1]
    kept = [*fractions[:1], *values[:_MOST_LABELS]]
    return {value: found[value] for value in dict.fromkeys(kept)}


def _find_range(labels: pa.ChunkedArray) -> tuple[float, float] | None:
    if not (pa.types.is_integer(labels.type) or pa.types.is_floating(labels.type)):
        return None
    found = compute.min_max(labels).as_py()
    return None if found["min"] is None else (float(found["min"]), float(found["max"]))


def _digest(read: PartRows) -> str:
    digest = hashlib.sha256(repr([(f.name, f.categories) for f in read.features]).encode())
    digest.update(np.ascontiguousarray(read.rows, dtype="<f8").data)
    values, codes = _encode(read.labels)
    digest.update(repr(values).encode())
    digest.update(codes.data)
    return digest.hexdigest()


def _encode(labels: pa.ChunkedArray) -> tuple[list[Any], npt.NDArray[np.int64]]:
    """Return the different labels, and the index of each row's label; -1 without one."""
    encoded = labels.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    codes = encoded.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
    return encoded.dictionary.to_pylist(), np.ascontiguousarray(codes)
