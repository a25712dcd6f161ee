"""The rows of a file, or of a folder of files, in the forms that a training reads."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from shared.contract.documents import Feature
from shared.errors import DatasetError, EncodingError
from trainer.files.csv_setting import CsvSetting
from trainer.files.file_errors import explain_errors
from trainer.files.open_table import open_table
from trainer.files.parquet_files import ParquetFiles
from trainer.score.number_marks import find_formats
from trainer.tables.columns.column_types import classify_type
from trainer.tables.columns.missing_spellings import MissingSpellings
from trainer.tables.columns.number_formats import NumberFormat
from trainer.tables.table_file import TableFile

_STEP = "Looking through the rows"
FeatureOf = Mapping[str, Feature]


class TableSource:
    """A table on disk. It is read once when it is opened, so that a damaged one is found first."""

    def __init__(
        self,
        path: Path,
        setting: CsvSetting,
        find_features: Callable[[Sequence[str]], FeatureOf],
        show_step: Callable[[str], object],
    ) -> None:
        """Open the table at *path*, and find the formats of its numbers.

        Args:
            path: A file, or a folder of Parquet files.
            setting: How a person says that a CSV file is written.
            find_features: A function that returns the feature of each column that has one.
            show_step: A function that shows the name of a long step.

        Raises:
            DatasetError: The table is missing, damaged or unclear.
            ModelgateError: *find_features* refuses the columns.
        """
        self.name = f"IN={path}"
        self._path = path
        with _renaming(path):
            try:
                self._open(open_table(path, setting), find_features, show_step)
            except EncodingError:  # the beginning of the file is in UTF-8, the rest is not
                table = open_table(path, setting, is_utf_8=False)
                self._open(table, find_features, show_step)

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield all rows in their order, with only *columns*, in the types of the schema."""
        wanted: pa.Schema = pa.schema([self.schema.field(name) for name in columns])
        with _renaming(self._path), explain_errors(self._path):
            for batch in self._table.batches(columns):
                yield batch if batch.schema.equals(wanted) else batch.cast(wanted)

    def _open(
        self,
        table: TableFile,
        find_features: Callable[[Sequence[str]], FeatureOf],
        show_step: Callable[[str], object],
    ) -> None:
        table.require_readable()
        table.names.require_separated(str(self._path))
        self._table = table
        self.fingerprint: Any = _list_files(self._path)
        self.note = table.note
        with explain_errors(self._path):
            self.schema = _unify(table)
        features = find_features(self.schema.names)
        show_step(_STEP)
        missing = MissingSpellings(
            table.missing_values,
            {name: each.missing_values or () for name, each in features.items()},
        )
        numbers = [name for name, each in features.items() if each.type == "number"]
        with explain_errors(self._path):
            self.rows, self.number_formats = self._look(table, numbers, missing)
            table.require_whole_rows(self.rows)
        if not self.rows:
            raise DatasetError(f"{self.name} has no rows. Name a table with rows to score.")

    def _look(
        self, table: TableFile, numbers: Sequence[str], missing: MissingSpellings
    ) -> tuple[int, Mapping[str, NumberFormat]]:
        """Return the number of rows, and the format of each column of numbers in strings."""
        types = {name: self.schema.field(name).type for name in numbers}
        in_strings = [name for name, type_ in types.items() if classify_type(type_) == "category"]
        if in_strings:
            return find_formats(table, in_strings, missing)
        if isinstance(table, ParquetFiles):
            return sum(parquet.read_metadata(part.path).num_rows for part in table.parts), {}
        return sum(batch.num_rows for batch in table.batches(self.schema.names[:1])), {}


def _unify(table: TableFile) -> pa.Schema:
    """Return one schema for files whose columns have different types, such as int32 and double."""
    if not isinstance(table, ParquetFiles) or not table.parts[1:]:
        return table.schema
    schemas = [pa.schema(list(table.schema))]
    for part in table.parts:
        written = parquet.read_schema(part.path)
        known = dict(zip(table.names.written, table.names.normal, strict=True))
        fields = [each.with_name(known[each.name]) for each in written if each.name in known]
        schemas.append(pa.schema([each for each in fields if each.name in table.schema.names]))
    return pa.unify_schemas(schemas, promote_options="permissive").remove_metadata()


def _list_files(path: Path) -> list[list[Any]]:
    """Return name, size and time of change of each file."""
    files = (
        [each for each in sorted(path.rglob("*")) if each.is_file()] if path.is_dir() else [path]
    )
    found = []
    for file in files:
        status = file.stat()
        found.append([str(file.relative_to(path.parent)), status.st_size, status.st_mtime_ns])
    return found


@contextmanager
def _renaming(path: Path) -> Iterator[None]:
    """Name in errors what the person has named, not the setting of a training."""
    try:
        yield
    except EncodingError:
        raise
    except DatasetError as error:
        text = str(error).replace("TRAINER_DATASET=", "IN=")
        raise DatasetError(text.replace("TRAINER_DATASET", f"IN={path}")) from error
