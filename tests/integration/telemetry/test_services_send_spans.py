"""The three services as processes, with a receiver of spans that responds and with a dead one."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from shared.contract.layout import MANIFEST
from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.http.span_receiver import span_receiver
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeping import clean_environment, running_gatekeeper
from tests.support.tables.tables import blobs_csv

pytestmark = pytest.mark.thorough

SOON = {"OTEL_BSP_SCHEDULE_DELAY": 50}
BODY = {"features": [1, 2]}


def train(
    directory: Path, store: ModelStore, **variables: object
) -> "subprocess.CompletedProcess[str]":
    blobs_csv(directory / "blobs.csv")
    settings = {"TRAINER_DATASET": directory / "blobs.csv", "TRAINER_TARGET": "size"}
    return subprocess.run(
        [sys.executable, "-m", "trainer", "--require-promotion"],
        cwd=ROOT,
        env=clean_environment(store.layout.root, **settings, **variables),
        capture_output=True,
        text=True,
        check=False,
    )


def trace(number: int, flags: str = "01") -> dict[str, str]:
    return {"traceparent": f"00-{number:032x}-{number:016x}-{flags}"}


def test_a_run_and_its_decision_are_one_trace_and_each_worker_sends_spans(
    store: ModelStore, tmp_path: Path
) -> None:
    root, log = store.layout.root, tmp_path / "predictor"
    with span_receiver() as receiver:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, **SOON}
        with (
            running_gatekeeper(root, tmp_path / "gatekeeper", **variables),
            running_predictor(store, log, PREDICTOR_WORKERS=2, **variables) as predictor,
        ):
            done = train(tmp_path, store, **variables)
            assert done.returncode == 0, done.stderr
            wait_for(lambda: receiver.named("decide"), "the span of the decision")
            workers = predictor.wait_for_workers(1, 2)
            asked = 0
            answered = set[str]()
            while len(answered) < len(workers):  # the system chooses the worker
                asked += 1
                for flags in ("01", "00"):
                    response = plain_http.post(
                        f"{predictor.url}/predict", json=BODY, headers=trace(asked, flags)
                    )
                    assert response.status_code == 200
                wait_for(lambda: len(receiver.named("POST /predict")) == asked, "a span")  # noqa: B023 - used at once
                answered = {each.instance for each in receiver.named("POST /predict")}
            predictor.stop()
        (run,), (decision,) = receiver.named("train"), receiver.named("decide")
    assert (decision.trace, decision.parent) == (run.trace, run.number)
    assert [run.service, decision.service] == ["modelgate-trainer", "modelgate-gatekeeper"]
    assert run.attributes == {"modelgate.outcome": "promoted", "modelgate.model.version": 1}
    registry = store.registry.read()
    assert registry is not None
    (published,) = receiver.named("publish")
    assert published.attributes["modelgate.model.digest"] == registry.digest
    assert decision.attributes["modelgate.model.digest"] == registry.digest
    assert decision.attributes["modelgate.outcome"] == "promoted"
    steps = {each.name for each in receiver.spans if each.parent == run.number}
    assert steps >= {"load", "split", "check", "fit", "export", "report", "publish", "decide"}
    steps = {each.name for each in receiver.spans if each.parent == decision.number}
    assert steps == {"read the candidate", "evaluate", "commit"}
    manifest = store.layout.candidate(registry.candidate_id) / MANIFEST
    assert f"00-{run.trace}-{run.number}-01" in manifest.read_text()
    assert registry.candidate_id.encode() not in b"".join(receiver.bodies)


def test_a_dead_receiver_fails_and_delays_nothing(store: ModelStore, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # nobody listens
        port = unused.getsockname()[1]
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}", **SOON}
        variables["OTEL_EXPORTER_OTLP_TIMEOUT"] = 1
        with (
            running_gatekeeper(store.layout.root, tmp_path / "gatekeeper", **variables) as gate,
            running_predictor(store, tmp_path / "predictor", **variables) as predictor,
        ):
            done = train(tmp_path, store, **variables)
            assert done.returncode == 0, done.stderr
            assert "promoted to v1" in done.stdout
            predictor.wait_for_workers(1, 1)
            for number in range(1, 4):
                response = plain_http.post(
                    f"{predictor.url}/predict", json=BODY, headers=trace(number)
                )
                assert response.status_code == 200
            wait_for(lambda: "cannot be sent" in predictor.output(), "the report")
            wait_for(lambda: "cannot be sent" in gate.log_file.read_text(), "the report")
            assert predictor.stop() == 0
        assert predictor.output().count("cannot be sent") == 1
        assert "Spans dropped: 3." in predictor.output()
        assert done.stderr.count("Spans") <= 2
        assert "Traceback" not in predictor.output() + gate.log_file.read_text() + done.stderr


def test_services_that_cannot_send_spans_name_the_variable_and_do_not_start(
    store: ModelStore, tmp_path: Path
) -> None:
    promote(store, toy_model())
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4318", "PREDICTOR_PORT": 0}
    variables["GATEKEEPER_PORT"] = 0
    for module, status in (("gatekeeper", 1), ("predictor", 1), ("trainer", 2)):
        done = subprocess.run(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=clean_environment(store.layout.root, **variables),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stderr
        assert "OTEL_EXPORTER_OTLP_ENDPOINT is not an address of HTTP" in done.stderr
        assert "Traceback" not in done.stderr
