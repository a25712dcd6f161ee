"""The three services on one store, with one training after the other."""

import contextlib
import subprocess
from pathlib import Path

import httpx

from shared.store.store import ModelStore
from tests.faults.support.effort import figure
from tests.faults.support.services import Service
from tests.support.http import plain_http
from tests.support.processes.wait_until import wait_for

RECOVERY_SECONDS = figure(quick=60, full=15)
"""Seconds within which the stack must recover from any fault; the quick form shares the machine."""
ROWS = {"features": [1.0] * 30}
TABLES = ("examples.forest:CANDIDATES", "", "examples.weak:CANDIDATES")
"""Tables of candidates. The empty one is the default. The gate refuses the last one."""


class LiveStack:
    """A trainer, a gatekeeper and its substitute, and predictors."""

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
        """The services that run all the time."""
        return (self.trainer, self.gatekeeper, *self.predictors)

    def start(self) -> None:
        """Start everything and wait until the first model is served."""
        self.train()
        self.start_what_is_dead()
        wait_for(lambda: self.answers(1), "the first model to be served")

    def kill(self) -> None:
        """Kill everything."""
        for service in (*self.all, self.other_gatekeeper):
            service.kill()

    def train(self) -> None:
        """Start the next training with the next table."""
        self.trained += 1
        self.trainer.kill()
        table = TABLES[self.trained % len(TABLES)]
        self.trainer.extra = {"TRAINER_SEED": str(self.trained), "TRAINER_CANDIDATES": table}
        self.trainer.start()

    def keep_training(self) -> None:
        """Start the next training unless one is running."""
        if not self.trainer.is_alive():
            self.train()

    def train_for(self, seconds: float) -> None:
        """Let a training run for this time, or to its end."""
        self.keep_training()
        assert self.trainer.process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.trainer.process.wait(seconds)

    def start_what_is_dead(self) -> None:
        """Restart dead services as a supervisor does, except the trainer."""
        for service in (self.gatekeeper, *self.predictors):
            if not service.is_alive():
                service.start()

    def version(self) -> int:
        """Return the version in production by the log, 0 before the first."""
        registry = self.store.decision_log().registry
        return registry.version if registry else 0

    def answers(self, at_least: int) -> bool:
        """Return whether every predictor answers with at least this version."""
        for predictor in self.predictors:
            url = predictor.wait_until_it_listens()
            try:
                answer = plain_http.post(f"{url}/predict", json=ROWS)
            except httpx.TransportError:
                return False
            if not answer.is_success or int(answer.headers["x-model-version"]) < at_least:
                return False
        return True

    def keeps_gate(self) -> bool:
        """Return whether the gatekeeper is ready and registry.json agrees with the log."""
        url = self.gatekeeper.wait_until_it_listens()
        with contextlib.suppress(httpx.TransportError):
            follows = self.store.registry.read() == self.store.decision_log().registry
            return follows and plain_http.get(f"{url}/readyz").is_success
        return False

    def recover(self, version: int) -> None:
        """Restart dead services. Require *version* or a later one, and a ready gatekeeper."""
        self.start_what_is_dead()
        what = f"version {version} or a later one"
        wait_for(lambda: self.answers(version), what, within=RECOVERY_SECONDS)
        wait_for(self.keeps_gate, "the gatekeeper", within=RECOVERY_SECONDS)

    def converge(self) -> None:
        """Require one more decision and the newest version on every predictor."""
        known = self.store.candidates.ids()
        self.train()
        newest = wait_for(
            lambda: next((name for name in self.store.candidates.ids() if name not in known), None),
            "one more candidate",
        )
        wait_for(lambda: self.store.decision_log().is_decided(newest), "the last decision")
        wait_for(lambda: self.answers(self.version()), "the newest version to be served")
