"""One client, or a hundred, cannot make a predictor take more memory than it may.

Each test fails without its limit: of rows, of all uploads, of unread responses.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.support.effort import figure
from tests.faults.support.slow_clients import Good, Slow, allow_many_sockets, running, until
from tests.support.http.raw_client import answers_in, request
from tests.support.models.one_feature import one_feature_model
from tests.support.processes.predictor import PredictorProcess, served_model

MOST_BYTES = 512 << 20
BODY_BYTES = 16 << 20
ROWS = 100_000
GOOD = request(b'{"features": [1]}')
INFER = "/v2/models/toy/infer"


@pytest.fixture
def predictor(tmp_path: Path) -> Iterator[PredictorProcess]:
    with served_model(tmp_path, one_feature_model()) as running_one:
        yield running_one
        assert peak_bytes(running_one) < MOST_BYTES
        assert "Traceback" not in running_one.output()


def peak_bytes(predictor: PredictorProcess) -> int:
    """Return the most memory that the process had."""
    status = Path(f"/proc/{predictor.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) << 10


def binary_rows(rows: int) -> bytes:
    """Build an infer request with a byte for each row."""
    tensor = {"name": "features", "shape": [rows, 1], "datatype": "UINT8"}
    text = json.dumps({"inputs": [{**tensor, "parameters": {"binary_data_size": rows}}]}).encode()
    length = {"inference_header_content_length": str(len(text))}
    return request(text + bytes(rows), path=INFER, **length)


def test_millions_of_rows_in_a_small_body_are_refused(predictor: PredictorProcess) -> None:
    rows = BODY_BYTES - 200
    many = [Slow(predictor.port, binary_rows(rows), bytewise=False) for _ in range(3)]
    asyncio.run(beside(predictor, many, lambda: all(b"\r\n\r\n" in m.received for m in many)))
    for each in many:
        (refused,) = answers_in(each.received)
        assert refused.status == 400
        assert b"at most 100000 rows; found %d" % rows in refused.body


@pytest.mark.parametrize("path", ["/predict", INFER])
def test_stalled_uploads_have_a_common_limit(predictor: PredictorProcess, path: str) -> None:
    allow_many_sockets()
    body = b'{"instances": [' + b"[1],".ljust(BODY_BYTES - 16)
    stalled = request(body + b" ", path=path)[:-1]
    uploads = [Slow(predictor.port, stalled, bytewise=False) for _ in range(124)]
    refused = len(uploads) - (128 << 20) // BODY_BYTES
    asyncio.run(beside(predictor, uploads, lambda: count_ended(uploads) >= refused))
    answers = [answer for each in uploads for answer in answers_in(each.received)]
    assert {answer.status for answer in answers} == {503}
    assert {answer.headers["retry-after"] for answer in answers} == {"1"}


def test_responses_that_nobody_reads_have_a_common_limit(predictor: PredictorProcess) -> None:
    large = [
        Slow(predictor.port, asked, bytewise=False, takes=1)
        for asked in (
            request(json.dumps({"instances": [[1]] * ROWS}).encode()),
            binary_rows(ROWS),
        )
        for _ in range(figure(quick=2, full=10))
    ]
    asyncio.run(beside(predictor, large, lambda: "responses unread" in predictor.output()))


def count_ended(clients: list[Slow]) -> int:
    """Return how many connections the predictor has closed."""
    return sum(each.has_ended for each in clients)


async def beside(
    predictor: PredictorProcess, clients: list[Slow], is_done: Callable[[], bool]
) -> None:
    """Run *clients* beside a good one, until *is_done*."""
    good = Good(predictor.port, GOOD)
    async with running(good.ask_on(), *(each.go_on() for each in clients)):
        await until(is_done, "the limit", 120)
        already = good.answered
        await until(lambda: good.answered > already + 20, "answers to the good client")
    assert good.lost == []
