"""The catalogue of reloads: what becomes of the answers when the store changes.

Real files and the real watcher, loader and manager, stepped by hand on a clock of their own.
"""

import json
import shutil
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

from predictor.lifecycle.loader import LoadedModel, ModelLoader
from predictor.lifecycle.manager import ModelManager
from predictor.lifecycle.registry_watcher import RegistryWatcher
from predictor.prediction.single_request import answer_request
from shared.contract.layout import ARTEFACT, GOLDEN, MODELS, ONNX_MODEL
from shared.store.store import ModelStore
from tests.support.models.served import breast_cancer_model, toy_regressor
from tests.support.models.toy import ToyModel, toy_model, toy_onnx, toy_rows
from tests.support.stores.builders import promote

A, B, C = (toy_model(bias=bias) for bias in (0.0, 0.5, -0.5))


class Predictor:
    """A worker without threads: each step is one poll, a tenth of a second later."""

    def __init__(self, store: ModelStore, *, allow_joblib: bool = False) -> None:
        self._store = store
        self._watcher = RegistryWatcher(store.registry)
        self._loader = ModelLoader(store.models, allow_joblib=allow_joblib)
        self.manager = ModelManager(self._load, clock=lambda: self.now)
        self.now = 0.0
        self.loads = 0

    def _load(self, digest: str) -> LoadedModel:
        self.loads += 1
        return self._loader.load(digest)

    def step(self, seconds: float = 0.1) -> None:
        """Poll for *seconds*."""
        for _ in range(round(seconds / 0.1)):
            self.now += 0.1
            self.manager.reconcile(self._watcher.poll())

    @property
    def version(self) -> int | None:
        return self.manager.served.version if self.manager.served else None

    @property
    def error(self) -> str | None:
        return self.manager.status.last_error

    def answers_as(self, model: ToyModel, version: int) -> bool:
        """Whether its answers are those of *model* under *version*, and nothing else."""
        assert self.manager.served is not None
        rows = toy_rows(features=len(model.artefact.features)).tolist()
        request = json.dumps({"instances": rows}).encode()
        reply = answer_request(self.manager.served, request, lambda *_call: None)
        golden = json.loads(model.files[GOLDEN])
        body = json.loads(reply.body)
        same = body["predictions"] == golden["predictions"] and (
            body.get("probabilities") == golden["probabilities"]
        )
        header = reply.headers["x-model-version"]
        return same and (body["model_version"], header) == (version, str(version))


@pytest.fixture
def predictor(store: ModelStore) -> Predictor:
    return Predictor(store)


def test_the_first_model(store: ModelStore, predictor: Predictor) -> None:
    predictor.step()
    assert predictor.manager.served is None
    promote(store, A)
    predictor.step()
    assert predictor.answers_as(A, 1)


def test_a_new_model(store: ModelStore, predictor: Predictor) -> None:
    for version, model in enumerate((A, B, C), start=1):
        promote(store, model)
        predictor.step()
        assert predictor.answers_as(model, version)
    assert predictor.loads == 3


def test_an_identical_digest_is_adopted_without_loading(
    store: ModelStore, predictor: Predictor
) -> None:
    promote(store, A)
    predictor.step()
    shutil.rmtree(store.layout.model(A.digest))  # it is not even read
    promote(store, A)
    predictor.step()
    assert predictor.answers_as(A, 2)
    assert predictor.loads == 1


def test_a_rollback_is_a_newer_version_of_an_earlier_model(
    store: ModelStore, predictor: Predictor
) -> None:
    for model in (A, B, A):
        promote(store, model)
        predictor.step()
    assert predictor.answers_as(A, 3)


def test_several_promotions_between_two_polls_lead_to_the_last(
    store: ModelStore, predictor: Predictor
) -> None:
    for model in (A, B, C):
        promote(store, model)
    predictor.step()
    assert predictor.answers_as(C, 3)
    assert predictor.loads == 1


def test_another_schema_is_another_question(store: ModelStore, predictor: Predictor) -> None:
    promote(store, A)
    predictor.step()
    wider, regressor = toy_model((1.0, 2.0, 3.0), features=("x", "y", "z")), toy_regressor()
    for version, model in ((2, wider), (3, regressor)):
        promote(store, model)
        predictor.step()
        assert predictor.answers_as(model, version)


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
def test_a_missing_model_is_waited_for(
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


def test_what_keeps_failing_is_tried_less_and_less_and_heals_without_an_operator(
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


def test_a_newer_version_of_what_is_in_quarantine_is_tried_at_once_and_once(
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


def test_a_model_that_does_not_reproduce_its_golden_rows(
    store: ModelStore, predictor: Predictor
) -> None:
    promote(store, A)
    predictor.step()
    promote(store, toy_model(onnx_bytes=toy_onnx(bias=9.0)))
    predictor.step()
    assert predictor.answers_as(A, 1)
    assert "golden rows" in str(predictor.error)


def test_a_pickle_without_the_opt_in_and_with_it(store: ModelStore) -> None:
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


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not strict JSON"),
        (b'{"format_version": 1, "version": 2, "mod', "not strict JSON"),
        (b'{"format_version": 7, "version": 2}', "format_version 7"),
        (None, "missing"),
    ],
    ids=["empty", "torn", "of a newer format", "deleted"],
)
def test_a_registry_that_is_no_registry_unloads_nothing(
    store: ModelStore, predictor: Predictor, content: bytes | None, says: str
) -> None:
    promote(store, A)
    predictor.step()
    if content is None:
        store.layout.registry.unlink()
    else:
        store.layout.registry.write_bytes(content)
    predictor.step(5.0)
    assert predictor.answers_as(A, 1)
    assert says in str(predictor.error)
    promote(store, B)
    predictor.step()
    assert predictor.answers_as(B, 2)
    assert predictor.error is None


def test_a_registry_put_back_to_an_older_one_is_not_followed(
    store: ModelStore, predictor: Predictor
) -> None:
    promote(store, A)
    older = store.layout.registry.read_bytes()
    promote(store, B)
    newer = store.layout.registry.read_bytes()
    predictor.step()
    store.layout.registry.write_bytes(older)
    predictor.step(5.0)
    assert predictor.answers_as(B, 2)
    assert "went back from version 2 to 1" in str(predictor.error)
    store.layout.registry.write_bytes(newer)
    predictor.step()
    assert predictor.error is None
    assert predictor.loads == 1


def test_an_older_registry_is_not_followed_while_the_newer_model_fails(
    store: ModelStore, predictor: Predictor
) -> None:
    promote(store, A)
    predictor.step()
    older = store.layout.registry.read_bytes()
    promote(store, B)
    aside = store.layout.model(B.digest).rename(store.layout.root / ".aside")
    predictor.step()
    store.layout.registry.write_bytes(older)
    predictor.step(0.5)
    assert predictor.answers_as(A, 1)
    aside.rename(store.layout.model(B.digest))
    predictor.step(1.0)
    assert predictor.answers_as(B, 2)


def test_a_restart_serves_what_the_registry_says(store: ModelStore) -> None:
    for model in (A, B):
        promote(store, model)
    restarted = Predictor(store)
    restarted.step()
    assert restarted.answers_as(B, 2)
