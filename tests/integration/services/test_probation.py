"""A version fails in a real predictor, and a real gatekeeper restores its predecessor."""

from pathlib import Path
from typing import Any

import pytest

from gatekeeper.client_output import show_fleet
from shared.contract.layout import DECISIONS, MODELS, SERVING
from shared.store.store import open_for_writing
from tests.support.http import plain_http
from tests.support.models.served import model_that_fails_above_three, toy_regressor
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeping import outcomes, running_gatekeeper

ON = {"GATEKEEPER_PROBATION_MINUTES": 60}
SENTENCE = " min: 0 of 0 requests failed. Labels are not judged. No label has arrived."
"""The state of a version without requests and labels."""


def test_pages_and_programs_show_the_version_on_probation(tmp_path: Path) -> None:
    store = open_for_writing(tmp_path / "store", MODELS, DECISIONS)
    for bias in (1.0, 2.0):
        promote(store, toy_model(bias=bias))
    with running_gatekeeper(store.layout.root, tmp_path / "log", **ON) as gatekeeper:

        def read_fleet() -> dict[str, Any]:
            return dict(plain_http.get(f"{gatekeeper.url}/fleet").json())

        wait_for(lambda: SENTENCE in show_fleet(read_fleet()), "a look at the labels")
        for path in ("/", "/live"):
            page = plain_http.get(f"{gatekeeper.url}{path}")
            assert page.status_code == 200
            assert "<p>v2 is on probation for another " in page.text
            assert f"{SENTENCE} If it fails, the model of v1 is restored.</p>" in page.text
        live = plain_http.get(f"{gatekeeper.url}/live.json").json()
        metrics = plain_http.get(f"{gatekeeper.url}/metrics").text
    assert (live["probation"]["version"], live["probation"]["predecessor"]) == (2, 1)
    (line,) = [
        each
        for each in metrics.splitlines()
        if each.startswith("modelgate_gatekeeper_probation_seconds ")
    ]
    assert 3000 < float(line.split()[1]) <= 3600


@pytest.mark.thorough
def test_a_version_that_fails_in_production_is_rolled_back_by_itself(tmp_path: Path) -> None:
    store = open_for_writing(tmp_path / "store", MODELS, DECISIONS, SERVING)
    promote(store, toy_regressor((10.0,)))
    promote(store, model_that_fails_above_three())
    with (
        running_gatekeeper(store.layout.root, tmp_path / "gatekeeper", **ON) as gatekeeper,
        running_predictor(store, tmp_path / "predictor") as predictor,
    ):
        predictor.wait_until_ready()
        with predictor.client() as client:
            for number in (1, 4):
                for _ in range(60):
                    client.post("/predict", json={"features": [number]})
            wait_for(lambda: outcomes(store)[2:] == ["rolled_back"], "the rollback")
            predictor.wait_for_workers(3, 1)
            assert client.post("/predict", json={"features": [4]}).json()["prediction"] == 40.0
        gatekeeper.kill()
    with running_gatekeeper(store.layout.root, tmp_path / "next", **ON) as gatekeeper:
        assert plain_http.get(f"{gatekeeper.url}/fleet").json()["probation"] is None
    assert outcomes(store) == ["promoted", "promoted", "rolled_back"]
