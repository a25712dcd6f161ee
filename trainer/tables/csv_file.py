"""Read a CSV file in blocks, so that its text is never in memory at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from pyarrow import csv

from shared.errors import DatasetError
from shared.text import quote
from trainer.tables.column_names import ColumnNames
from trainer.tables.columns.missing_spellings import CSV_SPELLINGS

_SHOWN_ROWS = 3
_MIN_BLOCK_BYTES = 1 << 22
_MAX_BLOCK_BYTES = 1 << 25
_COLUMN_BYTES = 1 << 13
"""Bytes of a block for each column: work that is done once for each block then takes no time."""


@dataclass
class BadRows:
    """The rows whose number of cells is not that of the line of names."""

    count: int = 0
    first: list[str] = field(default_factory=list)
    """Sentences about the first of them."""
    has_one_more: bool = False
    """Whether the first of them has one cell too many."""

    def skip(self, row: Any) -> Literal["skip"]:
        """Count a row that pyarrow cannot read; an answer for `invalid_row_handler`."""
        if not self.count:
            self.has_one_more = row.actual_columns == row.expected_columns + 1
        if self.count < _SHOWN_ROWS:
            place = "" if row.number is None else f"Row #{row.number}: "
            self.first.append(
                f"{place}Expected {row.expected_columns} columns, got {row.actual_columns}: "
                f"{quote(row.text)}"
            )
        self.count += 1
        return "skip"

    def require_none(self, source: str, others: int) -> None:
        """Raise DatasetError if there are such rows in *source*, beside the number of *others*."""
        if not self.count:
            return
        more = f" and {self.count - len(self.first)} more" if self.count > len(self.first) else ""
        hint = "Give these rows as many cells as the first line has names, or remove them."
        if self.has_one_more:
            hint = "Put cells with commas into quotes, or remove the cell that is too many."
        if self.has_one_more and not others:
            hint = (
                "Put cells with commas into quotes. If every row has one cell too many, the file "
                "has row names without a name in the first line, as from R's write.table, or a "
                "comma at the end of each row. Write the file without them."
            )
        raise DatasetError(
            f"TRAINER_DATASET={source} cannot be read: CSV parse error: "
            f"{'; '.join(self.first)}{more}. {hint}"
        )


class CsvFile:
    """A CSV file, plain or compressed with gzip; raises what pyarrow raises.

    Every column is one of strings, because only its spelling says what it holds.
    """

    has_types = False
    missing_values: tuple[str, ...] = CSV_SPELLINGS

    def __init__(self, path: Path, encoding: str = "utf8") -> None:
        self._path = path
        self._encoding = encoding
        self.bad_rows = BadRows()
        """The rows that the last pass over the file has skipped."""
        reading = csv.ReadOptions(encoding=encoding)
        first = csv.open_csv(path, read_options=reading, parse_options=_parsing(BadRows()))
        self.names = ColumnNames(first.schema.names)
        self.unreadable = self.names.duplicates
        self.schema = pa.schema([(name, pa.string()) for name in self.names.normal])

    def require_readable(self) -> None:
        """Raise DatasetError for names that cannot be used."""
        self.names.require_usable(self._path)

    def require_whole_rows(self, rows: int) -> None:
        """Raise DatasetError if the last pass has skipped rows, beside the *rows* that it read."""
        if self.bad_rows.count:
            self._number_bad_rows().require_none(str(self._path), rows)

    def _number_bad_rows(self) -> BadRows:
        """Find the bad rows again, with their places in the file: only one thread knows these."""
        numbered = BadRows()
        reading = csv.ReadOptions(
            block_size=_MAX_BLOCK_BYTES, use_threads=False, encoding=self._encoding
        )
        types = dict.fromkeys(self.names.written, pa.binary())
        names = self.names.written[:1]
        converting = csv.ConvertOptions(column_types=types, include_columns=names)
        for _ in csv.open_csv(
            self._path,
            read_options=reading,
            parse_options=_parsing(numbered),
            convert_options=converting,
        ):
            pass
        return numbered

    def batches(
        self,
        columns: Sequence[str],
        nulls: Sequence[str] = (),
        types: Mapping[str, pa.DataType] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield all rows in their order, with only *columns*, which are strings or of *types*.

        Empty cells and *nulls* are null, also in quotes. Rows with another number of cells than
        there are names are skipped.
        """
        self.bad_rows = BadRows()
        block_bytes = min(max(_MIN_BLOCK_BYTES, _COLUMN_BYTES * len(columns)), _MAX_BLOCK_BYTES)
        reading = csv.ReadOptions(block_size=block_bytes, encoding=self._encoding)
        names = self.names.find_written(columns)
        if self.names.nameless:  # several columns may lack a name, so the reader gets ours
            names = list(columns)
            reading.column_names = list(self.names.normal)
            reading.skip_rows_after_names = 1
        arrow_types = dict.fromkeys(columns, pa.string()) | dict(types or {})
        batches = csv.open_csv(
            self._path,
            read_options=reading,
            parse_options=_parsing(self.bad_rows),
            convert_options=csv.ConvertOptions(
                column_types={
                    name: arrow_types[column] for name, column in zip(names, columns, strict=True)
                },
                include_columns=names,
                null_values=["", *nulls],
                strings_can_be_null=True,
            ),
        )
        for batch in batches:
            yield batch.rename_columns(list(columns))


def _parsing(bad_rows: BadRows) -> csv.ParseOptions:
    return csv.ParseOptions(newlines_in_values=True, invalid_row_handler=bad_rows.skip)
