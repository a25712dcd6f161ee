"""Each service, and everything at once, is killed at a random moment, and started again.

A training runs all the time, so that the moments fall into publishing, scoring, promoting and
reloading. After each start the store is whole, the same version or a later one is served
within 15 seconds, and nothing is gone that anybody could have seen.
"""

import contextlib
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from shared.store import ModelStore
from tests.faults.effort import dice, figure
from tests.faults.oracle import breaches, state_of
from tests.faults.record import Record
from tests.faults.services import Service
from tests.waiting import wait_for

RECOVERY_SECONDS = 15
"""Within which any kill is made good."""
ROWS = {"features": [1.0] * 30}
TABLES = ("examples.forest:CANDIDATES", "", "examples.weak:CANDIDATES")
"""Promoted on most seeds, promoted on most seeds, refused; empty is the default."""


class Stack:
    """The three services on one store."""

    def __init__(self, store: ModelStore, logs: Path) -> None:
        def service(name: str, **variables: str) -> Service:
            return Service(name, store.layout.root, logs, variables)

        self.store = store
        self.trainer = service("trainer", TRAINER_WAIT_SECONDS="0")
        self.gatekeeper = service("gatekeeper", GATEKEEPER_PORT="0")
        self.predictor = service("predictor", PREDICTOR_PORT="0")
        self.trained = 0

    @property
    def all(self) -> tuple[Service, ...]:
        return (self.trainer, self.gatekeeper, self.predictor)

    def train(self) -> None:
        """Start the next training, of another kind than the last."""
        self.trained += 1
        self.trainer.kill()
        table = TABLES[self.trained % len(TABLES)]
        self.trainer.extra = {"TRAINER_SEED": str(self.trained), "TRAINER_CANDIDATES": table}
        self.trainer.start()

    def start_what_is_dead(self) -> None:
        for service in (self.gatekeeper, self.predictor):
            if not service.is_alive():
                service.start()

    def version(self) -> int:
        """The version in registry.json, 0 before the first."""
        registry = self.store.registry.read()
        return registry.version if registry else 0

    def answers(self, at_least: int) -> bool:
        """Whether a prediction is answered by such a version."""
        url = self.predictor.wait_until_it_listens()
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.post(f"{url}/predict", json=ROWS)
            return answer.is_success and int(answer.headers["x-model-version"]) >= at_least
        return False

    def keeps_gate(self) -> bool:
        """Whether the gatekeeper is at work."""
        url = self.gatekeeper.wait_until_it_listens()
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{url}/readyz").is_success
        return False


@pytest.fixture
def stack(store: ModelStore, tmp_path: Path) -> Iterator[Stack]:
    """A stack that serves its first model."""
    logs = tmp_path / "logs"
    logs.mkdir()
    found = Stack(store, logs)
    try:
        found.train()
        found.start_what_is_dead()
        wait_for(lambda: found.answers(1), "the first model to be served")
        yield found
    finally:
        for service in found.all:
            service.kill()


@pytest.mark.parametrize("victim", ["trainer", "gatekeeper", "predictor", "everything"])
def test_killed_at_any_moment_and_started_again_it_serves_the_same_or_the_next_version(
    stack: Stack, victim: str, record: Record
) -> None:
    random = dice()
    random.seed(f"{random.random()} {victim}")
    kills = figure(quick=3, full=75)
    for _ in range(kills):
        if not stack.trainer.is_alive():
            stack.train()
        assert stack.trainer.process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            stack.trainer.process.wait(random.uniform(0, 5))
        version = stack.version()
        promised = state_of(stack.store)
        for service in stack.all:
            if victim in {service.name, "everything"}:
                service.kill()
        assert [*breaches(stack.store, promised)] == []
        stack.start_what_is_dead()
        wait_for(
            partial(stack.answers, version),
            f"version {version} or a later one",
            within=RECOVERY_SECONDS,
        )
        wait_for(stack.keeps_gate, "the gatekeeper", within=RECOVERY_SECONDS)
        assert [*breaches(stack.store, promised)] == []
        record.add("kills", victim, 1)
    known = stack.store.candidates.ids()
    stack.train()
    newest = wait_for(
        lambda: next((name for name in stack.store.candidates.ids() if name not in known), None),
        "one more candidate",
    )
    wait_for(lambda: stack.store.decision_log().is_decided(newest), "the last decision")
    wait_for(lambda: stack.answers(stack.version()), "the newest version to be served")
    record.add("chaos", "promoted", stack.version())
