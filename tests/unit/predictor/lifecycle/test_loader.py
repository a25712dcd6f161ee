"""A model is loaded if its bytes are valid and it reproduces its golden rows."""

import shutil
from collections.abc import Callable

import pytest
from sklearn.linear_model import LogisticRegression

from predictor.lifecycle.loader import ModelLoader
from shared.contract.layout import ARTEFACT, GOLDEN, ONNX_MODEL
from shared.errors import (
    ArtefactCorruptError,
    GoldenRowsError,
    ModelgateError,
    ModelNotFoundError,
    ServableError,
)
from shared.store.store import ModelStore
from tests.support.models.served import breast_cancer_model, model_around
from tests.support.models.toy import FEATURES, ToyModel, toy_model, toy_onnx, toy_rows
from tests.support.stores.builders import promote


def load(store: ModelStore, model: ToyModel, *, allow_joblib: bool = False) -> None:
    promote(store, model)
    ModelLoader(store.models, allow_joblib=allow_joblib).load(model.digest)


def test_a_valid_model_is_loaded_with_a_real_row_as_its_example(store: ModelStore) -> None:
    model = toy_model()
    promote(store, model)
    loaded = ModelLoader(store.models, allow_joblib=False).load(model.digest)
    assert loaded.artefact == model.artefact
    assert list(loaded.example) == toy_rows()[0].tolist()


def damage_model(store: ModelStore, digest: str) -> None:
    path = store.layout.model(digest) / ONNX_MODEL
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate_golden(store: ModelStore, digest: str) -> None:
    path = store.layout.model(digest) / GOLDEN
    path.write_bytes(path.read_bytes()[:-1])


def change_artefact(store: ModelStore, digest: str) -> None:
    path = store.layout.model(digest) / ARTEFACT
    path.write_bytes(path.read_bytes() + b"\n")


def remove_model(store: ModelStore, digest: str) -> None:
    shutil.rmtree(store.layout.model(digest))


def remove_file(store: ModelStore, digest: str) -> None:
    (store.layout.model(digest) / ONNX_MODEL).unlink()


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (damage_model, ArtefactCorruptError),
        (truncate_golden, ArtefactCorruptError),
        (change_artefact, ArtefactCorruptError),
        (remove_model, ModelNotFoundError),
        (remove_file, ModelNotFoundError),
    ],
)
def test_damaged_bytes_are_not_loaded(
    store: ModelStore,
    damage: Callable[[ModelStore, str], None],
    error: type[ModelgateError],
) -> None:
    model = toy_model()
    promote(store, model)
    damage(store, model.digest)
    with pytest.raises(error):
        ModelLoader(store.models, allow_joblib=False).load(model.digest)


def test_a_model_that_does_not_reproduce_its_golden_rows_is_not_loaded(store: ModelStore) -> None:
    with pytest.raises(GoldenRowsError):
        load(store, toy_model(onnx_bytes=toy_onnx(bias=9.0)))


def test_bytes_that_are_not_a_model_are_not_loaded(store: ModelStore) -> None:
    with pytest.raises(ServableError, match="onnxruntime cannot load"):
        load(store, toy_model(onnx_bytes=b"no model"))


def test_a_pickle_needs_allow_joblib(store: ModelStore) -> None:
    model = breast_cancer_model(LogisticRegression(max_iter=500), is_joblib=True)
    with pytest.raises(ServableError, match="ALLOW_JOBLIB=true"):
        load(store, model)
    load(store, model, allow_joblib=True)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (model_around(toy_onnx(), ["a", "a"], toy_rows()), "two features with the same name"),
        (model_around(toy_onnx(), ["a", "b", "c"], toy_rows()), "3 numbers"),
        (model_around(toy_onnx(), FEATURES, toy_rows(), classes=["a"]), "outside its classes 0"),
        (model_around(toy_onnx(), FEATURES, toy_rows(), classes=["a", "a"]), "same name"),
        (model_around(toy_onnx(), FEATURES, toy_rows(), classes="abc"), "lack probabilities"),
    ],
)
def test_an_artefact_that_contradicts_itself_is_not_loaded(
    store: ModelStore, model: ToyModel, says: str
) -> None:
    with pytest.raises(ServableError, match=says):
        load(store, model)
