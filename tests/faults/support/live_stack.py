"""The three services at work on one store, with trainings one after the other."""

import contextlib
import subprocess
from pathlib import Path

import httpx

from shared.store.store import ModelStore
from tests.faults.support.services import Service
from tests.support.processes.wait_until import wait_for

RECOVERY_SECONDS = 15
"""Within which any fault is made good."""
ROWS = {"features": [1.0] * 30}
TABLES = ("examples.forest:CANDIDATES", "", "examples.weak:CANDIDATES")
"""Promoted on most seeds, promoted on most seeds, refused; empty is the default."""


class LiveStack:
    """A trainer, a gatekeeper with one that can stand in for it, and predictors."""

    def __init__(self, store: ModelStore, logs: Path, *, predictors: int = 1) -> None:
        def service(name: str, number: int = 0, **variables: str) -> Service:
            directory = logs / f"{name}-{number}"
            directory.mkdir(parents=True)
            return Service(name, store.layout.root, directory, variables)

        self.store = store
        self.trainer = service("trainer", TRAINER_WAIT_SECONDS="0")
        self.gatekeeper = service("gatekeeper", GATEKEEPER_PORT="0")
        self.other_gatekeeper = service("gatekeeper", 1, GATEKEEPER_PORT="0")
        self.predictors = [
            service("predictor", number, PREDICTOR_PORT="0") for number in range(predictors)
        ]
        self.trained = 0

    @property
    def all(self) -> tuple[Service, ...]:
        """What runs all the time."""
        return (self.trainer, self.gatekeeper, *self.predictors)

    def start(self) -> None:
        """Start everything, until the first model is served."""
        self.train()
        self.start_what_is_dead()
        wait_for(lambda: self.answers(1), "the first model to be served")

    def kill(self) -> None:
        """End everything."""
        for service in (*self.all, self.other_gatekeeper):
            service.kill()

    def train(self) -> None:
        """Start the next training, of another kind than the last."""
        self.trained += 1
        self.trainer.kill()
        table = TABLES[self.trained % len(TABLES)]
        self.trainer.extra = {"TRAINER_SEED": str(self.trained), "TRAINER_CANDIDATES": table}
        self.trainer.start()

    def keep_training(self) -> None:
        """Start the next training if none is under way."""
        if not self.trainer.is_alive():
            self.train()

    def train_for(self, seconds: float) -> None:
        """Let a training run for so long, or to its end."""
        self.keep_training()
        assert self.trainer.process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.trainer.process.wait(seconds)

    def start_what_is_dead(self) -> None:
        """What serves and gates is started again, as a supervisor would."""
        for service in (self.gatekeeper, *self.predictors):
            if not service.is_alive():
                service.start()

    def version(self) -> int:
        """The version that is in production by the log, 0 before the first."""
        registry = self.store.decision_log().registry
        return registry.version if registry else 0

    def answers(self, at_least: int) -> bool:
        """Whether every predictor answers with such a version."""
        for predictor in self.predictors:
            url = predictor.wait_until_it_listens()
            try:
                answer = httpx.post(f"{url}/predict", json=ROWS)
            except httpx.TransportError:
                return False
            if not answer.is_success or int(answer.headers["x-model-version"]) < at_least:
                return False
        return True

    def keeps_gate(self) -> bool:
        """Whether the gatekeeper is at work, and registry.json says what the log says."""
        url = self.gatekeeper.wait_until_it_listens()
        with contextlib.suppress(httpx.TransportError):
            follows = self.store.registry.read() == self.store.decision_log().registry
            return follows and httpx.get(f"{url}/readyz").is_success
        return False

    def recover(self, version: int) -> None:
        """Start what is dead; *version* or a later one is served everywhere soon, and gated."""
        self.start_what_is_dead()
        what = f"version {version} or a later one"
        wait_for(lambda: self.answers(version), what, within=RECOVERY_SECONDS)
        wait_for(self.keeps_gate, "the gatekeeper", within=RECOVERY_SECONDS)

    def converge(self) -> None:
        """One more training is decided, and every predictor serves the newest version."""
        known = self.store.candidates.ids()
        self.train()
        newest = wait_for(
            lambda: next((name for name in self.store.candidates.ids() if name not in known), None),
            "one more candidate",
        )
        wait_for(lambda: self.store.decision_log().is_decided(newest), "the last decision")
        wait_for(lambda: self.answers(self.version()), "the newest version to be served")
