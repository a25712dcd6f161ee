"""Queries of files of SQLite."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from shared.errors import DatasetError
from tests.support.sweep import sweep
from tests.unit.trainer.databases.reading import read, refusal, values

ROWS = """
create table sales(
    id integer primary key, price decimal(10, 2), whole int, is_paid boolean, odd_flag boolean,
    name text, photo blob, mixed, blank text
);
insert into sales values
    (1, 12, 9007199254740993, true, 1, 'Zoë', x'00ff', 1, null),
    (2, 12.5, null, false, 7, '', x'', 'n/a', null),
    (3, null, -1, null, 0, null, null, null, null);
"""


_CASES = [
    ("select nope from sales", "SQLite says 'no such column: nope'"),
    ("select 1; select 2", "has several statements"),
    ("select 1 as a; drop table sales", "has several statements"),
    ("insert into sales(id) values (9)", "returns no table"),
    ("pragma user_version = 5", "returns no table"),
    ("attach 'other.db' as other", "returns no table"),
    ("select load_extension('x')", "returns no table"),
    ("select id from sales where id > 9", "returned no rows"),
    ("selec 1", "syntax error"),
]
STATEMENTS = {query: (query, said) for query, said in _CASES}


@pytest.fixture
def shop(tmp_path: Path) -> str:
    path = tmp_path / "a shop?.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(ROWS)
    return f"sqlite:///{str(path).replace('?', '%3F')}"


def test_types_are_found_from_all_values_and_declared_flags(shop: str) -> None:
    table = read(shop, "select * from sales order by id")
    assert values(table) == {
        "id": [1, 2, 3],
        "price": [12.0, 12.5, None],
        "whole": [9007199254740993, None, -1],
        "is_paid": [True, False, None],
        "odd_flag": [1, 7, 0],
        "name": ["Zoë", "", None],
        "blank": [None, None, None],
    }
    types = {name: str(table.schema.field(name).type) for name in ("photo", "mixed", "blank")}
    assert types == {"photo": "blob", "mixed": "numbers and strings", "blank": "null"}


def test_rows_keep_the_order_of_the_query(shop: str) -> None:
    found = read(shop, "select id from sales order by id desc -- the newest first")
    assert values(found) == {"id": [3, 2, 1]}


def test_a_result_of_many_batches_is_whole(shop: str) -> None:
    query = (
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 50000) "
        "select i, i * 0.5 as half from n;"
    )
    found = values(read(shop, query))
    assert found["i"] == list(range(1, 50001))
    assert found["half"][-1] == 25000.0


@pytest.mark.parametrize(
    "case", sweep(STATEMENTS, "select nope from sales", "attach 'other.db' as other")
)
def test_another_statement_is_refused_in_a_sentence(
    shop: str, case: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    query, said = case
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    sentence = refusal(shop, query)
    assert said in sentence
    assert sentence.count("\n") == 0
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_name_that_is_used_twice_is_not_changed(shop: str) -> None:
    query = "select o.id, o.name, p.id, 1 as 'a:1' from sales o join sales p using (id);"
    table = read(shop, query)
    assert table.names.written == ("id", "name", "id", "a:1")
    with pytest.raises(DatasetError, match="more than one column"):
        table.require_readable()


def test_a_file_that_is_not_of_sqlite_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    assert "does not exist: there is no file" in refusal(f"sqlite:///{path}", "select 1")
    path.write_text("age,region\n" * 200)
    assert "it is not a file of SQLite" in refusal(f"sqlite:///{path}", "select 1 from sales")


def test_a_text_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table old as select cast(x'ff41' as text) as name")
    assert "it has text that is not in UTF-8" in refusal(f"sqlite:///{path}", "select * from old")
