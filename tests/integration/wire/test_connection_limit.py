"""One connection too many: who was waited for the longest makes room, nobody who is answered."""

from collections.abc import Iterator
from functools import partial

import pytest

from shared.http import limits
from shared.http.limits_protocol import DEADLINES
from shared.store.store import ModelStore
from tests.support.http.raw_client import Connection, Wire, request, running_wire
from tests.support.http.raw_requests import BODY, LIVE, ONE, statuses
from tests.support.processes.wait_until import wait_for

CHUNKS = request(b"", content_length="", transfer_encoding="chunked")


@pytest.fixture(params=[True, False], ids=["fast", "asgi"])
def wire(request: pytest.FixtureRequest, served_store: ModelStore) -> Iterator[Wire]:
    """One that has connections of its own alone, and room for three."""
    with running_wire(served_store, is_fast=request.param) as running:
        running.state[DEADLINES].max_connections = 3
        yield running


def dropped(*connections: Connection) -> list[bool]:
    return [connection.transport.is_aborted for connection in connections]


def test_the_longest_idle_makes_room(wire: Wire) -> None:
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


def test_who_is_in_use_outlives_any_number_of_openings(wire: Wire) -> None:
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
def test_whatever_a_client_is_waited_for_it_makes_room_in_its_turn(
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


def test_who_is_answered_stays_and_the_newcomer_is_turned_away(wire: Wire) -> None:
    taking = [wire.connect() for _ in range(3)]
    for connection in taking:
        connection.send(ONE)
        connection.transport.unsent = 1
    newcomer = wire.connect()
    assert dropped(*taking, newcomer) == [False] * 3 + [True]
    taking[1].transport.unsent = 0
    late = wire.connect()
    assert dropped(*taking, late) == [False, True, False, False]


def test_who_waits_for_an_answer_stays_though_it_has_begun_another_request(wire: Wire) -> None:
    for rest in (b"", ONE[:20], ONE[:-3], request(BODY, expect="100-continue")[:-3]):
        waiting = wire.connect()
        wire.portal.call(_send_and_open, wire, waiting, ONE + rest)
        wait_for(partial(_is_answered, waiting), "the answer")
        assert dropped(waiting) == [False]
        waiting.vanish()


def _is_answered(connection: Connection) -> bool:
    return statuses(connection.answers) == [200]


async def _send_and_open(wire: Wire, connection: Connection, data: bytes) -> None:
    """Four more open within the turn in which a request is read, before it is answered."""
    connection.protocol.data_received(data)
    for _ in range(4):
        await wire._connect()


def test_a_refusal_that_was_told_holds_no_place(wire: Wire) -> None:
    refused, used = wire.connect(), wire.connect()
    refused.send(b"HELO\r\n\r\n")
    assert statuses(refused.answers) == [400]
    wire.connect()
    used.send(ONE)
    wire.connect()
    assert dropped(refused, used) == [True, False]


def test_deadlines_are_what_they_were_however_many_have_opened(wire: Wire) -> None:
    for _ in range(10):
        wire.connect()
    last = wire.connect()
    wire.pass_seconds(limits.IDLE_SECONDS)
    assert not last.transport.is_closing()
    wire.pass_seconds(1)
    assert last.transport.is_closing()
