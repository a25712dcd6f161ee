"""Eight trainers, three gatekeepers that are sometimes stopped, and readers on one store."""

import mmap
import os
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from gatekeeper.background.training_log import encode_log
from shared.errors import StoreError
from shared.store.candidates import new_candidate_id
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore
from tests.faults.support.effort import dice, figure
from tests.faults.support.oracle import breaches
from tests.faults.support.record import Record
from tests.support.models.toy import toy_model
from tests.support.processes.forks import Fork, fork
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import ToyCandidate, toy_candidate
from tests.support.stores.gatekeeping import TrustingEvaluator, gatekeeper_of

TRAINERS, GATEKEEPERS, READERS = 8, 3, 4
MODELS_READ_EVERY = 50


class Counters:
    """Shared counters of forked processes. Each index has one writer."""

    def __init__(self, places: int) -> None:
        self._shared = mmap.mmap(-1, 8 * places)
        self._places = places

    def add(self, place: int, count: int = 1) -> None:
        """Increment the counter at index *place*."""
        at = slice(8 * place, 8 * place + 8)
        self._shared[at] = (int.from_bytes(self._shared[at]) + count).to_bytes(8)

    def total(self) -> int:
        """Add all counters."""
        places = (self._shared[8 * place : 8 * place + 8] for place in range(self._places))
        return sum(map(int.from_bytes, places))


def publish(store: ModelStore, candidates: Sequence[ToyCandidate], count: int) -> None:
    """Publish *count* candidates one after the other, as a trainer."""
    for number in range(count):
        now = datetime.now(UTC)
        changes = {"candidate_id": new_candidate_id(now), "created_at": now}
        candidates[number % len(candidates)].with_manifest(**changes).publish(store)


def decide(store: ModelStore, decisions: int) -> None:
    """Poll until the log is full, as a gatekeeper."""
    gatekeeper = gatekeeper_of(store, evaluator=TrustingEvaluator(), keep_models=2)
    log = DecisionLog(store.layout)
    while len(log.entries) < decisions:
        gatekeeper.poll()
        log.refresh()


def read(store: ModelStore, count: Callable[[], None], is_over: Callable[[], bool]) -> None:
    """Read the registry repeatedly: it is always complete and names a complete model."""
    data: bytes | None = None
    while not is_over():
        for turn in range(1000):
            found = store.registry.read_bytes()
            if found is not None and found != data:
                store.registry.decode(found)
                data = found
            if turn % MODELS_READ_EVERY == 0:
                _require_complete(store)
            count()


def _require_complete(store: ModelStore) -> None:
    """Require a complete model in production, unless another was promoted meanwhile."""
    while (registry := store.registry.read()) is not None:
        try:
            store.models.read(registry.digest)
        except StoreError:
            if store.registry.read() == registry == store.decision_log().registry:
                raise
        else:
            return


def disturb(gatekeepers: Sequence[Fork], log: DecisionLog, decisions: int) -> int:
    """Stop one gatekeeper after the other until the others progress. Return how often."""
    random, stops = dice(), 0
    while len(log.entries) < decisions - 10:
        sleeper = random.choice(gatekeepers)
        os.kill(sleeper.pid, signal.SIGSTOP)
        wanted = min(decisions, len(log.entries) + random.randint(1, 10))

        def has_gone_on(wanted: int = wanted) -> bool:
            log.refresh()
            return len(log.entries) >= wanted

        wait_for(has_gone_on, "the others to decide", within=60)
        sleeper.go_on()
        stops += 1
    return stops


def test_each_decision_has_one_author_and_no_reader_sees_half_of_anything(
    store: ModelStore, record: Record
) -> None:
    each = figure(quick=10, full=250)
    decisions = TRAINERS * each
    candidates = [
        toy_candidate(toy_model(bias=float(bias)), claimed=0.5 if bias == 3 else None)
        for bias in range(5)
    ]
    reads, over = Counters(READERS), Counters(1)

    def read_until_over(place: int) -> None:
        read(store, lambda: reads.add(place), lambda: over.total() > 0)

    readers = [fork(partial(read_until_over, place)) for place in range(READERS)]
    gatekeepers = [fork(lambda: decide(store, decisions)) for _ in range(GATEKEEPERS)]
    trainers = [fork(lambda: publish(store, candidates, each)) for _ in range(TRAINERS)]
    stops = disturb(gatekeepers, DecisionLog(store.layout), decisions)
    assert [process.wait() for process in (*trainers, *gatekeepers)] == [0] * 11
    least = figure(quick=5_000, full=1_000_000)
    wait_for(lambda: reads.total() >= least, f"{least} reads", within=3600)
    over.add(0)
    assert [reader.wait() for reader in readers] == [0] * READERS

    gatekeeper_of(store, evaluator=TrustingEvaluator(), keep_models=2).poll()
    assert [*breaches(store)] == []
    log = store.decision_log()
    decided = Counter(entry.decision.candidate_id for entry in log.entries)
    assert len(decided) == decisions
    assert set(decided.values()) == {1}
    assert store.registry.read() == log.registry
    written = store.layout.training_log.read_bytes()
    assert written == encode_log(entry.decision for entry in log.entries)
    record.add("concurrency", "decisions", decisions)
    record.add("concurrency", "stops", stops)
    record.add("concurrency", "reads", reads.total())
