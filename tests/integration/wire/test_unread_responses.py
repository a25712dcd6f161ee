"""Unread responses have a common limit; the client that read nothing for longest is dropped."""

from collections.abc import Iterator

import pytest

from shared.http.open_connections import OPEN_CONNECTIONS
from shared.http.unread_responses import HELD_BYTES
from tests.support.http.raw_client import Connection, Wire
from tests.support.http.raw_requests import ONE, statuses

LIMIT = 1000


@pytest.fixture
def unread(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Connection]]:
    """Open three connections whose clients stopped reading one second after each other."""
    monkeypatch.setattr(wire.state[OPEN_CONNECTIONS].unread, "limit", LIMIT)
    found = [wire.connect() for _ in range(3)]
    for connection in found:
        connection.send(ONE)
        connection.transport.unsent = LIMIT // 3
        connection.call("pause_writing")
        wire.pass_seconds(1)
    yield found
    for connection in found:
        connection.vanish()


def aborted(connections: list[Connection]) -> list[bool]:
    return [connection.transport.is_aborted for connection in connections]


def test_at_the_limit_nothing_is_closed(wire: Wire, unread: list[Connection]) -> None:
    wire.pass_seconds(3)
    assert aborted(unread) == [False, False, False]
    assert [statuses(each.answers) for each in unread] == [[200], [200], [200]]


def test_beyond_it_the_client_that_read_nothing_for_longest_is_closed(
    wire: Wire, unread: list[Connection]
) -> None:
    another = wire.connect()
    another.send(ONE)
    another.transport.unsent = 500
    another.call("pause_writing")
    assert aborted([*unread, another]) == [True, True, False, False]
    another.vanish()


def test_a_client_that_reads_again_stays(wire: Wire, unread: list[Connection]) -> None:
    unread[0].transport.unsent = 0
    unread[0].call("resume_writing")
    unread[2].transport.unsent = LIMIT
    wire.pass_seconds(1)
    assert aborted(unread) == [False, True, False]


def test_memory_that_an_answer_holds_counts(wire: Wire, unread: list[Connection]) -> None:
    unread[1].protocol._running = {HELD_BYTES: 10 * LIMIT}
    wire.pass_seconds(1)
    assert aborted(unread) == [True, True, False]
    unread[1].vanish()
    assert HELD_BYTES not in unread[1].protocol._running
