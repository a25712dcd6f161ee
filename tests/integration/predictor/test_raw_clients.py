"""Real sockets and processes: clients with a hand-written protocol, and servers that exit."""

import json
import os
import re
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS
from shared.http.timeouts_and_sizes import HEAD_BYTES
from shared.store.store import ModelStore, open_for_writing
from tests.support.http import plain_http
from tests.support.http.raw_client import Answer, answers_in, chunked, request
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import PredictorProcess, running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeping import running_gatekeeper

pytestmark = pytest.mark.thorough

ONE = request(b'{"features": [1, 2]}')
LIVE = request(b"", "GET", "/livez")


def until_closed(port: int, *pieces: bytes, is_half_closing: bool = True) -> list[Answer]:
    """Send pieces on a new connection, and return the replies until the server closes it."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            client.sendall(piece)
        if is_half_closing:
            client.shutdown(socket.SHUT_WR)
        received = b""
        while data := client.recv(1 << 16):
            received += data
        return answers_in(received)


def statuses(answers: list[Answer]) -> list[int]:
    return [answer.status for answer in answers]


@pytest.fixture(scope="module", params=[True, False], ids=["fast", "asgi"])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    directory = tmp_path_factory.mktemp("raw")
    store = open_for_writing(directory / "store", CANDIDATES, MODELS, DECISIONS)
    promote(store, toy_model())
    variables = {"PREDICTOR_FAST_PATH": request.param}
    with running_predictor(store, directory / "log", **variables) as predictor:
        yield predictor.port


def test_pipelined_requests_of_every_kind_are_answered_in_their_order(port: int) -> None:
    chunks = request(
        chunked(b'{"features": [1,', b" 2]}"), content_length="", transfer_encoding="chunked"
    )
    wrong = request(b'{"features": [1]}')
    answers = until_closed(port, ONE + chunks + LIVE + wrong + ONE + LIVE + ONE)
    assert statuses(answers) == [200, 200, 200, 422, 200, 200, 200]
    assert answers[0].body == answers[1].body == answers[4].body == answers[6].body


def test_more_requests_than_the_buffers_hold_are_all_answered(port: int) -> None:
    count = 20_000
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        sender = threading.Thread(target=client.sendall, args=(ONE * count,))
        sender.start()
        received = bytearray()
        while received.count(b"HTTP/1.1 200 OK") < count or not received.endswith(b"}"):
            received += client.recv(1 << 20)
        sender.join()
    assert statuses(answers_in(bytes(received))) == [200] * count


def test_the_connection_closes_after_a_request_with_connection_close(port: int) -> None:
    closing = request(b'{"features": [1, 2]}', connection="close")
    old = request(b'{"features": [1, 2]}', version="1.0")
    for last in (closing, old):
        answers = until_closed(port, ONE + last, is_half_closing=False)
        assert statuses(answers) == [200, 200]
        assert answers[-1].headers["connection"] == "close"


def test_the_reason_of_a_refusal_arrives_although_the_client_still_sends(port: int) -> None:
    endless = b"POST /predict HTTP/1.1\r\nx: " + b"y" * (64 * HEAD_BYTES)
    (answer,) = until_closed(port, endless)
    assert answer.status == 431
    rubbish = b"\x16\x03\x01" + bytes(1 << 20)
    assert statuses(until_closed(port, rubbish)) == [400]


def test_the_gatekeeper_has_the_same_limits(store: ModelStore, tmp_path: Path) -> None:
    with running_gatekeeper(store.layout.root, tmp_path / "log") as gatekeeper:
        port = int(gatekeeper.url.rsplit(":", 1)[1])
        many = request(b"", "GET", "/livez", x="y" * HEAD_BYTES)
        assert statuses(until_closed(port, many)) == [431]
        assert statuses(until_closed(port, b"HELO\r\n\r\n")) == [400]
        assert statuses(until_closed(port, LIVE + LIVE)) == [200, 200]


def receive_answer(client: socket.socket) -> Answer:
    """Read one complete reply. Raise ConnectionError if the connection ends before."""
    received = b""
    while True:
        piece = client.recv(1 << 16)
        if not piece:
            raise ConnectionAbortedError(received)
        received += piece
        head, separator, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if separator and length and len(body) == int(length[1]):
            return answers_in(received)[0]


@dataclass
class Asking:
    """A client that sends its next request after each reply, and counts lost requests."""

    port: int
    answered: int = 0
    lost: list[str] = field(default_factory=list)
    """Requests that were sent on an open connection and got no reply."""

    def ask_until(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                client = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            except OSError:
                continue  # nothing listens, so nothing was sent
            with client:
                self._ask_on(client, stop)

    def _ask_on(self, client: socket.socket, stop: threading.Event) -> None:
        is_first = True
        while not stop.is_set():
            try:
                client.sendall(ONE)
                answer = receive_answer(client)
            except OSError as problem:
                # Until a worker accepts it, only the kernel has the connection.
                if not is_first:
                    self.lost.append(repr(problem))
                return
            self.answered += 1
            is_first = False
            if answer.status != 200:
                self.lost.append(answer.body.decode())
            if answer.headers.get("connection") == "close":
                return


@contextmanager
def asking(predictor: PredictorProcess, clients: int) -> Iterator[list[Asking]]:
    stop = threading.Event()
    found = [Asking(predictor.port) for _ in range(clients)]
    threads = [threading.Thread(target=one.ask_until, args=(stop,)) for one in found]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("is_fast", [True, False], ids=["fast", "asgi"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_stopping_predictor_answers_all_requests_that_it_received(
    store: ModelStore, tmp_path: Path, workers: int, is_fast: bool
) -> None:
    promote(store, toy_model())
    variables = {"PREDICTOR_WORKERS": workers, "PREDICTOR_FAST_PATH": is_fast}
    with running_predictor(store, tmp_path / "log", **variables) as predictor:
        predictor.wait_for_workers(1, workers)
        with asking(predictor, clients=8) as clients:
            wait_for(lambda: all(one.answered > 10 for one in clients), "answers")
            assert predictor.stop(signal.SIGTERM) == 0
    assert [one.lost for one in clients] == [[]] * 8


def test_a_killed_worker_loses_only_its_own_requests(store: ModelStore, tmp_path: Path) -> None:
    promote(store, toy_model())
    with running_predictor(store, tmp_path / "log", PREDICTOR_WORKERS=2) as predictor:
        killed, other = predictor.wait_for_workers(1, 2)
        connections: dict[int, list[socket.socket]] = {killed: [], other: []}
        with ExitStack() as stack:
            while not all(len(found) >= 4 for found in connections.values()):
                client = socket.create_connection(("127.0.0.1", predictor.port), timeout=60)
                stack.enter_context(client)
                client.sendall(request(b"", "GET", "/model"))
                worker = json.loads(receive_answer(client).body)["worker"]
                connections[int(worker.rsplit("-", 2)[1])].append(client)
            os.kill(killed, signal.SIGKILL)
            for client in connections[killed]:
                with pytest.raises(ConnectionError):
                    ask_on(client)
            assert {ask_on(client) for client in connections[other]} == {200}
            assert other in predictor.wait_for_workers(1, 2)
            assert {ask_on(client) for client in connections[other]} == {200}
        assert (
            plain_http.post(f"{predictor.url}/predict", json={"features": [1, 2]}).status_code
            == 200
        )


def ask_on(client: socket.socket) -> int:
    client.sendall(ONE)
    return receive_answer(client).status
