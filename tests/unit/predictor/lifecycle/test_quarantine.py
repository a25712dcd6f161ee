"""While the desired version is in quarantine, the version before it is served."""

from functools import partial

import pytest

from predictor.lifecycle.loader import ModelLoader
from predictor.lifecycle.logged_registries import list_registries
from predictor.lifecycle.manager import ModelManager
from predictor.lifecycle.quarantine import CHOICE_SECONDS, Quarantine
from predictor.lifecycle.registry_watcher import RegistryObservation
from predictor.lifecycle.retry_schedule import BACKOFF_SECONDS
from predictor.lifecycle.signed_registry import SignedRegistry
from predictor.supervision.failure_book import FailureBook
from predictor.supervision.shared_records import SharedRecords
from shared.contract.documents import Registry
from shared.store.store import ModelStore
from tests.support.models.toy import ToyModel, toy_model
from tests.support.stores.builders import promote
from tests.support.stores.signing import Keys

MODELS = [toy_model(bias=number / 8) for number in range(4)]


class Worker:
    """A worker's manager, and a parent that puts models into quarantine."""

    def __init__(self, store: ModelStore, signed: SignedRegistry | None = None) -> None:
        self.records, self.book, self.store = SharedRecords(), FailureBook(), store
        logged = signed.logged if signed else partial(list_registries, store.layout)
        self.now = 0.0
        clock = lambda: self.now  # noqa: E731 - both share it
        self.quarantine = Quarantine(self.records, logged, store.models.has, clock)
        load = ModelLoader(store.models, allow_joblib=False).load
        self.manager = ModelManager(load, quarantine=self.quarantine, clock=clock)

    def put_away(self, model: ToyModel, *, in_load: bool = False) -> None:
        for _ in range(2):
            self.book.record(model.digest, "it fell", 0.0, in_load=in_load)
        self.records.write_notice(self.book.notice())

    def follow(self, registry: Registry) -> int | None:
        """Follow *registry* and return the version served."""
        self.manager.reconcile(RegistryObservation(registry, None))
        return self.manager.served.version if self.manager.served else None

    @property
    def error(self) -> str:
        return self.manager.status.last_error or ""


def test_a_running_worker_falls_back_and_a_new_one_begins_there(store: ModelStore) -> None:
    first, second = promote(store, MODELS[0]), promote(store, MODELS[1])
    worker = Worker(store)
    assert worker.follow(second) == 2
    worker.put_away(MODELS[1])
    assert worker.follow(second) == 1
    assert worker.manager.served is not None
    assert worker.manager.served.registry == first
    assert worker.quarantine.digests == (MODELS[1].digest,)
    assert worker.error == (
        "Version 2 is in quarantine after 2 failures; the last one: it fell. "
        "Version 1 is served instead. Roll back, or promote another model."
    )
    other = Worker(store)
    other.put_away(MODELS[1])
    assert other.follow(second) == 1


def test_another_promotion_and_a_rollback_end_it(store: ModelStore) -> None:
    promote(store, MODELS[0])
    worker = Worker(store)
    bad = promote(store, MODELS[1])
    worker.put_away(MODELS[1])
    assert worker.follow(bad) == 1
    assert worker.follow(promote(store, MODELS[0])) == 3
    assert worker.error == ""
    assert worker.follow(promote(store, MODELS[1])) == 3, "the same model is still in quarantine"
    assert "Version 4 is in quarantine" in worker.error
    assert worker.follow(promote(store, MODELS[2])) == 5
    assert worker.error == ""


def test_versions_that_cannot_be_served_are_skipped(store: ModelStore) -> None:
    for model in MODELS:
        desired = promote(store, model)
    (store.layout.model(MODELS[2].digest) / "model.onnx").unlink()
    worker = Worker(store)
    worker.put_away(MODELS[3])
    worker.put_away(MODELS[1])
    assert worker.follow(desired) is None, "version 3 cannot be loaded"
    assert worker.follow(desired) == 1
    assert "Version 1 is served instead" in worker.error


def test_a_version_that_could_not_be_loaded_is_tried_again(store: ModelStore) -> None:
    for model in MODELS[:3]:
        desired = promote(store, model)
    file = store.layout.model(MODELS[1].digest) / "model.onnx"
    hidden = file.rename(file.with_name("hidden"))
    worker = Worker(store)
    worker.put_away(MODELS[2])
    assert [worker.follow(desired) for _ in range(3)] == [None, 1, 1]
    worker.now += BACKOFF_SECONDS[0]
    assert [worker.follow(desired) for _ in range(2)] == [1, 1], "it still fails"
    assert "Version 1 is served instead" in worker.error
    hidden.rename(file)
    assert worker.follow(desired) == 1, "its next attempt is later"
    worker.now += BACKOFF_SECONDS[1]
    assert worker.follow(desired) == 2
    assert "Version 2 is served instead" in worker.error


def test_an_earlier_version_that_is_there_again_is_served(store: ModelStore) -> None:
    promote(store, MODELS[0])
    desired = promote(store, MODELS[1])
    directory = store.layout.model(MODELS[0].digest)
    hidden = directory.rename(store.layout.root / "hidden")
    worker = Worker(store)
    worker.put_away(MODELS[1])
    assert worker.follow(desired) == 2
    assert "No earlier version" in worker.error
    hidden.rename(directory)
    worker.now += CHOICE_SECONDS
    assert worker.follow(desired) == 1
    assert "Version 1 is served instead" in worker.error


@pytest.mark.parametrize(
    ("in_load", "served", "says"),
    [
        (False, 1, "No earlier version can be served, so it stays in service."),
        (True, None, "No earlier version can be served."),
    ],
)
def test_without_an_earlier_version_a_model_stays_unless_it_cannot_even_be_loaded(
    store: ModelStore, in_load: bool, served: int | None, says: str
) -> None:
    only = promote(store, MODELS[0])
    worker = Worker(store)
    worker.put_away(MODELS[0], in_load=in_load)
    assert worker.follow(only) == served
    assert says in worker.error


def test_with_keys_only_a_signed_version_is_served_instead(store: ModelStore, keys: Keys) -> None:
    promote(store, MODELS[0], key=keys.gatekeeper)
    promote(store, MODELS[1])
    bad = promote(store, MODELS[2], key=keys.gatekeeper)
    worker = Worker(store, SignedRegistry(store.layout, keys.gatekeepers))
    worker.put_away(MODELS[2])
    assert worker.follow(bad) == 1
