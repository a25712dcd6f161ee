"""The dashboard and the alerts on real services, scraped by a real Prometheus."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.contract.documents import Registry
from shared.prediction_log.logged_row import LoggedAnswer
from shared.store.store import ModelStore
from tests.support.http.plain_http import post
from tests.support.models.mixed import EXAMPLE, mixed_model
from tests.support.processes.predictor import running_predictor
from tests.support.processes.prometheus import Prometheus, running_prometheus
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.fake_services import follow
from tests.support.stores.gatekeeping import running_gatekeeper, weak_candidate
from tests.support.stores.logged_rows import make_row, write_labels, write_rows

MONITORING = ROOT / "deploy" / "monitoring"
BOARD: dict[str, Any] = json.loads((MONITORING / "dashboard.json").read_text())
UNSEEN = [*EXAMPLE[:3], "mauve", "Oslo"]
"""A row whose colour was not in the training data."""


def queries() -> Iterator[str]:
    """Yield every query of the dashboard, with a fixed range in place of Grafana's variable."""
    targets = [target for panel in BOARD["panels"] for target in panel.get("targets", ())]
    for each in (*targets, *BOARD["annotations"]["list"]):
        yield each["expr"].replace("$__rate_interval", "1m")


def test_panels_neither_overlap_nor_share_an_id() -> None:
    panels = BOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for grid in (panel["gridPos"] for panel in panels)
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


@pytest.mark.thorough
def test_every_query_has_a_series_on_live_services(store: ModelStore, tmp_path: Path) -> None:
    follow(store, "hooks.example.com-1f0c9a3e")
    root = store.layout.root
    with (
        running_gatekeeper(root, tmp_path / "gatekeeper", METRIC="accuracy") as gatekeeper,
        running_predictor(store, tmp_path / "predictor") as predictor,
        running_prometheus(
            tmp_path / "prometheus",
            [url.removeprefix("http://") for url in (gatekeeper.url, predictor.url)],
            MONITORING / "alerts.yml",
        ) as prometheus,
    ):
        wait_for(lambda: len(prometheus.query('up{job="modelgate"} == 1')) == 2, "a scrape of each")
        for candidate in (toy_candidate(), weak_candidate()):
            candidate.publish(store)
        wait_for(lambda: len(store.decision_log().entries) == 2, "two decisions")
        label_rows(store, promote(store, mixed_model()))
        predictor.wait_for_workers(2, 1)
        missing = set(queries())
        assert len(missing) > 20

        def all_found() -> bool:
            answer = post(f"{predictor.url}/predict", json={"features": UNSEEN})
            assert answer.status_code == 200, answer.text
            missing.difference_update([each for each in missing if has_number(prometheus, each)])
            return not missing

        try:
            wait_for(all_found, "a series of each query")
        except AssertionError as error:
            raise AssertionError(f"no series of {sorted(missing)}") from error
        wait_for(
            lambda: all(rule["health"] == "ok" for rule in prometheus.rules()),
            "all alerts to be evaluated",
        )


def label_rows(store: ModelStore, registry: Registry) -> None:
    """Write labelled rows of a version, as if they had been logged."""
    classes = mixed_model().artefact.classes
    places = [i % 2 for i in range(200)]
    answers = [LoggedAnswer(place, classes[place]) for place in places]
    rows = [
        make_row(f"{i}", i, version=registry.version, answer=answer)
        for i, answer in enumerate(answers)
    ]
    write_rows(store.layout, rows)
    labels = [(f"{i}", classes[place if i < 180 else 0]) for i, place in enumerate(places)]
    write_labels(store.layout, labels)


def has_number(prometheus: Prometheus, query: str) -> bool:
    """Return whether a query has a series with a number."""
    return any(not math.isnan(float(each["value"][1])) for each in prometheus.query(query))
