"""Workers that log rows are killed again and again: no line is torn, and hardly one is missing."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from shared.contract.layout import STORE_DIRECTORIES
from shared.prediction_log.logged_row import LoggedRow, decode_row
from shared.prediction_log.segments import list_prediction_segments, read_rows
from shared.store.store import ModelStore, open_for_writing
from tests.faults.support.effort import dice, figure
from tests.faults.support.record import Record
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import PredictorProcess, running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote

KILLS = figure(quick=4, full=300)
PAUSE_SECONDS = 0.002
LOST_SECONDS = 1.0
"""Most seconds of a killed worker's rows that may be missing."""


class Client(threading.Thread):
    """Sends rows without a pause, and notes when it got which id."""

    def __init__(self, url: str, path: Path) -> None:
        super().__init__(daemon=True)
        self.answers: list[tuple[float, str]] = []
        self.delays: list[tuple[float, float]] = []
        """When this thread wanted to write a byte, and how many seconds later it had."""
        self._url = url
        self._path = path
        self._stop_now = threading.Event()

    def run(self) -> None:
        while not self._stop_now.is_set():
            with plain_http.client(base_url=self._url, timeout=60) as client:
                while not self._stop_now.is_set():
                    try:
                        answer = client.post("/predict", json={"features": [1, 2]})
                    except httpx.HTTPError:  # the worker was killed
                        break
                    if answer.status_code == 200:
                        self.answers.append((time.monotonic(), answer.json()["id"]))
                    before = time.monotonic()
                    self._stop_now.wait(PAUSE_SECONDS)
                    with self._path.open("ab") as file:
                        file.write(b".")
                    self.delays.append((before, time.monotonic() - before - PAUSE_SECONDS))

    def wait_for_answers(self, count: int) -> None:
        """Wait until there are this many more answers."""
        enough = len(self.answers) + count
        wait_for(lambda: len(self.answers) >= enough, "answers")

    def end(self) -> None:
        self._stop_now.set()
        self.join(60)


@contextmanager
def sending(predictor: PredictorProcess, directory: Path) -> Iterator[Client]:
    client = Client(predictor.url, directory / "bytes")
    client.start()
    try:
        yield client
    finally:
        client.end()


def all_rows(store: ModelStore) -> list[LoggedRow]:
    """Return the rows of all segments; each line must be valid, and the end may be torn."""
    found = []
    try:
        segments = [path.read_bytes() for path in store.layout.predictions.rglob("*.jsonl")]
    except FileNotFoundError:  # a hidden segment was published, under another name
        return all_rows(store)
    for data in segments:
        for line in data[: data.rfind(b"\n") + 1].splitlines():
            row = decode_row(line)
            assert row is not None, line
            found.append(row)
    return found


@pytest.mark.timeout(3600)  # 300 workers start in a full run
def test_a_killed_worker_loses_at_most_the_rows_of_the_last_second(
    store: ModelStore, tmp_path: Path, record: Record
) -> None:
    promote(store, toy_model())
    variables = {"PREDICTOR_LOG_SHARE": 1, "PREDICTOR_HEARTBEAT_SECONDS": 0.2}
    kills: list[float] = []
    random = dice()
    with running_predictor(store, tmp_path / "log", **variables) as predictor:
        predictor.wait_until_ready()
        with sending(predictor, tmp_path) as client:
            for _ in range(KILLS):
                client.wait_for_answers(random.randrange(20, 200))  # any moment of a round
                os.kill(predictor.worker_pid, signal.SIGKILL)
                kills.append(time.monotonic())
                client.wait_for_answers(1)
        assert predictor.stop() == 0

    ids = [row.id for row in all_rows(store)]
    written = set(ids)
    assert len(written) == len(ids)
    lost = [at for at, id_ in client.answers if id_ not in written]
    for at in lost:
        kill = min(kill for kill in kills if kill >= at - 0.1)
        # A machine or disk that lets this thread wait lets the thread of the log wait too.
        delays = sum(seconds for when, seconds in client.delays if at <= when <= kill)
        assert kill - at - delays <= LOST_SECONDS
    record.add("killed row logs", "kills", len(kills))
    record.add("killed row logs", "rows", len(ids))


def test_the_segments_of_killed_workers_are_published_whole(
    store: ModelStore, tmp_path: Path
) -> None:
    promote(store, toy_model())
    variables = {"PREDICTOR_LOG_SHARE": 1, "PREDICTOR_HEARTBEAT_SECONDS": 0.1}
    with running_predictor(store, tmp_path / "log", **variables) as predictor:
        predictor.wait_until_ready()
        with predictor.client() as client:
            answer = client.post("/predict", json={"features": [1, 2]})
        (hidden,) = wait_for(lambda: [*store.layout.predictions.rglob(".tmp-*")], "a line")
        os.kill(predictor.worker_pid, signal.SIGKILL)
        with hidden.open("ab") as file:
            file.write(b'{"id":"torn')
        wait_for(lambda: list_prediction_segments(store.layout), "the published segment")
        assert [r.id for p in list_prediction_segments(store.layout) for r in read_rows(p)] == [
            answer.json()["id"]
        ]
        assert b"torn" not in list_prediction_segments(store.layout)[0].read_bytes()


def test_a_full_volume_drops_rows_and_serves_on(small_volume: Path, tmp_path: Path) -> None:
    store = open_for_writing(small_volume / "store", *STORE_DIRECTORIES)
    promote(store, toy_model())
    filler = small_volume / "filler"
    with running_predictor(store, tmp_path / "log", PREDICTOR_LOG_SHARE=1) as predictor:
        predictor.wait_until_ready()
        with predictor.client() as client:

            def ask(times: int) -> list[str]:
                answers = [client.post("/predict", json={"features": [1, 2]}) for _ in range(times)]
                return [answer.json()["id"] for answer in answers]

            kept = ask(20)
            wait_for(lambda: len(all_rows(store)) == 20, "the first rows")
            with filler.open("wb", buffering=0) as file:
                while True:
                    try:
                        file.write(bytes(1 << 16))
                    except OSError:
                        break
            dropped = ask(2000)
            wait_for(lambda: "rows are missing" in predictor.output(), "the report")
            filler.unlink()
            kept += ask(20)
        assert predictor.stop() == 0
        assert predictor.output().count("rows are missing in the prediction log: ") == 1
        assert "No space left" in predictor.output()

    ids = [row.id for path in list_prediction_segments(store.layout) for row in read_rows(path)]
    assert {*kept} <= {*ids} <= {*kept, *dropped}
    assert len(set(ids)) == len(ids)
    assert not [*store.layout.predictions.rglob(".*")]
