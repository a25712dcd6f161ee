"""Queries of files of DuckDB."""

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from tests.support.sweep import sweep
from tests.unit.trainer.databases.reading import is_unread, read, refusal, values

_CASES = [
    ("select nope from sales", 'column "nope" not found'),
    ("select 1; select 2", "has several statements"),
    ("insert into sales select * from sales", "returns no table"),
    ("copy sales to 'out.csv'", "returns no table"),
    ("attach 'other.db'", "returns no table"),
    ("set enable_external_access = true", "returns no table"),
    ("select * from read_csv('/etc/passwd')", "reads another file, which is not allowed"),
    ("select * from '/etc/passwd'", "failed"),
    ("select id from sales where id > 9", "returned no rows"),
    ("selec 1", "syntax error"),
    ("select date 'infinity' as due", "Column 'due' of the query has infinite dates"),
]
STATEMENTS = {query: (query, said) for query, said in _CASES}


@pytest.fixture
def shop(tmp_path: Path) -> str:
    path = tmp_path / "shop.duckdb"
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute(
            "create table sales as select i as id, (i / 2)::decimal(10, 1) as price, "
            "i % 2 = 0 as is_even, 'n' || i as name, {'a': i} as pair from range(1, 4) r(i)"
        )
    return f"duckdb:///{path}"


def test_a_result_has_the_types_of_the_database(shop: str) -> None:
    table = read(shop, "select * from sales order by id")
    assert values(table) == {
        "id": [1, 2, 3],
        "price": [0.5, 1.0, 1.5],
        "is_even": [False, True, False],
        "name": ["n1", "n2", "n3"],
    }
    assert is_unread(table, "pair")


def test_rows_keep_the_order_of_the_query(shop: str) -> None:
    query = "select i as id from range(200000) r(i) order by hash(i) -- mixed"
    with closing(duckdb.connect()) as connection:
        expected = [row[0] for row in connection.execute(query).fetchall()]
    assert values(read(shop, query))["id"] == expected


@pytest.mark.parametrize(
    "case",
    sweep(
        STATEMENTS,
        "select 1; select 2",
        "select * from read_csv('/etc/passwd')",
        "select date 'infinity' as due",
    ),
)
def test_another_statement_is_refused_in_a_sentence(
    shop: str, case: tuple[str, str], tmp_path: Path
) -> None:
    query, said = case
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    sentence = refusal(shop, query)
    assert said in sentence
    assert sentence.count("\n") == 0
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_that_cannot_be_opened_is_explained(shop: str, tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    assert "does not exist: there is no file" in refusal(f"duckdb:///{path}", "select 1")
    path.write_text("age,region\n" * 2000)
    assert "it is not a file of DuckDB" in refusal(f"duckdb:///{path}", "select 1")
    with closing(duckdb.connect(shop.removeprefix("duckdb:///"))):
        assert "another program has opened the file" in refusal(shop, "select 1 as a")
