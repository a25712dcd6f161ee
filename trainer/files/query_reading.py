"""Read the query of the settings, or refuse settings of queries that a file does not have."""

from collections.abc import Callable
from pathlib import Path

from shared.errors import SettingsError
from trainer.databases.address import DatabaseAddress
from trainer.databases.query_process import run_query
from trainer.databases.request import read_request
from trainer.files.query_table import QueryTable
from trainer.settings import TrainerSettings
from trainer.tables.table_file import TableFile


def read_query(
    settings: TrainerSettings, address: DatabaseAddress, show_rows: Callable[[int], None]
) -> TableFile:
    """Run TRAINER_QUERY, and return its rows.

    Raises SettingsError for unsuitable settings, and DatasetError for a query that fails.
    """
    request = read_request(
        address, settings.query, settings.database_password_file, settings.query_seconds
    )
    return QueryTable(address, run_query(request, show_rows))


def require_no_query(settings: TrainerSettings, path: Path) -> None:
    """Raise SettingsError if TRAINER_QUERY is set for a file."""
    if settings.query:
        raise SettingsError(
            f"TRAINER_QUERY is for a database, but TRAINER_DATASET={path} is a file. Unset "
            "TRAINER_QUERY, or set TRAINER_DATASET to an address such as sqlite:///file.db."
        )
