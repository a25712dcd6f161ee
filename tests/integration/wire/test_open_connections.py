"""At the limit, the connection that kept the server waiting longest is closed."""

from collections.abc import Iterator
from functools import partial

import pytest

from shared.http import timeouts_and_sizes
from shared.http.open_connections import OPEN_CONNECTIONS
from shared.store.store import ModelStore
from tests.support.http.raw_client import Connection, Wire, request, running_wire
from tests.support.http.raw_requests import BODY, LIVE, ONE, statuses
from tests.support.processes.wait_until import wait_for

CHUNKS = request(b"", content_length="", transfer_encoding="chunked")


@pytest.fixture(params=[True, False], ids=["fast", "asgi"])
def wire(request: pytest.FixtureRequest, served_store: ModelStore) -> Iterator[Wire]:
    """Run a predictor without other connections, and with a limit of three."""
    with running_wire(served_store, is_fast=request.param) as running:
        running.state[OPEN_CONNECTIONS].max_connections = 3
        yield running


def dropped(*connections: Connection) -> list[bool]:
    return [connection.transport.is_aborted for connection in connections]


def test_at_the_limit_the_connection_that_is_idle_longest_is_closed(wire: Wire) -> None:
    first, second, third = (wire.connect() for _ in range(3))
    first.send(ONE)  # within the same second
    fourth = wire.connect()
    assert dropped(first, second, third, fourth) == [False, True, False, False]
    third.send(LIVE)
    fifth = wire.connect()
    assert dropped(first, third, fourth, fifth) == [True, False, False, False]
    for connection in (third, fourth, fifth):
        connection.send(ONE)
        assert statuses(connection.answers)[-1:] == [200]


def test_a_connection_in_use_survives_any_number_of_new_connections(wire: Wire) -> None:
    used = wire.connect()
    for _ in range(50):
        used.send(ONE, LIVE)
        wire.connect()
    assert statuses(used.answers) == [200] * 100


@pytest.mark.parametrize(
    "begun",
    [b"", ONE, ONE[:20], ONE[:-3], request(BODY, expect="100-continue")[:-3], CHUNKS + b"5\r\n"],
    ids=["new", "answered", "head", "plain body", "expected body", "chunk"],
)
def test_a_connection_that_keeps_the_server_waiting_is_closed_in_its_turn(
    wire: Wire, begun: bytes
) -> None:
    slow = [wire.connect() for _ in range(3)]
    for connection in slow:
        connection.send(begun)
    for opened in range(1, 4):
        newcomer = wire.connect()
        newcomer.send(ONE[:-3])
        newcomer.send(ONE[-3:])
        assert statuses(newcomer.answers) == [200]
        assert sum(dropped(*slow)) == opened
        slow.append(newcomer)


def test_connections_with_a_request_stay_and_the_new_connection_is_closed(wire: Wire) -> None:
    taking = [wire.connect() for _ in range(3)]
    for connection in taking:
        connection.send(ONE)
        connection.transport.unsent = 1
    newcomer = wire.connect()
    assert dropped(*taking, newcomer) == [False] * 3 + [True]
    taking[1].transport.unsent = 0
    late = wire.connect()
    assert dropped(*taking, late) == [False, True, False, False]


def test_a_connection_that_waits_for_a_reply_stays_although_it_began_another_request(
    wire: Wire,
) -> None:
    for rest in (b"", ONE[:20], ONE[:-3], request(BODY, expect="100-continue")[:-3]):
        waiting = wire.connect()
        wire.portal.call(_send_and_open, wire, waiting, ONE + rest)
        wait_for(partial(_is_answered, waiting), "the answer")
        assert dropped(waiting) == [False]
        waiting.vanish()


def _is_answered(connection: Connection) -> bool:
    return statuses(connection.whole_answers) == [200]


async def _send_and_open(wire: Wire, connection: Connection, data: bytes) -> None:
    """Open four connections in the turn that reads a request, before its reply."""
    connection.protocol.data_received(data)
    for _ in range(4):
        await wire._connect()


def test_a_refused_connection_does_not_count_against_the_limit(wire: Wire) -> None:
    refused, used = wire.connect(), wire.connect()
    refused.send(b"HELO\r\n\r\n")
    assert statuses(refused.answers) == [400]
    wire.connect()
    used.send(ONE)
    wire.connect()
    assert dropped(refused, used) == [True, False]


def test_new_connections_do_not_change_the_timeouts(wire: Wire) -> None:
    for _ in range(10):
        wire.connect()
    last = wire.connect()
    wire.pass_seconds(timeouts_and_sizes.IDLE_SECONDS)
    assert not last.transport.is_closing()
    wire.pass_seconds(1)
    assert last.transport.is_closing()
