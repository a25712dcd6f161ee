"""Models that other tools made are gated, promoted, and answer as their own runtime does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from gatekeeper.policy.terms.gate_policy import GatePolicy
from predictor.app import create_app
from predictor.settings import PredictorSettings
from shared.contract.layout import ROWS
from shared.maintenance.store_checker import check_store
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.http.asgi import running_app
from tests.support.models import outside
from tests.support.models.by_skl2onnx import pipeline_by_columns
from tests.support.stores.brought import Table, bring, own_outputs
from tests.support.stores.gatekeeping import gatekeeper_of, outcomes
from tests.support.sweep import sweep

FILES = Path(outside.__file__).parent / "onnxmltools"
TREES = ("ash", "birch", "cedar")


@dataclass(frozen=True)
class Case:
    """A model, the rows that judge it, and how its own runtime's outputs are read."""

    make: Callable[[], onnx.ModelProto]
    table: Table
    read: Callable[[list[Any]], Any]
    """Returns the numbers of each row, in the order of the classes."""
    metric: str = "accuracy"
    options: dict[str, Any] = field(default_factory=dict)


def softmax_of(outputs: list[Any]) -> Any:
    powers = np.exp(outputs[0].astype(np.float64))
    return powers / powers.sum(axis=1, keepdims=True)


def pair_of(outputs: list[Any]) -> Any:
    return np.column_stack([1 - outputs[0], outputs[0]])


def maps_of(outputs: list[Any]) -> Any:
    return [[row[key] for key in sorted(row)] for row in outputs[1]]


THREE = outside.numbers_table(200, "three")
CASES = {
    "softmax": Case(outside.softmax, THREE, lambda found: found[0]),
    "logits": Case(outside.network, THREE, softmax_of, options={"output": "logits"}),
    "one sigmoid": Case(outside.sigmoid, outside.numbers_table(200, "two"), pair_of, metric="f1"),
    "regression": Case(
        lambda: outside.network(width=1),
        outside.numbers_table(200, "value"),
        lambda found: found[0],
        metric="r2",
    ),
    "one input for each column, and maps": Case(
        lambda: pipeline_by_columns(outside.mixed_table(400, seed=4)),
        outside.mixed_table(),
        maps_of,
    ),
    "LightGBM by onnxmltools": Case(
        lambda: onnx.load(FILES / "lightgbm.onnx"), outside.boosted_table(), maps_of
    ),
    "XGBoost by onnxmltools": Case(
        lambda: onnx.load(FILES / "xgboost.onnx"), outside.boosted_table(), lambda found: found[1]
    ),
    "float64": Case(
        lambda: outside.softmax(type_=TensorProto.DOUBLE), THREE, lambda found: found[0]
    ),
    "int64": Case(
        lambda: outside.softmax(type_=TensorProto.INT64),
        {**outside.whole(THREE), "y": THREE["y"]},
        lambda found: found[0],
    ),
    "booleans": Case(
        lambda: outside.network(width=1, type_=TensorProto.BOOL),
        outside.flags_table(),
        lambda found: found[0],
        metric="r2",
    ),
    "one row for each call": Case(lambda: outside.softmax(batch=1), THREE, lambda found: found[0]),
    "names in another order": Case(
        lambda: outside.labelled("cedar", "ash", "birch"),
        {**THREE, "y": np.array(["cedar", "ash", "birch"])[[TREES.index(t) for t in THREE["y"]]]},
        lambda found: found[1][:, [1, 2, 0]],
    ),
}


@pytest.mark.parametrize("case", sweep(CASES, "softmax", "names in another order"))
def test_a_brought_model_is_promoted_and_answers_as_its_own_runtime(
    store: ModelStore, tmp_path: Path, case: Case
) -> None:
    model = case.make()
    bring(store, tmp_path / "in", model, case.table, case.metric, **case.options)
    gatekeeper_of(store, GatePolicy(metric=case.metric, floor=0.3)).poll()
    assert outcomes(store) == ["promoted"]
    assert check_store(store) == []

    names = [name for name in case.table if name != "y"]
    columns = [np.asarray(case.table[name])[:20].tolist() for name in names]
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    common = CommonSettings(store_dir=store.layout.root)
    with running_app(create_app(PredictorSettings(), common)) as client:
        found = client.post("/predict", json={"instances": rows}).json()
        alone = client.post("/predict", json={"features": rows[0]}).json()

    expected = np.asarray(case.read(own_outputs(model, case.table)))[:20]
    numbers = found.get("probabilities") or [[number] for number in found["predictions"]]
    assert np.allclose(numbers, expected, rtol=0, atol=1e-6)
    assert alone["prediction"] == found["predictions"][0]
    if "labels" in found:
        assert found["labels"] == [found["classes"][best] for best in expected.argmax(axis=1)]


def test_rows_that_a_model_was_fitted_on_are_known_to_the_gate(
    store: ModelStore, tmp_path: Path
) -> None:
    shown = bring(store, tmp_path / "in", outside.softmax(), THREE)
    (unknown,) = store.candidates.ids()
    assert store.candidates.manifest(unknown).find(ROWS) is None
    assert "does not know which rows" in shown

    seen = {name: np.concatenate([values, values[:50]]) for name, values in THREE.items()}
    bring(store, tmp_path / "in", outside.softmax(), THREE, fitted_on=seen)
    gatekeeper_of(store).poll()
    assert outcomes(store) == ["promoted", "refused"]
    last = store.decision_log().entries[-1].decision
    assert [check.name for check in last.failed] == ["holdout-unseen"]
