"""Queries of a real server of PostgreSQL."""

import os
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.databases.postgresql import PASSWORD, USER, Server, running_server
from tests.support.sweep import sweep
from tests.unit.trainer.databases.reading import read, refusal, values
from trainer.databases.address import DatabaseAddress
from trainer.databases.query_process import run_query
from trainer.databases.request import QueryRequest

_CASES = [
    ("select nope from sales", "'column \"nope\" does not exist'"),
    ("select 1; select 2", "has several statements"),
    ("insert into sales(id) values (9)", "returns no table"),
    ("delete from sales returning id", "failed"),
    ("with gone as (delete from sales returning id) select * from gone", "failed"),
    ("select 1) as result(c0); drop table sales; --", "failed"),
    ("select set_config('transaction_read_only', 'off', false)", "failed"),
    ("select id from sales where id > 9", "returned no rows"),
    ("select 1 / (id - 2) as a from sales", "'division by zero'"),
    ("select date 'infinity' as due", "Column 'due' of the query has infinite dates"),
    ("select pg_sleep(0), 10 ^ 400::numeric as big", "failed"),
]
STATEMENTS = {query: (query, said) for query, said in _CASES}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as started:
        started.execute(
            "create type mood as enum ('sad', 'glad')",
            "create table sales as select i as id, (i / 2.0)::numeric(10, 1) as price, "
            "(case when i % 2 = 0 then 'sad' else 'glad' end)::mood as mood, "
            "i * interval '1 day' as age, i::money as paid from generate_series(1, 3) i",
        )
        yield started


def say(server: Server, query: str, address: str | None = None, seconds: float = 600.0) -> str:
    sentence = refusal(address or server.address, query, server.password_file, seconds)
    assert PASSWORD not in sentence
    assert sentence.count("\n") == 0
    return sentence


def test_values_are_exact_and_in_the_order_of_the_query(server: Server) -> None:
    query = "select * from sales order by id desc -- the newest first"
    assert values(read(server.address, query, server.password_file)) == {
        "id": [3, 2, 1],
        "price": [1.5, 1.0, 0.5],
        "mood": ["glad", "sad", "glad"],
        "age": [3 * 86400.0, 2 * 86400.0, 86400.0],
        "paid": [3.0, 2.0, 1.0],
    }


def test_a_result_of_many_batches_is_whole(server: Server) -> None:
    query = "select i, repeat('x', 100) as filler from generate_series(1, 400000) i"
    shown: list[int] = []
    request = QueryRequest(DatabaseAddress(server.address), query, 600.0, PASSWORD)
    rows = run_query(request, shown.append)
    assert shown[-1] == 400000
    assert shown == sorted(shown)
    assert len(shown) > 1
    rows.file.close()


@pytest.mark.parametrize(
    "case",
    sweep(
        STATEMENTS,
        "select 1; select 2",
        "insert into sales(id) values (9)",
        "select 1 / (id - 2) as a from sales",
    ),
)
def test_another_statement_is_refused_in_a_sentence(server: Server, case: tuple[str, str]) -> None:
    query, said = case
    assert said in say(server, query)
    assert server.execute("select count(*) from sales") == [(3,)]


def test_no_program_of_the_server_runs(server: Server) -> None:
    proof = server.folder / "data" / "proof"
    assert "returns no table" in say(server, f"copy sales to program 'touch {proof}'")
    assert not proof.exists()


def test_the_server_ends_a_query_that_takes_too_long(server: Server) -> None:
    sentence = say(server, "select pg_sleep(3600)", seconds=1.0)
    assert "did not end in time" in sentence
    assert "TRAINER_QUERY_SECONDS" in sentence


def test_a_server_that_does_not_answer_is_given_up(server: Server) -> None:
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        address = f"{server.address}&connect_timeout=2"
        assert "did not answer in time" in say(server, "select 1 as a", address)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://nobody@/postgres?host={folder}", "the server refused the password"),
        ("postgresql://{user}@/nowhere?host={folder}", 'database "nowhere" does not exist'),
        ("postgresql://{user}@/postgres?host={folder}/no", "there is no socket"),
        ("postgresql://{user}@127.0.0.1:1/postgres", "nothing listens there"),
        ("postgresql://{user}@no.invalid/postgres", "its host is unknown"),
    ],
)
def test_a_server_that_cannot_be_reached_is_explained(
    server: Server, address: str, said: str
) -> None:
    written = address.format(user=USER, folder=server.folder)
    assert said in say(server, "select 1 as a", written)


def test_no_argument_or_variable_of_a_process_has_the_password(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []

    class Recorded(subprocess.Popen[bytes]):
        def __init__(self, command: list[str], **options: Any) -> None:
            started.append(repr((command, options)))
            super().__init__(command, **options)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    request = QueryRequest(DatabaseAddress(server.address), "select 1 as a", 600.0, PASSWORD)
    run_query(request, lambda _rows: None).file.close()
    (only,) = started
    assert "trainer.databases.query_child" in only
    assert PASSWORD not in only


def test_the_password_may_be_in_the_environment(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "asks for a password" in refusal(server.address, "select 1 as a")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert values(read(server.address, "select 1 as a")) == {"a": [1]}
