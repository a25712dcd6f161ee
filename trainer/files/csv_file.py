"""Read a CSV file in blocks, so that its text is never in memory at once."""

import contextlib
import csv as csv_lines
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from shared.errors import TableFormError
from shared.table_form.csv_form import CsvForm, FormChoice, find_form
from shared.table_form.encodings import UTF_8, find_example, judge_lines
from shared.table_form.names_line import require_names
from trainer.files.bad_rows import BadRows
from trainer.files.csv_setting import CsvSetting
from trainer.files.text_stream import is_compressed, list_special_lines, open_bytes, read_head
from trainer.tables.column_names import ColumnNames
from trainer.tables.columns.missing_spellings import CSV_SPELLINGS

_MIN_BLOCK_BYTES = 1 << 21
"""Bytes of a block. Arrow reads 32 blocks ahead, so 64 MiB of a file wait in memory."""
_MAX_BLOCK_BYTES = 1 << 25
_COLUMN_BYTES = 1 << 13
"""Bytes of a block for each column: work that is done once for each block then takes no time."""


class CsvFile:
    """A CSV file, plain or compressed with gzip; raises what pyarrow raises.

    Every column is one of strings, because only its spelling says what it holds.
    """

    has_types = False
    missing_values: tuple[str, ...] = CSV_SPELLINGS

    def __init__(self, path: Path, setting: CsvSetting, *, is_utf_8: bool = True) -> None:
        self._path = path
        self.decimal = setting.decimal
        try:
            self.form = _find_form(path, setting.form, is_utf_8=is_utf_8)
        except TableFormError as error:
            raise setting.explain(path, error) from error
        self.separator: str | None = self.form.separator
        self.bad_rows = BadRows()
        """The rows that the last pass over the file has skipped."""
        with self._open(self._reading(), BadRows(), csv.ConvertOptions()) as first:
            self.names = ColumnNames(first.schema.names)
        self.unreadable = self.names.duplicates
        self.schema = pa.schema([(name, pa.string()) for name in self.names.normal])

    @property
    def note(self) -> str | None:
        """A sentence about what differs from a file in UTF-8 with commas; None for no difference.

        Of an encoding that was found by looking, it shows a word.
        """
        if not (form := self.form.describe()):
            return None
        example = ""
        if not self.form.encoding.startswith("utf"):  # its bytes have lines as text has
            example = find_example(list_special_lines(self._path), self.form.encoding)
        return f"The CSV file has {form}{f', such as {example}' if example else ''}."

    def _reading(self, block_bytes: int = _MIN_BLOCK_BYTES) -> csv.ReadOptions:
        # Arrow reads UTF-8 by itself; any other encoding is turned into it by Python.
        return csv.ReadOptions(
            block_size=block_bytes,
            skip_rows=self.form.skipped,
            encoding="utf8" if self.form.encoding == UTF_8 else self.form.encoding,
        )

    @contextlib.contextmanager
    def _open(
        self, reading: csv.ReadOptions, bad_rows: BadRows, converting: csv.ConvertOptions
    ) -> Iterator[csv.CSVStreamingReader]:
        bad_rows.separator = self.form.separator
        parsing = csv.ParseOptions(
            delimiter=self.form.separator,
            newlines_in_values=True,
            invalid_row_handler=bad_rows.skip,
        )
        with contextlib.ExitStack() as stack:
            source: object = str(self._path)
            if is_compressed(self._path):  # Arrow would take the end of a torn file for its end
                source = stack.enter_context(open_bytes(self._path))
            yield stack.enter_context(
                csv.open_csv(
                    pa.OSFile(source) if isinstance(source, str) else source,
                    read_options=reading,
                    parse_options=parsing,
                    convert_options=converting,
                )
            )

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
        reading = self._reading(_MAX_BLOCK_BYTES)
        reading.use_threads = False
        types = dict.fromkeys(self.names.written, pa.binary())
        names = self.names.written[:1]
        converting = csv.ConvertOptions(column_types=types, include_columns=names)
        with self._open(reading, numbered, converting) as batches:
            for _ in batches:
                pass
        return numbered

    def describe_row(self, row: int) -> str:
        """Return the line on which a row begins: a cell in quotes may have several lines.

        As in `batches`, empty lines and rows with a wrong number of cells do not count.
        """
        encoding = "utf-8-sig" if self.form.encoding == UTF_8 else self.form.encoding
        with (
            contextlib.suppress(csv_lines.Error),
            io.TextIOWrapper(open_bytes(self._path), encoding=encoding, newline="") as file,
        ):
            for _ in range(self.form.skipped):
                file.readline()
            reader, line = csv_lines.reader(file, delimiter=self.form.separator), 1
            next(reader)
            for cells in reader:
                if len(cells) == len(self.names.written):
                    if row == 0:
                        return f"line {line + self.form.skipped + 1}"
                    row -= 1
                line = reader.line_num
        return ""

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
        reading = self._reading(block_bytes)
        names = self.names.find_written(columns)
        if self.names.nameless:  # several columns may lack a name, so the reader gets ours
            names = list(columns)
            reading.column_names = list(self.names.normal)
            reading.skip_rows_after_names = 1
        arrow_types = dict.fromkeys(columns, pa.string()) | dict(types or {})
        converting = csv.ConvertOptions(
            column_types={
                name: arrow_types[column] for name, column in zip(names, columns, strict=True)
            },
            include_columns=names,
            null_values=["", *nulls],
            strings_can_be_null=True,
        )
        with self._open(reading, self.bad_rows, converting) as batches:
            for batch in batches:
                yield batch.rename_columns(list(columns))


def _find_form(path: Path, choice: FormChoice, *, is_utf_8: bool) -> CsvForm:
    """Find the form. Without *is_utf_8*, a later part of the file is not in UTF-8."""
    if choice.encoding is None and not is_utf_8:
        encoding = judge_lines(list_special_lines(path))
        choice = FormChoice(encoding, choice.separator, choice.skipped)
    head, is_whole = read_head(path)
    form, rows = find_form(head, choice, is_whole=is_whole)
    if is_whole and choice.skipped and not rows:
        raise TableFormError(
            f"has no line after the {choice.skipped} lines that TRAINER_CSV skips.",
            advice="Set skip to the number of lines before the names.",
        )
    require_names(rows, form.skipped)
    return form
