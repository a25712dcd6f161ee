"""A model gets its columns in the order of its fit, also if the holdout has another order."""

from pathlib import Path

import lightgbm
import pytest
from sklearn.linear_model import LogisticRegression

from shared.contract.documents import Artefact
from shared.contract.layout import ARTEFACT, ONNX_MODEL
from shared.inference.onnx_servable import OnnxServable
from shared.store.store import ModelStore
from tests.support.models import outside, pipelines
from tests.support.stores.brought import Table, bring

TABLE = pipelines.words_table(120)
TURNED: Table = {name: TABLE[name] for name in ("d", "y", "b", "a", "c")}


@pytest.mark.parametrize("has_names", [True, False])
def test_the_columns_of_a_pipeline_have_the_order_of_its_fit(
    store: ModelStore, tmp_path: Path, has_names: bool
) -> None:
    """Without names, the order is that of FITTED_ON."""
    rows, target = pipelines.split_target(TABLE)
    fitted = LogisticRegression().fit(rows if has_names else rows.to_numpy(), target)
    seen = None if has_names else pipelines.words_table(50, seed=8)
    bring(store, tmp_path / "in", fitted, TURNED, fitted_on=seen)
    artefact, model = read_candidate(store)
    assert [feature.name for feature in artefact.features] == ["a", "b", "c", "d"]
    found = OnnxServable(model, artefact).predict(rows.to_numpy())
    expected = fitted.predict(rows if has_names else rows.to_numpy())
    assert [artefact.classes[index] for index in found.values] == expected.tolist()


def test_the_columns_of_a_matrix_have_the_order_of_fitted_on(
    store: ModelStore, tmp_path: Path
) -> None:
    table = outside.numbers_table(120, "three")
    turned = {name: table[name] for name in ("d", "y", "b", "a", "c")}
    bring(store, tmp_path / "in", outside.softmax(), turned, fitted_on=table)
    artefact, _ = read_candidate(store)
    assert [feature.name for feature in artefact.features] == ["a", "b", "c", "d"]


def test_a_blank_that_lightgbm_replaces_in_a_name_does_not_hide_the_order(
    store: ModelStore, tmp_path: Path
) -> None:
    named = dict(zip(["a b", "c_d", "e", "f g", "y"], TABLE.values(), strict=True))
    rows, target = pipelines.split_target(named)
    fitted = lightgbm.LGBMClassifier(n_estimators=4, verbose=-1).fit(rows, target)
    turned = {name: named[name] for name in ("f g", "y", "c_d", "a b", "e")}
    bring(store, tmp_path / "in", fitted, turned)
    artefact, _ = read_candidate(store)
    assert [feature.name for feature in artefact.features] == ["a b", "c_d", "e", "f g"]


def read_candidate(store: ModelStore) -> tuple[Artefact, bytes]:
    """Return the artefact and the model of the only candidate."""
    (candidate,) = store.candidates.ids()
    folder = store.layout.candidate(candidate)
    artefact = Artefact.decode((folder / ARTEFACT).read_bytes(), folder / ARTEFACT)
    return artefact, (folder / ONNX_MODEL).read_bytes()
