"""Read queries in tests, as a run does."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from shared.errors import DatasetError
from trainer.databases.address import DatabaseAddress
from trainer.databases.query_process import run_query
from trainer.databases.request import read_request
from trainer.files.query_table import QueryTable


def read(
    address: str, query: str, password: Path | None = None, seconds: float = 600.0
) -> QueryTable:
    """Run a query, and return its table."""
    found = DatabaseAddress(address)
    request = read_request(found, query, password, seconds)
    return QueryTable(found, run_query(request, lambda _rows: None))


def values(table: QueryTable) -> dict[str, list[Any]]:
    """Return the values of the columns that are read."""
    names = [name for name in table.schema.names if not is_unread(table, name)]
    found: dict[str, list[Any]] = pa.Table.from_batches(list(table.batches(names))).to_pydict()
    return found


def is_unread(table: QueryTable, name: str) -> bool:
    """Say whether a column stayed in the database."""
    return isinstance(table.schema.field(name).type, pa.ExtensionType)


def refusal(address: str, query: str, password: Path | None = None, seconds: float = 600.0) -> str:
    """Return the sentence with which a query is refused."""
    with pytest.raises(DatasetError) as refused:
        read(address, query, password, seconds)
    return str(refused.value)
