"""A running predictor survives damage of the production model, reports it, and recovers."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, ONNX_MODEL, SERVING
from shared.inference.onnx_servable import OnnxServable
from shared.store.store import ModelStore, open_for_writing
from tests.faults.support.damages import DAMAGES, Damage, clear_away, complains, flip_a_bit
from tests.faults.support.record import Record
from tests.support.models.toy import ToyModel, toy_model, toy_rows
from tests.support.processes.predictor import PredictorProcess, running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote

WORKERS = 2
ROWS = toy_rows(5)
BIASES = itertools.count(1)


class Served:
    """A running predictor, and good models to promote."""

    def __init__(self, predictor: PredictorProcess) -> None:
        self._predictor = predictor
        self.store = predictor.store
        self.client = predictor.client()

    def promote_a_good_one(self) -> tuple[int, ToyModel]:
        """Promote a good model and wait until every worker serves it without an error."""
        model = toy_model(bias=next(BIASES) / 1024)
        version = promote(self.store, model).version
        self._predictor.wait_for_workers(version, WORKERS)
        assert self.errors() == {None}
        return version, model

    def errors(self) -> set[str | None]:
        """Return the errors that the workers report."""
        return {beat.last_error for beat in self.store.heartbeats.all()}

    def require_answers_of(self, version: int, model: ToyModel) -> None:
        """Require the predictions of *model* under *version* for each row."""
        golden = OnnxServable(model.files[ONNX_MODEL], model.artefact).predict(ROWS)
        assert golden.probabilities is not None
        answer = self.client.post("/predict", json={"instances": ROWS.tolist()})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert (answer.headers["x-model-version"], body["model_version"]) == (str(version), version)
        assert body["predictions"] == golden.values.tolist()
        assert body["probabilities"] == golden.probabilities.tolist()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Start one predictor for all damages."""
    directory = tmp_path_factory.mktemp("damaged")
    store = open_for_writing(directory / "store", CANDIDATES, MODELS, DECISIONS, SERVING)
    settings = {"PREDICTOR_POLL_SECONDS": 0.02, "PREDICTOR_WORKERS": WORKERS}
    promote(store, toy_model())
    with running_predictor(store, directory / "log", **settings) as predictor:
        predictor.wait_for_workers(1, WORKERS)
        found = Served(predictor)
        with found.client:
            pids = {beat.pid for beat in store.heartbeats.all()}
            yield found
            assert {beat.pid for beat in store.heartbeats.all()} == pids, "no worker has died"


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_a_bad_version_is_reported_and_not_served_and_the_next_one_is(
    served: Served, damage: Damage, record: Record
) -> None:
    version, model = served.promote_a_good_one()
    damage.promote(served.store, next(BIASES) / 1024)
    wait_for(lambda: complains(served.store, damage.says), f"every worker to say {damage.says!r}")
    served.require_answers_of(version, model)
    shown = served.client.get("/model").json()
    assert shown["serving_version"] == version
    assert damage.says in shown["last_error"]
    assert served.client.get("/readyz").status_code == 200
    clear_away(served.store)
    after, good = served.promote_a_good_one()
    served.require_answers_of(after, good)
    record.add("bad promoted", "kinds", 1)


def lose_all_models(store: ModelStore, _directory: Path) -> None:
    shutil.rmtree(store.layout.models)
    store.layout.models.mkdir()


SERVED: dict[str, Callable[[ModelStore, Path], object]] = {
    "a flipped bit": lambda _store, directory: flip_a_bit(directory / ONNX_MODEL),
    "truncated in its place": lambda _store, directory: (directory / ONNX_MODEL).write_bytes(b""),
    "removed": lambda _store, directory: shutil.rmtree(directory),
    "removed with all others": lose_all_models,
}


@pytest.mark.parametrize("harm", SERVED.values(), ids=SERVED)
def test_the_model_that_is_served_is_not_needed_on_the_volume(
    served: Served, harm: Callable[[ModelStore, Path], object], record: Record
) -> None:
    version, model = served.promote_a_good_one()
    harm(served.store, served.store.layout.model(model.digest))
    served.require_answers_of(version, model)
    promote(served.store, toy_model(bias=next(BIASES) / 1024))
    after, good = served.promote_a_good_one()
    assert after == version + 2
    served.require_answers_of(after, good)
    record.add("bad promoted", "kinds", 1)
