"""A worker without threads: real files, watcher, loader and manager, stepped by a test."""

import json

from predictor.lifecycle.loader import LoadedModel, ModelLoader
from predictor.lifecycle.manager import ModelManager
from predictor.lifecycle.registry_watcher import RegistryWatcher
from predictor.prediction.single_request import answer_request
from shared.contract.layout import GOLDEN
from shared.store.store import ModelStore
from tests.support.models.toy import ToyModel, toy_model, toy_rows

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
        """Return whether it serves exactly *model* as *version*."""
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
