"""Real processes let models answer logged rows, and survive what models and logs do."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from gatekeeper.evaluation.evaluation_budget import EvaluationBudget
from gatekeeper.evaluation.live_replay import LiveReplay
from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evidence.facts import Champion
from gatekeeper.evidence.live_requests import ComparedModel, LiveComparisonRequest
from gatekeeper.evidence.live_results import LiveResult
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.store.store import ModelStore
from tests.support.models.toy import ToyModel, toy_model
from tests.support.models.traps import TRIGGER, harmless, trap
from tests.support.stores.builders import place
from tests.support.stores.live_answers import answered_rows
from tests.support.stores.logged_rows import write_rows
from tests.support.sweep import sweep

PRODUCTION = harmless()
ROWS = [{"width": float(number), "height": 1.0} for number in range(20)]
TOO_LARGE = {"width": 10 * TRIGGER, "height": 1.0}


@pytest.fixture(scope="module")
def evaluator() -> Iterator[ProcessEvaluator]:
    with closing(ProcessEvaluator(threading.Event())) as evaluator:
        yield evaluator


def replay(
    store: ModelStore,
    evaluator: ProcessEvaluator,
    challenger: ToyModel,
    *,
    champion: ToyModel = PRODUCTION,
    seconds: float = 60.0,
) -> LiveResult:
    """Let *challenger* and *champion* answer the log."""
    for model in {each.digest: each for each in (challenger, champion)}.values():
        if not store.models.has(model.digest):
            place(store, model)
    directory = store.models.directory(challenger.digest)
    policy = GatePolicy(metric="accuracy", allow_joblib=True)
    return LiveReplay(store, evaluator, policy, EvaluationBudget(seconds, 1024)).run(
        ComparedModel(directory=directory, digest=challenger.digest, answers=directory),
        challenger.artefact,
        Champion(1, champion.digest, None, None, artefact=champion.artefact),
        (1,),
        has_keys=False,
    )


FAILURES = {
    "abort": (60.0, "was ended by SIGABRT"),
    "exit": (60.0, "ended with status 0, without a response"),
    "sleep": (6.0, "did not finish within 6 s"),
}


@pytest.mark.parametrize("harm", sweep({name: name for name in FAILURES}, "abort"))
def test_a_model_that_ends_its_process_fails_and_production_is_not_blamed(
    store: ModelStore, evaluator: ProcessEvaluator, harm: str
) -> None:
    seconds, failure = FAILURES[harm]
    write_rows(store.layout, answered_rows(PRODUCTION, [*ROWS, TOO_LARGE]))

    found = replay(store, evaluator, trap(harm), seconds=seconds)

    assert (found.rows, found.untried, found.error) == (21, 21, "")
    assert failure in found.failure
    assert [path for path in store.layout.models.iterdir() if path.name.startswith(".")] == []


def test_a_champion_that_ends_its_process_is_named_and_the_challenger_is_replayed(
    store: ModelStore, evaluator: ProcessEvaluator
) -> None:
    write_rows(store.layout, answered_rows(PRODUCTION, [*ROWS, TOO_LARGE]))

    found = replay(store, evaluator, PRODUCTION, champion=trap("abort"))

    assert (found.answered, found.failure, found.changed) == (21, "", None)
    assert "was ended by SIGABRT" in found.why_no_champion


@pytest.mark.thorough
def test_a_slow_model_answers_as_many_rows_as_it_can(
    store: ModelStore, evaluator: ProcessEvaluator
) -> None:
    write_rows(store.layout, answered_rows(PRODUCTION, ROWS * 200))

    found = replay(store, evaluator, trap("abort", pause=0.5), seconds=8.0)

    assert found.failure == ""
    assert found.answered > 0
    assert found.untried > 0
    assert found.answered + found.untried == 4000


class Meddling(ProcessEvaluator):
    """An evaluator while somebody removes a segment, before the answers are compared."""

    removals = 0

    def compare_live(self, request: LiveComparisonRequest) -> LiveResult:
        if len(request.log.predictions) > 1:
            request.log.predictions[-1].path.unlink()
            self.removals += 1
        return super().compare_live(request)


def test_a_log_that_changes_is_read_again(store: ModelStore) -> None:
    for worker in ("a-1", "b-1", "c-1"):
        write_rows(store.layout, answered_rows(PRODUCTION, ROWS), worker)
    with closing(Meddling(threading.Event())) as evaluator:
        found = replay(store, evaluator, toy_model())
        assert evaluator.removals == 2
    assert (found.rows, found.error) == (20, "")
    assert found.reproduced is not None
    assert found.reproduced.exact == 20
