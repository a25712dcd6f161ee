"""A predictor that must stop is first not ready, serves on, and then stops: no request fails."""

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest

from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.processes.ports import is_listening
from tests.support.processes.predictor import PredictorProcess, running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote
from tests.support.sweep import sweep

ASK = {"features": [1, 2]}
LONG = 600
"""Seconds of a drain that a test ends itself, by a second signal."""


@contextmanager
def serving(store: ModelStore, tmp_path: Path, **variables: object) -> Iterator[PredictorProcess]:
    promote(store, toy_model())
    with running_predictor(store, tmp_path / "log", **variables) as predictor:
        predictor.wait_until_ready()
        yield predictor


def ready_status(predictor: PredictorProcess, path: str = "/readyz") -> int:
    return plain_http.get(f"{predictor.url}{path}").status_code


def is_refused(predictor: PredictorProcess, path: str) -> bool:
    return ready_status(predictor, path) == 503


def predict(predictor: PredictorProcess) -> httpx.Response:
    return plain_http.post(f"{predictor.url}/predict", json=ASK, timeout=60)


@pytest.mark.parametrize("workers", sweep({"one worker": 1, "two workers": 2}, "two workers"))
def test_it_is_not_ready_and_serves_on_until_the_drain_is_over(
    store: ModelStore, tmp_path: Path, workers: int
) -> None:
    variables = {"PREDICTOR_DRAIN_SECONDS": LONG, "PREDICTOR_WORKERS": workers}
    with serving(store, tmp_path, **variables) as predictor:
        predictor.wait_for_workers(1, workers)
        predictor.process.send_signal(signal.SIGTERM)
        for path in ("/readyz", "/v2/health/ready", "/v2/models/toy/ready"):
            wait_for(partial(is_refused, predictor, path), f"{path} to say no")
        assert plain_http.get(f"{predictor.url}/readyz").json()["error"]["code"] == "stopping"
        assert ready_status(predictor, "/livez") == 200
        assert [predict(predictor).status_code for _ in range(4)] == [200] * 4
        assert len(store.heartbeats.all()) == workers
        assert predictor.process.poll() is None
        assert predictor.stop(signal.SIGTERM) == 0  # a second signal ends the drain
    assert "requests are answered for 600 s more" in predictor.output()
    assert list(store.layout.serving.iterdir()) == []


def test_ctrl_c_and_a_drain_of_zero_stop_at_once(store: ModelStore, tmp_path: Path) -> None:
    with serving(store, tmp_path, PREDICTOR_DRAIN_SECONDS=LONG) as predictor:
        assert predictor.stop(signal.SIGINT) == 0
    with serving(store, tmp_path, PREDICTOR_DRAIN_SECONDS=0) as predictor:
        assert predictor.stop(signal.SIGTERM) == 0
    assert "answered for" not in predictor.output()


@pytest.mark.parametrize("path", ["/predict", "/model"])
def test_in_the_drain_each_response_ends_its_connection(
    store: ModelStore, tmp_path: Path, path: str
) -> None:
    """Ask over the fast path and over ASGI, on a connection from before and on new ones."""
    with (
        serving(store, tmp_path, PREDICTOR_DRAIN_SECONDS=LONG) as predictor,
        predictor.client() as client,
    ):

        def ask() -> httpx.Response:
            method = "POST" if path == "/predict" else "GET"
            return client.request(method, path, json=ASK if method == "POST" else None)

        assert "connection" not in ask().headers
        predictor.process.send_signal(signal.SIGTERM)
        wait_for(lambda: ask().headers.get("connection") == "close", "the last response")
        answer = ask()
        assert (answer.status_code, answer.headers["connection"]) == (200, "close")
        assert predictor.stop(signal.SIGTERM) == 0


def test_a_worker_that_dies_in_the_drain_is_replaced(store: ModelStore, tmp_path: Path) -> None:
    with serving(store, tmp_path, PREDICTOR_DRAIN_SECONDS=LONG) as predictor:
        worker = predictor.worker_pid
        predictor.process.send_signal(signal.SIGTERM)
        wait_for(lambda: ready_status(predictor) == 503, "the drain")
        psutil.Process(worker).kill()
        wait_for(lambda: not psutil.pid_exists(worker), "the parent to see the end")
        assert predict(predictor).status_code == 200
        assert ready_status(predictor) == 503
        assert predictor.stop(signal.SIGTERM) == 0


HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\nExpect: 100-continue\r\n\r\n"


@contextmanager
def request_in_flight(predictor: PredictorProcess) -> Iterator[socket.socket]:
    """Send a request without its body, as an example of one that takes long."""
    with socket.create_connection(("127.0.0.1", predictor.port)) as connection:
        connection.sendall(HEAD)
        assert connection.recv(1024).startswith(b"HTTP/1.1 100")
        yield connection


@pytest.mark.thorough
def test_a_request_within_the_grace_is_answered(store: ModelStore, tmp_path: Path) -> None:
    with (
        serving(store, tmp_path, PREDICTOR_GRACE_SECONDS=60) as predictor,
        request_in_flight(predictor) as connection,
    ):
        predictor.process.send_signal(signal.SIGTERM)
        wait_for(lambda: not is_listening(predictor.port), "the port to close")
        with pytest.raises(subprocess.TimeoutExpired):
            predictor.process.wait(3.5)  # requests had 3 s before there was a setting
        connection.sendall(b'{"features": [1, 2]}')
        assert b"200 OK" in connection.makefile("rb").read()
        assert predictor.stop() == 0


def test_a_request_after_the_grace_is_cut(store: ModelStore, tmp_path: Path) -> None:
    with (
        serving(store, tmp_path, PREDICTOR_GRACE_SECONDS=0) as predictor,
        request_in_flight(predictor) as connection,
    ):
        assert predictor.stop() == 0
        assert b"200 OK" not in connection.makefile("rb").read()
