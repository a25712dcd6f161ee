"""Several gatekeepers on one store, some frozen at the worst moment."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gatekeeper.background.training_log import encode_log
from gatekeeper.decisions.rollback import roll_back
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.processes.forks import Fork, fork, stop_here
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.gatekeeping import TrustingEvaluator, gatekeeper_of, outcomes
from tests.support.stores.probations import answer, promote_two
from tests.support.stores.probations import look as judge_probation


def look(store: ModelStore) -> None:
    gatekeeper_of(store, evaluator=TrustingEvaluator()).poll()


def version(store: ModelStore) -> int | None:
    registry = store.registry.read()
    return registry.version if registry else None


def publish(store: ModelStore, count: int) -> list[str]:
    return [
        toy_candidate(toy_model(bias=float(bias)), model_name=f"bias_{bias}").publish(store)
        for bias in range(count)
    ]


def assert_in_order(store: ModelStore, decisions: int) -> None:
    """Require one decision for each candidate, and derived files that agree with the log."""
    assert not [finding for finding in check_store(store) if finding.kind == "error"]
    log = store.decision_log()
    decided = [entry.decision.candidate_id for entry in log.entries]
    assert len(decided) == len(set(decided)) == decisions
    assert store.registry.read() == log.registry
    assert store.layout.training_log.read_bytes() == encode_log(e.decision for e in log.entries)


def test_three_gatekeepers_race_and_each_candidate_is_decided_once(store: ModelStore) -> None:
    published = publish(store, 12)
    ready, go = os.pipe()

    def race() -> None:
        os.close(go)
        os.read(ready, 1)  # until all are present
        look(store)

    racers = [fork(race) for _ in range(3)]
    os.close(go)
    os.close(ready)
    assert [racer.wait() for racer in racers] == [0, 0, 0]
    look(store)
    assert_in_order(store, 12)
    assert [e.decision.candidate_id for e in store.decision_log().entries] == published
    assert version(store) == 12


def stopping_before(name: str, suffix: str, *, then_die: bool = False) -> None:
    """Make this process stop itself once, before os.*name* on a path with *suffix*."""
    real = getattr(os, name)

    def call(*arguments: Any, **options: Any) -> Any:
        meant = any(str(argument).endswith(suffix) for argument in arguments[1:])
        if not meant:
            return real(*arguments, **options)
        setattr(os, name, real)
        stop_here()
        result = real(*arguments, **options)
        if then_die:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(os, name, call)


def frozen(action: Callable[[], object], name: str, path: Path, *, then_die: bool = False) -> Fork:
    """Fork a process that runs *action* and stops itself before os.*name* onto *path*."""

    def act() -> None:
        stopping_before(name, path.name, then_die=then_die)
        action()

    process = fork(act)
    process.wait_until_stopped()
    return process


def test_a_gatekeeper_frozen_before_writing_the_registry_repairs_it_later(
    store: ModelStore,
) -> None:
    publish(store, 1)
    sleeper = frozen(lambda: look(store), "rename", store.layout.registry)
    assert outcomes(store) == ["promoted"], "it has committed"
    assert version(store) is None, "and not replaced the registry"
    publish(store, 3)
    look(store)
    assert version(store) == 4
    sleeper.go_on()
    assert sleeper.wait() == 0
    assert version(store) == 4, "it has put version 1 back, noticed, and repaired it"
    assert_in_order(store, 4)


def test_an_old_registry_written_by_a_dying_gatekeeper_is_repaired_at_the_next_poll(
    store: ModelStore,
) -> None:
    publish(store, 1)
    sleeper = frozen(lambda: look(store), "rename", store.layout.registry, then_die=True)
    publish(store, 2)
    other = gatekeeper_of(store, evaluator=TrustingEvaluator())
    other.poll()
    assert version(store) == 3
    sleeper.go_on()
    assert sleeper.wait() == -signal.SIGKILL
    assert version(store) == 1, "the sleeper has put its own, old registry in place"
    other.poll()
    assert version(store) == 3
    assert_in_order(store, 3)


def test_a_gatekeeper_frozen_before_its_commit_loses_and_starts_again(store: ModelStore) -> None:
    publish(store, 1)
    sleeper = frozen(lambda: look(store), "link", store.layout.decision(1))
    assert outcomes(store) == []
    look(store)
    assert outcomes(store) == ["promoted"]
    late = toy_candidate(toy_model(bias=9.0)).publish(store)
    sleeper.go_on()
    assert sleeper.wait() == 0
    assert_in_order(store, 1)
    look(store)
    assert store.decision_log().is_decided(late)
    assert_in_order(store, 2)


def test_a_gatekeeper_frozen_before_its_commit_finds_its_candidate_rolled_back(
    store: ModelStore,
) -> None:
    first = toy_candidate(toy_model(bias=1.0))
    second = toy_candidate(toy_model(bias=2.0))
    first.publish(store)
    sleeper = frozen(lambda: look(store), "link", store.layout.decision(1))
    second.publish(store)
    look(store)
    roll_back(store, 1)
    sleeper.go_on()
    assert sleeper.wait() == 0
    assert outcomes(store) == ["promoted", "promoted", "rolled_back"]
    assert version(store) == 3


def test_a_rollback_frozen_at_its_commit_loses_against_a_promotion(store: ModelStore) -> None:
    publish(store, 2)
    look(store)
    sleeper = frozen(lambda: roll_back(store, 1), "link", store.layout.decision(3))
    toy_candidate(toy_model(bias=7.0)).publish(store)
    look(store)
    assert version(store) == 3
    sleeper.go_on()
    assert sleeper.wait() == 0
    assert version(store) == 4
    look(store)
    assert outcomes(store) == ["promoted"] * 3 + ["rolled_back"]
    registry = store.registry.read()
    assert registry is not None
    assert registry.digest == toy_model(bias=0.0).digest


def test_of_two_gatekeepers_that_see_a_failed_probation_one_rolls_back(store: ModelStore) -> None:
    _, second = promote_two(store)
    answer(store, second, failed=50)
    sleeper = frozen(lambda: judge_probation(store), "link", store.layout.decision(3))
    judge_probation(ModelStore(store.layout.root))
    sleeper.go_on()
    assert sleeper.wait() == 0
    assert outcomes(store) == ["promoted", "promoted", "rolled_back"]
    assert version(store) == 3


def test_a_failed_probation_frozen_at_its_commit_loses_against_a_promotion(
    store: ModelStore,
) -> None:
    _, second = promote_two(store)
    answer(store, second, failed=50)
    sleeper = frozen(lambda: judge_probation(store), "link", store.layout.decision(3))
    promote(store, toy_model(bias=7.0))
    sleeper.go_on()
    assert sleeper.wait() == 0
    assert outcomes(store) == ["promoted"] * 3
    assert version(store) == 3


def test_a_model_pruned_while_its_promotion_is_frozen_is_complete_at_its_commit(
    store: ModelStore,
) -> None:
    publish(store, 1)
    model = toy_model(bias=0.0)
    sleeper = frozen(lambda: look(store), "link", store.layout.decision(1))
    assert store.models.has(model.digest), "published, not committed: nobody names it yet"
    assert not store.models.prune(model.digest, lambda _digest: False), "its pin holds"
    sleeper.go_on()
    assert sleeper.wait() == 0
    assert_in_order(store, 1)
    assert store.models.read(model.digest).artefact == model.artefact
