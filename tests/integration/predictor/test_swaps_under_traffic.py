"""Versions swap under traffic: no reply fails, mixes versions or has an older version."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.inference.onnx_servable import OnnxServable
from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.models.toy import ToyModel, toy_model, toy_rows
from tests.support.processes.predictor import PredictorProcess, running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote
from tests.support.sweep import sweep

SWAPS = 20
CLIENTS = 4
WORKERS = 2
ROWS = toy_rows(3)
FAST = {"PREDICTOR_POLL_SECONDS": 0.02, "PREDICTOR_HEARTBEAT_SECONDS": 0.2}


@dataclass
class Client:
    """A connection that sends requests without pause, and its replies."""

    number: int
    url: str
    answers: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)
    """For each reply: the version in the header, the version in the body, the body."""
    failures: list[str] = field(default_factory=list)

    def ask_until(self, stop: threading.Event) -> None:
        with plain_http.client(base_url=self.url, timeout=60) as client:
            bodies = ({"features": ROWS[0].tolist()}, {"instances": ROWS.tolist()})
            while not stop.is_set():
                self._ask(client, bodies[len(self.answers) % 2])

    def _ask(self, client: httpx.Client, body: dict[str, Any]) -> None:
        try:
            answer = client.post("/predict", json=body)
        except httpx.HTTPError as error:
            self.failures.append(repr(error))
            return
        if answer.status_code != 200:
            self.failures.append(answer.text)
            return
        content = answer.json()
        header = int(answer.headers["x-model-version"])
        self.answers.append((header, content["model_version"], content))

    def has_seen(self, version: int) -> bool:
        return bool(self.answers) and self.answers[-1][0] >= version


def all_have_seen(clients: list[Client], version: int) -> bool:
    return all(client.has_seen(version) for client in clients)


@contextmanager
def asking(predictor: PredictorProcess) -> Iterator[list[Client]]:
    stop = threading.Event()
    clients = [Client(number, predictor.url) for number in range(CLIENTS)]
    threads = [threading.Thread(target=client.ask_until, args=(stop,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield clients
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def probabilities_of(model: ToyModel) -> list[list[float]]:
    found = OnnxServable(model.files["model.onnx"], model.artefact).predict(ROWS).probabilities
    assert found is not None
    rows: list[list[float]] = found.tolist()
    return rows


@pytest.mark.parametrize("workers", sweep({"one": 1, "several": WORKERS}, "several"))
def test_during_swaps_no_reply_fails_mixes_versions_or_is_older_than_the_last(
    store: ModelStore, tmp_path: Path, workers: int
) -> None:
    models = [toy_model(bias=bias) for bias in (0.0, 0.25, -0.25)]
    # Three models in turn; every fourth version has the model of the version before.
    versions = {number: models[(number - number // 4) % 3] for number in range(1, SWAPS + 2)}
    promote(store, versions[1])
    with running_predictor(store, tmp_path / "log", PREDICTOR_WORKERS=workers, **FAST) as predictor:
        predictor.wait_for_workers(1, workers)
        with asking(predictor) as clients:
            for number, model in versions.items():
                if number > 1:
                    promote(store, model)
                wait_for(
                    partial(all_have_seen, clients, number),
                    f"every client to be answered by version {number}",
                )
    expected = {number: probabilities_of(model) for number, model in versions.items()}
    assert {version for client in clients for version, _, _ in client.answers} == set(versions)
    for client in clients:
        assert client.failures == []
        seen = [header for header, _, _ in client.answers]
        assert seen == sorted(seen)
        for header, in_body, body in client.answers:
            assert in_body == header
            if "probabilities" in body and "classes" in body:
                assert body["probabilities"] == expected[header]
            else:
                assert list(body["probabilities"].values()) == expected[header][0]
