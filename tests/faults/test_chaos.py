"""Each service, and all at once, are killed at random moments and started again.

A training always runs, so kills hit publication, scoring, promotion and reload. After each start
the store is whole, the same version or a later one is served within 15 seconds, and no observed
state is lost.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.store.store import ModelStore
from tests.faults.support.effort import dice, figure
from tests.faults.support.live_stack import LiveStack
from tests.faults.support.oracle import breaches, state_of
from tests.faults.support.record import Record


@pytest.fixture
def stack(store: ModelStore, tmp_path: Path) -> Iterator[LiveStack]:
    """Start a stack and wait for its first model."""
    found = LiveStack(store, tmp_path / "logs")
    try:
        found.start()
        yield found
    finally:
        found.kill()


@pytest.mark.parametrize("victim", ["trainer", "gatekeeper", "predictor", "everything"])
def test_a_stack_killed_at_any_moment_serves_the_same_or_the_next_version_again(
    stack: LiveStack, victim: str, record: Record
) -> None:
    random = dice()
    random.seed(f"{random.random()} {victim}")
    kills = figure(quick=2, full=75)
    for _ in range(kills):
        stack.train_for(random.uniform(0, 5))
        version = stack.version()
        promised = state_of(stack.store)
        for service in stack.all:
            if victim in {service.name, "everything"}:
                service.kill()
        assert [*breaches(stack.store, promised)] == []
        stack.recover(version)
        assert [*breaches(stack.store, promised)] == []
        record.add("kills", victim, 1)
    stack.converge()
    record.add("chaos", "promoted", stack.version())
