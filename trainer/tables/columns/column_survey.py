"""Survey a column of strings, batch by batch, before its kind is decided."""

import numpy as np
import pyarrow as pa

from shared.inference.text_form import normalise_text
from trainer.tables.columns.cells import MAX_VALUES, Cells
from trainer.tables.columns.number_codes import find_equal_numbers, find_exponent
from trainer.tables.columns.number_formats import NumberFormat

_MAX_PENDING = 8 * MAX_VALUES


class ColumnSurvey:
    """The survey of one column with the given spellings of a missing value.

    Its different cells are counted until there are too many.
    """

    def __init__(
        self, missing: frozenset[str] = frozenset(), number_format: NumberFormat | None = None
    ) -> None:
        self._missing = pa.array(["", *sorted(missing)], pa.string())
        self._cells = Cells(number_format)
        self._few: pa.Table | None = _count_values(pa.array([], pa.string()))
        self._is_joined = True

    def add(self, column: pa.Array) -> None:
        """Add the next cells, which are strings; null is a missing value."""
        texts = column.drop_null() if column.null_count else column
        if self._few is None:
            self._cells.add(texts, np.ones(len(texts), np.int64), self._missing)
            return
        counts = _count_values(texts)
        self._is_joined = not len(self._few)
        self._few = pa.concat_tables([self._few, counts])
        if len(counts) > MAX_VALUES or len(self._few) > _MAX_PENDING:
            self._merge(self._few)

    def finish(self) -> Cells:
        """Describe all cells."""
        if self._few is not None:
            self._merge(self._few)
        if self._few is not None:
            self._add_values(self._few)
            self._describe_values(self._few)
        return self._cells

    def _merge(self, few: pa.Table) -> None:
        """Join the counts of all batches. If there are too many values, stop to count them."""
        if not self._is_joined:  # it takes as long as the rest of a small column
            sums = few.group_by("text", use_threads=False).aggregate([("count", "sum")])
            few = sums.select(["text", "count_sum"]).rename_columns(["text", "count"])
            self._is_joined = True
        self._few = few if len(few) <= MAX_VALUES else None
        if self._few is None:
            self._add_values(few)

    def _add_values(self, few: pa.Table) -> None:
        texts = few["text"].combine_chunks()
        self._cells.add(texts, few["count"].to_numpy(), self._missing)

    def _describe_values(self, few: pa.Table) -> None:
        cells, missing = self._cells, set(self._missing.to_pylist())
        cells.values = {}
        for text, count in zip(few["text"].to_pylist(), few["count"].to_pylist(), strict=True):
            if (value := normalise_text(text)) not in missing:
                cells.values[value] = cells.values.get(value, 0) + count
        if cells.number_format is None and cells.code is None:
            numbers = [value for value in cells.values if value not in cells.others]
            cells.code, cells.equal_numbers = find_equal_numbers(numbers)
            cells.exponent = find_exponent(numbers)


def _count_values(texts: pa.Array) -> pa.Table:
    counts = texts.value_counts()
    return pa.table({"text": counts.field("values"), "count": counts.field("counts")})
