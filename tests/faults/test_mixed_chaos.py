"""Kills, pauses, restarts, full volumes and lost registries, in any order, under steady load.

Two predictors share one store on a small separate volume. The load goes to predictors without a
fault and must never fail. After each fault the store is whole, everything serves within 15
seconds, and no observed state is lost.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import IO

import pytest

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store.store import open_for_writing
from tests.faults.support.effort import IS_FULL, dice
from tests.faults.support.live_stack import LiveStack
from tests.faults.support.oracle import breaches, state_of
from tests.faults.support.record import Record
from tests.faults.support.services import Service
from tests.faults.support.steady_load import SteadyLoad
from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for

LONGEST_SECONDS = 6
"""Longest seconds of a pause or a full volume, longer than a heartbeat stays valid."""


def a_while(random: Random) -> float:
    return random.uniform(0, LONGEST_SECONDS)


def kill(_stack: LiveStack, _random: Random, victim: Service) -> None:
    victim.kill()


def pause(stack: LiveStack, random: Random, victim: Service) -> None:
    victim.signal(signal.SIGSTOP)
    stack.train_for(a_while(random))
    victim.signal(signal.SIGCONT)


def terminate(_stack: LiveStack, _random: Random, victim: Service) -> None:
    assert victim.process is not None
    victim.signal(signal.SIGTERM)
    victim.process.wait(PATIENCE_SECONDS)


def fill_the_volume(stack: LiveStack, random: Random) -> None:
    filler = stack.store.layout.root.parent / "filler"
    with filling(filler):
        stack.train()
        stack.train_for(a_while(random))


def write_for_ever(file: IO[bytes]) -> None:
    while True:
        file.write(bytes(1 << 16))


@contextmanager
def filling(filler: Path) -> Iterator[None]:
    """Fill the volume completely while the block runs."""
    try:
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
            write_for_ever(file)
        yield
    finally:
        filler.unlink()


def lose_the_registry(stack: LiveStack, _random: Random) -> None:
    stack.store.layout.registry.unlink()


def put_an_older_registry_back(stack: LiveStack, random: Random) -> None:
    def has_older() -> bool:
        stack.keep_training()
        return stack.version() > 1

    wait_for(has_older, "a second version")
    decisions = stack.store.decision_log().decisions()
    *older, _ = [decision.registry for decision in decisions if decision.registry]
    stack.store.layout.registry.write_bytes(random.choice(older).encode())


def have_two_gatekeepers(stack: LiveStack, random: Random) -> None:
    """Run two gatekeepers until one more candidate is decided, then kill one."""
    stack.other_gatekeeper.start()
    stack.other_gatekeeper.wait_until_it_listens()
    decided = len(stack.store.decision_log().entries)

    def has_decided() -> bool:
        stack.keep_training()
        return len(stack.store.decision_log().entries) > decided

    wait_for(has_decided, "one more decision")
    both = [stack.gatekeeper, stack.other_gatekeeper]
    random.shuffle(both)
    stack.gatekeeper, stack.other_gatekeeper = both
    stack.other_gatekeeper.kill()


BEFALL_SERVICES = {"killed": kill, "paused": pause, "terminated": terminate}
BEFALL_THE_STORE = {
    "volume full": fill_the_volume,
    "registry lost": lose_the_registry,
    "older registry": put_an_older_registry_back,
    "two gatekeepers": have_two_gatekeepers,
}
SERVICES = ("trainer", "gatekeeper", "predictor")
EACH = 8
"""Number of times that each fault happens in the full form."""


def drawn(random: Random) -> list[tuple[str, str]]:
    """Draw the order of faults and their services. The quick form has each fault once."""
    order = random.sample(SERVICES, len(SERVICES))
    once = [*zip(BEFALL_SERVICES, order, strict=True)]
    all_of_them = [(fault, service) for fault in BEFALL_SERVICES for service in SERVICES] * EACH
    to_the_store = [(fault, "store") for fault in BEFALL_THE_STORE]
    faults = all_of_them + to_the_store * EACH if IS_FULL else once + to_the_store
    random.shuffle(faults)
    return faults


def strike(stack: LiveStack, load: SteadyLoad, random: Random, fault: str, victim: str) -> None:
    """Cause one fault and wait for recovery."""
    version = stack.version()
    if victim == "store":
        BEFALL_THE_STORE[fault](stack, random)
        stack.recover(version)
        return
    stack.keep_training()
    chosen = random.choice([service for service in stack.all if service.name == victim])
    with load.sparing(chosen):
        BEFALL_SERVICES[fault](stack, random, chosen)
        stack.recover(version)


@pytest.fixture
def stack(small_volume: Path, tmp_path: Path) -> Iterator[LiveStack]:
    """Start a stack with two predictors on a small volume."""
    parts = (CANDIDATES, MODELS, DECISIONS, SERVING)
    store = open_for_writing(small_volume / "store", *parts)
    found = LiveStack(store, tmp_path / "logs", predictors=2)
    try:
        found.start()
        yield found
    finally:
        found.kill()


def test_faults_in_any_order_lose_nothing_and_clients_notice_nothing(
    stack: LiveStack, record: Record
) -> None:
    random = dice()
    load = SteadyLoad(stack.predictors)
    with load.running():
        for fault, victim in drawn(random):
            stack.train_for(random.uniform(0, 3))
            promised = state_of(stack.store)
            strike(stack, load, random, fault, victim)
            assert [*breaches(stack.store, promised)] == []
            assert load.failures == []
            record.add("mixed chaos", fault, 1)
            record.add("mixed chaos", "faults", 1)
        stack.converge()
    assert load.failures == []
    assert [*breaches(stack.store)] == []
    record.add("mixed chaos", "requests", load.asked)
    record.add("mixed chaos", "promoted", stack.version())
