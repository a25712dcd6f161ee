"""GET /metrics of a predictor with several workers, also after some of them die."""

import os
import signal
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.http.metrics_page import MetricsPage, scrape
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import PredictorProcess, running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote

ASK = {"features": [1, 2]}
PREFIX = "modelgate_predictor_"


@pytest.fixture
def predictor(store: ModelStore, tmp_path: Path) -> Iterator[PredictorProcess]:
    """Two workers that serve version 1."""
    promote(store, toy_model())
    variables = {"PREDICTOR_WORKERS": 2, "PREDICTOR_HEARTBEAT_SECONDS": 0.1}
    with running_predictor(store, tmp_path / "log", **variables) as process:
        process.wait_for_workers(1, 2)
        yield process


def ask(predictor: PredictorProcess, times: int, total: int) -> None:
    """Request predictions, each on a new connection, so that both workers reply.

    Returns when a *total* is counted: a client has its answer a moment before.
    """
    for _ in range(times):
        assert plain_http.post(f"{predictor.url}/predict", json=ASK).status_code == 200
    wait_for(lambda: predicted(scrape(predictor.url)) == total, "all to be counted")


def predicted(page: MetricsPage) -> float:
    return sum(page.all(f"{PREFIX}predictions_total").values())


def answered(page: MetricsPage) -> float | None:
    return page(f"{PREFIX}requests_total", endpoint="/predict", status="200")


def pages(predictor: PredictorProcess, times: int = 10) -> list[MetricsPage]:
    """Scrape several times, each on a new connection: any worker may reply."""
    return [scrape(predictor.url) for _ in range(times)]


def test_any_worker_reports_the_metrics_of_all(predictor: PredictorProcess) -> None:
    ask(predictor, 40, total=40)
    for page in pages(predictor):
        assert answered(page) == predicted(page) == 40
        assert page(f"{PREFIX}batch_rows_sum") == 40
        assert page(f"{PREFIX}workers") == page(f"{PREFIX}worker_starts_total") == 2
        assert page(f"{PREFIX}reloads_total", outcome="loaded") == 2
        assert page.all(f"{PREFIX}serving_version") == {("0",): 1, ("1",): 1}


def test_every_path_and_method_is_counted_under_a_known_name(predictor: PredictorProcess) -> None:
    with predictor.client() as client:
        client.post("/predict", json={"features": ["x"]})
        client.get("/predict")
        client.request("PROPFIND", "/model")
        client.get("/livez")
        client.post("/v9/models/a-secret/infer")
        client.get("/predict/")
        client.get("/docs")
    expected = {
        ("/predict", "422"),
        ("/predict", "405"),
        ("/model", "405"),
        ("/livez", "200"),
        ("other", "404"),
        ("other", "307"),
        ("/docs", "200"),
    }

    def shown() -> set[tuple[str, ...]]:
        counts = scrape(predictor.url).all(f"{PREFIX}requests_total")
        return {key for key, count in counts.items() if count and key[0] != "/metrics"}

    wait_for(lambda: shown() >= expected, "all to be counted")
    assert shown() == expected
    assert "a-secret" not in scrape(predictor.url).text


@pytest.mark.thorough
def test_a_killed_workers_counts_stay_and_its_gauges_disappear(
    predictor: PredictorProcess,
) -> None:
    killed = predictor.wait_for_workers(1, 2)
    ask(predictor, 40, total=40)
    before = scrape(predictor.url)
    for number, pid in enumerate(killed, start=1):
        os.kill(pid, signal.SIGKILL)
        after = wait_for(partial(restarted, predictor, number), "the worker to be replaced")
        assert answered(after) == predicted(after) == 40
        assert after(f"{PREFIX}reloads_total", outcome="loaded") == 2 + number
        assert_never_falling(before, after)
        before = after
    ask(predictor, 10, total=50)
    for page in pages(predictor):
        assert answered(page) == 50
        assert page(f"{PREFIX}workers") == 2
        assert page.all(f"{PREFIX}serving_version") == {("0",): 1, ("1",): 1}


def restarted(predictor: PredictorProcess, times: int) -> MetricsPage | None:
    """Return the page once that many workers were replaced and all serve again."""
    page = scrape(predictor.url)
    serving = page.all(f"{PREFIX}serving_version")
    alive = page(f"{PREFIX}workers")
    assert alive == len(serving), "the gauges of a dead worker are shown"
    starts = page(f"{PREFIX}worker_starts_total")
    return page if starts == 2 + times and list(serving.values()) == [1, 1] else None


def assert_never_falling(before: MetricsPage, after: MetricsPage) -> None:
    fallen = {
        key: (number, after.cumulative.get(key))
        for key, number in before.cumulative.items()
        if number > after.cumulative.get(key, -1)
    }
    assert not fallen


def test_the_error_gauge_shows_a_failed_reload_until_the_next_version(
    store: ModelStore, predictor: PredictorProcess
) -> None:
    promote(store, toy_model(onnx_bytes=b"no model"))
    page = wait_for(lambda: with_errors(predictor, 2), "both workers to fail")
    assert page.all(f"{PREFIX}desired_version") == {("0",): 2, ("1",): 2}
    assert page.all(f"{PREFIX}serving_version") == {("0",): 1, ("1",): 1}
    assert (page(f"{PREFIX}reloads_total", outcome="failed") or 0) >= 2
    promote(store, toy_model(), "renamed")
    predictor.wait_for_workers(3, 2)
    page = wait_for(lambda: with_errors(predictor, 0), "both workers to be well")
    assert page(f"{PREFIX}reloads_total", outcome="adopted") == 2
    assert page.all(f"{PREFIX}serving_version") == {("0",): 3, ("1",): 3}
    assert min(page.all(f"{PREFIX}last_error_timestamp_seconds").values()) > 0
    ask(predictor, 1, total=1)
    label = {"model": "renamed", "version": "3", "class_": "large"}
    assert scrape(predictor.url)(f"{PREFIX}predictions_total", **label) == 1


def with_errors(predictor: PredictorProcess, count: int) -> MetricsPage | None:
    page = scrape(predictor.url)
    return page if sum(page.all(f"{PREFIX}error").values()) == count else None


@pytest.mark.thorough
def test_workers_replaced_by_a_signal_continue_the_counts(predictor: PredictorProcess) -> None:
    ask(predictor, 20, total=20)
    predictor.process.send_signal(signal.SIGHUP)
    page = wait_for(lambda: restarted(predictor, 2), "both workers to be replaced")
    assert answered(page) == predicted(page) == 20


@pytest.mark.parametrize("fast_path", [True, False])
def test_a_prediction_is_counted_once_on_every_path(
    store: ModelStore, tmp_path: Path, fast_path: bool
) -> None:
    promote(store, toy_model())
    one = [{"name": "features", "shape": [1, 2], "datatype": "FP32", "data": [1, 2]}]
    with running_predictor(store, tmp_path / "log", PREDICTOR_FAST_PATH=fast_path) as predictor:
        predictor.wait_until_ready()
        with predictor.client() as client:
            client.post("/predict", json=ASK)
            client.post("/predict", content=iter([b'{"features": ', b"[1, 2]}"]))  # chunked
            client.post("/predict", json={"instances": [[1, 2]] * 20_000})
            client.post("/predict", json={"features": ["x", 2]})
            client.post("/predict", content=b"packed", headers={"content-encoding": "gzip"})
            client.post("/v2/models/toy/infer", json={"inputs": one})
            client.post("/v2/models/toy/versions/1/infer", json={"inputs": one})
            client.post("/v2/models/toy/infer", json={"inputs": []})
        with socket.create_connection(("127.0.0.1", predictor.port)) as raw:
            raw.sendall(b"nothing like HTTP\r\n\r\n")
            assert raw.recv(1000).startswith(b"HTTP/1.1 400 ")
        page = scrape(predictor.url)
    counts = page.all(f"{PREFIX}requests_total")
    assert {key: count for key, count in counts.items() if count and key[0] != "/readyz"} == {
        ("/predict", "200"): 3,
        ("/predict", "422"): 1,
        ("/predict", "415"): 1,
        ("/v2/models/{name}/infer", "200"): 1,
        ("/v2/models/{name}/infer", "400"): 1,
        ("/v2/models/{name}/versions/{version}/infer", "200"): 1,
        ("other", "400"): 1,
    }
    seconds = page.all(f"{PREFIX}request_duration_seconds_count")
    assert seconds[("/predict",)] == 5
    assert predicted(page) == 20_004
    assert page(f"{PREFIX}batch_rows_count") == 5
