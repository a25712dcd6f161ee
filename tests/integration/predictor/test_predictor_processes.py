"""Predictor processes start, report, are replaced, exit together, and leave nothing behind."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.processes.ports import is_listening
from tests.support.processes.predictor import (
    COMMAND,
    PredictorProcess,
    environment,
    running_predictor,
)
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT
from tests.support.stores.builders import promote

ASK = {"features": [1, 2]}


def workers_of(predictor: PredictorProcess) -> list[psutil.Process]:
    """Find its worker processes."""
    return psutil.Process(predictor.process.pid).children()


def two_workers_of(predictor: PredictorProcess) -> list[psutil.Process]:
    return found if len(found := workers_of(predictor)) == 2 else []


def have_ended(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() for process in processes)


def run_to_its_end(store: ModelStore, **variables: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        COMMAND,
        cwd=ROOT,
        env=environment(store, **variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


@pytest.mark.parametrize(("workers", "signal_number"), [(1, signal.SIGINT), (2, signal.SIGTERM)])
def test_it_serves_the_promoted_model_and_removes_its_heartbeats_at_the_end(
    store: ModelStore, tmp_path: Path, workers: int, signal_number: int
) -> None:
    with running_predictor(store, tmp_path / "log", PREDICTOR_WORKERS=workers) as predictor:
        predictor.wait_for_workers(None, workers)
        with predictor.client() as client:
            assert client.post("/predict", json=ASK).status_code == 503
            promote(store, toy_model())
            pids = predictor.wait_for_workers(1, workers)
            assert client.post("/predict", json=ASK).headers["x-model-version"] == "1"
        assert sorted(pids) == sorted(worker.pid for worker in workers_of(predictor))
        for beat in store.heartbeats.all():
            assert beat.serving_digest == beat.desired_digest == toy_model().digest
            assert beat.host == socket.gethostname()
        assert predictor.stop(signal_number) == 0
        assert list(store.layout.serving.iterdir()) == []
        assert not any(psutil.pid_exists(pid) for pid in pids)
    assert "Traceback" not in predictor.output()


def test_killed_workers_are_replaced_and_none_replies_without_a_model(
    store: ModelStore, tmp_path: Path
) -> None:
    promote(store, toy_model())
    variables = {"PREDICTOR_WORKERS": 2, "PREDICTOR_HEARTBEAT_SECONDS": 0.1}
    with running_predictor(store, tmp_path / "log", **variables) as predictor:
        killed = predictor.wait_for_workers(1, 2)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        # Each on a new connection: the port stays open, and all wait for a replacement.
        answers = [
            plain_http.post(f"{predictor.url}/predict", json=ASK, timeout=60) for _ in range(5)
        ]
        assert [answer.status_code for answer in answers] == [200] * 5
        # The dead workers' heartbeats go too.
        assert not set(predictor.wait_for_workers(1, 2)) & set(killed)


@pytest.mark.parametrize("moment", ["starting", "serving"])
def test_workers_exit_when_their_parent_is_killed(
    store: ModelStore, tmp_path: Path, moment: str
) -> None:
    promote(store, toy_model())
    with running_predictor(store, tmp_path / "log", PREDICTOR_WORKERS=2) as predictor:
        workers = wait_for(lambda: two_workers_of(predictor), "the workers")
        if moment == "serving":
            predictor.wait_for_workers(1, 2)
        predictor.stop(signal.SIGKILL)
        wait_for(lambda: have_ended(workers), "the workers to end")
        assert not is_listening(predictor.port)
    assert store.heartbeats.all() == []


PARENT = """
import os, subprocess, sys
subprocess.Popen([sys.executable, "-m", "predictor", "--end-with-parent", str(os.getpid())]).wait()
"""


def test_it_exits_when_the_process_manager_that_started_it_exits(store: ModelStore) -> None:
    promote(store, toy_model())
    variables = environment(store, PREDICTOR_WORKERS=2)
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, env=variables, stderr=subprocess.PIPE, text=True
    ) as manager:
        wait_for(lambda: len(store.heartbeats.all()) == 2, "every worker")
        everything = psutil.Process(manager.pid).children(recursive=True)
        manager.kill()
        wait_for(lambda: have_ended(everything), "the predictor to end")
        assert manager.stderr is not None
        assert "Traceback" not in manager.stderr.read()
    assert store.heartbeats.all() == []


HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\nExpect: 100-continue\r\n\r\n"


@contextmanager
def request_in_flight(predictor: PredictorProcess) -> Iterator[socket.socket]:
    """Send a request without its body, and wait until the predictor asks for it."""
    with socket.create_connection(("127.0.0.1", predictor.port)) as connection:
        connection.sendall(HEAD)
        assert connection.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
        yield connection


def test_a_request_in_flight_is_answered_before_the_exit(store: ModelStore, tmp_path: Path) -> None:
    promote(store, toy_model())
    with running_predictor(store, tmp_path / "log") as predictor:
        predictor.wait_until_ready()
        with request_in_flight(predictor) as connection:
            connection.sendall(b'{"features": ')
            predictor.process.send_signal(signal.SIGTERM)
            wait_for(lambda: not is_listening(predictor.port), "the port to close")
            connection.sendall(b"[1, 2]}")
            answer = connection.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert answer.endswith(b'"model_version":1}')
        assert predictor.stop() == 0


def test_a_client_that_stalls_does_not_delay_the_exit(store: ModelStore, tmp_path: Path) -> None:
    promote(store, toy_model())
    with running_predictor(store, tmp_path / "log") as predictor:
        predictor.wait_until_ready()
        with request_in_flight(predictor):
            assert predictor.stop() == 0
    assert store.heartbeats.all() == []


def test_a_client_that_disconnects_leaves_no_error_in_the_log(
    store: ModelStore, tmp_path: Path
) -> None:
    promote(store, toy_model())
    with running_predictor(store, tmp_path / "log") as predictor:
        predictor.wait_until_ready()
        with request_in_flight(predictor):
            pass
        assert predictor.stop() == 0
    assert "ERROR" not in predictor.output()
    assert "Traceback" not in predictor.output()


def test_a_port_in_use_stops_the_start_with_advice(store: ModelStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for workers in (1, 2):
            refused = run_to_its_end(store, PREDICTOR_PORT=port, PREDICTOR_WORKERS=workers)
            assert refused.returncode == 1
            assert refused.stdout == ""
            (line,) = refused.stderr.splitlines()
            assert f"port {port}" in line
            assert "PREDICTOR_PORT" in line


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (
            lambda root: (root / "thesis.txt").touch(),
            "is not a Modelgate store: it contains 'thesis",
        ),
        (lambda root: (root / "store.json").write_text('{"format_version": 9}'), "Update this"),
    ],
)
def test_a_directory_that_is_not_a_store_stops_the_start(
    tmp_path: Path, prepare: object, says: str
) -> None:
    store = ModelStore(tmp_path / "other")
    store.layout.root.mkdir()
    assert callable(prepare)
    prepare(store.layout.root)
    refused = run_to_its_end(store)
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert says in line
    assert not store.layout.serving.exists()


def test_an_invalid_setting_stops_the_start(store: ModelStore) -> None:
    refused = run_to_its_end(store, PREDICTOR_WORKRES=2)
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert "did you mean PREDICTOR_WORKERS?" in line


def test_it_waits_for_a_store_that_does_not_exist_yet(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "new" / "store")
    with running_predictor(store, tmp_path / "log") as predictor:
        predictor.wait_for_workers(None, 1)
        promote(store, toy_model())
        predictor.wait_until_ready()


def test_it_serves_although_heartbeats_cannot_be_written(store: ModelStore, tmp_path: Path) -> None:
    promote(store, toy_model())
    store.layout.serving.rmdir()
    store.layout.serving.touch()  # nobody can write below a file, not even root
    variables = {"PREDICTOR_HEARTBEAT_SECONDS": 0.01}
    with running_predictor(store, tmp_path / "log", **variables) as predictor:
        predictor.wait_until_ready()
        with predictor.client() as client:
            assert client.post("/predict", json=ASK).status_code == 200
        assert predictor.stop() == 0
    told = re.findall(r"Serving goes on, but (?!the old live counts).*", predictor.output())
    assert len(told) == 2, "once at the start, once by the worker"
