"""Read the rows of batches for one model, with the same refusals as `POST /predict`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from shared.contract.documents import Artefact, Feature
from shared.errors import DatasetError, InputError
from shared.inference.feature_encoding import StringCodes
from shared.inference.missing_values import list_features
from shared.inference.servable import Rows
from shared.inference.strict_values import read_value
from shared.inference.text_index import TextIndex, suggest_name
from shared.text import join_some, quote
from trainer.score.cell_reading import ReadCells, fits_feature, read_column
from trainer.score.row_source import RowSource


@dataclass(frozen=True, eq=False)
class ReadRows:
    """The rows of one batch in the encoding of the model."""

    rows: Rows
    """Shape [n, features]. A refused row has numbers without a meaning."""
    refused: Mapping[int, InputError]
    """Why rows are refused, by their index: what a request with this one row would get."""


class FeatureColumns:
    """The columns of a table that are features of one model."""

    def __init__(self, artefact: Artefact, source: str) -> None:
        self.features = list_features(artefact)
        self._source = source
        self._index = TextIndex(feature.name for feature in self.features)
        self._columns: dict[int, str] = {}
        """The name of the column of each feature, by the feature's index."""

    def find(self, columns: Sequence[str]) -> Mapping[str, Feature]:
        """Return the feature of each column that has one, and remember it.

        Raises DatasetError if a feature that is needed has no column, or a feature has two.
        """
        self._columns = {}
        for name in columns:
            if (place := self._index.find(name)) is None:
                continue
            if place in self._columns:
                raise DatasetError(
                    f"{self._source} has two columns for the feature "
                    f"{quote(self.features[place].name)}: {quote(self._columns[place])} and "
                    f"{quote(name)}. Remove or rename one of them."
                )
            self._columns[place] = name
        lacking = [
            feature.name
            for place, feature in enumerate(self.features)
            if place not in self._columns and not feature.nullable
        ]
        if lacking:
            others = [name for name in columns if self._index.find(name) is None]
            raise DatasetError(
                f"{self._source} lacks {join_some([*map(quote, lacking)])}; the model takes "
                f"{join_some([quote(each.name) for each in self.features])}."
                f"{suggest_name(lacking[0], others)}"
            )
        return {name: self.features[place] for place, name in self._columns.items()}

    @property
    def names(self) -> list[str]:
        """The columns that `find` has found."""
        return list(self._columns.values())

    @property
    def absent(self) -> list[str]:
        """The features without a column, which are missing values in every row."""
        places = range(len(self.features))
        return [self.features[place].name for place in places if place not in self._columns]

    def require_types(self, schema: pa.Schema) -> None:
        """Raise DatasetError for a column whose type has no values of its feature."""
        for place, name in self._columns.items():
            type_, feature = schema.field(name).type, self.features[place]
            if not fits_feature(type_, feature):
                raise DatasetError(
                    f"Column {quote(name)} of {self._source} has the type {type_!s:.80}, but its "
                    f"feature is a {feature.type}. Write it as a {feature.type}, as in the data "
                    "that the model was trained on."
                )

    def by_place(self) -> Mapping[int, str]:
        """Return the column of each feature that has one, by the feature's index."""
        return self._columns


class RowReader:
    """Reads the rows of one source for one model."""

    def __init__(self, columns: FeatureColumns, source: RowSource) -> None:
        self._features = columns.features
        self._columns = columns.by_place()
        self._codes = [StringCodes(feature) for feature in columns.features]
        self._formats = source.number_formats

    def read(self, batch: pa.RecordBatch) -> ReadRows:
        """Read all rows of *batch*."""
        rows = np.full((batch.num_rows, len(self._features)), np.nan)
        doubtful: dict[int, ReadCells] = {}
        for place, name in self._columns.items():
            cells = read_column(
                batch.column(name),
                self._features[place],
                self._codes[place],
                self._formats.get(name),
            )
            rows[:, place] = cells.numbers
            if cells.is_doubtful.any():
                doubtful[place] = cells
        return ReadRows(rows, self._judge(rows, doubtful))

    def _judge(self, rows: Rows, doubtful: Mapping[int, ReadCells]) -> dict[int, InputError]:
        """Read the doubtful cells one by one, in the order of the features."""
        refused: dict[int, InputError] = {}
        for place in sorted(doubtful):
            feature, cells = self._features[place], doubtful[place]
            for row in np.flatnonzero(cells.is_doubtful).tolist():
                if row in refused:
                    continue
                try:
                    rows[row, place] = read_value(
                        cells.show(row), feature, self._codes[place], f"features.{feature.name}"
                    )
                except InputError as error:
                    refused[row] = error
        return refused
