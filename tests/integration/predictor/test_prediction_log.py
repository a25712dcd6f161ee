"""A running predictor logs the same row in the same way, however it was sent."""

import html
import json
import re
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING, TEMPORARY_PREFIX
from shared.prediction_log.logged_row import LoggedRow, decode_row
from shared.prediction_log.segments import list_prediction_segments, read_rows
from shared.store.store import ModelStore, open_for_writing
from tests.support.http.infer_requests import Asked, columns_in_binary, columns_in_json
from tests.support.http.metrics_page import scrape
from tests.support.models.mixed import FEATURES, mixed_model, written
from tests.support.processes.predictor import PredictorProcess, running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote

ROW = np.array([[41.5, np.nan, 1.0, -1.0, 2.0]])
"""A row with a missing number and an unknown category."""
VALUES = [
    written(feature, number) for feature, number in zip(FEATURES, ROW[0].tolist(), strict=True)
]
NAMED = {feature.name: value for feature, value in zip(FEATURES, VALUES, strict=True)}
WRITTEN = "modelgate_predictor_log_rows_total"
Send = Callable[[httpx.Client], httpx.Response]


def predict(**content: object) -> Send:
    return lambda client: client.post("/predict", json=content)


def chunked(content: object) -> Send:
    """Send a body in chunks, which the fast path does not take."""
    return lambda client: client.post("/predict", content=iter([json.dumps(content).encode()]))


def infer(asked: Asked) -> Send:
    def send(client: httpx.Client) -> httpx.Response:
        path = "/v2/models/toy/infer"
        return client.post(path, content=asked.body, headers=asked.headers)

    return send


def fill_in(client: httpx.Client) -> httpx.Response:
    """Fill in the form of the page."""
    page = client.get("/", headers={"accept": "text/html"}).text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page))
    texts = ["" if value is None else value for value in VALUES]
    fields |= {f"f{place}": str(text).replace("True", "true") for place, text in enumerate(texts)}
    return client.post("/", data=fields)


WAYS: Mapping[str, Send] = {
    "a row on the fast path": predict(features=[*VALUES[:3], "unheard of", VALUES[4]]),
    "a row by name": predict(features=NAMED),
    "a row with an id": predict(features=VALUES, id="mine"),
    "a row through ASGI": chunked({"features": VALUES}),
    "instances": predict(instances=[NAMED]),
    "many instances": chunked({"instances": [VALUES] * 3, "ids": ["a", "b", "c"]}),
    "V2 in JSON": infer(columns_in_json(ROW, FEATURES)),
    "V2 with an id": infer(columns_in_json(np.repeat(ROW, 2, axis=0), FEATURES, id="mine")),
    "V2 in binary": infer(columns_in_binary(ROW, FEATURES, id="x" * 129)),
    "the form": fill_in,
}


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PredictorProcess]:
    path = tmp_path_factory.mktemp("log")
    store = open_for_writing(path / "store", CANDIDATES, MODELS, DECISIONS, SERVING)
    promote(store, mixed_model())
    with running_predictor(store, path / "log", PREDICTOR_LOG_SHARE=1) as process:
        process.wait_until_ready()
        yield process


def log_of(store: ModelStore) -> list[LoggedRow]:
    """Return all rows in the order of their segments, also those of hidden ones."""
    found = store.layout.predictions.rglob("*.jsonl")
    files = sorted(found, key=lambda path: path.name.removeprefix(TEMPORARY_PREFIX))
    try:
        rows = [decode_row(line) for path in files for line in path.read_bytes().splitlines()]
    except FileNotFoundError:  # a hidden segment was published, under another name
        return log_of(store)
    assert None not in rows
    return [row for row in rows if row is not None]


def ids_in(answer: httpx.Response) -> list[str]:
    if "json" not in answer.headers["content-type"]:
        (found,) = re.findall(r'"id":"([^"]*)"', html.unescape(answer.text))
        return [found]
    content: dict[str, Any] = answer.json()
    ids = content.get("ids") or [content["id"]]
    count = content["outputs"][0]["shape"][0] if "outputs" in content else 1
    return ids if count == 1 else [f"{ids[0]}/{row}" for row in range(count)]


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_send_a_row_gives_the_same_line(predictor: PredictorProcess, way: str) -> None:
    store = predictor.store
    before = len(log_of(store))
    with predictor.client() as client:
        answer = WAYS[way](client)
    assert answer.status_code == 200, answer.text
    ids = ids_in(answer)

    wait_for(lambda: len(log_of(store)) >= before + len(ids), "the lines")

    rows = log_of(store)[before:]
    assert len(rows) == len(ids)
    if len(ids[0]) <= 128:
        assert [row.id for row in rows] == ids
    else:  # the protocol returns every id, and labels could not have this one
        assert all(len(row.id) < 40 for row in rows)
    features = {**NAMED, "colour": "unheard of"} if "fast" in way else NAMED
    (first, *_) = rows
    assert {json.dumps(row.features) for row in rows} == {json.dumps(features)}
    assert len({json.dumps(row.answer.probabilities) for row in rows}) == 1
    assert first.answer.label == "sad"
    assert first.version == 1


def test_a_refused_request_is_not_logged(predictor: PredictorProcess) -> None:
    before = len(log_of(predictor.store))
    with predictor.client() as client:
        assert client.post("/predict", json={"features": VALUES[:2]}).status_code == 422
        assert (
            client.post("/predict", json={"features": VALUES, "id": "x" * 129}).status_code == 422
        )
        assert client.post("/predict", json={"features": VALUES}).status_code == 200

    wait_for(lambda: len(log_of(predictor.store)) > before, "the line")

    assert len(log_of(predictor.store)) == before + 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_predictor_that_stops_publishes_all_rows(
    store: ModelStore, tmp_path: Path, number: signal.Signals
) -> None:
    promote(store, mixed_model())
    variables = {"PREDICTOR_LOG_SHARE": 1, "PREDICTOR_WORKERS": 2, "PREDICTOR_LOG_OMIT": "fare"}
    with running_predictor(store, tmp_path / "log", **variables) as predictor:
        predictor.wait_for_workers(1, 2)
        with predictor.client() as client:
            answers = [client.post("/predict", json={"features": VALUES}) for _ in range(50)]
        assert predictor.stop(number) == 0

    rows = [row for path in list_prediction_segments(store.layout) for row in read_rows(path)]
    assert {row.id for row in rows} == {answer.json()["id"] for answer in answers}
    assert len(rows) == 50
    assert all("fare" not in row.features for row in rows)
    assert not [*store.layout.predictions.rglob(".*")]


def test_without_a_share_nothing_is_logged(store: ModelStore, tmp_path: Path) -> None:
    promote(store, mixed_model())
    with running_predictor(store, tmp_path / "log") as predictor:
        predictor.wait_until_ready()
        with predictor.client() as client:
            assert "id" not in client.post("/predict", json={"features": VALUES}).json()
        assert scrape(predictor.url)(WRITTEN) == 0
        predictor.stop()

    assert not store.layout.predictions.exists()


def test_another_worker_publishes_the_rows_of_a_killed_one(
    store: ModelStore, tmp_path: Path
) -> None:
    promote(store, mixed_model())
    variables = {"PREDICTOR_LOG_SHARE": 1, "PREDICTOR_HEARTBEAT_SECONDS": 0.1}
    with running_predictor(store, tmp_path / "log", **variables) as predictor:
        predictor.wait_until_ready()
        with predictor.client() as client:
            id_ = client.post("/predict", json={"features": VALUES}).json()["id"]
        wait_for(lambda: log_of(store), "the line")
        predictor.process.kill()
    with running_predictor(store, tmp_path / "log", **variables):
        found = wait_for(lambda: list_prediction_segments(store.layout), "the segment")

    assert [row.id for path in found for row in read_rows(path)] == [id_]
