"""Decide which columns of a table are read, and in which role: only from names and settings."""

from dataclasses import dataclass
from pathlib import Path

from shared.errors import SettingsError
from trainer.databases.address import DatabaseAddress
from trainer.dataset.column_roles import ColumnRoles, parse_roles
from trainer.dataset.columns.column_settings import ColumnSettings, parse_settings
from trainer.dataset.table_reading import TableReading
from trainer.files.csv_setting import CsvSetting, parse_csv_setting
from trainer.files.query_reading import read_query, require_no_query
from trainer.problems import Problems
from trainer.settings import TrainerSettings
from trainer.tables.by_products import is_unnamed_index
from trainer.tables.table_file import TableFile


@dataclass(frozen=True)
class TablePlan:
    """The columns that are read."""

    path: Path | DatabaseAddress
    table: TableFile
    roles: ColumnRoles
    settings: ColumnSettings
    features: tuple[str, ...]
    """The columns without a role, in the order of the file."""

    @property
    def source(self) -> str:
        """The table, as messages name it."""
        return str(self.path)

    @property
    def must_be_clear(self) -> tuple[str, ...]:
        """The target and the features, without an index that pandas wrote."""
        own = self.settings.types
        used = [name for name in self.features if name in own or not is_unnamed_index(name)]
        return (*used, *([] if self.roles.target is None else [self.roles.target]))

    @property
    def named(self) -> tuple[str, ...]:
        """The columns with a role that are read, each one once."""
        return tuple(dict.fromkeys((*self.roles.named.values(), *self.roles.kept)))


def plan_reading(
    settings: TrainerSettings,
    problems: Problems,
    reading: TableReading,
    *,
    is_utf_8: bool = True,
) -> TablePlan:
    """Open TRAINER_DATASET, and find the columns that the settings name and that can be read.

    Each name that is not found is a problem. Without *is_utf_8*, a CSV file was found not to be in
    UTF-8. Raises DatasetError for a table that cannot be read,
    and SettingsError for settings that cannot be parsed.
    """
    path = settings.dataset
    assert path is not None  # noqa: S101 - the caller has checked it
    asked = parse_roles(settings, problems)
    written = CsvSetting()
    with problems:
        written = parse_csv_setting(settings.csv)
    if isinstance(path, DatabaseAddress):
        table = read_query(settings, path, reading.show_rows)
    else:
        require_no_query(settings, path)
        table = reading.open_file(path, written, is_utf_8=is_utf_8)
    reading.table = table
    if table.has_types and settings.csv:
        what = "a database" if isinstance(path, DatabaseAddress) else "Parquet"
        problems.add(
            SettingsError(
                f"TRAINER_CSV is about a CSV file, but {path} is {what}. Unset TRAINER_CSV."
            )
        )
    with problems:
        table.require_readable()
    reading.roles = roles = asked.find(table.names, str(path), problems)
    if not asked.named:
        table.names.require_separated(str(path))
    if table.names.are_one:
        problems.require_none()  # With another separator, no cell of the file is a value.
    own = parse_settings(settings.types, settings.missing, table.missing_values, problems)
    own = own.find(table.names, str(path), problems).without(roles.untyped, problems)
    reading.settings = own
    features = roles.list_features(table.names, str(path))
    readable = tuple(name for name in features if name not in table.unreadable)
    return TablePlan(path, table, roles.without(table.unreadable), own, readable)
