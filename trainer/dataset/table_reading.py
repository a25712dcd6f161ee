"""The facts about a table that a run has found, also if it ends early."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from trainer.dataset.column_roles import ColumnRoles
from trainer.dataset.columns.column_settings import ColumnSettings
from trainer.files.open_table import open_table
from trainer.tables.feature_columns import FeatureColumns
from trainer.tables.table_file import TableFile
from trainer.tables.table_kinds import TableKinds


@dataclass
class TableReading:
    """The results of the steps that have ended; the others are missing."""

    table: TableFile | None = None
    open_file: Callable[..., TableFile] = open_table
    """A function like `open_table`, which opens the table."""
    show_rows: Callable[[int], None] = field(default=lambda _rows: None)
    """A function that shows how many rows of a query have come."""
    roles: ColumnRoles | None = None
    settings: ColumnSettings | None = None
    found: TableKinds | None = None
    columns: FeatureColumns | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
    """Why columns cannot be features."""
    missing: Mapping[str, int] = field(default_factory=dict)
    """The rows without a value, of columns with a role."""
    notes: tuple[str, ...] = ()
    """Those of the data set."""
