"""Models that MLflow saved are gated, promoted, and answer as they do themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost

from gatekeeper.policy.terms.gate_policy import GatePolicy
from predictor.app import create_app
from predictor.settings import PredictorSettings
from shared.maintenance.store_checker import check_store
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.http.asgi import running_app
from tests.support.models import mlflow_directories, outside, pipelines
from tests.support.stores.brought import Table, bring, own_outputs
from tests.support.stores.gatekeeping import gatekeeper_of, outcomes
from tests.support.sweep import sweep

ROWS, TREES = outside.boosted_rows(600, seed=3)


@dataclass(frozen=True)
class Case:
    """A model, its directory, and its own answers for a table of features."""

    make: Callable[[], Any]
    write: Callable[[Path, Any], Path]
    table: Table
    answer: Callable[[Any, pd.DataFrame], Any]
    """Returns the probabilities in the order of the classes, or the numbers of a regression."""
    metric: str = "accuracy"


def ask_pipeline(pipeline: Any, table: pd.DataFrame) -> Any:
    return pipeline.predict_proba(table)


def ask_booster(booster: Any, table: pd.DataFrame) -> Any:
    rows = table.to_numpy()
    shares = booster.predict(xgboost.DMatrix(rows) if hasattr(booster, "save_raw") else rows)
    return np.column_stack([1 - shares, shares])


def ask_graph(model: Any, table: pd.DataFrame) -> Any:
    return own_outputs(model, {name: table[name].to_numpy() for name in table})[0]


def bare_xgboost() -> Any:
    return xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(ROWS, TREES), 5)


def stopped_xgboost() -> Any:
    """Return a Booster with more trees than the best iteration had."""
    data = xgboost.DMatrix(ROWS, TREES)
    other = xgboost.DMatrix(ROWS, 1 - TREES)
    known = {"objective": "binary:logistic"}
    return xgboost.train(known, data, 5, evals=[(other, "other")], early_stopping_rounds=3,
                         verbose_eval=False)  # fmt: skip


def bare_lightgbm() -> Any:
    known = {"objective": "binary", "verbose": -1}
    return lightgbm.train(known, lightgbm.Dataset(ROWS, TREES), 5)


BOOSTED, WORDS = outside.boosted_table(), pipelines.words_table()
DIRECTORIES = mlflow_directories
CASES = {
    "sklearn": Case(
        pipelines.of_gaps,
        DIRECTORIES.write_sklearn,
        pipelines.gappy_table(200, seed=9),
        ask_pipeline,
    ),
    "onnx with weights beside it": Case(
        outside.softmax, DIRECTORIES.write_onnx, outside.numbers_table(200, "three"), ask_graph
    ),
    "onnx in another order": Case(
        outside.softmax,
        lambda path, model: DIRECTORIES.write_onnx(path, model, "abcd"),
        {name: outside.numbers_table(200, "three")[name] for name in ("c", "y", "a", "d", "b")},
        lambda model, table: ask_graph(model, table[[*"abcd"]]),
    ),
    "xgboost": Case(pipelines.xgboost_on_arrays, DIRECTORIES.write_xgboost, BOOSTED, ask_pipeline),
    "xgboost as JSON": Case(
        pipelines.xgboost_on_arrays,
        lambda path, model: DIRECTORIES.write_xgboost(path, model, "json"),
        BOOSTED,
        ask_pipeline,
    ),
    "a Booster of XGBoost": Case(bare_xgboost, DIRECTORIES.write_xgboost, BOOSTED, ask_booster),
    "a Booster of XGBoost that was stopped": Case(
        stopped_xgboost, DIRECTORIES.write_xgboost, BOOSTED, ask_booster
    ),
    "lightgbm": Case(pipelines.lightgbm_of_words, DIRECTORIES.write_lightgbm, WORDS, ask_pipeline),
    "a Booster of LightGBM": Case(bare_lightgbm, DIRECTORIES.write_lightgbm, BOOSTED, ask_booster),
    "a regression": Case(
        pipelines.forest_of_numbers,
        DIRECTORIES.write_sklearn,
        outside.numbers_table(200, "value"),
        lambda forest, table: forest.predict(table)[:, None],
        "r2",
    ),
}


@pytest.mark.parametrize("case", sweep(CASES, "sklearn", "onnx with weights beside it"))
def test_a_directory_is_promoted_and_answers_as_its_model(
    store: ModelStore, tmp_path: Path, case: Case
) -> None:
    model = case.make()
    directory = case.write(tmp_path / "model", model)
    bring(store, tmp_path / "in", directory, case.table, case.metric)
    gatekeeper_of(store, GatePolicy(metric=case.metric, floor=0.3)).poll()
    assert outcomes(store) == ["promoted"]
    assert check_store(store) == []

    table = pipelines.split_target(case.table)[0][:40]
    rows = [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]
    common = CommonSettings(store_dir=store.layout.root)
    with running_app(create_app(PredictorSettings(), common)) as client:
        found = client.post("/predict", json={"instances": rows}).json()
    numbers = found.get("probabilities") or [[number] for number in found["predictions"]]
    assert np.allclose(numbers, case.answer(model, table), rtol=0, atol=1e-5)
