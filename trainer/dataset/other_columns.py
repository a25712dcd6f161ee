"""Read the columns of a table that are not features: target, row key, time, those for slices."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.inference.text_form import normalise_text
from shared.scoring.slice_columns import SliceColumns
from trainer.dataset.column_roles import ColumnRoles
from trainer.dataset.columns.slice_columns import read_slice_columns
from trainer.dataset.dataset import RowTimes
from trainer.dataset.row_times import read_times
from trainer.dataset.target import Target, encode_target, find_labelled, require_labels
from trainer.problems import Problems
from trainer.settings import TrainerSettings
from trainer.tables.columns.cell_reader import read_cells
from trainer.tables.columns.column_kind import STRINGS
from trainer.tables.columns.missing_spellings import MissingSpellings
from trainer.tables.dates.day_text import DateOrder
from trainer.tables.key_column import Keys, read_keys
from trainer.tables.string_spellings import find_spellings, normalise_strings
from trainer.tables.table_kinds import TableKinds


@dataclass(frozen=True)
class Labels:
    """The target of the rows that have one, and their keys, times and columns for slices."""

    name: str
    target: Target
    labelled: npt.NDArray[np.bool_] | None
    """Shape [n]: whether each row has a target; None if all have."""
    keys: Keys | None
    times: RowTimes | None
    kept: SliceColumns | None


@dataclass(frozen=True)
class OtherColumns:
    """The columns by their names, all of their rows, as the file has them."""

    roles: ColumnRoles
    columns: Mapping[str, pa.ChunkedArray]
    found: TableKinds
    missing: MissingSpellings
    source: str
    describe_row: Callable[[int], str]
    """The place of a row in the file."""

    def read_labels(
        self, metric: str, settings: TrainerSettings, problems: Problems
    ) -> Labels | None:
        """Return the labels of the rows, and report each problem to *problems*.

        None without a target that can be encoded. Other columns with a problem are left out.
        """
        kept: SliceColumns | None = None
        keys: Keys | None = None
        times: RowTimes | None = None
        target: Target | None = None
        labelled: npt.NDArray[np.bool_] | None = None
        name = self.roles.target
        if name is not None and name in self.found.kinds:
            column = self._target
            with problems:
                require_labels(column, name, self.describe_row)
            if not (is_labelled := find_labelled(column)).all():
                labelled, column = is_labelled, column.filter(pa.array(is_labelled))
            positive = settings.positive_label
            if len(column):
                with problems:
                    target = encode_target(
                        column,
                        name,
                        metric,
                        None if positive is None else normalise_text(positive),
                        kind=self.found.kinds[name],
                    )
        with problems:
            keys = self._read_keys()
        with problems:
            times = self._read_times(settings.date_order)
        with problems:
            kept = self._read_kept(settings.date_order)
        if name is None or target is None:
            return None
        if labelled is not None:
            keys = None if keys is None else keys.select(labelled)
            times = None if times is None else times.select(labelled)
            kept = None if kept is None else kept.select(labelled)
        return Labels(name, target, labelled, keys, times, kept)

    @property
    def target_note(self) -> str | None:
        """A sentence about a class with several spellings; None without any."""
        name = self.roles.target
        if name is None or name not in self.found.kinds:
            return None
        if self.found.kinds[name].type != "category":
            return None
        return find_spellings(self._read(name), self.missing.of(name)).note(name)

    @property
    def missing_counts(self) -> dict[str, int]:
        """The rows without a value in each of the columns, as far as the file shows them."""
        return {name: column.null_count for name, column in self.columns.items()}

    @cached_property
    def _target(self) -> pa.ChunkedArray:
        assert self.roles.target is not None  # noqa: S101 - the caller has checked it
        return normalise_strings(self._read(self.roles.target), self.missing.of(self.roles.target))

    def _read_keys(self) -> Keys | None:
        """Return the keys of the rows; None without TRAINER_ROW_KEY."""
        name = self.roles.key
        if name is None:
            return None
        kind = self.found.kinds.get(name)
        return read_keys(self.columns[name], kind, self.missing.of(name), name, self.source)

    def _read_times(self, order: DateOrder | None) -> RowTimes | None:
        """Return the times of the rows; None without TRAINER_TIME."""
        name = self.roles.time
        if name is None:
            return None
        column = normalise_strings(self._read(name), self.missing.of(name))
        return read_times(column, name, self.source, order)

    def _read_kept(self, order: DateOrder | None) -> SliceColumns | None:
        """Return the columns for slices; None without TRAINER_SLICE_COLUMNS."""
        if not self.roles.kept:
            return None
        return read_slice_columns(
            {name: self.columns[name] for name in self.roles.kept},
            self.found.kinds,
            self.missing,
            order,
        )

    def _read(self, name: str) -> pa.ChunkedArray:
        kind = self.found.kinds.get(name, STRINGS)
        return read_cells(self.columns[name], kind, self.missing.of(name))
