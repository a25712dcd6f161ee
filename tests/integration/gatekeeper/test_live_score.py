"""Requests to a real predictor and labels to a real gatekeeper become a live score."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.models.toy import CLASSES, toy_model
from tests.support.processes.predictor import running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeping import running_gatekeeper

ROWS = 400


@pytest.mark.thorough
def test_labels_that_arrive_as_csv_score_the_version_as_scikit_learn_does(
    store: ModelStore, tmp_path: Path
) -> None:
    promote(store, toy_model())
    random = np.random.default_rng(1)
    truth = random.integers(0, 2, ROWS)
    rows = random.normal(size=(ROWS, 2)) + truth[:, None]
    with running_predictor(store, tmp_path / "predictor", PREDICTOR_LOG_SHARE=1) as predictor:
        predictor.wait_for_workers(1, 1)
        ids = [f"order {i}" for i in range(ROWS)]
        answer = plain_http.post(
            f"{predictor.url}/predict", json={"instances": rows.tolist(), "ids": ids}
        ).json()
    with running_gatekeeper(store.layout.root, tmp_path / "gatekeeper", METRIC="f1") as gatekeeper:
        table = io.StringIO()
        writer = csv.writer(table)
        writer.writerow(["id", "label"])
        writer.writerows((name, CLASSES[true]) for name, true in zip(ids, truth, strict=True))
        token = store.layout.token.read_text().strip()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
        sent = plain_http.post(
            f"{gatekeeper.url}/feedback", content=table.getvalue(), headers=headers
        )
        assert sent.json()["new"] == ROWS

        def find_score() -> dict[str, object] | None:
            found = plain_http.get(f"{gatekeeper.url}/live.json").json()["versions"][0]
            return found["live_score"] if found["live_score"]["value"] is not None else None

        found = wait_for(find_score, "a live score")
        line = plain_http.get(f"{gatekeeper.url}/fleet").json()["health"]["live_score"]
    assert found["rows"] == ROWS
    expected = f1_score(truth, answer["predictions"])
    assert found["value"] == pytest.approx(expected, abs=1e-12)
    assert line.startswith(f"Live f1 {expected:.4f} (")
    lines = next(store.layout.predictions.rglob("*.jsonl")).read_text().splitlines()
    assert [json.loads(each)["id"] for each in lines] == ids
