"""Pipelines that people fitted are converted, gated, promoted, and answer as they do themselves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gatekeeper.policy.terms.gate_policy import GatePolicy
from predictor.app import create_app
from predictor.settings import PredictorSettings
from shared.maintenance.store_checker import check_store
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.http.asgi import running_app
from tests.support.models import outside, pipelines
from tests.support.stores.brought import Table, bring
from tests.support.stores.gatekeeping import gatekeeper_of, outcomes
from tests.support.sweep import sweep

ROWS = 40


@dataclass(frozen=True)
class Case:
    """A pipeline and the rows that judge it."""

    make: Callable[[], Any]
    table: Table
    metric: str = "accuracy"
    settings: dict[str, Any] = field(default_factory=dict)
    has_names: bool = True


GAPS = pipelines.gappy_table(200, seed=9)
CASES = {
    "strings and missing values": Case(pipelines.of_gaps, GAPS),
    "missing strings with a name": Case(pipelines.of_filled_strings, GAPS),
    "another positive class": Case(pipelines.of_gaps, GAPS, "f1", {"positive_label": "late"}),
    "XGBoost on arrays": Case(
        pipelines.xgboost_on_arrays, outside.boosted_table(), has_names=False
    ),
    "LightGBM of words": Case(pipelines.lightgbm_of_words, pipelines.words_table()),
    "regression": Case(pipelines.forest_of_numbers, outside.numbers_table(200, "value"), "r2"),
}


@pytest.mark.parametrize("case", sweep(CASES, "another positive class"))
def test_a_pipeline_is_promoted_and_answers_as_itself(
    store: ModelStore, tmp_path: Path, case: Case
) -> None:
    pipeline = case.make()
    bring(store, tmp_path / "in", pipeline, case.table, case.metric, **case.settings)
    gatekeeper_of(store, GatePolicy(metric=case.metric, floor=0.3)).poll()
    assert outcomes(store) == ["promoted"]
    assert check_store(store) == []

    table = pipelines.split_target(case.table)[0][:ROWS]
    rows = [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]
    common = CommonSettings(store_dir=store.layout.root)
    with running_app(create_app(PredictorSettings(), common)) as client:
        found = client.post("/predict", json={"instances": rows}).json()

    own_table = table if case.has_names else table.to_numpy()
    expected = pipeline.predict(own_table)
    if case.metric == "r2":
        assert np.allclose(found["predictions"], expected, rtol=0, atol=1e-5)
        return
    assert found["labels"] == [str(label) for label in expected]
    shares = pipeline.predict_proba(own_table)
    columns = [[str(label) for label in pipeline.classes_].index(c) for c in found["classes"]]
    assert np.allclose(found["probabilities"], shares[:, columns], rtol=0, atol=1e-6)
