"""A server that stops loses no request."""

from tests.support.http.raw_client import Answer, Wire
from tests.support.http.raw_requests import LIVE, ONE
from tests.support.processes.wait_until import wait_for


def test_a_stopping_server_answers_the_requests_that_it_received(
    wire: Wire, answer: Answer
) -> None:
    connections = [wire.connect() for _ in range(3)]
    parts = (ONE + ONE, LIVE, ONE[:-3])
    for connection, part in zip(connections, parts, strict=True):
        connection.send_and_stop(part)
    connections[2].send(ONE[-3:])
    for connection, count in zip(connections, (2, 1, 1), strict=True):
        wait_for(connection.transport.has_ended, "the end")
        assert len(connection.answers) == count
        assert connection.answers[-1].headers["connection"] == "close"
        assert connection.answers[-1].status == 200


def test_a_stopping_server_answers_a_request_that_is_on_its_way(wire: Wire, answer: Answer) -> None:
    late, idle = wire.connect(), wire.connect()
    for connection in (late, idle):
        connection.send(ONE)
        wire.portal.call(connection.protocol.shutdown)
        assert not connection.transport.has_ended()
    late.send(ONE)
    assert late.transport.has_ended()
    assert late.answers[1].headers["connection"] == "close"
    wait_for(idle.transport.has_ended, "the idle connection to be closed")
