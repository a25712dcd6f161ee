"""A model that cannot be loaded is retried, and the old one stays in service."""

from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

from shared.contract.layout import ARTEFACT, GOLDEN, MODELS, ONNX_MODEL
from shared.store.store import ModelStore
from tests.integration.predictor.polled_predictor import A, B, C, Predictor
from tests.support.models.served import breast_cancer_model
from tests.support.models.toy import toy_model, toy_onnx
from tests.support.stores.builders import promote


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", [ARTEFACT, GOLDEN, ONNX_MODEL])
def test_a_corrupt_model_is_not_served_and_the_next_one_is(
    store: ModelStore, predictor: Predictor, name: str
) -> None:
    promote(store, A)
    predictor.step()
    promote(store, B)
    flip_a_bit(store.layout.model(B.digest) / name)
    predictor.step(0.5)
    assert predictor.answers_as(A, 1)
    assert "Version 2 could not be loaded" in str(predictor.error)
    assert name in str(predictor.error)
    promote(store, C)
    predictor.step()
    assert predictor.answers_as(C, 3)
    assert predictor.error is None


@pytest.mark.parametrize("missing", [MODELS, ONNX_MODEL])
def test_a_missing_model_is_loaded_when_it_appears(
    store: ModelStore, predictor: Predictor, tmp_path: Path, missing: str
) -> None:
    promote(store, A)
    predictor.step()
    promote(store, B)
    path = store.layout.model(B.digest)
    path = path if missing == MODELS else path / missing
    path.rename(tmp_path / "aside")
    predictor.step(2.5)
    assert predictor.answers_as(A, 1)
    assert "is missing" in str(predictor.error)
    assert predictor.loads == 1 + 2
    (tmp_path / "aside").rename(path)
    predictor.step(2.0)
    assert predictor.answers_as(B, 2)
    assert predictor.error is None


def test_retries_of_a_failing_model_slow_down_and_succeed_once_it_is_repaired(
    store: ModelStore, predictor: Predictor
) -> None:
    promote(store, A)
    predictor.step()
    promote(store, B)
    broken = store.layout.model(B.digest) / ONNX_MODEL
    good = broken.read_bytes()
    flip_a_bit(broken)
    predictor.step(60.0)
    assert predictor.loads == 1 + 6
    assert "in quarantine" in str(predictor.error)
    assert predictor.answers_as(A, 1)
    broken.write_bytes(good)
    predictor.step(60.0)
    assert predictor.answers_as(B, 2)


def test_a_newer_version_of_a_quarantined_model_gets_one_attempt_at_once(
    store: ModelStore, predictor: Predictor
) -> None:
    promote(store, A)
    predictor.step()
    promote(store, B)
    flip_a_bit(store.layout.model(B.digest) / ONNX_MODEL)
    predictor.step(40.0)
    loads = predictor.loads
    promote(store, C)
    predictor.step()
    assert predictor.answers_as(C, 3)
    bytes_of_b = store.layout.registry.read_bytes()
    registry = store.registry.decode(bytes_of_b).model_copy(
        update={"version": 4, "digest": B.digest}
    )
    store.layout.registry.write_bytes(registry.encode())
    predictor.step(10.0)
    assert predictor.loads == loads + 2
    assert predictor.answers_as(C, 3)
    assert "in quarantine" in str(predictor.error)


def test_a_model_that_does_not_reproduce_its_golden_rows_is_not_served(
    store: ModelStore, predictor: Predictor
) -> None:
    promote(store, A)
    predictor.step()
    promote(store, toy_model(onnx_bytes=toy_onnx(bias=9.0)))
    predictor.step()
    assert predictor.answers_as(A, 1)
    assert "golden rows" in str(predictor.error)


def test_a_pickle_is_only_served_with_allow_joblib(store: ModelStore) -> None:
    pickled = breast_cancer_model(LogisticRegression(max_iter=500), is_joblib=True)
    careful, trusting = Predictor(store), Predictor(store, allow_joblib=True)
    promote(store, A)
    careful.step()
    promote(store, pickled)
    careful.step()
    trusting.step()
    assert careful.answers_as(A, 1)
    assert "ALLOW_JOBLIB" in str(careful.error)
    assert trusting.version == 2
