"""A frozen predictor answers no readiness probe, and a probe of a busy one is answered at once.

So a probe with a timeout of 1 s and two failures takes a frozen predictor out of service within a
few seconds (docs/operations.md).
"""

import signal
from pathlib import Path

import httpx
import psutil
import pytest

from deploy.containers.health_probe import request_status_line
from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.processes.frozen import frozen
from tests.support.processes.predictor import PredictorProcess, running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote

PROBE_SECONDS = 1
"""The timeout of a readiness probe."""


def ready_status(predictor: PredictorProcess, seconds: float = 60) -> int:
    return plain_http.get(f"{predictor.url}/readyz", timeout=seconds).status_code


def test_a_frozen_predictor_does_not_answer_and_is_ready_again_afterwards(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.containers.health_probe._TIMEOUT_SECONDS", PROBE_SECONDS)
    promote(store, toy_model())
    with running_predictor(store, tmp_path / "log") as predictor:
        predictor.wait_until_ready()
        parent = psutil.Process(predictor.process.pid)
        with frozen([parent, *parent.children()]):
            with pytest.raises(httpx.TimeoutException):
                ready_status(predictor, PROBE_SECONDS)
            with pytest.raises(TimeoutError):
                request_status_line(predictor.port, "/readyz")
        predictor.wait_until_ready()
        assert predictor.stop(signal.SIGTERM) == 0


@pytest.mark.thorough
def test_one_frozen_worker_leaves_the_probes_to_the_others(
    store: ModelStore, tmp_path: Path
) -> None:
    promote(store, toy_model())
    with running_predictor(store, tmp_path / "log", PREDICTOR_WORKERS=2) as predictor:
        pids = predictor.wait_for_workers(1, 2)
        with frozen([psutil.Process(pids[0])]):
            assert [ready_status(predictor) for _ in range(8)] == [200] * 8
        wait_for(lambda: ready_status(predictor) == 200, "an answer")
