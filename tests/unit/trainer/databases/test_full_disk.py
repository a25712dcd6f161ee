"""A disk that is full while the rows of a query are kept: the sentence names the disk."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.databases.postgresql import running_server
from tests.unit.trainer.databases.reading import refusal

FULL = Path("/dev/full")
SAID = "cannot be kept in {}: No space left on device. Free some space there"
ONE = "select 1 as i"
MANY = (
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 40000) "
    "select i from n"
)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> str:
    """Keep rows on a disk that is full, and return what the sentence says."""

    def open_full(*_arguments: Any, **_options: Any) -> Any:
        return FULL.open("r+b", buffering=0)

    said = SAID.format(tempfile.gettempdir())
    monkeypatch.setattr(tempfile, "TemporaryFile", open_full)
    return said


@pytest.mark.parametrize("query", [ONE, MANY])
@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_a_full_disk_is_not_taken_for_a_wrong_query_of_a_file(
    engine: str, query: str, tmp_path: Path, full_disk: str
) -> None:
    path = tmp_path / "empty.db"
    with closing(duckdb.connect(str(path)) if engine == "duckdb" else sqlite3.connect(path)):
        pass
    assert full_disk in refusal(f"{engine}:///{path}", query)


def test_a_full_disk_is_not_taken_for_a_wrong_query_of_a_server(full_disk: str) -> None:
    with running_server() as server:
        for query in (ONE, MANY):
            assert full_disk in refusal(server.address, query, server.password_file)
