"""Read the columns of a table that are not features: the target, the row key and the time."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.inference.text_form import normalise_text
from trainer.dataset.column_roles import ColumnRoles
from trainer.dataset.dataset import RowTimes
from trainer.dataset.row_times import read_times
from trainer.dataset.target import Target, encode_target
from trainer.tables.columns.cell_reader import read_cells
from trainer.tables.columns.column_kind import STRINGS
from trainer.tables.columns.missing_spellings import MissingSpellings
from trainer.tables.dates.day_text import DateOrder
from trainer.tables.key_column import keys_as_strings
from trainer.tables.string_spellings import find_spellings, normalise_strings
from trainer.tables.table_kinds import TableKinds


@dataclass(frozen=True)
class OtherColumns:
    """The columns by their names, all of their rows, as the file has them."""

    roles: ColumnRoles
    columns: Mapping[str, pa.ChunkedArray]
    found: TableKinds
    missing: MissingSpellings
    source: str

    def encode_target(self, metric: str, positive_label: str | None) -> Target:
        """Return the target; raise DatasetError or SettingsError if it does not fit METRIC."""
        name = self.roles.target
        return encode_target(
            normalise_strings(self._read(name), self.missing.of(name)),
            name,
            metric,
            None if positive_label is None else normalise_text(positive_label),
            kind=self.found.kinds[name],
        )

    @property
    def target_note(self) -> str | None:
        """A sentence about a class with several spellings; None without any."""
        name = self.roles.target
        if self.found.kinds[name].type != "category":
            return None
        return find_spellings(self._read(name), self.missing.of(name)).note(name)

    def read_keys(self) -> npt.NDArray[np.object_] | None:
        """Return the keys of the rows; None without TRAINER_ROW_KEY."""
        name = self.roles.key
        if name is None:
            return None
        kind = self.found.kinds.get(name)
        return keys_as_strings(self.columns[name], kind, self.missing.of(name), name, self.source)

    def read_times(self, order: DateOrder | None) -> RowTimes | None:
        """Return the times of the rows; None without TRAINER_TIME."""
        name = self.roles.time
        if name is None:
            return None
        column = normalise_strings(self._read(name), self.missing.of(name))
        return read_times(column, name, self.source, order)

    def _read(self, name: str) -> pa.ChunkedArray:
        kind = self.found.kinds.get(name, STRINGS)
        return read_cells(self.columns[name], kind, self.missing.of(name))
