"""docs/databases.md: each type of its table is read as the table says, and its example works."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from tests.support.databases.postgresql import running_server
from tests.support.project import ROOT
from tests.unit.trainer.databases.reading import is_unread, read
from trainer.databases.result_columns import UnreadType
from trainer.files.query_table import QueryTable
from trainer.tables.columns.column_types import classify_type

TEXT = (ROOT / "docs" / "databases.md").read_text()
POSTGRESQL = {
    "smallint": "1::smallint", "integer": "1::integer", "bigint": "1::bigint", "real": "1.5::real",
    "double precision": "1.5::double precision", "numeric": "1.5::numeric", "money": "1.5::money",
    "oid": "1::oid", "interval": "interval '1 day'", "boolean": "true", "text": "'x'::text",
    "varchar": "'x'::varchar", "char": "'x'::char(3)", "name": "'x'::name", "enums": "'a'::letter",
    "uuid": "gen_random_uuid()", "inet": "inet '::1'", "cidr": "cidr '10.0.0.0/8'",
    "macaddr": "macaddr '08:00:2b:01:02:03'", "bit": "b'101'", "date": "current_date",
    "timestamp": "localtimestamp", "timestamptz": "now()", "time": "localtime",
    "json": "'{}'::json", "jsonb": "'{}'::jsonb", "bytea": "'x'::bytea", "xml": "'<a/>'::xml",
    "arrays": "array[1]", "ranges": "int4range(1, 2)", "composite": "(row('x', 1))::pair",
    "geometric types": "point(1, 2)",
}  # fmt: skip
DUCKDB = {
    "all numbers": "1.5::decimal(4, 1)", "interval": "interval 1 day", "boolean": "true",
    "varchar": "'x'", "enums": "'a'::enum('a', 'b')", "uuid": "uuid()", "bit": "'101'::bit",
    "date": "current_date", "timestamp": "timestamp '2024-01-02'", "time": "time '12:00'",
    "timestamptz": "timestamptz '2024-01-02 00:00:00+00'", "json": "'{}'::json",
    "blob": "'x'::blob", "lists": "[1]", "structs": "{'a': 1}", "maps": "map {'a': 1}",
    "unions": "union_value(a := 1)",
}  # fmt: skip
KINDS = {
    "number": "number", "number, in seconds": "number", "boolean": "boolean",
    "category": "category", "date or time": "time", "not a value": "other",
}  # fmt: skip


def documented(column: int) -> dict[str, str]:
    """Return the kind of each type in a column of the table."""
    table = TEXT.split("## Types")[1].split("## ")[0]
    found: dict[str, str] = {}
    for line in re.findall(r"^\| (.+) \|$", table, re.MULTILINE):
        cells = [cell.strip() for cell in line.split("|")]
        if cells[0] in KINDS and len(cells) > column:
            text = cells[column].replace("`", "").replace(" and ", ", ")
            found |= {name: KINDS[cells[0]] for name in text.split(", ") if name}
    return found


def kinds(table: QueryTable) -> dict[str, str]:
    return {
        name: "other" if is_unread(table, name) else classify_type(table.schema.field(name).type)
        for name in table.schema.names
    }


def query_of(values: dict[str, str]) -> str:
    chosen = ", ".join(f'{value} as "{name}"' for name, value in values.items())
    return f"select {chosen}"


def test_types_of_postgresql() -> None:
    with running_server() as server:
        server.execute(
            "create type letter as enum ('a', 'b')", "create type pair as (name text, size int)"
        )
        values = {**POSTGRESQL}
        found = documented(1)
        assert found.pop("citext") == "category"  # of an extension that may not be installed
        assert values.keys() == found.keys()
        table = read(server.address, query_of(values), server.password_file)
    assert kinds(table) == found


def test_types_of_duckdb(tmp_path: Path) -> None:
    path = tmp_path / "types.duckdb"
    with closing(duckdb.connect(str(path))):
        pass
    found = documented(3)
    assert DUCKDB.keys() == found.keys()
    assert kinds(read(f"duckdb:///{path}", query_of(DUCKDB))) == found


def test_the_example_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (commands,) = re.findall(r"```sh\n(export TRAINER_DATASET=.*?)```", TEXT, re.DOTALL)
    (query,) = re.findall(r'TRAINER_QUERY="(.+)"', commands)
    (address,) = re.findall(r"TRAINER_DATASET=(\S+)", commands)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "customers.db")) as connection:
        connection.execute("create table customers(id int, age real, region text, leaves text)")
        connection.execute("insert into customers values (1, 40.5, 'north', 'yes')")
        connection.commit()
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert read(address, query).names.written == ("age", "region", "leaves")


def test_a_type_that_is_not_read_has_the_name_of_the_database() -> None:
    assert str(UnreadType("jsonb")) == "jsonb"
