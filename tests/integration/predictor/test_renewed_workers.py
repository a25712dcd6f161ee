"""Workers that end while others start leave the predictor with its workers, and it serves on."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import (
    PredictorProcess,
    prefixed_predictor,
    running_predictor,
)
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote


@pytest.fixture
def predictor(store: ModelStore, tmp_path: Path) -> Iterator[PredictorProcess]:
    promote(store, toy_model())
    with running_predictor(store, tmp_path / "log", PREDICTOR_WORKERS=2) as running:
        running.wait_for_workers(1, 2)
        yield running


def pids_of(predictor: PredictorProcess) -> set[int]:
    return {worker.pid for worker in psutil.Process(predictor.process.pid).children()}


def predicts(predictor: PredictorProcess) -> bool:
    answer = plain_http.post(f"{predictor.url}/predict", json={"features": [1, 2]}, timeout=60)
    return answer.status_code == 200


@pytest.mark.parametrize("killed", ["first", "second", "both", "the new one"])
def test_workers_killed_while_a_signal_replaces_them_leave_two_workers(
    predictor: PredictorProcess, killed: str
) -> None:
    old = pids_of(predictor)
    predictor.process.send_signal(signal.SIGHUP)
    wait_for(lambda: pids_of(predictor) - old, "a worker that starts")
    victims = {"first": [min(old)], "second": [max(old)], "both": [*old]}
    for pid in victims.get(killed, [*(pids_of(predictor) - old)]):
        psutil.Process(pid).kill()
    wait_for(lambda: killed == "the new one" or not pids_of(predictor) & old, "new workers")
    wait_for(lambda: len(pids_of(predictor)) == 2, "two workers")
    predictor.wait_for_workers(1, 2)
    assert predictor.process.poll() is None
    assert predicts(predictor)


def test_a_worker_that_cannot_start_leaves_the_others_in_service(
    store: ModelStore, predictor: PredictorProcess
) -> None:
    marker = store.layout.restoring
    marker.mkdir()
    victim = min(pids_of(predictor))
    psutil.Process(victim).kill()
    wait_for(lambda: predictor.output().count("and is replaced") >= 2, "a failed start")
    assert predictor.process.poll() is None
    assert predicts(predictor)
    marker.rmdir()
    wait_for(lambda: len(pids_of(predictor)) == 2, "two workers")
    predictor.wait_for_workers(1, 2)


def test_the_end_of_a_terminal_does_not_stop_a_predictor_under_nohup(
    store: ModelStore, tmp_path: Path
) -> None:
    promote(store, toy_model())
    with prefixed_predictor(("nohup",), store, tmp_path / "log", (), {}) as running:
        running.wait_for_workers(1, 1)
        old = pids_of(running)
        for pid in (running.process.pid, *old):  # a terminal signals all its processes
            os.kill(pid, signal.SIGHUP)
        assert predicts(running)
        for pid in old:
            psutil.Process(pid).kill()
        wait_for(lambda: pids_of(running) - old, "the parent to look at its workers")
        running.wait_for_workers(1, 1)
        assert predicts(running)
        assert running.stop() == 0


def test_the_end_of_a_terminal_stops_a_predictor_with_one_worker(
    store: ModelStore, tmp_path: Path
) -> None:
    promote(store, toy_model())
    with running_predictor(store, tmp_path / "log") as running:
        running.wait_for_workers(1, 1)
        assert running.stop(signal.SIGHUP) == 0
