"""A promoted model hangs, crashes or eats memory for some rows: the version before it serves on."""

import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from gatekeeper import client
from shared.contract.heartbeat import Heartbeat
from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.models import traps
from tests.support.models.toy import ToyModel
from tests.support.processes.predictor import PredictorProcess, running_predictor
from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeper_thread import gatekeeper_thread
from tests.support.sweep import sweep

GOOD, BAD = {"features": [1, 2]}, {"features": [1e21, 2]}
LOST = 2
"""Harmful requests that may end a worker before the version before it answers."""
SETTINGS = {
    "ALLOW_JOBLIB": True,
    "PREDICTOR_CALL_SECONDS": 1,
    "PREDICTOR_MEMORY_MIB": 1024,
    "PREDICTOR_HEARTBEAT_SECONDS": 0.2,
}
TRAPS: dict[str, tuple[ToyModel, str]] = {
    "a loop that does not end": (traps.time_bomb(), "took longer than 1 s"),
    "much memory": (traps.memory_eater(), "ran out of memory"),
    "a segmentation fault": (traps.trap("segfault"), "was killed by SIGSEGV"),
    "an abort": (traps.trap("abort"), "was killed by SIGABRT"),
    "an exit": (traps.trap("exit"), "ended with status 0"),
    "a call that holds the interpreter": (traps.trap("hold the interpreter"), "longer than 1 s"),
    "a call that waits": (traps.trap("sleep"), "took longer than 1 s"),
    "memory that is kept": (traps.trap("keep memory"), "ran out of memory"),
}  # fmt: skip


def ask(predictor: PredictorProcess, body: dict[str, Any]) -> str | None:
    """Return the version that answers; None if the model fails."""
    with predictor.client() as http:
        response = http.post("/predict", json=body, timeout=PATIENCE_SECONDS)
    version: str | None = response.headers.get("x-model-version")
    return version


@contextmanager
def trapped(
    store: ModelStore, tmp_path: Path, model: ToyModel, **settings: object
) -> Iterator[PredictorProcess]:
    """Serve a harmless model as version 1 and the trap as version 2."""
    promote(store, traps.harmless())
    with running_predictor(store, tmp_path / "log", **{**SETTINGS, **settings}) as predictor:
        workers = int(str(settings.get("PREDICTOR_WORKERS", 1)))
        predictor.wait_for_workers(1, workers)
        promote(store, model)
        predictor.wait_for_workers(2, workers)
        yield predictor


def spring(predictor: PredictorProcess, may_lose: int = LOST) -> None:
    """Send harmful rows, as a client that retries does, until the version before answers."""
    lost = 0

    def falls_back() -> bool:
        nonlocal lost
        try:
            ask(predictor, BAD)
        except httpx.TransportError:
            lost += 1
        return ask(predictor, GOOD) == "1"

    wait_for(falls_back, "the version before")
    assert lost <= may_lose


def hang(
    predictor: PredictorProcess, worker: psutil.Process, pool: ThreadPoolExecutor
) -> Future[str | None]:
    """Send a harmful row, and wait until the worker's model call uses the processor."""
    response = pool.submit(ask, predictor, BAD)
    wait_for(lambda: worker.cpu_percent(0.1) > 10, "a busy worker")
    return response


def heartbeat_of(store: ModelStore) -> Heartbeat | None:
    beats = [beat for beat in store.heartbeats.all() if beat.last_error]
    return beats[0] if len(beats) == 1 and beats[0].serving_version == 1 else None


@pytest.mark.parametrize(
    "trap", sweep(TRAPS, "a loop that does not end", "a segmentation fault", "much memory")
)
def test_the_version_before_serves_until_another_promotion(
    store: ModelStore, tmp_path: Path, trap: tuple[ToyModel, str]
) -> None:
    model, says = trap
    with trapped(store, tmp_path, model) as predictor:
        spring(predictor)
        assert ask(predictor, BAD) == "1", "the harmful row harms no longer"
        beat = wait_for(lambda: heartbeat_of(store), "a heartbeat that says so")
        assert beat.desired_version == 2
        assert beat.quarantined == (model.digest,)
        assert beat.last_error is not None
        assert "Version 2 is in quarantine after 2 failures" in beat.last_error
        assert says in beat.last_error
        with predictor.client() as http:
            assert http.get("/livez").status_code == 200
            assert http.get("/readyz").json()["message"] == beat.last_error
            assert http.get("/model").json()["last_error"] == beat.last_error
        assert beat.last_error in predictor.output()
        promote(store, traps.harmless())  # as a rollback does
        predictor.wait_for_workers(3, 1)
        wait_for(lambda: not heartbeat_of(store), "a heartbeat without an error")
        assert ask(predictor, GOOD) == "3"


@pytest.mark.thorough
def test_every_worker_falls_back(store: ModelStore, tmp_path: Path) -> None:
    with trapped(store, tmp_path, traps.trap("abort"), PREDICTOR_WORKERS=3) as predictor:
        spring(predictor, may_lose=3)  # the last one may not have seen the quarantine yet
        predictor.wait_for_workers(1, 3)
        with predictor.client() as http:
            page = http.get("/metrics").text
        assert re.search(r'worker_failures_total{cause="crash"} [23]\n', page)
        assert "quarantined_models 1\n" in page


def test_the_only_version_stays_in_service_and_its_worker_is_replaced_each_time(
    store: ModelStore, tmp_path: Path
) -> None:
    promote(store, traps.trap("abort"))
    with running_predictor(store, tmp_path / "log", **SETTINGS) as predictor:
        predictor.wait_for_workers(1, 1)
        for _ in range(3):
            with pytest.raises(httpx.TransportError):
                ask(predictor, BAD)
            assert ask(predictor, GOOD) == "1"
        assert "so it stays in service" in predictor.output()


def test_a_worker_that_an_operator_kills_in_a_call_is_no_failure_of_the_model(
    store: ModelStore, tmp_path: Path
) -> None:
    with (
        trapped(store, tmp_path, traps.time_bomb(), PREDICTOR_CALL_SECONDS=3600) as predictor,
        ThreadPoolExecutor() as pool,
    ):
        for _ in range(3):
            (pid,) = predictor.wait_for_workers(2, 1)
            lost = hang(predictor, psutil.Process(pid), pool)
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(httpx.TransportError):
                lost.result()
            assert ask(predictor, GOOD) == "2"
        assert "was killed by SIGKILL and is replaced" in predictor.output()


def test_while_a_slow_model_hangs_health_checks_say_so_and_waiting_clients_get_a_503(
    store: ModelStore, tmp_path: Path
) -> None:
    slow = traps.trap("sleep", pause=0.02)  # called in a thread, so that the event loop moves
    with (
        trapped(store, tmp_path, slow, PREDICTOR_CALL_SECONDS=4) as predictor,
        predictor.client() as http,
        ThreadPoolExecutor() as pool,
    ):
        waiting = [
            pool.submit(plain_http.post, f"{predictor.url}/predict", json=BAD, timeout=60)
            for _ in range(3)
        ]
        stuck = wait_for(lambda: refusal(http, "/readyz"), "a refusal of the health check")
        assert stuck["code"] == "stuck"
        assert "After 4 s this worker is replaced." in stuck["message"]
        assert refusal(http, "/v2/health/ready") is not None
        answers = [each.result() for each in waiting]
        assert {answer.status_code for answer in answers} == {503}
        assert {answer.headers["retry-after"] for answer in answers} == {"1"}
        predictor.wait_until_ready()
        assert ask(predictor, GOOD) == "2", "one failure may be chance"


def refusal(http: httpx.Client, path: str) -> dict[str, str] | None:
    response = http.get(path)
    error: dict[str, str] | None = response.json().get("error")
    assert (response.status_code == 503) == (error is not None)
    return error


@pytest.mark.thorough
def test_a_hung_worker_ends_although_its_parent_was_killed(
    store: ModelStore, tmp_path: Path
) -> None:
    with (
        trapped(store, tmp_path, traps.time_bomb(), PREDICTOR_CALL_SECONDS=3600) as predictor,
        ThreadPoolExecutor() as pool,
    ):
        worker = psutil.Process(predictor.worker_pid)
        lost = hang(predictor, worker, pool)
        predictor.stop(signal.SIGKILL)
        wait_for(lambda: not worker.is_running(), "the worker to end")
        with pytest.raises(httpx.TransportError):
            lost.result()


@pytest.mark.thorough
def test_a_model_that_crashes_when_it_is_loaded_is_loaded_twice_and_no_more(
    store: ModelStore, tmp_path: Path
) -> None:
    promote(store, traps.harmless())
    settings = {**SETTINGS, traps.LOAD_VARIABLE: 1}
    with running_predictor(store, tmp_path / "log", **settings) as predictor:
        predictor.wait_for_workers(1, 1)
        promote(store, traps.trap("abort when loaded"))
        beat = wait_for(lambda: heartbeat_of(store), "a heartbeat that says so")
        assert "by SIGABRT when it was loaded" in str(beat.last_error)
        assert ask(predictor, GOOD) == "1"
        assert predictor.output().count("was killed by SIGABRT and is replaced") == 2


@pytest.mark.thorough
@pytest.mark.parametrize("trap", ["abort when loaded", "exit when loaded"])
def test_it_starts_with_a_model_that_crashes(store: ModelStore, tmp_path: Path, trap: str) -> None:
    promote(store, traps.harmless())
    promote(store, traps.trap(trap))
    settings = SETTINGS | {traps.LOAD_VARIABLE: 1}
    with running_predictor(store, tmp_path / "log", **settings) as predictor:
        wait_for(lambda: heartbeat_of(store), "a heartbeat that says so")
        assert ask(predictor, GOOD) == "1"


class Operator:
    """A person who runs the commands of `make` on a gatekeeper of the same store."""

    def __init__(self, url: str, shown: pytest.CaptureFixture[str]) -> None:
        self._url = url
        self._shown = shown

    def types(self, *command: str) -> str:
        """Run a command and return what it prints, without its line breaks."""
        self._shown.readouterr()
        assert client.main(["--url", self._url, *command]) == 0
        return " ".join(self._shown.readouterr().out.split())

    def page(self) -> str:
        return plain_http.get(f"{self._url}/", headers={"accept": "text/html"}).text

    def gauge(self, name: str) -> float:
        text = plain_http.get(f"{self._url}/metrics").text
        (line,) = re.findall(rf"^modelgate_gatekeeper_{name} (.*)$", text, re.MULTILINE)
        return float(line)


def test_status_tells_the_truth_at_every_moment_and_a_rollback_cures_it(
    store: ModelStore,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bomb, root = traps.time_bomb(), store.layout.root
    monkeypatch.setenv("STORE_DIR", str(root))
    slow = {"PREDICTOR_CALL_SECONDS": 3}
    with (
        trapped(store, tmp_path, bomb, **slow) as predictor,
        gatekeeper_thread(root, METRIC="accuracy") as gatekeeper,
        ThreadPoolExecutor() as pool,
    ):
        operator = Operator(gatekeeper.url, capsys)
        assert "serve it: 1 of 1" in operator.types("status")
        assert "quarantine" not in operator.types("history")
        pool.submit(ask, predictor, BAD)
        wait_for(
            lambda: "A model call has run for" in operator.types("status"), "a status of the hang"
        )
        spring(predictor)
        wait_for(lambda: heartbeat_of(store), "a heartbeat that says so")
        note = "v2 is in quarantine on 1 of 1 live workers"
        status = operator.types("status")
        assert f"serve it: 0 of 1. {note}" in status
        assert "Version 1 is served instead." in status
        assert note in operator.types("history")
        assert "Version 2 is in quarantine" in operator.page()
        assert operator.gauge("fleet_quarantined_workers") == 1
        operator.types("rollback", "1")
        predictor.wait_for_workers(3, 1)
        status = operator.types("status")
        assert "v3 is in production. Live workers that serve it: 1 of 1." in status
        assert "quarantine" not in status + operator.types("history")
        assert ask(predictor, BAD) == "3"
