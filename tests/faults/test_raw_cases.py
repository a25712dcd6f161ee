"""Malformed requests get the right 4xx, and the next client gets its own response."""

import contextlib
import socket
import threading

import pytest

from gatekeeper.api.request_body import MAX_BODY_BYTES
from tests.faults.support.http_services import BODY_CAP, Service
from tests.faults.support.raw_bodies import forms, values
from tests.faults.support.raw_cases import RawCase, Route
from tests.faults.support.raw_framing import chunks, lengths
from tests.faults.support.raw_heads import heads
from tests.faults.support.record import Record
from tests.support.http.raw_client import Answer, answers_in

PREDICT = Route("/predict", b'{"features": [1, 2]}', 200, b'{"features": [1, %b]}', BODY_CAP)
ROLL_BACK = Route("/registry/rollback", b'{"version": 99}', 404, b'{"version": %b}', MAX_BODY_BYTES)
FORM = Route("/page/rollback", b"token=x", 403, b"", MAX_BODY_BYTES)


def framing(route: Route) -> dict[str, RawCase]:
    """Return the cases that are the same for every route."""
    return lengths(route) | chunks(route) | heads(route)


CASES = {
    "fast": framing(PREDICT) | values(PREDICT),
    "asgi": framing(PREDICT) | values(PREDICT),
    "gatekeeper": framing(ROLL_BACK) | values(ROLL_BACK) | forms(FORM),
}


def exchange(port: int, sent: bytes, *, is_left_open: bool = False) -> list[Answer]:
    """Send a case on a new connection. Read until the service closes it, or one response."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:

        def send() -> None:
            with contextlib.suppress(OSError):  # the service may close early
                client.sendall(sent)
                if not is_left_open:
                    client.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        received = b""
        while not (is_left_open and received.endswith(b"}")) and (piece := client.recv(1 << 16)):
            received += piece
        sender.join()
    return answers_in(received)


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, cases in CASES.items() for name in cases]
)
def test_a_malformed_request_gets_its_status_and_other_clients_notice_nothing(
    http_services: dict[str, Service], record: Record, kind: str, name: str
) -> None:
    found, case = http_services[kind], with_token(CASES[kind][name], http_services[kind])
    answers = exchange(found.port, case.sent, is_left_open=case.is_left_open)
    assert tuple(answer.status for answer in answers) == case.statuses
    assert [answer.status for answer in exchange(found.port, found.good)] == [200]
    assert "Traceback" not in found.log.read_text()
    record.add("raw cases", kind, 1)


def with_token(case: RawCase, found: Service) -> RawCase:
    """Insert the token that the gatekeeper made at its start."""
    header = b"host: test\r\nauthorization: Bearer " + found.token.encode()
    return case._replace(
        sent=case.sent.replace(b"host: test", header) if found.token else case.sent
    )


def test_a_client_that_resets_the_connection_anywhere_is_no_error(
    http_services: dict[str, Service],
) -> None:
    for kind, found in http_services.items():
        whole = CASES[kind]["head: an expectation"]
        sent = with_token(whole, found).sent
        for cut in range(1, len(sent), 7):
            with socket.create_connection(("127.0.0.1", found.port), timeout=60) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                client.sendall(sent[:cut])
        assert [answer.status for answer in exchange(found.port, found.good)] == [200]
        assert "Traceback" not in found.log.read_text()
