"""The served model moves to the desired version, and stays if that fails."""

import logging
import threading
import weakref
from datetime import UTC, datetime

import pytest

from predictor.lifecycle.loader import LoadedModel, ModelLoader
from predictor.lifecycle.manager import RETIREMENT_SECONDS, ModelManager
from predictor.lifecycle.registry_watcher import RegistryObservation, RegistryWatcher
from shared.contract.documents import Registry
from shared.errors import ModelNotFoundError
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class CountingLoader:
    """The real loader, which records its calls and fails if a test wants it to."""

    def __init__(self, store: ModelStore) -> None:
        self._loader = ModelLoader(store.models, allow_joblib=False)
        self.asked: list[str] = []
        self.error: Exception | None = None

    def __call__(self, digest: str) -> LoadedModel:
        self.asked.append(digest)
        if self.error is not None:
            raise self.error
        return self._loader.load(digest)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def loader(store: ModelStore) -> CountingLoader:
    return CountingLoader(store)


@pytest.fixture
def manager(loader: CountingLoader, clock: Clock) -> ModelManager:
    return ModelManager(loader, clock=clock)


def want(manager: ModelManager, registry: Registry | None, problem: str | None = None) -> None:
    manager.reconcile(RegistryObservation(registry, problem))


def test_nothing_is_served_while_nothing_is_desired(manager: ModelManager) -> None:
    want(manager, None)
    assert manager.served is None
    assert manager.status.last_error is None


def test_a_new_model_is_loaded_and_swapped_in(store: ModelStore, manager: ModelManager) -> None:
    before = datetime.now(UTC)
    registry = promote(store, toy_model())
    want(manager, registry)
    assert manager.served is not None
    assert manager.served is manager.status.served
    assert manager.served.registry == registry
    assert before <= manager.served.loaded_at <= datetime.now(UTC)


def test_the_same_model_as_a_newer_version_is_adopted_without_loading(
    store: ModelStore, manager: ModelManager, loader: CountingLoader
) -> None:
    want(manager, promote(store, toy_model()))
    first = manager.served
    want(manager, promote(store, toy_model(), model_name="renamed"))
    assert manager.served is not None
    assert first is not None
    assert manager.served.model is first.model
    assert (manager.served.version, manager.served.registry.model_name) == (2, "renamed")
    assert manager.served.headers["x-model-version"] == "2"
    assert manager.served.loaded_at >= first.loaded_at
    assert len(loader.asked) == 1


def test_the_version_never_decreases(
    store: ModelStore, manager: ModelManager, loader: CountingLoader
) -> None:
    old = promote(store, toy_model())
    new = promote(store, toy_model(bias=1.0))
    want(manager, new)
    want(manager, old)
    want(manager, None, "registry.json is missing")
    assert manager.served is not None
    assert manager.served.registry == new
    assert len(loader.asked) == 1


def test_a_failed_load_keeps_the_old_model_and_reports_the_error(
    store: ModelStore, manager: ModelManager, loader: CountingLoader, clock: Clock
) -> None:
    good = promote(store, toy_model())
    want(manager, good)
    bad = promote(store, toy_model(bias=1.0))
    loader.error = ModelNotFoundError("model.onnx is missing.")
    want(manager, bad)
    assert manager.served is not None
    assert manager.served.registry == good
    assert manager.status.desired == bad
    assert manager.status.last_error == (
        "Version 2 could not be loaded (attempt 1), version 1 stays in service; "
        "next attempt in 1 s, or with the next version: model.onnx is missing."
    )
    want(manager, bad)
    assert len(loader.asked) == 2
    clock.now += 1.0
    loader.error = None
    want(manager, bad)
    assert manager.served.registry == bad
    assert manager.status.last_error is None


def test_a_failing_model_is_quarantined_and_can_still_recover(
    store: ModelStore, manager: ModelManager, loader: CountingLoader, clock: Clock
) -> None:
    registry = promote(store, toy_model())
    loader.error = ModelNotFoundError("It is missing.")
    for _ in range(40):
        want(manager, registry)
        clock.now += 1.0
    assert len(loader.asked) == 6
    assert "attempt 6" in str(manager.status.last_error)
    assert "no version is served; in quarantine; next attempt in 60 s" in str(
        manager.status.last_error
    )
    loader.error = None
    clock.now += 60.0
    want(manager, registry)
    assert manager.served is not None
    assert manager.status.last_error is None


def test_a_newer_version_does_not_wait_for_the_older_ones_retry(
    store: ModelStore, manager: ModelManager, loader: CountingLoader
) -> None:
    loader.error = ModelNotFoundError("It is missing.")
    want(manager, promote(store, toy_model()))
    loader.error = None
    want(manager, promote(store, toy_model(bias=1.0)))
    assert manager.served is not None
    assert manager.served.version == 2
    assert manager.status.last_error is None


def test_an_unexpected_error_is_logged_with_its_traceback_and_survived(
    store: ModelStore,
    manager: ModelManager,
    loader: CountingLoader,
    caplog: pytest.LogCaptureFixture,
) -> None:
    loader.error = MemoryError()
    with caplog.at_level(logging.WARNING):
        want(manager, promote(store, toy_model()))
    assert "MemoryError" in str(manager.status.last_error)
    assert caplog.records[0].exc_info is not None


def test_a_registry_that_cannot_be_followed_is_reported_as_an_error(
    store: ModelStore, manager: ModelManager
) -> None:
    registry = promote(store, toy_model())
    want(manager, registry, "registry.json is missing.")
    assert manager.status.last_error == "registry.json is missing."
    want(manager, registry)
    assert manager.status.last_error is None


def test_each_change_is_reported_once(store: ModelStore, loader: CountingLoader) -> None:
    told: list[tuple[int | None, int | None]] = []

    def tell() -> None:
        desired, served = telling.status.desired, telling.status.served
        told.append((desired.version if desired else None, served.version if served else None))

    telling = ModelManager(loader, on_change=tell)
    watcher = RegistryWatcher(store.registry)
    for bias in (0.0, 1.0):
        promote(store, toy_model(bias=bias))
        for _ in range(3):
            telling.reconcile(watcher.poll())
    assert told == [(1, None), (1, 1), (2, 1), (2, 2)]


def test_an_old_model_is_kept_for_a_moment_after_the_swap(
    store: ModelStore, manager: ModelManager, clock: Clock
) -> None:
    want(manager, promote(store, toy_model()))
    assert manager.served is not None
    old = weakref.ref(manager.served.model.servable)
    newest = promote(store, toy_model(bias=1.0))
    want(manager, newest)
    assert old() is not None
    clock.now += RETIREMENT_SECONDS
    want(manager, newest)
    assert old() is None


def test_another_thread_always_reads_a_consistent_version(
    store: ModelStore, manager: ModelManager, clock: Clock
) -> None:
    want(manager, promote(store, toy_model()))
    done, seen = threading.Event(), list[tuple[int, str, str]]()

    def read() -> None:
        while not done.wait(0.001):  # a busy loop keeps the loading thread from running
            served = manager.served
            assert served is not None
            seen.append((served.version, served.headers["x-model-version"], served.model.digest))

    reader = threading.Thread(target=read)
    reader.start()
    wanted = {(1, "1", toy_model().digest)}
    for number in range(2, 12):
        model = toy_model(bias=number % 3)
        want(manager, promote(store, model))
        wanted.add((number, str(number), model.digest))
        clock.now += 1.0
    done.set()
    reader.join()
    assert set(seen) <= wanted
    assert [version for version, _, _ in seen] == sorted(version for version, _, _ in seen)


def test_every_reload_is_reported_with_its_outcome_and_duration(
    store: ModelStore, loader: CountingLoader, clock: Clock
) -> None:
    told: list[tuple[str, float]] = []

    def load_slowly(digest: str) -> LoadedModel:
        clock.now += 3.0
        return loader(digest)

    def note(outcome: str, seconds: float) -> None:
        told.append((outcome, seconds))

    manager = ModelManager(load_slowly, clock=clock, on_reload=note)
    want(manager, promote(store, toy_model()))
    want(manager, promote(store, toy_model()))
    loader.error = ModelNotFoundError("It is gone.")
    want(manager, promote(store, toy_model(bias=1.0)))
    want(manager, None, "registry.json is missing")
    assert told == [("loaded", 3.0), ("adopted", 0.0), ("failed", 3.0)]
