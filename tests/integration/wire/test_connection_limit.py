"""One connection too many: who misses least makes room, and nobody who is answered."""

from collections.abc import Iterator

import pytest

from shared import http_limits
from shared.guarded_protocol import DEADLINES
from shared.store import ModelStore
from tests.waiting import wait_for
from tests.wire import Connection, Wire, request, running_wire
from tests.wire_requests import BODY, LIVE, ONE, statuses

CHUNKS = request(b"", content_length="", transfer_encoding="chunked")


@pytest.fixture(params=[True, False], ids=["fast", "asgi"])
def wire(request: pytest.FixtureRequest, served_store: ModelStore) -> Iterator[Wire]:
    """One that has connections of its own alone, and room for three."""
    with running_wire(served_store, is_fast=request.param) as running:
        running.state[DEADLINES].most = 3
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
    "parts",
    [
        (ONE[:-3], ONE[:20], b""),
        (request(BODY, expect="100-continue")[:-3], LIVE[:-1], ONE),
        (CHUNKS + b"5\r\n", ONE[:1], ONE + LIVE),
    ],
    ids=["plain", "expecting", "in chunks"],
)
def test_who_has_said_least_goes_first(wire: Wire, parts: tuple[bytes, ...]) -> None:
    in_body, in_head, idle = (wire.connect() for _ in range(3))
    for connection, part in zip((in_body, in_head, idle), parts, strict=True):
        connection.send(part)
    newcomers = []
    for expected in ([False, False, True], [False, True, True], [True, True, True]):
        newcomers.append(wire.connect())
        newcomers[-1].send(ONE[:-1])
        assert dropped(in_body, in_head, idle) == expected
    assert dropped(*newcomers) == [False] * 3
    newcomers[0].send(ONE[-1:])
    assert statuses(newcomers[0].answers) == [200]


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
        wait_for(lambda asked=waiting: statuses(asked.answers) == [200], "the answer")
        assert dropped(waiting) == [False]
        waiting.vanish()


async def _send_and_open(wire: Wire, connection: Connection, data: bytes) -> None:
    """Four more open within the turn in which a request is read, before it is answered."""
    connection.protocol.data_received(data)
    for _ in range(4):
        await wire._connect()


def test_a_refusal_that_was_told_holds_no_place(wire: Wire) -> None:
    refused, idle = wire.connect(), wire.connect()
    refused.send(b"HELO\r\n\r\n")
    assert statuses(refused.answers) == [400]
    idle.send(ONE)
    wire.connect()
    wire.connect()
    assert dropped(refused, idle) == [True, False]


def test_deadlines_are_what_they_were_however_many_have_opened(wire: Wire) -> None:
    for _ in range(10):
        wire.connect()
    last = wire.connect()
    wire.pass_seconds(http_limits.IDLE_SECONDS)
    assert not last.transport.is_closing()
    wire.pass_seconds(1)
    assert last.transport.is_closing()
