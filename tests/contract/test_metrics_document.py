"""docs/metrics.md shows what is really answered, and Prometheus' own tools agree with it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from gatekeeper.app import create_app as create_gatekeeper
from gatekeeper.evidence.live_score_messages import VersionScore
from gatekeeper.live_score.score_board import LiveScore
from gatekeeper.settings import GatekeeperSettings
from predictor.app import create_app as create_predictor
from predictor.http.predict_endpoint import PredictEndpoint
from predictor.settings import PredictorSettings
from shared.live.drift_file import DriftFile
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.http.asgi import AppClient, running_app
from tests.support.http.metrics_page import MetricsPage
from tests.support.models.mixed import EXAMPLE, mixed_model
from tests.support.processes.prometheus import promtool
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT
from tests.support.stores.builders import promote
from tests.support.stores.drift_records import drift_of
from tests.support.stores.fake_services import follow, worker

TEXT = (ROOT / "docs" / "metrics.md").read_text()


def predictor(common: CommonSettings) -> PredictEndpoint:
    return create_predictor(PredictorSettings(), common)


def gatekeeper(common: CommonSettings) -> FastAPI:
    return create_gatekeeper(GatekeeperSettings(), common)


@pytest.fixture(params=[predictor, gatekeeper])
def page(store: ModelStore, request: pytest.FixtureRequest) -> MetricsPage:
    """Return a service's metrics page with a sample of every metric."""
    create: Callable[[CommonSettings], FastAPI | PredictEndpoint] = request.param
    promote(store, mixed_model())
    store.heartbeats.write(worker("one", 1))
    follow(store, "hooks.example.com-1f0c9a3e")
    DriftFile(store.layout).replace(drift_of("x", version=1))
    app = create(CommonSettings(store_dir=store.layout.root))
    with running_app(app) as client:
        wait_for(lambda: client.get("/readyz").status_code == 200, "the service to be ready")
        client.post("/predict", json={"features": EXAMPLE})
        if request.param is gatekeeper:
            show_live_score(app)
        return scrape(client)


def show_live_score(app: FastAPI | PredictEndpoint) -> None:
    """Put a score on the board, after the first look of the gatekeeper, which finds no label."""
    assert isinstance(app, FastAPI)
    board = app.state.service.live_scores.board
    wait_for(lambda: board.scores, "the first look for labels")
    found = VersionScore(version=1, rows=200, unusable=1, value=0.9, low=0.85, high=0.93)
    board.scores = {1: LiveScore(found, datetime.now(UTC))}


def scrape(client: AppClient) -> MetricsPage:
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == CONTENT_TYPE_PLAIN_0_0_4
    return MetricsPage(answer.text)


def documented() -> dict[str, tuple[str, str, str]]:
    """Type, labels and meaning of each metric."""
    rows = re.findall(
        r"^\| `(modelgate_\w+)` \| (\w+) \| ([\w, ]*?) ?\| (.+) \|$", TEXT, re.MULTILINE
    )
    return {name: (kind, labels, meaning) for name, kind, labels, meaning in rows}


def test_the_tables_show_what_is_answered(page: MetricsPage) -> None:
    prefix = next(iter(page.families)).rsplit("_", 1)[0]
    service = "_".join(prefix.split("_")[:2])
    found = {}
    for name, family in page.families.items():
        assert family.samples, f"{name} has no sample here"
        labels = ", ".join(label for label in family.samples[0].labels if label != "le")
        found[name] = (family.type, labels, family.documentation)
    expected = {name: row for name, row in documented().items() if name.startswith(service)}
    assert found == expected
    assert list(found) == list(expected)


def test_every_documented_path_is_counted_under_its_own_name(store: ModelStore) -> None:
    """A route that is declared with a prefix would be counted without it."""
    settings = CommonSettings(store_dir=store.layout.root)
    with running_app(create_predictor(PredictorSettings(), settings)) as client:
        paths = client.get("/openapi.json").json()["paths"]
        for path, methods in paths.items():
            for method in methods:
                (client.get if method == "get" else client.post)(re.sub(r"{\w+}", "1", path))
        counted = scrape(client).all("modelgate_predictor_request_duration_seconds_count")
    assert {(path,) for path in paths if path != "/metrics"} <= counted.keys()


def test_promtool_finds_nothing_to_improve(page: MetricsPage) -> None:
    promtool("check", "metrics", text=page.text)
