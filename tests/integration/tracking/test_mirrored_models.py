"""A model that MLflow loads answers as `POST /predict` does; the trainer never waits for MLflow."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from predictor.app import create_app
from predictor.settings import PredictorSettings
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.http.asgi import running_app
from tests.support.mlflow.mirror import Mirror, tags_of
from tests.support.models.mixed import FEATURES, mixed_model, mixed_rows, written
from tests.support.models.toy import ToyModel, toy_model
from tests.support.project import ROOT
from tests.support.stores.builders import promote


def answers(store: ModelStore, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the predictor's answers in the form of MLflow's table."""
    common = CommonSettings(store_dir=store.layout.root)
    with running_app(create_app(PredictorSettings(), common)) as client:
        response = client.post("/predict", json={"instances": rows})
    assert response.status_code == 200, response.text
    body = response.json()
    names = {"predictions": "prediction", "labels": "label", "probabilities": "probabilities"}
    return [
        {name: body[key][index] for key, name in names.items() if key in body}
        for index in range(len(rows))
    ]


def mixed_table() -> list[dict[str, Any]]:
    table: list[dict[str, Any]] = []
    for row in mixed_rows(60):
        values = zip(FEATURES, row.tolist(), strict=True)
        table.append({each.name: written(each, value) for each, value in values})
    spellings = ["  red", "gre\u200ben", "RED", "never seen"]
    return [*table, *({**table[0], "colour": each} for each in spellings)]


def toy_table() -> list[dict[str, Any]]:
    rows = np.random.default_rng(0).normal(size=(40, 2)).tolist()
    return [{"width": width, "height": height} for width, height in rows]


CASES = {
    "numbers": (toy_model(bias=0.125), toy_table()),
    "one row": (toy_model(bias=0.25), toy_table()[:1]),
    "strings and missing values": (mixed_model(), mixed_table()),
    "a regression": (mixed_model(is_regressor=True), mixed_table()),
}


@pytest.mark.parametrize("case", CASES)
def test_mlflow_answers_as_the_predictor(mirror: Mirror, store: ModelStore, case: str) -> None:
    model, rows = CASES[case]
    promote(store, model)
    mirror.follower(store).step()
    found = mirror.server.predict(f"models:/{mirror.name}@champion", rows)
    expected = answers(store, rows)
    assert [_rounded(each) for each in found] == [_rounded(each) for each in expected]


def _rounded(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with float32, as the model computes it."""
    return {
        key: np.asarray(value, dtype=np.float32).tolist() if key != "label" else value
        for key, value in answer.items()
    }


def test_a_pickle_is_a_version_without_files(mirror: Mirror, store: ModelStore) -> None:
    model: ToyModel = mixed_model(is_joblib=True)
    promote(store, model)
    mirror.follower(store).step()
    (run,) = mirror.runs()
    assert tags_of(run["data"])["modelgate.model"] == "not loadable"
    assert mirror.files(run) == set()
    assert mirror.champion() == 1


def test_a_training_does_not_even_call_the_server(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        deaf.setblocking(False)
        port = deaf.getsockname()[1]
        variables = {
            "STORE_DIR": str(tmp_path / "store"),
            "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{port}",
            "TRAINER_CANDIDATES": "examples.forest:CANDIDATES",
            "TRAINER_WAIT_SECONDS": "0",
        }
        done = subprocess.run(
            [sys.executable, "-m", "trainer"],
            cwd=ROOT,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert len(list((tmp_path / "store" / "candidates").iterdir())) == 1, done.stderr
        with pytest.raises(BlockingIOError):
            deaf.accept()
