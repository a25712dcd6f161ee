"""Rows that XGBoost's Dask estimators read from the file whenever they pass over them.

A chunk of a Dask array is normally an array, and a worker would hold all chunks of train. These
chunks only say where their rows are. XGBoost asks each one in turn for its memory, and keeps a
byte for each cell. So a worker holds one part at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.inference.dataframe import to_frame
from trainer.partitions.file_parts import FilePart
from trainer.partitions.part_reader import PartReader


@dataclass(frozen=True)
class PartSource:
    """The reading of the rows of one split in one part."""

    reader: PartReader
    part: FilePart
    features: tuple[Feature, ...]
    chosen: npt.NDArray[np.bool_]
    """Marks the rows."""

    def read(self) -> npt.NDArray[np.float64]:
        """Return the rows with the codes of all parts."""
        return self.reader.read_features(self.part, self.features)[self.chosen]


class LazyRows:
    """A chunk that has the interface of a two-dimensional array of float32."""

    dtype = np.dtype(np.float32)
    ndim = 2
    flags = np.empty((1, 1), np.float32).flags
    """Those of each array that `load` returns."""

    def __init__(self, source: PartSource, columns: Any, width: int) -> None:
        self._source = source
        self._columns = columns
        """The fitted step that encodes categories; None without any."""
        self.shape = (int(source.chosen.sum()), width)

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """The memory of the rows, valid until another chunk is read."""
        return dict(_CURRENT.read(self).__array_interface__)

    def load(self) -> npt.NDArray[np.float32]:
        """Read the rows from the file."""
        rows: Any = self._source.read()
        if self._columns is not None:
            rows = self._columns.transform(to_frame(rows, self._source.features))
        return np.ascontiguousarray(rows, dtype=np.float32)


class _Current:
    """The rows of the chunk that was read last in this process."""

    def __init__(self) -> None:
        self._chunk: LazyRows | None = None
        self._rows: npt.NDArray[np.float32] | None = None

    def read(self, chunk: LazyRows) -> npt.NDArray[np.float32]:
        if self._rows is None or chunk is not self._chunk:
            self._rows = None  # before the next part is read
            self._chunk, self._rows = chunk, chunk.load()
        return self._rows


_CURRENT = _Current()


def read_targets(source: PartSource, classes: dict[Any, int] | None) -> npt.NDArray[Any]:
    """Return the targets of the rows."""
    return source.reader.read_targets(source.part, classes)[source.chosen]


def make_lazy(source: PartSource, columns: Any, width: int) -> LazyRows:
    """Return the chunk; a worker runs this, so that the chunk stays there."""
    return LazyRows(source, columns, width)


def list_sources(
    reader: PartReader,
    parts: Sequence[FilePart],
    features: tuple[Feature, ...],
    marks: Sequence[npt.NDArray[np.bool_]],
) -> list[PartSource]:
    """Return the sources of the parts that have marked rows."""
    return [
        PartSource(reader, part, features, chosen)
        for part, chosen in zip(parts, marks, strict=True)
        if chosen.any()
    ]
