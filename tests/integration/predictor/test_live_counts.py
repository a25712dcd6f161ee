"""A running predictor counts every request exactly, on every path and across all that happens."""

import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from shared.live.live_hours import LiveHours
from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.http.infer_requests import Asked, in_binary, in_json
from tests.support.models.served import model_that_fails_above_three
from tests.support.models.toy import ToyModel, toy_model, toy_rows
from tests.support.processes.predictor import running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import place, promote
from tests.support.stores.live_counts import counts_of
from tests.support.stores.live_hours import reference_of, write_reference

CLIENTS = 4
MAX_BODY = 1 << 18
FAST = {"PREDICTOR_POLL_SECONDS": 0.05, "PREDICTOR_HEARTBEAT_SECONDS": 0.1}
ONE = {"features": [1, 2]}


class Sent(NamedTuple):
    """A request, its expected status, and its rows."""

    path: str
    body: bytes
    status: int
    rows: int = 0
    headers: tuple[tuple[str, str], ...] = ()


def predict(content: object, status: int = 200, rows: int = 0, **headers: str) -> Sent:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Sent("/predict", json.dumps(content).encode(), status, rows, named)


def infer(asked: Asked, status: int = 200, rows: int = 0, path: str = "toy") -> Sent:
    return Sent(f"/v2/models/{path}/infer", asked.body, status, rows, tuple(asked.headers.items()))


GOOD, BAD = 1, 9
MANY = (np.arange(1200).reshape(-1, 1) % 3).astype(float)
PATHS = (
    predict({"features": [GOOD]}, rows=1),
    predict({"features": {"x0": GOOD}}, rows=1),
    predict({"instances": [[0], [GOOD], [2]]}, rows=3),
    predict({"instances": MANY[:300].tolist()}, rows=300),
    predict({"instances": [[1.0000000000000002]] * 2000}, rows=2000),
    predict({"features": [GOOD]}, rows=1, accept="*/*", content_encoding="identity"),
    infer(in_json(np.ones((2, 1))), rows=2),
    infer(in_binary(np.ones((5, 1))), rows=5),
    infer(in_binary(np.resize(MANY, (9000, 1)), "FP64"), rows=9000),
    predict({"features": [1, 1]}, 422),
    predict({"features": ["two"]}, 422),
    predict({"instances": []}, 422),
    predict({"features": [GOOD]}, 415, content_encoding="gzip"),
    Sent("/predict", b" " * (MAX_BODY + 1), 413),
    Sent("/v2/models/toy/infer", b" " * (MAX_BODY + 1), 413),
    infer(Asked(b"{"), 400),
    infer(in_json(np.ones((2, 3))), 400),
    infer(in_json(np.ones((2, 1))), 404, path="toy/versions/7"),
    predict({"features": [BAD]}, 500),
    predict({"instances": [[BAD], [GOOD]]}, 500),
    infer(in_binary(np.full((2, 1), BAD)), 500),
)
NOT_COUNTED = (Sent("/v2/models/toy/ready", b"", 405), Sent("/nothing", b"{}", 404))


def serve(store: ModelStore, model: ToyModel) -> int:
    """Put *model* with a reference in production, and return its version."""
    place(store, model)
    write_reference(store, model.digest, reference_of(model.artefact))
    return promote(store, model).version


def send(url: str, requests: list[Sent]) -> None:
    with plain_http.client(base_url=url, timeout=60) as client:
        for each in requests:
            answer = client.post(each.path, content=each.body, headers=dict(each.headers))
            assert answer.status_code == each.status, (each.path, answer.text)


@pytest.mark.parametrize(
    "rounds", [1, pytest.param(2000 // (CLIENTS * len(PATHS)) + 1, marks=pytest.mark.thorough)]
)
def test_the_totals_of_all_paths_are_exact(store: ModelStore, tmp_path: Path, rounds: int) -> None:
    assert serve(store, model_that_fails_above_three()) == 1
    variables = {"PREDICTOR_WORKERS": 2, "PREDICTOR_MAX_BODY_BYTES": MAX_BODY}
    with running_predictor(store, tmp_path / "log", **variables) as predictor:
        predictor.wait_for_workers(1, 2)
        requests = [*PATHS, *NOT_COUNTED] * rounds
        with ThreadPoolExecutor(CLIENTS) as pool:
            for done in [pool.submit(send, predictor.url, requests) for _ in range(CLIENTS)]:
                done.result()
        assert predictor.stop() == 0
    found, sent = counts_of(store), list(PATHS) * rounds * CLIENTS
    classes = Counter(each.status // 100 for each in sent)
    assert sum(each.requests.answered for each in found) == classes[2]
    assert sum(each.requests.rejected for each in found) == classes[4]
    assert sum(each.requests.failed for each in found) == classes[5]
    assert sum(each.rows for each in found) == sum(each.rows for each in sent)
    assert {each.version for each in found} == {1}
    assert any(each.counted_rows for each in found)
    for each in found:
        all_ = sum(each.requests.model_dump().values())
        assert sum(each.latencies) == sum(minute.requests for minute in each.minutes) == all_
        assert sum(minute.failed for minute in each.minutes) == each.requests.failed
        assert each.counted_rows <= each.rows
        for feature in each.features:
            assert sum(feature.counts) + feature.missing + feature.unseen == each.counted_rows
        assert sum(each.predictions) == each.counted_rows


@contextmanager
def asking(url: str) -> Iterator[Counter[int]]:
    """Send requests without pause from several clients, and count the answers by version."""
    answers, stop = [Counter[int]() for _ in range(CLIENTS)], threading.Event()

    def ask(seen: Counter[int]) -> None:
        bodies = (ONE, {"instances": toy_rows(3).tolist()})
        with plain_http.client(base_url=url, timeout=60) as client:
            while not stop.is_set():
                answer = client.post("/predict", json=bodies[seen.total() % 2])
                seen[int(answer.headers["x-model-version"])] += 1

    total = Counter[int]()
    with ThreadPoolExecutor(CLIENTS) as pool:
        asked = [pool.submit(ask, seen) for seen in answers]
        try:
            yield total
        finally:
            stop.set()
        for each in asked:
            each.result()
    for seen in answers:
        total.update(seen)


def test_each_version_has_exactly_its_requests_while_versions_are_swapped(
    store: ModelStore, tmp_path: Path
) -> None:
    """Go back to the first model too: it is served again under a new number."""
    models = (toy_model(), toy_model(bias=1.0), toy_model())
    versions = [serve(store, models[0])]
    with running_predictor(store, tmp_path / "log", PREDICTOR_WORKERS=2, **FAST) as predictor:
        predictor.wait_for_workers(1, 2)
        with asking(predictor.url) as answers:
            for model in models[1:]:
                versions.append(serve(store, model))
                predictor.wait_for_workers(versions[-1], 2)
        assert predictor.stop() == 0
    assert versions == [1, 2, 3]
    found = Counter[int]()
    for each in counts_of(store):
        found[each.version] += each.requests.answered
        assert each.digest == models[each.version - 1].digest
        assert each.reference is not None
    assert found == answers


def test_a_killed_worker_loses_no_count_that_was_written_and_its_successor_has_a_new_name(
    store: ModelStore, tmp_path: Path
) -> None:
    serve(store, toy_model())

    def answered() -> int:
        return sum(each.requests.answered for each in counts_of(store))

    with running_predictor(store, tmp_path / "log", **FAST) as predictor:
        predictor.wait_until_ready()
        with predictor.client() as client:
            for _ in range(20):
                assert client.post("/predict", json=ONE).status_code == 200
            wait_for(lambda: answered() == 20, "the counts on the volume")
            assert client.post("/predict", json=ONE).status_code == 200
        os.kill(predictor.worker_pid, signal.SIGKILL)
        assert plain_http.post(f"{predictor.url}/predict", json=ONE, timeout=60).is_success
        assert predictor.stop() == 0
    assert 21 <= answered() <= 22
    assert len(LiveHours(store.layout).workers()) == 2


def test_a_volume_that_cannot_be_written_does_not_disturb_serving(
    store: ModelStore, tmp_path: Path
) -> None:
    serve(store, toy_model())
    store.layout.live.write_bytes(b"in the way")
    with running_predictor(store, tmp_path / "log", **FAST) as predictor:
        predictor.wait_until_ready()
        with predictor.client() as client:

            def failures() -> int:
                assert client.post("/predict", json=ONE).status_code == 200
                name = "modelgate_predictor_live_write_failures_total"
                (line,) = (
                    line
                    for line in client.get("/metrics").text.splitlines()
                    if line.startswith(name)
                )
                return int(line.split()[1])

            wait_for(lambda: failures() >= 3, "three attempts")
            assert client.get("/readyz").status_code == 200
            assert predictor.output().count("live counts cannot be written") == 1
            store.layout.live.unlink()
            wait_for(lambda: bool(counts_of(store)), "the counts on the volume")
