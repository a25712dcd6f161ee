"""Checks of a predictor's manager and watcher for what a worker must never do."""

from collections.abc import Iterator
from dataclasses import replace

from predictor.lifecycle.loader import ModelLoader
from predictor.lifecycle.manager import ModelManager
from predictor.lifecycle.registry_watcher import RegistryWatcher
from shared.contract.documents import JSON_MEDIA_TYPE, Descriptor
from shared.contract.golden_rows import GoldenRows
from shared.contract.layout import ARTEFACT, GOLDEN
from shared.store.store import ModelStore
from tests.support.models.toy import ToyModel, toy_model
from tests.support.stores.builders import promote


class Worker:
    """The part of a predictor that follows the store, one poll at a time."""

    def __init__(self, store: ModelStore) -> None:
        self._watcher = RegistryWatcher(store.registry)
        self._manager = ModelManager(ModelLoader(store.models, allow_joblib=False).load)

    def look(self) -> int | None:
        """Poll the store once. Return the served version."""
        self._manager.reconcile(self._watcher.poll())
        served = self._manager.served
        return served.version if served else None


def liar(bias: float) -> ToyModel:
    """Build a complete model that does not reproduce its golden rows."""
    honest, other = toy_model(bias=bias), toy_model(bias=bias + 1)
    golden = GoldenRows.decode(other.files[GOLDEN], GOLDEN).encode()
    described = Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, golden)
    artefact = honest.artefact.model_copy(update={"golden": described})
    files = {**honest.files, GOLDEN: golden, ARTEFACT: artefact.encode()}
    return replace(honest, files=files, artefact=artefact)


def hunt_lies(store: ModelStore) -> Iterator[str]:
    """Promote a model that does not reproduce its golden rows. Yield a finding if it is served."""
    promote(store, toy_model(bias=1.0))
    worker = Worker(store)
    assert worker.look() == 1
    promote(store, liar(2.0))
    if (served := worker.look()) != 1:
        yield f"unproven: version {served} is served, whose golden rows are not reproduced"


def hunt_steps_back(store: ModelStore) -> Iterator[str]:
    """Put back an older registry.json. Yield a finding if it is adopted."""
    promote(store, toy_model(bias=1.0))
    old = store.layout.registry.read_bytes()
    promote(store, toy_model(bias=2.0))
    worker = Worker(store)
    assert worker.look() == 2
    store.layout.registry.write_bytes(old)
    if (served := worker.look()) != 2:
        yield f"older: version {served} is served after version 2"
