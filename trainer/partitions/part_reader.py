"""Read one part of a table as rows of numbers. Workers do this from the path of the table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute

from shared.contract.documents import Feature
from shared.inference.servable import Rows
from shared.scoring.row_hash_file import Hashes
from trainer.dataset.dataset import DataSchema, Dataset
from trainer.dataset.row_hashing import hash_rows
from trainer.dataset.target import find_labelled
from trainer.partitions.file_parts import FilePart, read_part
from trainer.tables.columns.cell_reader import read_cells
from trainer.tables.columns.column_kind import ColumnKind
from trainer.tables.columns.missing_spellings import MissingSpellings
from trainer.tables.feature_columns import FeatureColumns
from trainer.tables.key_column import read_keys
from trainer.tables.string_spellings import normalise_strings


@dataclass(frozen=True)
class PartRows:
    """The rows of a part. Categories are codes of this part's own list."""

    rows: Rows
    features: tuple[Feature, ...]
    labels: pa.ChunkedArray
    """Strings, numbers or booleans; null without a label."""
    keys: npt.NDArray[np.object_] | None

    def hash(self, salt: str) -> Hashes:
        """Return the hash of each row, which does not depend on the part."""
        schema = DataSchema("classification", self.features, ())
        target = np.empty(0, dtype=np.int64)
        return hash_rows(Dataset("", schema, self.rows, "", target, self.keys), salt)


@dataclass(frozen=True)
class PartReader:
    """The columns of a table, and how their cells are read."""

    source: str
    schema: pa.Schema
    kinds: Mapping[str, ColumnKind]
    """Those of the features."""
    target: str
    target_kind: ColumnKind
    key: str | None
    key_kind: ColumnKind | None
    missing: MissingSpellings

    def read(self, part: FilePart) -> PartRows:
        """Read all columns of a part."""
        columns = FeatureColumns(self.schema, self.kinds, part.rows, self.missing)
        labels, keys = [], []
        others = [self.target, *([] if self.key is None else [self.key])]
        for batch in read_part(part, [*columns.names, *others]):
            columns.add(batch)
            labels.append(self._read_labels(batch))
            if self.key is not None:
                keys.append(batch.column(self.key))
        return PartRows(
            columns.rows, self._describe(columns), pa.chunked_array(labels), self._read_keys(keys)
        )

    def read_features(self, part: FilePart, features: Sequence[Feature]) -> Rows:
        """Read only the features, with the codes of *features*."""
        columns = FeatureColumns(self.schema, self.kinds, part.rows, self.missing)
        for batch in read_part(part, columns.names):
            columns.add(batch)
        return recode(columns.rows, self._describe(columns), features)

    def read_targets(self, part: FilePart, classes: Mapping[Any, int] | None) -> npt.NDArray[Any]:
        """Read only the target: class indices by *classes*, or numbers without them."""
        labels = pa.chunked_array(
            [self._read_labels(batch) for batch in read_part(part, [self.target])]
        )
        if classes is None:
            numbers: npt.NDArray[Any] = labels.cast(pa.float64(), safe=False).to_numpy()
            return numbers
        encoded = labels.combine_chunks().dictionary_encode()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.combine_chunks()
        indices = np.array([classes[value] for value in encoded.dictionary.to_pylist()])
        found: npt.NDArray[Any] = indices[encoded.indices.to_numpy()].astype(np.int64)
        return found

    def _read_labels(self, batch: pa.RecordBatch) -> pa.Array:
        missing = self.missing.of(self.target)
        column = read_cells(batch.column(self.target), self.target_kind, missing)
        column = normalise_strings(pa.chunked_array([column]), missing)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_large_string(column.type):
            column = column.cast(pa.string())
        is_labelled = pa.array(find_labelled(column))
        return compute.if_else(is_labelled, column, None).combine_chunks()

    def _read_keys(self, columns: list[pa.Array]) -> npt.NDArray[np.object_] | None:
        if self.key is None:
            return None
        column = pa.chunked_array(columns)
        missing = self.missing.of(self.key)
        return read_keys(column, self.key_kind, missing, self.key, self.source).values

    def _describe(self, columns: FeatureColumns) -> tuple[Feature, ...]:
        """Describe the columns of a part. Without any value, a category is read as a number."""
        categories = columns.sort_categories()
        return tuple(
            Feature(name=name, type="category", nullable=True, categories=found)
            if (found := categories.get(name))
            else Feature(name=name, type="number", nullable=True)
            for name in columns.names
        )


def recode(rows: Rows, own: Sequence[Feature], features: Sequence[Feature]) -> Rows:
    """Replace the category codes of a part by those of all parts, in place."""
    for index, (mine, wanted) in enumerate(zip(own, features, strict=True)):
        if mine.categories and mine.categories != wanted.categories:
            assert wanted.categories is not None  # noqa: S101 - it has those of every part
            codes = np.searchsorted(np.array(wanted.categories), np.array(mine.categories))
            table = np.array([*codes.astype(np.float64), np.nan])
            column = rows[:, index]
            column[:] = table[np.where(np.isnan(column), -1, column).astype(np.intp)]
    return rows
