"""Turn the columns of a table into rows of numbers, and describe each feature."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.contract.documents import Feature, FeatureType
from shared.inference.servable import Rows
from trainer.tables import by_products
from trainer.tables.category_column import CategoryColumn
from trainer.tables.columns.cell_reader import read_cells
from trainer.tables.columns.column_kind import MOST, ColumnKind
from trainer.tables.columns.missing_spellings import NO_SPELLINGS, MissingSpellings
from trainer.tables.dates.date_spellings import TIMES_OF_DAY
from trainer.tables.dates.day_numbers import are_days
from trainer.tables.kept_columns import keep_columns
from trainer.tables.row_identifiers import identify_rows

_LIMIT = float(np.finfo(np.float32).max)


class FeatureColumns:
    """The rows of a table in the encoding of `shared.inference.feature_encoding`.

    `add` fills them batch by batch. After `finish`, `refused` holds the columns that cannot be
    features, with the reasons, and `by_products` those that `rows` no longer have.
    """

    def __init__(
        self,
        schema: pa.Schema,
        kinds: Mapping[str, ColumnKind],
        rows: int,
        missing: MissingSpellings = NO_SPELLINGS,
    ) -> None:
        self.by_products = {
            name: reason
            for name, kind in kinds.items()
            if not kind.is_chosen and (reason := by_products.explain_name(name, kind.type))
        }
        self.refused = {
            name: reason
            for name, kind in kinds.items()
            if name not in self.by_products
            and (reason := _refuse_kind(kind, schema.field(name).type))
        }
        unread = {*self.by_products, *self.refused}
        self.names = [name for name in kinds if name not in unread]
        self.rows: Rows = np.empty((rows, len(self.names)), dtype=np.float64)
        self.arrow_types = {name: pa.float64() for name in self.names if kinds[name].is_tidy}
        """The columns that a reader of CSV can convert by itself."""
        self.kinds = kinds
        """The kinds of all columns, also of those that are not read."""
        self.missing: dict[str, int] = {}
        """After `finish`, the rows without a value of each column that was read."""
        self._kinds = {name: kinds[name] for name in self.names}
        self._types = {name: cast("FeatureType", kind.type) for name, kind in self._kinds.items()}
        self._missing = missing
        self._categories = {
            name: CategoryColumn(missing.of(name), is_chosen=kinds[name].is_chosen)
            for name, type_ in self._types.items()
            if type_ == "category"
        }
        self.few_beyond: set[str] = set()
        """After `finish`, the refused columns with few numbers beyond the limits."""
        self.first_beyond: dict[str, int] = {}
        """After `finish`, the first row of each column with numbers beyond the limits."""
        self.days: list[str] = []
        """After `finish`, the features whose numbers are all days such as 20240314."""
        self.identifiers: dict[str, tuple[float, float]] = {}
        """After `finish`, the features whose numbers never repeat, with the range of each."""
        self._filled = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Add the next rows."""
        start, self._filled = self._filled, self._filled + batch.num_rows
        for index, name in enumerate(self.names):
            column = read_cells(batch.column(name), self._kinds[name], self._missing.of(name))
            read = self._categories[name].read if name in self._categories else _numbers
            self.rows[start : self._filled, index] = read(column)

    def sort_categories(self) -> dict[str, tuple[str, ...]]:
        """Make the codes of the rows so far those of sorted categories, and return these."""
        for name, column in self._categories.items():
            column.sort_codes(self.rows[:, self.names.index(name)])
        return {name: column.categories for name, column in self._categories.items()}

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each column with several spellings of one string."""
        notes = (
            column.spellings.note(name)
            for name, column in self._categories.items()
            if name not in self.by_products
        )
        return tuple(note for note in notes if note is not None)

    def finish(self) -> tuple[Feature, ...]:
        """Describe the features from all rows, and add unsuitable columns to `refused`."""
        with np.errstate(invalid="ignore", over="ignore"):
            lowest, highest = np.fmin.reduce(self.rows), np.fmax.reduce(self.rows)
            # Infinities also give NaN here, but they are refused below.
            is_nullable = np.isnan(self.rows.sum(axis=0))
        features, kept = [], []
        for index, name in enumerate(self.names):
            if is_nullable[index]:
                self.missing[name] = int(np.isnan(self.rows[:, index]).sum())
            if by_product := self._explain_by_product(index, name):
                self.by_products[name] = by_product
                continue
            bounds = (float(lowest[index]), float(highest[index]))
            column = self._categories.get(name)
            reason = column.refusal() if column else self._refuse_range(index, *bounds)
            if reason:
                code = self._kinds[name].code
                self.refused[name] = f"{reason}; strings, because {code}" if code else reason
                continue
            details: dict[str, Any] = {"missing_values": self._missing.by_column.get(name)}
            if column:
                column.sort_codes(self.rows[:, index])
                details["categories"] = column.categories
            elif self._types[name] == "number":
                details |= {"minimum": bounds[0], "maximum": bounds[1]}
                self._question(name, self.rows[:, index], bounds)
            nullable = bool(is_nullable[index])
            type_ = self._types[name]
            features.append(Feature(name=name, type=type_, nullable=nullable, **details))
            kept.append(index)
        self.rows = keep_columns(self.rows, kept)
        return tuple(features)

    def _refuse_range(self, index: int, lowest: float, highest: float) -> str | None:
        if np.isnan(lowest):
            return "no values"
        if lowest >= -_LIMIT and highest <= _LIMIT:
            return None
        numbers = self.rows[:, index]
        is_infinite, is_beyond = np.isinf(numbers), np.abs(numbers) > _LIMIT
        if np.count_nonzero(is_beyond) <= (1 - MOST) * len(numbers):
            self.few_beyond.add(self.names[index])
        self.first_beyond[self.names[index]] = int(np.argmax(is_beyond))
        if is_infinite.any():
            return f"infinite values in {_count_rows(is_infinite)}"
        return f"values beyond ±{_LIMIT:.1e} in {_count_rows(is_beyond)}; models read float32"

    def _question(self, name: str, numbers: Rows, bounds: tuple[float, float]) -> None:
        if self._kinds[name].is_chosen:
            return
        if are_days(numbers, *bounds):
            self.days.append(name)
        elif identify_rows(name, numbers):
            self.identifiers[name] = bounds

    def _explain_by_product(self, index: int, name: str) -> str | None:
        if self._kinds[name].is_chosen:
            return None
        if column := self._categories.get(name):
            return by_products.explain_strings(name, column.refusal())
        is_number = self._types[name] == "number"
        return by_products.explain_numbers(name, self.rows[:, index]) if is_number else None


def _numbers(column: pa.Array) -> npt.NDArray[np.float64]:
    numbers: npt.NDArray[np.float64] = column.cast(pa.float64(), safe=False).to_numpy(
        zero_copy_only=False
    )
    is_missing = np.isnan(numbers)
    if is_missing.any():  # NaN has many bit patterns, and equal data must have one digest
        numbers = np.where(is_missing, np.nan, numbers)
    return numbers


def _refuse_kind(kind: ColumnKind, in_file: pa.DataType) -> str | None:
    times = kind.times or (TIMES_OF_DAY if pa.types.is_time(in_file) else "dates or times")
    reasons = {"empty": "no values", "time": times, "other": f"{in_file!s:.80}"}
    return reasons.get(kind.type)


def _count_rows(mask: npt.NDArray[np.bool_]) -> str:
    count = int(np.count_nonzero(mask))
    return f"{count} row{'s' * (count != 1)}"
