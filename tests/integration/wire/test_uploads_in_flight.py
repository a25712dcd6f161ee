"""All uploads of a process have a common limit; beyond it, the longest-waiting upload goes."""

import json

import pytest

from shared.http import limits_protocol
from shared.http.open_connections import OPEN_CONNECTIONS
from shared.http.timeouts_and_sizes import LARGE_READ_BYTES
from shared.http.upload_budget import UploadBudget
from tests.support.http.raw_client import Connection, Wire, chunked, request
from tests.support.http.raw_requests import ONE, error_of, statuses
from tests.support.processes.wait_until import wait_for

LIMIT = 200_000
LARGE = json.dumps({"instances": [[1, 2]] * 7000}).encode()
"""Three of these bodies are less than the limit, and four are more."""


@pytest.fixture
def budget(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> UploadBudget:
    found: UploadBudget = wire.state[OPEN_CONNECTIONS].uploads
    monkeypatch.setattr(found, "limit", LIMIT)
    return found


def stalled(wire: Wire, body: bytes = LARGE, path: str = "/predict") -> Connection:
    """Send a request until one byte before its end."""
    connection = wire.connect()
    connection.send(request(body, path=path)[:-1])
    return connection


@pytest.mark.parametrize("path", ["/predict", "/v2/models/toy/infer"])
def test_the_uploads_that_began_first_are_refused(
    wire: Wire, budget: UploadBudget, path: str
) -> None:
    uploads = [stalled(wire, path=path) for _ in range(9)]
    assert budget.held <= LIMIT
    for each in uploads[:-3]:
        (refused,) = each.answers
        assert (refused.status, error_of(refused)) == (503, "too_many_uploads")
        assert refused.headers["retry-after"] == "1"
        assert each.transport.has_ended()
    assert [each.answers for each in uploads[-3:]] == [[], [], []]
    assert statuses(wire.exchange(ONE)) == [200]
    uploads[-1].send(LARGE[-1:])
    assert statuses(uploads[-1].answers) == [200 if path == "/predict" else 400]
    for each in uploads:
        each.vanish()
    assert budget.held == 0


def test_small_requests_are_read_beside_stalled_ones(wire: Wire, budget: UploadBudget) -> None:
    budget.limit = 10_000
    small = [stalled(wire, b" " * 5000) for _ in range(4)]
    assert [statuses(each.answers) for each in small] == [[503], [503], [], []]
    in_pieces = wire.connect()
    in_pieces.send(ONE[:-5], ONE[-5:])
    assert statuses(in_pieces.answers) == [200]
    for each in [*small, in_pieces]:
        each.vanish()
    assert budget.held == 0


def test_every_end_of_a_request_gives_its_bytes_back(wire: Wire, budget: UploadBudget) -> None:
    sent = request(chunked(LARGE), content_length="", transfer_encoding="chunked")
    for pieces in (
        [request(LARGE)],
        [sent],
        [sent[: len(sent) // 2]],
        [request(LARGE, path="/livez")],
        [request(LARGE, "GET", "/livez"), ONE],
        [request(LARGE) + request(LARGE) + request(LARGE)],
        [request(LARGE)[:-9] + b"\xff" * 9],
        [request(LARGE, content_encoding="gzip")],
        [sent.replace(b"\r\n0\r\n", b"\r\nrubbish\r\n")],
        [request(ONE + b" " * 20_000)[:-1]],
    ):
        connection = wire.connect()
        connection.send(*pieces)
        connection.vanish()
        assert statuses(wire.exchange(ONE)) == [200]
        assert budget.held == 0, pieces[0][:80]


def test_a_slow_upload_gives_its_bytes_back_when_it_is_refused(
    wire: Wire, budget: UploadBudget
) -> None:
    uploads = [stalled(wire), stalled(wire, b" " * 5000)]
    wire.pass_seconds(62)
    assert [statuses(each.answers) for each in uploads] == [[408], [408]]
    assert budget.held == 0


@pytest.mark.parametrize(("seconds", "is_paused"), [(3600.0, True), (0.0, False)])
def test_the_rest_of_a_refused_body_is_read_after_a_pause(
    wire: Wire,
    budget: UploadBudget,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    is_paused: bool,
) -> None:
    monkeypatch.setattr(limits_protocol, "DROP_SECONDS", seconds)
    uploads = [stalled(wire) for _ in range(4)]
    refused = uploads[0]
    assert statuses(refused.answers) == [503]
    refused.call("data_received", b" " * LARGE_READ_BYTES)
    wait_for(lambda: refused.transport.is_paused() == is_paused, "a pause or its end")
    assert statuses(wire.exchange(ONE)) == [200]
    assert refused.transport.is_paused() == is_paused
    for each in uploads:
        each.vanish()
    assert budget.held == 0


def test_complete_bodies_are_never_refused() -> None:
    refused: list[str] = []
    budget = UploadBudget(100_000)
    waiting, new = (budget.begin(lambda name=name: refused.append(name)) for name in "ab")  # type: ignore[misc]  # a default of a lambda
    waiting.grow(90_000)
    waiting.complete()
    new.grow(5_000)
    new.grow(5_001)
    assert refused == []  # it is small
    new.grow(50_000)
    assert refused == ["b"]
    assert budget.held == 90_000
    waiting.release()
    waiting.release()
    assert budget.held == 0
